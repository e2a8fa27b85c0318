"""I3, I4, I5, I11, I12 and liveness: what is closed, owed, promised, and done in the end."""

import attrs
import pytest

from simulator.chaos.checks import catalog, kinds, liveness, obligations
from simulator.chaos.evidence import StatusLook
from simulator.market.transactions import Executed, Lost
from tests.unit.chaos.checks import made
from tests.unit.chaos.checks.made import Run, deployed, torn_down


def found(run, invariant, **when):
    """Texts of one invariant's violations."""
    everything = catalog.violations(run.evidence(**when))
    return [f"{v.key}: {v.text}" for v in everything if v.invariant == invariant]


# ── I3 ──────────────────────────────────────────────────────────────────────────────────────────


def sick(since=100.0, waiting="ErrImagePull", run=None, name="A"):
    """A lease whose pod has been unwell since then, with a budget of 300 s for an image."""
    run = deployed(name, run=run)
    run.settings["deployment.budget_image_seconds"] = 300.0
    run.put(since, name, kinds.DEPLOYMENTS, "web", made.workload(1, ready=0), by="controllers")
    bad = made.pod(ready=False, waiting=waiting)
    return run.put(since, name, kinds.PODS, "web-1", bad, by="controllers")


def well(run, time, name="A"):
    run.put(time, name, kinds.DEPLOYMENTS, "web", made.workload(1), by="controllers")
    return run.put(time, name, kinds.PODS, "web-1", made.pod(), by="controllers")


def closed(run, noted, sent=None, name="A"):
    """The daemon notes that a lease has to be closed, and closes it."""
    run.put(noted, name, kinds.RECORDS, obj=made.record(1, owed="{}"))
    return run.send(sent if sent is not None else noted + 1, name)


@pytest.mark.parametrize(("noted", "expected"), [(401, 0), (380, 1)], ids=["spent", "not spent"])
def test_a_closing_takes_a_whole_budget(noted, expected):
    assert len(found(closed(sick(), noted), "I3")) == expected


def test_a_lease_on_its_way_up_is_not_unhealthy():
    assert "no budget" in found(closed(sick(waiting="ContainerCreating"), 900), "I3")[0]


@pytest.mark.parametrize(("noted", "expected"), [(450, 1), (602, 0)])
def test_time_in_which_nobody_could_look_does_not_count(noted, expected):
    run = sick().fault("host-down", 200, 400)

    assert len(found(closed(run, noted), "I3")) == expected


def test_a_new_process_begins_to_count_anew():
    run = sick().life(0, "kill", ended=300).life(310)

    assert found(closed(run, 450), "I3")
    assert found(closed(sick().life(0, "kill", ended=300).life(310), 611), "I3") == []


def test_health_in_between_gives_the_budget_back():
    run = well(sick(), 300)
    run.put(400, "A", kinds.DEPLOYMENTS, "web", made.workload(1, ready=0), by="controllers")
    bad = made.pod(ready=False, waiting="ErrImagePull")
    run.put(400, "A", kinds.PODS, "web-1", bad, by="controllers")

    assert found(closed(run, 600), "I3")


def test_a_lease_that_is_well_again_is_not_closed():
    run = well(sick(), 450)

    assert "it was healthy" in found(closed(run, 410, 500), "I3")[0]


def test_what_was_noted_before_health_or_another_generation_closes_nothing_later():
    run = well(sick(), 450)
    run.put(420, "A", kinds.RECORDS, obj=made.record(1, owed="{}"))
    run.put(600, "A", kinds.DEPLOYMENTS, "web", made.workload(1, ready=0), by="controllers")
    assert "no budget" in found(run.send(620, "A"), "I3")[0]

    renewed = sick().put(420, "A", kinds.RECORDS, obj=made.record(1, owed="{}"))
    renewed.put(430, "A", kinds.RECORDS, obj=made.record(2, owed="{}"))
    assert "no budget" in found(renewed.send(500, "A"), "I3")[0]


def test_a_closing_that_is_noted_as_another_generation_comes_needs_no_other_budget():
    run = sick().put(430, "A", kinds.RECORDS, obj=made.record(1, owed="{}"))
    run.put(430, "A", kinds.RECORDS, obj=made.record(2, owed="{}"))
    run.leases["A"].accepted.append((430, 2))

    assert found(run.send(430, "A"), "I3") == []


@pytest.mark.parametrize(("sent", "expected"), [(430.1, 0), (431, 1)])
def test_a_closing_may_pass_the_answer_that_another_generation_is_on_record(sent, expected):
    run = sick().put(420, "A", kinds.RECORDS, obj=made.record(1, owed="{}"))
    run.put(430, "A", kinds.RECORDS, obj=made.record(2, owed="{}"))
    run.leases["A"].accepted.append((430.2, 2))

    assert len(found(run.send(sent, "A"), "I3")) == expected


@pytest.mark.parametrize("gone", [True, False], ids=["dark", "lit"])
def test_a_pod_on_a_dark_node_is_nobodys_fault(gone):
    run = sick()
    bad = made.pod(ready=False, waiting="ErrImagePull", node="node1")
    run.put(101, "A", kinds.PODS, "web-1", bad, by="controllers")
    conditions = {"status": {"conditions": [{"type": "Ready", "status": str(not gone)}]}}
    run.put(100.5, "A", kinds.NODES, "node1", conditions, by="controllers")

    assert bool(found(closed(run, 450), "I3")) is gone


def test_a_lease_that_an_operator_holds_back_is_not_closed():
    held = {"metadata": {"annotations": {kinds.HOLD: "x"}}}
    run = sick().put(200, "A", kinds.NAMESPACES, obj=held, by="kubectl")

    assert "operator held" in found(closed(run, 450), "I3")[0]


# ── I4 ──────────────────────────────────────────────────────────────────────────────────────────


def closures(*times, released=None):
    run = Run()
    for number, time in enumerate(times):
        run = sick(run=run, name=f"L{number}")
        closed(run, time, name=f"L{number}")
    return run if released is None else run.mark(released, "release", detail="closures")


@pytest.mark.parametrize(
    ("times", "released", "expected"),
    [
        ((410, 420, 430), None, 0),
        ((410, 420, 430, 440), None, 1),
        ((410, 420, 430, 1031), None, 0),
        ((410, 420, 430, 440), 435, 0),
    ],
    ids=["as many as may be", "one more", "one more, later", "an operator's word"],
)
def test_only_so_many_leases_are_closed_at_once(times, released, expected):
    run = closures(*times, released=released)

    assert len(found(run, "I4", ended=2000)) == expected


# ── I12 ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcome", "failure", "second", "expected"),
    [
        (Lost(), "", 460, 1),
        (Lost(), "", 540, 0),
        (Executed(), "insufficient fees", 420, 0),
    ],
    ids=["may still show", "had its time", "turned away"],
)
def test_no_closing_is_sent_while_another_may_still_show(outcome, failure, second, expected):
    run = sick().put(405, "A", kinds.RECORDS, obj=made.record(1, owed="{}"))
    run.send(410, "A", outcome=outcome, failure=failure, executed=False).send(second, "A")

    assert len(found(run, "I12")) == expected


def test_no_closing_is_sent_of_a_lease_that_is_known_to_be_closed():
    run = closed(sick(), 410).close(415, "A")

    assert found(run, "I12", ended=420) == []
    run.send(600, "A", failure="lease is not active")
    assert "known to be closed" in found(run, "I12", ended=650)[0]


def test_two_executed_closings_are_one_too_many():
    assert "executed" in found(closed(sick(), 410).send(700, "A"), "I12", ended=800)[0]


@pytest.mark.parametrize("gone", [True, False], ids=["undone meanwhile", "still there"])
def test_no_write_has_its_effect_twice(gone):
    run, body = deployed(), {"kind": "Service"}
    run.put(50, "A", kinds.SERVICES, "more", body)
    if gone:
        run.delete(55, "A", kinds.SERVICES, "more", by="kubectl")

    assert bool(found(run.put(60, "A", kinds.SERVICES, "more", body), "I12")) is not gone


@pytest.mark.parametrize(("client", "expected"), [("daemon-1", 1), ("daemon-2", 0)])
def test_a_second_daemon_waits(client, expected):
    run = deployed()
    for time, holder in ((1, "daemon-1"), (300, "daemon-2")):
        spec = {"spec": {"holderIdentity": holder}}
        run.put(time, "A", kinds.LEADERSHIP, "leasekeeper-x", spec, client=holder)
    run.life(0).life(5).put(400, "A", kinds.SERVICES, "more", client=client)

    assert len(found(run, "I12")) == expected


# ── I5 ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_owed_is_read_from_cluster_and_chain():
    run = deployed()
    evidence = run.evidence()
    assert obligations.owed(evidence.world, evidence.leases) == {"A": 1}
    run.put(50, "A", kinds.RECORDS, obj=made.record(2))
    evidence = run.close(90, "A").evidence()
    assert obligations.owed(evidence.world, evidence.leases) == {"A": obligations.TEARDOWN}
    evidence = torn_down(run).evidence()
    assert obligations.owed(evidence.world, evidence.leases) == {}


@pytest.mark.parametrize("resource", [kinds.NAMESPACES, kinds.HOSTS])
def test_nothing_is_made_before_it_is_on_record(resource):
    run = Run().lease("A").put(5, "A", resource, "ns-a")

    assert "begun before" in found(run.put(6, "A", kinds.RECORDS, obj=made.record(1)), "I5")[0]


def test_no_generation_is_begun_before_it_is_on_record():
    run = deployed().put(50, "A", kinds.DEPLOYMENTS, "web", made.workload(2))

    assert "generation 2 while the record holds 1" in found(run, "I5")[0]


def test_a_record_that_somebody_else_took_away_is_not_the_daemons_omission():
    run = deployed().delete(40, "A", kinds.RECORDS, by="kubectl")

    assert found(run.put(50, "A", kinds.DEPLOYMENTS, "web", made.workload(2)), "I5") == []


def test_a_tenant_is_told_what_is_on_record():
    run = deployed(sent=[(9, 1), (50, 2)], accepted=[(10, 1), (51, 2)])

    assert "accepted and not on record" in found(run, "I5")[0]
    assert found(run.put(50.5, "A", kinds.RECORDS, obj=made.record(2)), "I5") == []


def test_the_record_of_a_lost_lease_is_marked_to_the_end():
    run = deployed().close(90, "A").delete(95, "A", kinds.NAMESPACES)
    run.delete(96, "A", kinds.HOSTS, "a.example.com").delete(97, "A", kinds.RECORDS)
    assert "teardown not on record" in found(run, "I5", ended=99)[0]

    run = deployed().close(90, "A").put(91, "A", kinds.RECORDS, obj=made.record(1, closing="{}"))
    run.put(92, "A", kinds.RECORDS, obj=made.record(1))
    assert "closing mark vanished" in found(run, "I5", ended=99)[0]


def test_a_closing_is_noted_before_it_is_sent():
    assert found(closed(sick(), 410), "I5") == []
    assert "closing not on record" in found(sick().send(410, "A"), "I5")[0]


@pytest.mark.parametrize(
    ("debt", "is_closed", "expected"), [(1, False, 0), (2, False, 1), (0, True, 1)]
)
def test_what_was_owed_at_an_end_is_done_in_the_end(debt, is_closed, expected):
    run = deployed().life(0, "kill", 50, 50, debts={"A": debt}).life(60)
    if is_closed:
        run.close(90, "A")

    assert len(found(run, "I5", quiet=900)) == expected


def test_a_debt_that_was_refused_is_none():
    run = deployed(refused={2}).life(0, "kill", 50, 50, debts={"A": 2}).life(60)

    assert found(run, "I5", quiet=900) == []


# ── I11 ─────────────────────────────────────────────────────────────────────────────────────────


def waiting(missing="", **facts):
    """Two generations of A were taken, the second of which does not come."""
    taken = {"sent": [(9, 1), (50, 2)], "accepted": [(10, 1), (51, 2)]}
    run = deployed(**{**taken, **facts})
    row = {"lease": str(run.leases["A"].name), "missing": missing, "health": "unknown"}
    body = {"ready": True, "leases": [row], "capacity": {"nodes": []}}
    run.looks.append(StatusLook(120, 1, 200, body, 200, 0.1))
    return run.put(50.5, "A", kinds.RECORDS, obj=made.record(2)).lease("B")


@pytest.mark.parametrize(
    ("spoil", "invariant"),
    [
        (lambda run: run, "liveness"),
        (lambda run: run.fault("quota", 60, 90, lease="B"), "I11"),
        (lambda run: run.fault("quota", 60, 990, lease="A"), ""),
        (lambda run: run.put(100, "A", kinds.DEPLOYMENTS, "web", made.workload(2)), ""),
        (lambda run: run.close(100, "A"), ""),
    ],
    ids=["no reason", "its neighbour's trouble", "its own", "it came", "it is over"],
)
def test_a_generation_that_was_taken_comes_in_time_whatever_befalls_its_neighbour(spoil, invariant):
    run = spoil(waiting())

    late = [v for v in catalog.violations(run.evidence(ended=260)) if "deploy is late" in v.key]
    assert [v.invariant for v in late] == [invariant][: bool(invariant)]


def test_a_lease_that_waits_for_room_is_not_late():
    late = catalog.violations(waiting(missing="gpu").evidence(ended=260))

    assert [v for v in late if "deploy is late" in v.key] == []


@pytest.mark.parametrize(("leader", "expected"), [("daemon-1", 1), ("daemon-2", 0)])
def test_a_daemon_that_waits_for_its_turn_cannot_say_that_there_is_room(leader, expected):
    run = waiting().life(0).life(0)
    spec = {"spec": {"holderIdentity": "one"}}
    run.put(2, "A", kinds.LEADERSHIP, "leasekeeper-x", spec, client=leader)

    late = catalog.violations(run.evidence(ended=260))
    assert len([v for v in late if "deploy is late" in v.key]) == expected


# ── liveness ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda run: run, ""),
        (lambda run: run.delete(50, "A", kinds.SERVICES, "web", by="kubectl"), "services missing"),
        (
            lambda run: run.put(50, "A", kinds.SERVICES, "more", labelled(run)),
            "services left over",
        ),
        (lambda run: run.put(50, "A", kinds.STATEFUL_SETS, "db", made.workload(9)), "generation"),
        (
            lambda run: run.put(50, "A", kinds.DEPLOYMENTS, "web", made.workload(1, ready=0)),
            "not ready",
        ),
        (lambda run: run.close(50, "A"), "manifests left"),
        (lambda run: torn_down(run.close(50, "A")), ""),
        (lambda run: run.mark(40, "hold", "A").delete(50, "A", kinds.SERVICES, "web"), ""),
    ],
    ids=["whole", "lacks", "more", "mixed", "unready", "closed", "gone", "held back"],
)
def test_in_the_end_leases_are_whole_or_gone(spoil, key):
    evidence = spoil(deployed()).evidence()

    assert [one.key for one in liveness.unfinished(evidence)] == [key][: bool(key)]
    assert len(liveness.undone(evidence)) == bool(key)


@pytest.mark.parametrize(
    ("image", "budget", "expected"),
    [("fail", 300.0, ["A: its budget is running out"]), ("fail", 700.0, []), ("web", 300.0, [])],
    ids=["spent within the bound", "later", "well"],
)
def test_a_run_is_not_at_rest_while_a_closing_is_to_come(image, budget, expected):
    run = deployed()
    run.leases["A"].plan = attrs.evolve(run.leases["A"].plan, changes={1: {"image": image}})
    run.settings["deployment.budget_image_seconds"] = budget

    assert list(liveness.undone(run.evidence())) == expected
    assert liveness.unfinished(run.evidence()) == [], "and nothing is owed"


def labelled(run):
    return {"metadata": {"labels": {"akash.network": "true"}}}


def test_a_refused_update_may_leave_what_came_before():
    run = deployed(accepted=[(10, 1), (50, 2)], refused={2})

    assert liveness.unfinished(run.evidence()) == []


@pytest.mark.parametrize(("refused", "expected"), [({2}, 0), (set(), 1)], ids=["was", "was not"])
def test_where_nothing_has_run_a_refused_update_leaves_nothing(refused, expected):
    run = Run().lease("A", sent=[(10, 1), (20, 2)], accepted=[(10, 1), (20, 2)], refused=refused)
    run.put(11, "A", kinds.RECORDS, obj=made.record(1))
    run.put(21, "A", kinds.RECORDS, obj=made.record(2))
    run.leases["A"].wanted[2] = frozenset({("deployments", "web")})

    assert len(liveness.unfinished(run.evidence())) == expected


def test_a_refused_first_manifest_must_not_run():
    run = deployed(refused={1})

    assert [one.key for one in liveness.unfinished(run.evidence())] == ["refused and runs"]


def test_a_hostname_that_another_lease_has_may_be_missing():
    run = deployed().delete(50, "A", kinds.INGRESSES, "a.example.com")
    run.lease("B").put(51, "B", kinds.HOSTS, "a.example.com")

    assert [one.lease for one in liveness.unfinished(run.evidence())] == []


@pytest.mark.parametrize(("missing", "expected"), [("gpu", []), ("", ["A", "B"])])
def test_a_hostname_that_was_promised_to_one_that_waits_for_room_may_be_missing(missing, expected):
    run = deployed().delete(50, "A", kinds.INGRESSES, "a.example.com")
    run.delete(51, "A", kinds.HOSTS, "a.example.com")
    route = frozenset({("ingresses", "a.example.com")})
    run.lease("B", accepted=[(5, 1)], sent=[(5, 1)], wanted={1: route})
    row = {"lease": str(run.leases["B"].name), "missing": missing}
    body = {"leases": [row]}
    run.looks.append(StatusLook(time=60, daemon=1, status=200, body=body, livez=200, seconds=0.1))

    assert [one.lease for one in liveness.unfinished(run.evidence())] == expected


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ([{}], ""),
        ([], "held lease not shown"),
        ([{"phase": "deploy-active"}], "whole lease not shown so"),
        ([{"health": "unknown"}], "whole lease not shown so"),
    ],
    ids=["well", "absent", "not done", "unknown"],
)
def test_at_rest_the_status_says_so(rows, key):
    run = deployed()
    shown = {"lease": str(run.leases["A"].name), "phase": "deploy-complete", "missing": ""}
    shown |= {"health": "healthy", "event": ""}
    body = {"ready": True, "leases": [{**shown, **r} for r in rows], "capacity": {"nodes": []}}
    run.looks.append(StatusLook(950, 1, 200, body, 200, 0.1))

    said = found(run, "liveness", healed=100, quiet=900)
    assert "".join(said).partition(":")[0] == (f"liveness {key}" if key else "")
