"""
Where a pod fits: filters and the choice among what is left, and the words for what does not fit.

Pure. Source: kubernetes pkg/scheduler/framework/plugins (noderesources, nodeaffinity,
tainttoleration, nodeunschedulable, volumebinding) and pkg/scheduler/framework/types.go (FitError).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

import attrs

from simulator.controllers import taints
from simulator.controllers.amounts import Amounts, amounts, requested
from simulator.controllers.selectors import Labels, has_all, labels_of, meets
from simulator.jsontypes import JSONObject


@attrs.frozen
class Room:
    """A node, and what the pods on it take up."""

    node: JSONObject
    allocatable: Amounts
    """All that pods may take up together."""
    taken: Amounts

    @property
    def name(self) -> str:
        """The node's name."""
        return str(self.node["metadata"]["name"])

    def free(self, resource: str) -> Fraction:
        """What is left of a resource."""
        return self.allocatable.get(resource, Fraction()) - self.taken.get(resource, Fraction())


def allocatable(node: JSONObject) -> Amounts:
    """What a node offers to pods."""
    return amounts((node.get("status") or {}).get("allocatable"))


@attrs.frozen
class Misfit:
    """Why a pod cannot go on a node."""

    reason: str
    preemptible: bool = False
    """Whether it could if other pods went."""


@attrs.frozen
class Placement:
    """The outcome for one pod: a node, or the words for why there is none."""

    node: str = ""
    message: str = ""


def place(pod: JSONObject, rooms: Sequence[Room]) -> Placement:
    """Choose a node for a pod: of those that fit the one with most left, then by name."""
    if not rooms:
        return Placement(message="no nodes available to schedule pods")
    wanted = requested(pod)
    misfits = {room.name: _misfits(pod, wanted, room) for room in rooms}
    fitting = [room for room in rooms if not misfits[room.name]]
    if fitting:
        best = min(fitting, key=lambda room: (_fullness(wanted, room), room.name))
        return Placement(node=best.name)
    return Placement(message=_refusal(tuple(misfits.values())))


def rejected(nodes: int, why: str) -> str:
    """The words for a pod that no node can take, whichever, such as one without its volumes."""
    return f"0/{nodes} nodes are available: {why}. not found"


def _misfits(pod: JSONObject, wanted: Amounts, room: Room) -> list[Misfit]:
    """What keeps a pod off a node: the first plugin that objects, with all its reasons; or nothing."""
    spec = room.node["spec"]
    if spec.get("unschedulable"):
        return [Misfit("node(s) were unschedulable")]
    if taints.keeping_off(pod, room.node) is not None:
        return [Misfit("node(s) had untolerated taint(s)")]
    if not _is_attracted(pod["spec"], labels_of(room.node), room.name):
        return [Misfit("node(s) didn't match Pod's node affinity/selector")]
    return _short(wanted, room)


def _short(wanted: Amounts, room: Room) -> list[Misfit]:
    """The resources that a node has too little of, the count of pods first."""
    lacks = []
    for resource in sorted(wanted, key=lambda name: (name != "pods", name)):
        # What asks for none of a thing fits where too much of it is taken already.
        if wanted[resource] and wanted[resource] > room.free(resource):
            text = "Too many pods" if resource == "pods" else f"Insufficient {resource}"
            fits_alone = wanted[resource] <= room.allocatable.get(resource, Fraction())
            lacks.append(Misfit(text, preemptible=fits_alone))
    return lacks


def _is_attracted(spec: JSONObject, labels: Labels, name: str) -> bool:
    """Whether a node has what `nodeSelector` and the required node affinity ask for."""
    if not has_all(labels, spec.get("nodeSelector") or {}):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    terms = required.get("nodeSelectorTerms") or ()
    return any(_meets_term(term, labels, name) for term in terms)


def _meets_term(term: JSONObject, labels: Labels, name: str) -> bool:
    """One term: all its expressions and fields. An empty term matches nothing."""
    expressions = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(meets(labels, item) for item in expressions) and all(
        meets({"metadata.name": name}, item) for item in fields
    )


def _fullness(wanted: Amounts, room: Room) -> Fraction:
    """How full the node would be, over the resources that scoring looks at (LeastAllocated)."""
    shares = []
    for resource in ("cpu", "memory", "pods"):
        allocatable = room.allocatable.get(resource, Fraction())
        if allocatable:
            taken = room.taken.get(resource, Fraction()) + wanted.get(resource, Fraction())
            shares.append(taken / allocatable)
    return sum(shares, Fraction()) / len(shares) if shares else Fraction()


def _refusal(misfits: Sequence[Sequence[Misfit]]) -> str:
    """`0/3 nodes are available: 3 Insufficient cpu. …`: FitError with what preemption adds."""
    reasons = _histogram(misfit.reason for of_node in misfits for misfit in of_node)
    preemption = _histogram(
        "No preemption victims found for incoming pod"
        if all(misfit.preemptible for misfit in of_node)
        else "Preemption is not helpful for scheduling"
        for of_node in misfits
    )
    head = f"0/{len(misfits)} nodes are available: "
    return f"{head}{reasons}. no new claims to deallocate, preemption: {head}{preemption}."


def _histogram(reasons: Iterable[str]) -> str:
    return ", ".join(sorted(f"{count} {reason}" for reason, count in Counter(reasons).items()))
