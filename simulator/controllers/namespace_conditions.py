"""
The five conditions of a namespace on its way out. Pure.

Source: kubernetes pkg/controller/namespace/deletion/status_condition_utils.go.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from simulator.controllers.conditions import condition
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource

_FINE: Mapping[str, tuple[str, str]] = {
    "NamespaceDeletionDiscoveryFailure": (
        "ResourcesDiscovered",
        "All resources successfully discovered",
    ),
    "NamespaceDeletionGroupVersionParsingFailure": (
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    "NamespaceDeletionContentFailure": (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    "NamespaceContentRemaining": ("ContentRemoved", "All content successfully removed"),
    "NamespaceFinalizersRemaining": (
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
    ),
}
"""Reason and message of each while nothing is wrong."""


@attrs.frozen
class Findings:
    """What an attempt to empty a namespace met."""

    failures: tuple[str, ...] = ()
    remaining: Mapping[str, int] = attrs.field(factory=dict)
    """Objects that are expected to go, by `<plural>.<group>`."""
    finalizers: Counter[str] = attrs.field(factory=Counter)
    """How many objects each finalizer holds."""

    def failed(self, text: str) -> "Findings":
        """With one more failure."""
        return attrs.evolve(self, failures=(*self.failures, text))

    def left(self, kind: Resource, count: int, finalizers: Counter[str]) -> "Findings":
        """With objects of one kind that are still there."""
        remaining = {**self.remaining, f"{kind.plural}.{kind.group}": count}
        return attrs.evolve(self, remaining=remaining, finalizers=self.finalizers + finalizers)


def conditions(known: Sequence[JSONObject], findings: Findings, now: str) -> list[JSONObject]:
    """All five as they have to be; what says the same as before keeps its time."""
    wrong = _wrong(findings)
    told = [
        entry for entry in known if entry["type"] not in _FINE
    ]  # Others' conditions come first: ours are appended once and then stay where they are.
    for kind, fine in _FINE.items():
        status = "True" if kind in wrong else "False"
        reason, message = wrong.get(kind, fine)
        old = condition(known, kind)
        since = old["lastTransitionTime"] if old and old["status"] == status else now
        told.append(
            {
                "type": kind,
                "status": status,
                "lastTransitionTime": since,
                "reason": reason,
                "message": message,
            }
        )
    return told


def _wrong(findings: Findings) -> dict[str, tuple[str, str]]:
    """Reason and message of the conditions that hold."""
    wrong: dict[str, tuple[str, str]] = {}
    if findings.failures:
        texts = ", ".join(sorted(findings.failures))
        wrong["NamespaceDeletionContentFailure"] = (
            "ContentDeletionFailed",
            f"Failed to delete all resource types, {len(findings.failures)} remaining: {texts}",
        )
    if findings.remaining:
        texts = ", ".join(
            f"{kind} has {count} resource instances"
            for kind, count in sorted(findings.remaining.items())
        )
        text = f"Some resources are remaining: {texts}"
        wrong["NamespaceContentRemaining"] = ("SomeResourcesRemain", text)
    if findings.finalizers:
        texts = ", ".join(
            f"{finalizer} in {count} resource instances"
            for finalizer, count in sorted(findings.finalizers.items())
        )
        text = f"Some content in the namespace has finalizers remaining: {texts}"
        wrong["NamespaceFinalizersRemaining"] = ("SomeFinalizersRemain", text)
    return wrong
