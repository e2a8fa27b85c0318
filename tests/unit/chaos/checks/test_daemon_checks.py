"""I8 to I10, I13: what the daemon does, shows and leaves behind when there is nothing to do."""

from collections import Counter

import pytest

from simulator.chaos.checks import catalog, kinds, task_tree
from simulator.chaos.evidence import Rest, StatusLook
from tests.unit.chaos.checks import made
from tests.unit.chaos.checks.made import Run, deployed


def found(run, invariant, **when):
    """Texts of one invariant's violations."""
    everything = catalog.violations(run.evidence(**when))
    return [f"{v.key}: {v.text}" for v in everything if v.invariant == invariant]


# ── I8 ──────────────────────────────────────────────────────────────────────────────────────────

POLICY = "/apis/networking.k8s.io/v1/namespaces/ns-a/networkpolicies/isolation"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/lease/leases/leasekeeper-x"


@pytest.mark.parametrize(
    ("time", "target", "expected"),
    [(950, POLICY, 1), (950, f"{POLICY}?dryRun=All", 1), (890, POLICY, 0), (950, LEASE, 0)],
    ids=["at rest", "a trial", "before it", "the daemon's own Lease"],
)
def test_at_rest_nothing_is_written(time, target, expected):
    run = deployed().request(time, "PATCH", target)

    assert len(found(run, "I8", quiet=900)) == expected


def test_at_rest_nothing_is_closed_nor_asked_in_circles():
    run = deployed().send(950, "A")
    for number in range(300):
        run.request(901 + number / 10, "GET", POLICY)

    assert [t.partition(":")[0] for t in found(run, "I8", quiet=900)] == [
        "I8 closing at rest",
        "I8 busy at rest",
    ]


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda run: run, 1),
        (lambda run: run.mark(450, "label", "A"), 0),
        (lambda run: run.mark(450, "kill"), 1),
        (lambda run: run.fault("watch-broken", 400, 410, times=(405,)), 0),
        (lambda run: run.delete(450, "A", kinds.POLICIES, "isolation", by="kubectl"), 0),
    ],
    ids=["nothing", "a deed", "a restart", "a fault", "a drift"],
)
def test_what_nothing_had_happened_to_is_not_written(spoil, expected):
    run = spoil(deployed())
    run.put(500, "A", kinds.POLICIES, "isolation", {"kind": "NetworkPolicy"})

    assert len(found(run, "I8")) == expected


@pytest.mark.parametrize(("begun", "expected"), [(900, 0), (320, 1)], ids=["long", "short"])
def test_what_happened_while_nobody_ruled_is_mended_by_who_comes(begun, expected):
    run = deployed().life(0, "kill", ended=300)
    happened = 310 if begun == 900 else 30
    run.delete(happened, "A", kinds.POLICIES, "isolation", by="kubectl").life(begun)
    run.put(begun + 1, "A", kinds.POLICIES, "isolation", {"kind": "NetworkPolicy"})

    assert len(found(run, "I8")) == expected


def test_a_new_process_tries_what_was_refused_once_more():
    run = deployed(refused={1}).life(0, "kill", ended=440).life(450)
    run.put(500, "A", kinds.POLICIES, "isolation", {"kind": "NetworkPolicy"})

    assert found(run, "I8") == []


@pytest.mark.parametrize(
    ("given", "runs", "expected"),
    [(450, 0, 0), (450, 1, 0), (450, 2, 1), (200, 0, 1)],
    ids=["for the first", "for an update", "it ran already", "long before"],
)
def test_what_waited_for_room_is_written_when_there_is_some(given, runs, expected):
    run = deployed("B", run=Run().lease("A", sent=[(10, 1), (20, 2)]))
    run.put(21, "A", kinds.RECORDS, obj=made.record(2))
    if runs:
        run.put(22, "A", kinds.DEPLOYMENTS, "web", made.workload(runs))
    run.delete(given, "B", kinds.PODS, "web-1", by="controllers")
    run.put(500, "A", kinds.RECORDS, obj={"kind": "Manifest", **made.record(2)})

    assert len(found(run, "I8")) == expected


# ── I9 ──────────────────────────────────────────────────────────────────────────────────────────


def tasks(*leases):
    names = [*task_tree.OF_A_DAEMON, *(f"watch {plural}" for plural in task_tree.WATCHED)]
    names += [f"{name} {lease}" for name in task_tree.OF_A_LEASE for lease in leases]
    return Counter(names)


def at_rest(change=None):
    run = deployed()
    there = tasks(run.leases["A"].name)
    there.update(change or {})
    run.rests.append(Rest(900, 1, Counter({name: n for name, n in there.items() if n})))
    return found(run, "I9")


def test_at_rest_the_tasks_are_those_of_one_daemon_and_its_leases():
    assert at_rest() == []


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"audit": 1}, "audit doubled"),
        ({"left behind": 1}, "left behind not expected"),
        ({"audit": -1}, "audit missing"),
        ({"manager alice/7/1/1/akash1provider": 1}, "manager not expected"),
        ({"monitor alice/1000/1/1/akash1provider": 1}, "monitor doubled"),
        ({"monitor alice/1000/1/1/akash1provider": -1}, "monitor missing"),
    ],
)
def test_a_task_too_many_or_too_few_is_a_stray(change, key):
    assert at_rest(change)[0].startswith(f"I9 {key}")


def test_a_task_that_outlives_its_daemon_is_left_behind():
    run = deployed().life(0, "kill", 100, 100, left_tasks=Counter({"apply x": 1}))

    assert found(run.life(110), "I9")[0].startswith("I9 apply left behind")


# ── I10 ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("took", "expected"), [(15, 0), (17, 1)])
def test_told_to_leave_a_daemon_leaves_in_time(took, expected):
    assert len(found(deployed().life(0, "sigterm", 500, 500 + took), "I10")) == expected


@pytest.mark.parametrize(("time", "expected"), [(499, 0), (505, 1)])
def test_told_to_leave_a_daemon_begins_no_delete_and_no_closing(time, expected):
    run = deployed().close(400, "A").life(0, "sigterm", 500, 510)
    run.delete(time, "A", kinds.NAMESPACES)

    assert len(found(run, "I10")) == expected
    assert len(found(run.send(time, "A"), "I10")) == 2 * expected


# ── I13 and I6 ──────────────────────────────────────────────────────────────────────────────────


def node(free, committed, **more):
    row = {"name": "node1", "allocatable": {"cpu": 1000}, "available": {"cpu": free}}
    return {**row, "committed": {"cpu": committed}, **more}


def row(run, name="A", **more):
    shown = {"lease": str(run.leases[name].name), "phase": "deploy-complete", "missing": ""}
    return {**shown, "health": "healthy", "event": "", **more}


def look(run, time=500, nodes=(), rows=(), ready=True, **more):
    body = {"ready": ready, "leases": list(rows), "capacity": {"nodes": list(nodes)}}
    values = {"status": 200, "livez": 200, "seconds": 0.1, **more}
    run.looks.append(StatusLook(time=time, daemon=1, body=body, **values))
    return run


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ({}, ""),
        ({"status": 0}, "I13 did not answer"),
        ({"livez": 0}, "I13 did not answer"),
        ({"livez": 503}, "I13 answered 200 and 503"),
        ({"seconds": 9}, "I13 answered late"),
    ],
)
def test_status_and_livez_answer_in_time(answer, key):
    assert "".join(found(look(deployed(), **answer), "I13")).partition(":")[0] == key


@pytest.mark.parametrize("what", ["daemon-paused", "cable-silent", "cable-cut"])
def test_a_process_that_hears_no_question_need_not_answer(what):
    assert found(look(deployed().fault(what, 490, 510), status=0), "I13") == []


@pytest.mark.parametrize(
    ("rows", "ready", "expected"),
    [(True, False, 1), (False, True, 1), (False, False, 0)],
    ids=["a healthy lease", "ready", "neither"],
)
def test_nothing_is_called_healthy_that_nobody_sees(rows, ready, expected):
    run = deployed().fault("host-silent", 100)
    look(run, 500, rows=[row(run, health="healthy" if rows else "unknown")], ready=ready)

    assert len(found(run, "I13")) == expected


@pytest.mark.parametrize(("since", "expected"), [(300, 1), (490, 0)])
def test_an_unready_lease_is_not_called_healthy_for_long(since, expected):
    run = deployed().put(since, "A", kinds.DEPLOYMENTS, "web", made.workload(1, ready=0))

    assert len(found(look(run, 500, rows=[row(run)]), "I13")) == expected


@pytest.mark.parametrize(("ready_at", "expected"), [(500.5, 0), (502, 1)])
def test_a_lease_that_came_up_before_the_answer_is_called_healthy(ready_at, expected):
    """The question was on the wire while its pod became ready."""
    run = deployed().put(300, "A", kinds.DEPLOYMENTS, "web", made.workload(1, ready=0))
    run.put(ready_at, "A", kinds.DEPLOYMENTS, "web", made.workload(1))

    assert len(found(look(run, 500, rows=[row(run)], seconds=1.0), "I13")) == expected


def test_a_lost_lease_is_not_called_healthy_for_long():
    run = deployed().close(300, "A")

    assert found(look(run, 310, rows=[row(run)]), "I13", ended=400) == []
    assert len(found(look(run, 395, rows=[row(run)]), "I13", ended=400)) == 1


def test_a_lease_is_not_lost_for_having_been_called_closed_before_it_was():
    run = deployed().tell(50, "A", "closed").close(300, "A", told=False)

    assert found(look(run, 200, rows=[row(run)]), "I13", ended=400) == []


@pytest.mark.parametrize(
    ("shown", "key"),
    [
        (node(300, 700), ""),
        (node(0, 1300, overfull=True), ""),
        (node(-1, 1001), "less than nothing is free"),
        (node(1100, 0), "more is free than there is"),
        (node(400, 700), "promised twice"),
        (node(400, 500, foreign={"cpu": 200}), "promised twice"),
        (node(300, -1), "less than nothing is taken"),
    ],
)
def test_what_is_called_free_is_free(shown, key):
    said = "".join(found(look(deployed(), nodes=[shown]), "I6"))

    assert key in said
    assert bool(said) is bool(key)


@pytest.mark.parametrize(
    ("since", "free", "expected"),
    [(100, 500, 1), (100, 400, 0), (490, 500, 0)],
    ids=["called free", "called taken", "too new to be seen"],
)
def test_room_that_a_pod_has_is_not_free(since, free, expected):
    run = deployed()
    run.put(since, "A", kinds.PODS, "big", made.pod(node="node1", cpu="600m"), by="controllers")

    assert len(found(look(run, 500, nodes=[node(free, 400)]), "I6")) == expected
