"""The daemon meets every kind of fault of the catalogue, one after another, and owes nothing in the end."""

from simulator.chaos.faults.catalog import CATALOG
from simulator.chaos.plan import Action, DaemonPlan, FaultPlan, LeasePlan, Moment, Plan, Where
from simulator.chaos.plan import WorldPlan as World
from simulator.chaos.run import play

STEP_SECONDS = 75.0
"""From one fault to the next; each lasts a third of that, and the rest is for recovery."""

CLOSINGS = [what for what, kind in CATALOG.items() if kind.level == "closing"]
OTHERS = [what for what in CATALOG if what not in CLOSINGS]


def fault(what, at):
    """A fault of this kind that befalls the first lease, where it befalls one."""
    kind = CATALOG[what]
    where, values = {}, {}
    if "host" in kind.needs or what.startswith("host-"):
        where["host"] = "kubernetes"
    if "lease" in kind.needs:
        where["lease"] = "A"
    if kind.level == "api" and kind.per_request and what != "stale-list":
        where |= {"lease": "A", "verb": "write"}
    if what == "stale-list":
        where["verb"] = "list"
    if kind.level == "watch":
        where["kind"] = "pods"
    if what == "rate-limited":
        values["per_second"] = 1.0
    if what == "market-repeats":
        values["delay"] = STEP_SECONDS / 9
    times = 2 if kind.per_request else 1
    return FaultPlan(
        what=what,
        when=Moment(at=at),
        seconds=STEP_SECONDS / 3,
        where=Where(**where),
        times=times,
        values=values,
    )


def in_a_row(kinds):
    """A plan in which a tenant updates its lease under each of the faults."""
    begins = [30.0 + STEP_SECONDS * n for n in range(len(kinds))]
    end = begins[-1] + STEP_SECONDS
    restarts: tuple[Action, ...] = ()
    if "stale-list" in kinds:
        # Lists are what a start asks for.
        at = begins[kinds.index("stale-list")]
        restarts = tuple(
            Action(do=do, when=Moment(at=at + after)) for do, after in (("kill", 1), ("start", 2))
        )
        restarts = (Action(do="start"), *restarts)
    return Plan(
        name="in-a-row",
        world=World(market_nodes=2),
        leases=(LeasePlan(name="A", definition="stack"), LeasePlan(name="B")),
        actions=(
            Action(do="open", lease="A", when=Moment(at=2)),
            Action(do="open", lease="B", when=Moment(at=2)),
            *(Action(do="update", lease="A", when=Moment(at=at + 2)) for at in begins),
            *restarts,
        ),
        faults=tuple(fault(what, at) for what, at in zip(kinds, begins, strict=True)),
        heal_at=end,
        look_seconds=30.0,
    )


def test_a_daemon_comes_through_each_fault_and_each_makes_a_difference():
    run = play(in_a_row(OTHERS))
    outcome = run.outcome
    assert (outcome.failure, outcome.vacuous) == ("", ())
    assert outcome.violations == ()
    for told in run.evidence.faults:
        assert told.fired > 0
        assert told.ended_at is not None


def test_leases_that_have_to_be_closed_are_closed_whatever_becomes_of_the_transaction():
    crashing = {1: {"image": "crash"}}
    leases = tuple(LeasePlan(name=what, definition="worker", changes=crashing) for what in CLOSINGS)
    plan = Plan(
        name="closings",
        world=World(market_nodes=2),
        daemon=DaemonPlan(
            settings={"deployment.budget_crash_loop_seconds": 60, "cluster.brake_min": 20}
        ),
        leases=(*leases, LeasePlan(name="fine")),
        actions=tuple(
            Action(do="open", lease=one.name, when=Moment(at=2.0 + n))
            for n, one in enumerate((*leases, LeasePlan(name="fine")))
        ),
        faults=tuple(FaultPlan(what=what, where=Where(lease=what)) for what in CLOSINGS),
        heal_at=300.0,
    )
    run = play(plan)
    assert (run.outcome.failure, run.outcome.vacuous) == ("", ())
    assert run.outcome.violations == ()
    for name, facts in run.evidence.leases.items():
        assert (facts.closed_at is None) is (name == "fine")
