"""The conditions of a namespace on its way out."""

from collections import Counter

from simulator.controllers.catalog import CLAIM, POD
from simulator.controllers.namespace_conditions import Findings, conditions
from tests.unit.controllers.builders import STAMP

LATER = "2026-01-01T00:00:09Z"


def texts(findings: Findings) -> dict[str, str]:
    return {
        item["type"]: item["message"]
        for item in conditions([], findings, STAMP)
        if item["status"] == "True"
    }


def test_all_five_are_told_also_when_nothing_is_wrong() -> None:
    told = conditions([], Findings(), STAMP)

    assert [(item["type"], item["status"], item["reason"]) for item in told] == [
        ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered"),
        ("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions"),
        ("NamespaceDeletionContentFailure", "False", "ContentDeleted"),
        ("NamespaceContentRemaining", "False", "ContentRemoved"),
        ("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers"),
    ]


def test_what_is_left_and_what_holds_it_is_counted() -> None:
    findings = (
        Findings()
        .left(POD, 2, Counter())
        .left(CLAIM, 3, Counter({"kubernetes.io/pvc-protection": 3}))
        .failed("no reason")
    )

    assert texts(findings) == {
        "NamespaceDeletionContentFailure": "Failed to delete all resource types, 1 remaining: no reason",
        "NamespaceContentRemaining": "Some resources are remaining: "
        "persistentvolumeclaims. has 3 resource instances, pods. has 2 resource instances",
        "NamespaceFinalizersRemaining": "Some content in the namespace has finalizers remaining: "
        "kubernetes.io/pvc-protection in 3 resource instances",
    }


def test_a_condition_keeps_its_time_while_its_status_stays_and_foreign_ones_stay() -> None:
    foreign = {"type": "Foreign", "status": "True"}
    before = conditions([foreign], Findings().failed("one"), STAMP)

    after = conditions(before, Findings().failed("two"), LATER)
    fine = conditions(before, Findings(), LATER)

    assert after[0] == fine[0] == foreign
    assert [item["lastTransitionTime"] for item in after[1:]] == [STAMP] * 5
    assert [item["lastTransitionTime"] for item in fine[1:]] == [STAMP, STAMP, LATER, STAMP, STAMP]
    assert conditions(after, Findings().failed("two"), "never") == after
