import pytest

from provider.reconcile.operators import operator_at_work

NOON = 1_795_521_600.0
"""2026-11-24T12:00:00Z."""


def ingress(manager="provider-services", time="2026-11-24T11:30:00Z", operation="Update"):
    entry = {"manager": manager, "operation": operation}
    if time is not None:
        entry["time"] = time
    return {"metadata": {"namespace": "place", "name": "web.example.com", "managedFields": [entry]}}


def test_a_route_that_the_operator_wrote_within_the_hour_stops_the_start_and_names_the_setting():
    why = operator_at_work([ingress("other"), ingress()], NOON)

    assert "place/web.example.com" in why
    assert 'routes = "operator"' in why


@pytest.mark.parametrize(
    "route",
    [
        ingress(time="2026-11-24T10:59:59Z"),
        ingress("leasekeeper", operation="Apply"),
        ingress(time=None),
        ingress(time="yesterday"),
        {"metadata": {"name": "bare"}},
    ],
    ids=["older", "ours", "no time", "no date", "no managers"],
)
def test_what_tells_of_no_operator_lets_the_start_go_on(route):
    assert operator_at_work([route], NOON) == ""
