"""Makes a trace of what a run left behind: everything masked, everything in the plan's words."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import attrs
import yaml

from simulator.chaos import definitions, planfile
from simulator.chaos.evidence import Evidence, Fired, Mark
from simulator.chaos.outcome import Outcome, Violation
from simulator.chaos.plan import FaultPlan, Plan
from simulator.chaos.process import TOKEN
from simulator.chaos.report import records, sightings, thinning
from simulator.chaos.report.masker import Masker
from simulator.chaos.report.masking import masked, secrets_in
from simulator.chaos.report.trace import Entry, Header, Trace, TracedFault, TracedLease
from simulator.jsontypes import JSONObject

_ORDER = ("fault", "mark", "life", "chain", "sent")
"""What comes first of what happened at one moment: causes before what they cause."""


class Played(Protocol):
    """What `run.play` returns."""

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        ...

    @property
    def evidence(self) -> Evidence:
        """What it left."""
        ...


def gather(run: Played, *, replay: str = "") -> Trace:
    """
    The trace of a run.

    Args:
        run: what `run.play` returned.
        replay: the command that plays it again; "" for one made of the plan's name and seed.
    """
    evidence, outcome = run.evidence, run.outcome
    journal = records.Journals(evidence)
    masker = Masker.knowing(
        (*secrets_of(evidence.plan), *journal.secrets(), TOKEN), public=_public(evidence, journal)
    )
    found = [
        *_befallen(journal.entries(masker), evidence),
        *sightings.looks(evidence, masker),
        *sightings.market(evidence, masker),
        *_deeds(evidence, masker),
        *_faults(evidence, masker),
        *_lives(evidence, masker),
        *sightings.logs(evidence, masker),
        *(_violation(one, masker) for one in outcome.violations),
    ]
    found.sort(key=lambda entry: (entry.time, entry.what not in _ORDER))
    entries, thinned = thinning.thinned(found)
    header = Header(
        plan=plan_text(evidence.plan, masker),
        name=evidence.plan.name,
        about=masker.text(evidence.plan.about),
        seed=outcome.seed,
        commit=evidence.plan.commit,
        outcome=_outcome(outcome, masker),
        leases=tuple(_lease(evidence, name) for name in evidence.leases),
        faults=tuple(_fault(fault, masker) for fault in evidence.faults),
        healed_at=evidence.healed_at,
        quiet_at=evidence.quiet_at,
        ended_at=max((evidence.ended_at, *(entry.time for entry in entries))),
        replay=replay or f"simulator chaos run {evidence.plan.name}.yaml --seed {outcome.seed}",
        thinned={**journal.left_out, **thinned},
    )
    return Trace(header, entries)


# ── what is secret, what is public ──────────────────────────────────────────────────────────────


def secrets_of(plan: Plan) -> Iterator[str]:
    """What the tenants of a plan keep secret, whether or not it ever reached the cluster."""
    for lease in plan.leases:
        sends = sum(1 for one in plan.actions if one.lease == lease.name) + 1
        for generation in range(1, sends + 1):
            yield from secrets_in(
                {"body": definitions.deployable(lease, generation).manifest.decode()}
            )


def _public(evidence: Evidence, journal: records.Journals) -> Iterator[str]:
    yield from journal.names()
    for name, facts in evidence.leases.items():
        yield from (name, facts.namespace, str(facts.name), facts.name.owner, facts.name.provider)
        yield from (facts.plan.owner, facts.plan.definition, _host(evidence, name))


def plan_text(plan: Plan, masker: Masker) -> str:
    """A plan as its file has it, masked."""
    text = planfile.dumps(plan)
    document = yaml.safe_load(text)
    if (hidden := masked(document)) != document:
        text = yaml.safe_dump(hidden, sort_keys=False, allow_unicode=True, width=110)
    return masker.text(text)


def _outcome(outcome: Outcome, masker: Masker) -> Outcome:
    found: JSONObject = outcome.as_json()
    texts = ("violations", "vacuous", "failure")
    return Outcome.from_json(found | {key: masker.json(_lists(found[key])) for key in texts})


def _lists(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


# ── the header's rows ───────────────────────────────────────────────────────────────────────────


def _host(evidence: Evidence, name: str) -> str:
    host = str(definitions.at_generation(evidence.leases[name].plan, 1)["host"])
    return "" if host == definitions.NO_HOST else host


def _lease(evidence: Evidence, name: str) -> TracedLease:
    facts = evidence.leases[name]
    return TracedLease(
        name=name,
        chain=str(facts.name),
        namespace=facts.namespace,
        definition=facts.plan.definition,
        host=_host(evidence, name),
    )


def _fault(fired: Fired, masker: Masker) -> TracedFault:
    return TracedFault(
        name=masker.text(fired.name),
        what=fired.plan.what,
        lease=fired.plan.where.lease,
        about=masker.text(_about(fired.plan)),
        began_at=fired.began_at,
        ended_at=fired.ended_at,
        met=fired.met,
        fired=fired.fired,
    )


def _about(plan: FaultPlan) -> str:
    """Where a fault strikes, in words."""
    where = plan.where
    parts = [
        " ".join(part for part in (where.verb, where.kind, where.name) if part),
        f"lease {where.lease}" if where.lease else "",
        f"generation {where.generation}" if where.generation else "",
        where.namespace,
        where.host,
        f"daemon {where.daemon}" if where.daemon else "",
        f"from the {plan.nth}." if plan.nth > 1 else "",
        "all of them" if plan.times is None else f"{plan.times} times" if plan.times > 1 else "",
        f"each with probability {plan.probability:g}" if plan.probability < 1 else "",
        *(f"{key} {value}" for key, value in plan.values.items()),
    ]
    return ", ".join(part for part in parts if part)


# ── deeds, faults, lives ────────────────────────────────────────────────────────────────────────


def _deeds(evidence: Evidence, masker: Masker) -> Iterator[Entry]:
    of_faults = {
        f"{fault.name} {change}"
        for fault in evidence.faults
        for change in ("begins", "fires", "ends")
    }
    for mark in evidence.marks:
        if mark.what not in of_faults:
            told: JSONObject = {"text": masker.text(mark.what)}
            if mark.detail:
                told["detail"] = masker.text(mark.detail)
            yield Entry(
                time=mark.time, what="mark", lease=mark.lease, daemon=mark.daemon, fields=told
            )
    for name, facts in evidence.leases.items():
        for result, rows in (("sent", facts.sent), ("accepted", facts.accepted)):
            for time, generation in rows:
                fields: JSONObject = {"generation": generation, "result": result}
                yield Entry(time=time, what="sent", lease=name, fields=fields)
        for time, generation in facts.sent:
            if generation in facts.refused:
                fields = {"generation": generation, "result": "refused"}
                yield Entry(time=time, what="sent", lease=name, fields=fields)


def _faults(evidence: Evidence, masker: Masker) -> Iterator[Entry]:
    details = {(mark.what, mark.time): mark for mark in evidence.marks}

    def entry(fault: Fired, change: str, time: float) -> Entry:
        mark = details.get((f"{fault.name} {change}", time), Mark(time, ""))
        fields = {"name": masker.text(fault.name), "change": change}
        # A list has no name behind its slash.
        if detail := mark.detail.rstrip("/"):
            fields["detail"] = masker.text(detail)
        lease = mark.lease or fault.plan.where.lease
        return Entry(time=time, what="fault", lease=lease, daemon=mark.daemon, fields=fields)

    for fault in evidence.faults:
        if fault.began_at is not None:
            yield entry(fault, "begins", fault.began_at)
        yield from (entry(fault, "fires", time) for time in fault.times)
        if fault.ended_at is not None:
            yield entry(fault, "ends", fault.ended_at)


def _befallen(entries: Iterable[Entry], evidence: Evidence) -> Iterator[Entry]:
    """Requests with the fault that befell them: that of the same moment, verb, kind and name."""
    names = {f"{fault.name} fires": fault.name for fault in evidence.faults}
    befell = {
        (round(mark.time, 3), mark.detail.rstrip("/")): names[mark.what]
        for mark in evidence.marks
        if mark.what in names
    }
    for entry in entries:
        fields = entry.fields
        if entry.what == "request" and befell:
            place = f"{fields['verb']} {fields['kind']}/{fields['name']}".rstrip("/")
            if name := befell.get((round(entry.time, 3), place)):
                yield attrs.evolve(entry, fields={**fields, "effect": name})
                continue
        yield entry


def _lives(evidence: Evidence, masker: Masker) -> Iterator[Entry]:
    for life in evidence.lives:
        yield Entry(
            time=life.started_at, what="life", daemon=life.number, fields={"text": "starts"}
        )
        if life.ended_at is not None:
            fields: JSONObject = {"text": f"ends: {life.end or 'by itself'}"}
            if life.why:
                fields["detail"] = masker.text(life.why)
            if life.debts:
                fields["owed"] = dict(life.debts)
            yield Entry(time=life.ended_at, what="life", daemon=life.number, fields=fields)


def _violation(violation: Violation, masker: Masker) -> Entry:
    return Entry(
        time=max(violation.time, 0.0),
        what="violation",
        lease=violation.lease,
        fields={
            "invariant": violation.invariant,
            "text": masker.text(violation.text),
            "key": masker.text(violation.key),
        },
    )
