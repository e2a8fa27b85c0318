"""
After healing, within the plan's bound: closed leases leave nothing, held ones are whole and shown so.

Whole means: every object that the newest accepted generation asks for, in that generation, and none
that it does not ask for.
"""

from collections.abc import Iterator

import attrs

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import Chronicle, refusal_moments, violation
from simulator.chaos.checks.closings import BUDGET_SECONDS
from simulator.chaos.checks.standing import Holding, holdings, is_held
from simulator.chaos.checks.vitals import BUDGETS
from simulator.chaos.evidence import Evidence, LeaseFacts, StatusLook
from simulator.chaos.outcome import Violation
from simulator.journal import CommitEntry
from simulator.jsontypes import JSONObject

_NEVER_READY = frozenset({"crash", "fail", "once", "refused"})
"""Images whose pods never stay ready."""
_MANAGED = "akash.network"
_JUDGED = frozenset(
    {
        *("deployments", "statefulsets", "services", "ingresses", "networkpolicies", "secrets"),
        *("serviceaccounts", "roles", "rolebindings", "providerhosts", "providerleasedips"),
    }
)
_NAMED = frozenset({"ingresses", "providerhosts"})
"""Plurals of what is withheld while another lease has the hostname."""


@attrs.frozen
class Unfinished:
    """Something owed to one lease that is not done."""

    lease: str
    text: str
    key: str


def undone(evidence: Evidence) -> tuple[str, ...]:
    """What keeps a run from being at rest: owed and not done, or to be closed soon; in words."""
    owed = tuple(f"{one.lease}: {one.text}" for one in unfinished(evidence))
    return owed or tuple(f"{lease}: its budget is running out" for lease in _doomed(evidence))


def _doomed(evidence: Evidence) -> Iterator[str]:
    """Held leases that never become healthy, where the plan's budgets are spent within its bound."""
    settings = evidence.plan.daemon.settings
    budgets = [float(settings.get(name, BUDGET_SECONDS)) for name in BUDGETS.values()]
    if min(budgets) > evidence.plan.bound_seconds:
        return
    waiting = _waiting_for_room(evidence)
    for name, facts in evidence.leases.items():
        if not facts.accepted or name in waiting or is_out_of_hand(evidence, name):
            continue
        allowed = targets(evidence, facts)
        is_well = bool(allowed) and _image(facts, allowed[-1]) not in _NEVER_READY
        if not is_well and is_held(evidence.world, facts):
            yield name


def unfinished(evidence: Evidence) -> list[Unfinished]:
    """What is owed and not done at this moment, as cluster and chain show it."""
    found = holdings(evidence.world, evidence.leases)
    waiting = _waiting_for_room(evidence)
    hosts = _reserved(evidence, waiting) | _hosts(found)
    rows: list[Unfinished] = []
    for name, facts in evidence.leases.items():
        held = is_held(evidence.world, facts)
        if is_out_of_hand(evidence, name):
            continue
        if held and name not in waiting:
            rows += _not_whole(evidence, facts, found[name], hosts)
        elif held is False and found[name].objects:
            resource, what = next(iter(found[name].objects))
            text = f"it is closed, and {kinds.plural_of(resource)} {what} is still there"
            rows.append(Unfinished(name, text, f"{kinds.plural_of(resource)} left"))
    return rows


def is_out_of_hand(evidence: Evidence, lease: str) -> bool:
    """True for a lease that an operator holds back, or whose labels somebody took away."""
    held = False
    for mark in evidence.marks:
        if mark.lease == lease and mark.what in ("hold", "unhold"):
            held = mark.what == "hold"
    return held or any(
        action.do == "label"
        and action.lease == lease
        and str(action.values.get("key", "")).startswith(_MANAGED)
        for action in evidence.plan.actions
    )


def _hosts(found: dict[str, Holding]) -> dict[str, str]:
    """Which lease is declared to hold each hostname."""
    return {
        name: lease
        for lease, holding in found.items()
        for resource, name in holding.objects
        if resource == kinds.HOSTS
    }


def _reserved(evidence: Evidence, waiting: frozenset[str]) -> dict[str, str]:
    """Which lease that waits for room was promised each hostname; others of its owner wait for it."""
    return {
        what: name
        for name in sorted(waiting)
        if is_held(evidence.world, evidence.leases[name])
        for generation in targets(evidence, evidence.leases[name])
        for plural, what in evidence.leases[name].wanted.get(generation, frozenset())
        if plural in _NAMED
    }


def _waiting_for_room(evidence: Evidence) -> frozenset[str]:
    """Leases of which the newest /status says that the cluster has no room for them."""
    newest = {look.daemon: look for look in evidence.looks if look.body is not None}
    since = max((look.time for look in newest.values()), default=0.0)
    lacking = {
        row["lease"]
        for look in newest.values()
        if look.body is not None and look.time >= since - 2 * evidence.plan.look_seconds
        for row in look.body["leases"]
        if row.get("missing")
    }
    return frozenset(name for name, f in evidence.leases.items() if str(f.name) in lacking)


# ── held leases ─────────────────────────────────────────────────────────────────────────────────


def targets(evidence: Evidence, facts: LeaseFacts) -> tuple[int, ...]:
    """
    The generations in which a lease may stand at rest; () for none at all.

    That is the newest accepted one; if that was refused when it was meant, any that came before it.
    """
    refused = facts.refused | refusal_moments(evidence, facts)
    accepted = [generation for _, generation in facts.accepted]
    if not accepted:
        return ()
    newest = max(accepted)
    if newest not in refused:
        return (newest,)
    if newest in facts.refused:
        return tuple(sorted({g for g in accepted if g not in facts.refused}))
    return tuple(sorted(set(accepted) - facts.refused))


def _not_whole(
    evidence: Evidence, facts: LeaseFacts, holding: Holding, hosts: dict[str, str]
) -> Iterator[Unfinished]:
    name = facts.plan.name
    allowed = targets(evidence, facts)
    there = holding.generations
    if not there and _fell_before_it_ran(evidence, facts):
        return
    if not allowed:
        if there and facts.accepted:
            yield Unfinished(name, "its only manifest was refused, and it runs", "refused and runs")
        return
    odd = {workload: g for workload, g in there.items() if g not in allowed}
    if odd or len(set(there.values())) > 1:
        shown = ", ".join(f"{workload} of {g}" for workload, g in sorted(there.items()))
        yield Unfinished(name, f"should be of generation {allowed[-1]}, has {shown}", "generation")
        return
    generation = next(iter(there.values()), allowed[-1]) or allowed[-1]
    wanted = facts.wanted.get(generation, frozenset())
    pairs = holding.pairs
    for plural, what in sorted(wanted - pairs):
        if plural in _NAMED and hosts.get(what, name) != name:
            continue
        yield Unfinished(name, f"{plural} {what} is missing", f"{plural} missing")
        return
    for (resource, what), obj in holding.objects.items():
        plural = kinds.plural_of(resource)
        if plural in _JUDGED and (plural, what) not in wanted and _is_managed(obj):
            yield Unfinished(name, f"{plural} {what} is left over", f"{plural} left over")
            return
    if _image(facts, generation) not in _NEVER_READY:
        for (resource, what), obj in holding.objects.items():
            if resource in kinds.WORKLOADS and not kinds.is_ready(obj):
                yield Unfinished(name, f"{what} is not ready", "not ready")
                return


def _fell_before_it_ran(evidence: Evidence, facts: LeaseFacts) -> bool:
    """True when the newest was refused before anything of the lease ran: there is nothing to go back to."""
    newest = max((generation for _, generation in facts.accepted), default=0)
    return newest in facts.refused | refusal_moments(evidence, facts) and not any(
        isinstance(entry, CommitEntry)
        and entry.namespace == facts.namespace
        and entry.resource in kinds.WORKLOADS
        for entry in evidence.world.journal
    )


def _is_managed(obj: JSONObject) -> bool:
    return (obj["metadata"].get("labels") or {}).get(_MANAGED) == "true"


def _image(facts: LeaseFacts, generation: int) -> str:
    image = "web"
    for since, change in sorted(facts.plan.changes.items()):
        if since <= generation:
            image = str(change.get("image", image))
    return image


# ── the end ─────────────────────────────────────────────────────────────────────────────────────


def unreached(chronicle: Chronicle) -> Iterator[Violation]:
    """What was owed after healing and is not done at the end, and what /status says about the rest."""
    evidence = chronicle.evidence
    if evidence.quiet_at is None or evidence.healed_at is None:
        return
    late = unfinished(evidence)
    for one in late:
        yield violation(
            "liveness",
            f"{evidence.ended_at - evidence.healed_at:.0f} s after healing {one.text}",
            time=evidence.ended_at,
            lease=one.lease,
            key=one.key,
        )
    yield from _untold(chronicle, {one.lease for one in late})


def _untold(chronicle: Chronicle, late: set[str]) -> Iterator[Violation]:
    """At rest the daemon has to say of whole leases that they are, and know no others."""
    evidence = chronicle.evidence
    look = next((look for look in reversed(evidence.looks) if _counts(chronicle, look)), None)
    if look is None or look.body is None:
        return
    rows = {row["lease"]: row for row in look.body["leases"]}
    for name, facts in chronicle.leases.items():
        held = is_held(evidence.world, facts)
        row = rows.get(str(facts.name))
        if held is None or name in late or is_out_of_hand(evidence, name):
            continue
        if held and _fell_before_it_ran(evidence, facts):
            continue
        if not held and row is not None:
            text, key = f"is closed, and shown as {row['phase']}", "closed lease shown"
        elif held and row is None:
            text, key = "is held, and not shown", "held lease not shown"
        elif held and row is not None and _is_unwell(evidence, facts, row):
            text = f"is whole, and shown as {row['phase']} and {row['health']}: {row['event']}"
            key = "whole lease not shown so"
        else:
            continue
        yield violation("liveness", f"at rest it {text}", time=look.time, lease=name, key=key)


def _counts(chronicle: Chronicle, look: StatusLook) -> bool:
    """A look at rest at the process that writes; one that waits for its turn shows less."""
    leads = chronicle.leads(look.daemon, look.time)
    return leads and look.body is not None and look.time >= (chronicle.evidence.quiet_at or 0.0)


def _is_unwell(evidence: Evidence, facts: LeaseFacts, row: JSONObject) -> bool:
    allowed = targets(evidence, facts)
    if not allowed or row["missing"] or _image(facts, allowed[-1]) in _NEVER_READY:
        return False
    return (row["phase"], row["health"]) != ("deploy-complete", "healthy")
