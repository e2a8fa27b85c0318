"""Traces and runs as the tests of the report want them: small, and full of everything."""

from types import SimpleNamespace

import attrs
import orjson

from simulator.chaos import definitions
from simulator.chaos.evidence import Evidence, Fired, LeaseFacts, Life, Mark, StatusLook
from simulator.chaos.outcome import Outcome, Violation
from simulator.chaos.plan import Action, FaultPlan, LeasePlan, Moment, Plan, Where
from simulator.chaos.report.exploration import Exploration, Struck, Trouble
from simulator.chaos.report.trace import Entry, Header, Trace, TracedFault, TracedLease
from simulator.journal import CommitEntry, Journal, RequestEntry
from simulator.world import EPOCH

NASTY = "</script><script>alert(1)</script><!-- \" ' & \u2028 \x1b[31m"


def entry(time, what, lease="", daemon=0, **fields):
    return Entry(time=time, what=what, lease=lease, daemon=daemon, fields=fields)


def request(time, lease="", *, verb="apply", kind="deployments", status=200, daemon=1, **fields):
    given = {"host": "kubernetes", "verb": verb, "kind": kind, "name": "web", "status": status}
    return entry(time, "request", lease, daemon, **{**given, **fields})


def commit(time, lease, kind, name, type_="ADDED", **fields):
    return entry(time, "commit", lease, kind=kind, name=name, type=type_, **fields)


def trace(*entries, leases=("A", "B"), faults=(), **header):
    """A trace of a few leases; what is not given is harmless."""
    found = sorted(entries, key=lambda one: one.time)
    violations = tuple(
        Violation(one.fields["invariant"], one.fields["text"], one.time, one.lease)
        for one in found
        if one.what == "violation"
    )
    given = {
        "plan": "name: made\n",
        "name": "made",
        "seed": 7,
        "outcome": Outcome(plan="made", seed=7, trace="ab" * 32, violations=violations),
        "leases": tuple(
            TracedLease(name=name, chain=f"o/{n}/1/1/p", namespace=f"ns-{name}", definition="web")
            for n, name in enumerate(leases)
        ),
        "faults": tuple(faults),
        "ended_at": 300.0,
        "healed_at": 200.0,
        "replay": "simulator chaos run made.yaml --seed 7",
        "thinned": {"watches": 12},
    }
    return Trace(Header(**{**given, **header}), tuple(found))


def full(nasty=NASTY):
    """Every sort of entry, each with a text that would like to be a program."""
    return trace(
        entry(0, "life", daemon=1, text="starts"),
        entry(0, "chain", "A", state="active"),
        entry(0.5, "mark", "A", text=f"open {nasty}", detail=nasty),
        entry(0.5, "sent", "A", generation=1, result="sent"),
        entry(0.6, "sent", "A", generation=1, result="accepted"),
        entry(1, "answer", "A", state="active", host="market.sim", height=7, proves=True),
        request(1, "A"),
        request(1.1, "A", status=500, message=nasty),
        request(1.2, "A", trial=True),
        request(1.3, verb="list", times=3, until=9.5),
        commit(1, "A", "deployments", nasty, generation=1, request=3, user="admin"),
        commit(1.5, "A", "pods", "web-1", generation=1, ready=False),
        commit(2, "A", "pods", "web-1", "MODIFIED", ready=True, changed=[nasty]),
        commit(2, "", "nodes", "node1", ready=True),
        entry(
            3,
            "shown",
            "A",
            1,
            phase="deploy-complete",
            health="healthy",
            ready=1,
            wanted=1,
            event=nasty,
        ),
        entry(3, "look", "", 1, status=200, livez=200, ready=True, reasons=[]),
        entry(4, "log", "A", 1, level="error", event="manager broke", text=nasty),
        entry(20, "silence", "A", until=90.0),
        entry(30, "fault", "A", name="lost", change="begins"),
        entry(31, "fault", "A", name="lost", change="fires", detail=nasty),
        entry(40, "fault", "A", name="lost", change="ends"),
        entry(50, "mark", "", 1, text="kill"),
        entry(50, "life", daemon=1, text="ends: kill", owed={"A": 1}),
        entry(60, "transaction", "A", number=1, reason="unstable", outcome="lost", failure=nasty),
        entry(70, "violation", "A", invariant="I1", text=f"left behind {nasty}", key="I1 left"),
        entry(80, "violation", "", invariant="I8", text="not silent", key="I8"),
        faults=[
            TracedFault(
                name="lost", what="answer-lost", lease="A", began_at=30, ended_at=40, met=1, fired=1
            ),
            TracedFault(name=f"dark {nasty}", what="node-dark", began_at=10, ended_at=90),
            TracedFault(name="never", what="hang", about="delete namespaces"),
        ],
        about=nasty,
        plan=f"name: made\nabout: {nasty!r}\n",
    )


@attrs.frozen
class MadeRun:
    outcome: Outcome
    evidence: Evidence


def run(secret, place, quoted):
    """
    A run in which one secret stands where secrets stand, and is quoted wherever something is said.

    `place` makes an object or body of it, `quoted` a message.
    """
    plan = Plan(
        name="made",
        leases=(LeasePlan(name="A", changes={2: {"count": 2}}),),
        actions=(Action(do="open", lease="A", when=Moment(at=1.0)),),
        faults=(FaultPlan(what="answer-lost", where=Where(lease="A")),),
    )
    name = definitions.lease_name(plan.leases[0], 0)
    facts = LeaseFacts(
        plan=plan.leases[0],
        name=name,
        namespace=definitions.namespace(name),
        sent=[(1.0, 1)],
        accepted=[(1.0, 1)],
    )
    text, journal, inside = quoted(secret), Journal(), place(secret)
    kind = {"Secret": "secrets", "Manifest": "manifests"}.get(inside.get("kind"), "deployments")
    base = {**inside, "metadata": {**inside.get("metadata", {}), "name": "web"}}
    added = {
        "time": EPOCH + 2,
        "revision": 2,
        "type": "ADDED",
        "resource": f"v1/{kind}",
        "namespace": facts.namespace,
        "name": "web",
        "object": base,
        "previous": None,
        "user": "system:admin",
        "request": 1,
    }
    changed = {"spec": {**base.get("spec", {}), "replicas": 3}, "note": text}
    journal.committed(CommitEntry(**added), b"")
    journal.committed(
        CommitEntry(
            **{**added, "type": "MODIFIED", "object": {**base, **changed}, "previous": base}
        ),
        b"",
    )
    status = orjson.dumps({"kind": "Status", "message": text})
    journal.answered(
        RequestEntry(
            number=1,
            time=EPOCH + 3,
            user="",
            agent="leasekeeper",
            method="PATCH",
            target=f"/api/v1/namespaces/{facts.namespace}/{kind}/web?fieldManager=leasekeeper",
            body=orjson.dumps(base),
            status=422,
            answer=status,
        )
    )
    row = {"lease": str(name), "phase": "deploy-active", "event": text, "refusal": text}
    world = SimpleNamespace(
        journal=journal,
        answers=SimpleNamespace(journal=Journal(), told=()),
        transactions=SimpleNamespace(sent=[]),
        chain=SimpleNamespace(changes=lambda _name: ()),
    )
    evidence = Evidence(
        plan=plan,
        seed=1,
        world=world,
        leases={"A": facts},
        marks=[Mark(4.0, "edit", "A", text)],
        faults=[Fired(plan=plan.faults[0], name="answer-lost", began_at=0.0, fired=1, times=[3.0])],
        looks=[
            StatusLook(5.0, 1, 200, {"ready": False, "reasons": [text], "leases": [row]}, 200, 0.1)
        ],
        lives=[Life(1, 0.0, end="by itself", ended_at=9.0, why=f"RuntimeError: {text}")],
        ended_at=10.0,
        logs=[{"event": "lease", "level": "info", "lease": str(name), "what": text, "at": 6.0}],
    )
    violation = Violation("I2", f"deleted while {text}", 7.0, "A", "I2 x")
    outcome = Outcome(plan="made", seed=1, trace="cd" * 32, violations=(violation,), failure=text)
    return MadeRun(outcome, evidence)


def exploration(nasty=NASTY):
    kinds = (("cancel", 365, 3), ("answer-lost", 24, 0), (f"close + kill {nasty}", 40, 0))
    return Exploration(
        title=f"explore {nasty}",
        steps=365,
        requests=24,
        tasks={"manager": 300, nasty: 65},
        struck=tuple(
            Struck(
                kind=kind,
                about=f"about {kind}",
                runs=runs,
                fell=runs - 1,
                end_states=2,
                sequences=17,
                violated=violated,
            )
            for kind, runs, violated in kinds
        ),
        end_states=2,
        sequences=41,
        troubles=(
            Trouble(
                invariant="I1",
                key=f"I1 {nasty}",
                runs=3,
                strike="cancel at 137",
                there=f"apply {nasty}",
                text=f"left {nasty}",
                replay="simulator chaos explore p --only 'cancel at 137'",
            ),
        ),
        failures=(("kill at 7", f"ended {nasty}"),),
        failed=1,
    )
