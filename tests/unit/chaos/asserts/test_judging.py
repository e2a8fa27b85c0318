"""Each sort of expectation is met by a run that is as expected, and fails on one that is not."""

from types import SimpleNamespace

import attrs
import pytest

from simulator.chaos import expectations
from simulator.chaos.asserts import judging
from simulator.chaos.checks import kinds
from simulator.chaos.evidence import StatusLook
from simulator.chaos.plan import Expectation
from tests.unit.chaos.checks.made import deployed, pod, route, torn_down


def said(run, what, *, rules=None, logs=(), **values):
    """What is not as expected; keywords that are Python's end with an underscore."""
    values = {key.rstrip("_"): value for key, value in values.items()}
    one = Expectation(what=what, values=values)
    assert expectations.check(one) == ""
    evidence = run.evidence()
    evidence.plan = attrs.evolve(evidence.plan, asserts=(one,))
    evidence.world.rules, evidence.logs = rules, list(logs)
    found = judging.violations(evidence)
    assert all(v.invariant == "expected" and v.key == f"expected {what}" for v in found)
    return [violation.text for violation in found]


def closed():
    """A was deployed at 10, closed at 100 and torn down from 101 on."""
    run = deployed().close(100.0, "A").mark(100.0, "close", "A")
    return torn_down(run, time=101.0)


def test_closings_are_counted_in_their_span():
    run = deployed().send(50, "A").send(60, "A")

    assert said(run, "closings", at_most=2) == []
    assert said(run, "closings", lease="A", at_most=1, from_=55) == []
    assert "there were 2, the first at 50.0" in said(run, "closings", at_most=0)[0]
    assert said(run, "closings", at_least=3)


def test_requests_are_counted_by_verb_kind_and_lease():
    run = closed()

    assert said(run, "requests", verb="write", from_=20, until=99, at_most=0) == []
    assert said(run, "requests", verb="delete", until=100, at_most=0) == []
    assert said(run, "requests", verb="delete", kind="ingresses", at_most=0)
    assert said(run, "requests", lease="A", at_least=100)
    assert said(run, "requests", verb="read", at_most=0) == []


def test_how_many_requests_the_api_server_had_at_once():
    rules = SimpleNamespace(most_at_once=32)

    assert said(deployed(), "at-once", rules=rules, at_most=32) == []
    assert said(deployed(), "at-once", rules=rules, at_most=31)


def test_the_first_delete_is_measured_from_a_moment():
    assert said(closed(), "first-delete", lease="A", from_="A closed", within=1) == []
    assert said(closed(), "first-delete", lease="A", from_="A proven", within=1) == []
    assert (
        "after 1.00 s" in said(closed(), "first-delete", lease="A", from_="close A", within=0.5)[0]
    )


def test_a_first_delete_that_never_came_is_none():
    assert said(deployed().close(50.0, "A"), "first-delete", lease="A", from_=50, within=900)


def test_nothing_is_left_of_a_lease_that_is_gone():
    assert said(closed(), "gone", lease="A", from_="A closed", within=20) == []
    assert "manifests" in said(closed(), "gone", lease="A", from_="A closed", within=6.5)[0]


def test_a_generation_serves_as_long_as_a_pod_of_it_is_ready():
    run = deployed()
    dip = deployed().put(40, "A", kinds.PODS, "web-1", pod(1, ready=False), by="controllers")
    dip.put(41, "A", kinds.PODS, "web-1", pod(1), by="controllers")

    assert said(run, "serves", lease="A", generation=1, from_=20) == []
    assert said(run, "serves", lease="A", generation=2, from_=20)
    assert said(run, "serves", lease="A", generation=1, from_=1), "not deployed yet"
    assert said(dip, "serves", lease="A", generation=1, from_=20)
    assert said(dip, "serves", lease="A", generation=1, from_=42) == []


def test_a_hostname_is_routed_to_one_lease():
    host = "a.example.com"
    run = deployed("B", run=deployed())
    run.put(50, "B", kinds.INGRESSES, host, route(host))

    assert said(run, "routed", lease="A", host=host, from_=20, until=49) == []
    assert "B had a route of it at 50.0" in said(run, "routed", lease="A", host=host, from_=20)[0]
    assert said(run, "routed", lease="B", host="nobody.example.com", from_=20)


def looked(*bodies):
    run = deployed()
    for place, body in enumerate(bodies):
        run.looks.append(StatusLook(10.0 * place, 1, 200, body, 200, 0.1))
    return run


def brake(*, engaged):
    name = "alice/1000/1/1/akash1provider"
    return {
        "reasons": [{"name": "market unknown"}] if engaged else [],
        "brakes": [{"name": "closures", "engaged": engaged}],
        "leases": [{"lease": name, "health": "healthy", "event": "it is still there: x"}],
    }


def test_a_status_is_asked_by_its_path():
    run = looked(
        brake(engaged=False), brake(engaged=True), brake(engaged=True), brake(engaged=False)
    )
    engaged = {"field": "brakes.closures.engaged", "is_": True}

    assert said(run, "status", **engaged) == []
    assert said(run, "status", **engaged, always=True, from_=10, until=20) == []
    assert said(run, "status", **engaged, times=1) == []
    assert said(run, "status", field="reasons.market unknown", times=1) == []
    assert said(run, "status", field="leases.A.health", is_="healthy", always=True) == []
    assert said(run, "status", field="leases.A.event", has="still there") == []
    assert said(run, "status", **engaged, always=True)
    assert said(run, "status", **engaged, times=2)
    assert said(run, "status", **engaged, until=5)
    assert said(run, "status", field="leases.Z.health", is_="healthy")


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("status", {"field": "ready", "from_": 500}),
        ("gone", {"lease": "A", "from_": "start 7", "within": 5}),
        ("serves", {"lease": "A", "generation": 9, "from_": 20}),
        ("closings", {"from_": 60, "until": 40, "at_most": 9}),
    ],
    ids=["nobody looked", "no such moment", "no such generation", "no time between"],
)
def test_what_cannot_be_judged_does_not_count_as_held(what, values):
    assert said(looked(brake(engaged=False)), what, **values)


def test_log_records_are_counted_by_their_event():
    run = deployed()
    logs = [{"event": "alarm", "time": "2026-01-01T00:00:40.000+00:00", "lease": "x"}]

    assert said(run, "logs", logs=logs, event="alarm", at_least=1, from_=39, until=41) == []
    assert said(run, "logs", logs=logs, event="alarm", lease="A", at_most=0) == []
    assert said(run, "logs", logs=logs, event="alarm", at_most=0)


def test_what_a_tenant_was_told():
    run = deployed()
    run.leases["A"].refused.add(2)

    assert said(run, "told", lease="A", generation=1, answer="accepted") == []
    assert said(run, "told", lease="A", generation=2, answer="refused") == []
    assert said(run, "told", lease="A", generation=2, answer="not accepted") == []
    assert said(run, "told", lease="A", generation=1, answer="not accepted")
    assert said(run, "told", lease="A", generation=3, answer="refused")


def test_every_sort_has_a_judge_and_no_other_has():
    assert set(judging.JUDGES) == set(expectations.CATALOG)


@pytest.mark.parametrize(
    ("what", "values", "rule"),
    [
        ("tea", {}, "no such expectation"),
        ("closings", {}, "needs one of"),
        ("gone", {"lease": "A", "within": 5}, "needs from"),
        ("gone", {"lease": "A", "from": 1, "within": 5, "colour": "red"}, "knows no colour"),
        ("closings", {"at_most": "none"}, "must be int"),
        ("closings", {"at_most": True}, "must be int"),
    ],
)
def test_an_expectation_that_means_nothing_is_refused(what, values, rule):
    assert rule in expectations.check(Expectation(what=what, values=values))
