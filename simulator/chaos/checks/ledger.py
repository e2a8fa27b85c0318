"""
I6 Ledger: what the public /status says is free was free.

Of each node and resource, nothing below zero, nothing above what the node has, and no room that a pod has
taken for a while, be it on its way out.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil

import attrs

from simulator.chaos.checks import kinds
from simulator.chaos.checks.chronicle import Chronicle, violation
from simulator.chaos.evidence import StatusLook
from simulator.chaos.outcome import Violation
from simulator.controllers.amounts import requested
from simulator.journal import CommitEntry
from simulator.jsontypes import JSONObject
from simulator.world import EPOCH

STEADY_SECONDS = 60.0
"""A pod that has been where it is for so long, with nothing in the way, has been seen there."""
_THOUSANDTHS = "cpu"
_OVER = frozenset({"Succeeded", "Failed"})


@attrs.frozen
class _Pod:
    node: str
    since: float
    amounts: Mapping[str, int]


def overbooked(chronicle: Chronicle) -> Iterator[Violation]:
    """Room that was promised and was not there."""
    looks = sorted(
        (look for look in chronicle.evidence.looks if look.body), key=lambda look: look.time
    )
    pods: dict[tuple[str, str], _Pod] = {}
    commits = iter([c for c in chronicle.commits if c.resource == kinds.PODS])
    ahead = next(commits, None)
    for look in looks:
        while ahead is not None and ahead.time - EPOCH <= look.time:
            _take(pods, ahead)
            ahead = next(commits, None)
        yield from _judge(chronicle, look, pods)


def _take(pods: dict[tuple[str, str], _Pod], commit: CommitEntry) -> None:
    key = (commit.namespace, commit.name)
    obj = commit.object
    node = obj["spec"].get("nodeName") or ""
    if commit.type == "DELETED" or (obj.get("status") or {}).get("phase") in _OVER or not node:
        pods.pop(key, None)
    elif key not in pods or pods[key].node != node:
        amounts = {name: _whole(name, amount) for name, amount in requested(obj).items()}
        pods[key] = _Pod(node, commit.time - EPOCH, amounts)


def _whole(name: str, amount: Fraction) -> int:
    """In the units of the daemon's status: thousandths of a core, bytes, pieces."""
    return ceil(amount * 1000) if name == _THOUSANDTHS else ceil(amount)


def _judge(
    chronicle: Chronicle, look: StatusLook, pods: dict[tuple[str, str], _Pod]
) -> Iterator[Violation]:
    assert look.body is not None
    is_calm = chronicle.reach.is_calm("", look.time - STEADY_SECONDS, look.time)
    taken: dict[str, dict[str, int]] = {}
    for pod in pods.values() if is_calm else ():
        if look.time - pod.since >= STEADY_SECONDS:
            used = taken.setdefault(pod.node, {})
            for name, amount in pod.amounts.items():
                used[name] = used.get(name, 0) + amount
    for node in look.body["capacity"]["nodes"]:
        used = taken.get(node["name"], {})
        for resource, total in node["allocatable"].items():
            if text := _wrong(node, resource, total, used.get(resource, 0)):
                yield violation(
                    "I6",
                    f"daemon {look.daemon} says of {node['name']}: {text}",
                    time=look.time,
                    key=f"{resource} {text.partition(':')[0]}",
                )
                break


def _wrong(node: JSONObject, resource: str, total: int, used: int) -> str:
    committed = node["committed"].get(resource, 0)
    foreign = (node.get("foreign") or {}).get(resource, 0)
    free = node["available"].get(resource, 0)
    shown = f"{free} free, {committed} committed, {foreign} others', of {total}"
    if committed < 0 or foreign < 0:
        return f"less than nothing is taken: {resource}, {shown}"
    if free > total:
        return f"more is free than there is: {resource}, {shown}"
    if free < 0 and not node.get("overfull"):
        return f"less than nothing is free: {resource}, {shown}"
    if free > 0 and free + committed + foreign > total:
        return f"promised twice: {resource}, {shown}"
    if free > max(total - used, 0):
        return f"what pods have is called free: {resource}, {shown}, pods have {used}"
    return ""
