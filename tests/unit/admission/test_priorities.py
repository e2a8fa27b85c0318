"""The priority of a pod is what its class says."""

import pytest

from simulator.admission.priorities import prioritised
from simulator.jsontypes import JSONObject

HIGH = {"metadata": {"name": "high"}, "value": 7, "preemptionPolicy": "Never"}
USUAL = {"metadata": {"name": "usual"}, "value": 3, "globalDefault": True}


@pytest.mark.parametrize(
    ("spec", "classes", "name", "value", "policy"),
    [
        ({}, [], None, 0, "PreemptLowerPriority"),
        ({}, [HIGH, USUAL], "usual", 3, "PreemptLowerPriority"),
        ({"priorityClassName": "high"}, [HIGH, USUAL], "high", 7, "Never"),
        (
            {"priorityClassName": "system-node-critical"},
            [],
            "system-node-critical",
            2_000_001_000,
            "PreemptLowerPriority",
        ),
    ],
)
def test_a_class_gives_priority(
    spec: JSONObject, classes: list[JSONObject], name: str | None, value: int, policy: str
) -> None:
    made = prioritised(spec, classes)
    found = made.get("priorityClassName"), made["priority"], made["preemptionPolicy"]
    assert found == (name, value, policy)


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"priorityClassName": "low"}, "no PriorityClass with name low was found"),
        (
            {"priority": 5},
            (
                "the integer value of priority (5) must not be provided in pod spec; priority "
                "admission controller computed 0 from the given PriorityClass name"
            ),
        ),
        (
            {"preemptionPolicy": "Never"},
            (
                "the string value of PreemptionPolicy (Never) must not be provided in pod spec; "
                "priority admission controller computed PreemptLowerPriority from the given "
                "PriorityClass name"
            ),
        ),
    ],
)
def test_what_a_class_does_not_give_is_forbidden(spec: JSONObject, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        prioritised(spec, [HIGH])
    assert str(caught.value) == why
