"""Plans and outcomes for tests of what is done with them."""

from simulator.chaos.outcome import Outcome, Violation
from simulator.chaos.plan import (
    Action,
    DaemonPlan,
    FaultPlan,
    LeasePlan,
    Moment,
    NodesPlan,
    Plan,
    Where,
    WorldPlan,
)
from simulator.chaos.swarm.results import Result


def outcome(seed=1, *violations, **fields):
    """A run that reached the floor."""
    enough = {
        "requests": 400,
        "commits": 900,
        "fired": {"answer-lost": 7},
        "faults_fired": 6,
        "crashes": 1,
        "leases": 20,
        "seconds": 3900.0,
        "trace": f"{seed:064x}",
    }
    return Outcome(plan=f"swarm-{seed}", seed=seed, violations=violations, **{**enough, **fields})


def violation(
    invariant="I1", key="orphan Ingress", time=700.0, lease="B", text="B leaves an Ingress"
):
    return Violation(invariant=invariant, text=text, time=time, lease=lease, key=key)


def result(seed=1, *violations, cpu=1.0, rss=200.0, worker=1, **fields):
    return Result(
        seed=seed,
        outcome=outcome(seed, *violations, **fields),
        cpu_seconds=cpu,
        rss_megabytes=rss,
        worker=worker,
    )


def rich_plan(leases=20):
    """A plan with some of everything, as a seed draws them."""
    names = [chr(ord("A") + n) for n in range(leases)]
    opened = [
        Action(do="open", when=Moment(at=10.5 * n), lease=name) for n, name in enumerate(names)
    ]
    closed = [
        Action(do="close", when=Moment(at=1500.0 + n), lease=name) for n, name in enumerate(names)
    ]
    return Plan(
        name="rich",
        seed=5,
        world=WorldPlan(
            nodes=(NodesPlan(count=2), NodesPlan(count=1, gpu=2)),
            latency_seconds=0.05,
            jitter_seconds=0.2,
        ),
        daemon=DaemonPlan(settings={"cluster.poll_seconds": 30.0, "cluster.lease_seconds": 60}),
        leases=tuple(
            LeasePlan(name=name, definition="everything", count=2, changes={2: {"image": "crash"}})
            for name in names
        ),
        actions=(
            *opened,
            Action(do="kill", when=Moment(at=900.0)),
            Action(do="start", when=Moment(after="lost", at=20.0)),
            *closed,
        ),
        faults=(
            FaultPlan(
                what="answer-lost",
                name="lost",
                where=Where(verb="delete", kind="ingresses", lease="B"),
                probability=0.5,
                times=None,
                may_miss=True,
            ),
            FaultPlan(
                what="refused", when=Moment(after="lost", at=1.0), name="next", may_miss=True
            ),
            FaultPlan(what="late", when=Moment(after="next"), seconds=900.0, may_miss=True),
            FaultPlan(what="slow", where=Where(lease="C"), values={"delay": 8.0}, may_miss=True),
        ),
        heal_at=3600.0,
    )
