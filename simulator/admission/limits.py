"""
LimitRanges: what containers get that ask for nothing, and how much any may ask for; pure.

Source: plugin/pkg/admission/limitranger/admission.go.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from simulator.jsontypes import FrozenJSON, JSONObject
from simulator.kinds.quantities import canonical, parse

_ANNOTATION = "kubernetes.io/limit-ranger"
_LISTS = (("containers", "container"), ("initContainers", "init container"))


def with_defaults(pod: JSONObject, ranges: Sequence[FrozenJSON]) -> JSONObject:
    """A pod whose containers have the requests and limits that they leave open, as ranges say."""
    defaults = [item for item in _items(ranges) if item["type"] == "Container"]
    if not defaults:
        return pod
    spec, notes = dict(pod["spec"]), list[str]()
    for field, noun in _LISTS:
        if spec.get(field):
            spec[field] = [_completed(c, noun, defaults, notes) for c in spec[field]]
    if not notes:
        return pod
    metadata = pod["metadata"]
    annotations = dict(metadata.get("annotations") or {})
    annotations[_ANNOTATION] = f"LimitRanger plugin set: {'; '.join(notes)}"
    return pod | {"spec": spec, "metadata": metadata | {"annotations": annotations}}


def _items(ranges: Iterable[FrozenJSON]) -> Iterator[FrozenJSON]:
    for each in ranges:
        yield from each["spec"].get("limits") or ()


def _completed(
    container: JSONObject, noun: str, defaults: Sequence[FrozenJSON], notes: list[str]
) -> JSONObject:
    resources = dict(container.get("resources") or {})
    for side, field, word in (
        ("limits", "default", "limit"),
        ("requests", "defaultRequest", "request"),
    ):
        given = dict(resources.get(side) or {})
        added = sorted(
            {name for item in defaults for name in item.get(field) or {} if name not in given}
        )
        for item in defaults:
            given = {**(item.get(field) or {}), **given}
        if added:
            resources[side] = given
            notes.append(f"{', '.join(added)} {word} for {noun} {container['name']}")
    return container | {"resources": resources}


def refusal(obj: FrozenJSON, ranges: Sequence[FrozenJSON]) -> str:
    """Why a pod or a claim is outside of its namespace's ranges; "" if it is inside."""
    found = list(dict.fromkeys(_broken(obj, ranges)))
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]" if found else ""


def _broken(obj: FrozenJSON, ranges: Sequence[FrozenJSON]) -> Iterator[str]:
    for item in _items(ranges):
        kind = item["type"]
        for requests, limits in _measured(obj, kind):
            for name, bound in sorted((item.get("min") or {}).items()):
                yield from _too_little(kind, name, bound, requests, limits)
            for name, bound in sorted((item.get("max") or {}).items()):
                yield from _too_much(kind, name, bound, requests, limits)


_Amounts = dict[str, Fraction]


def _measured(obj: FrozenJSON, kind: str) -> Iterator[tuple[_Amounts, _Amounts]]:
    """Requests and limits of each thing in an object that a range of this kind measures."""
    if obj["kind"] == "PersistentVolumeClaim":
        if kind == "PersistentVolumeClaim":
            yield _amounts(obj["spec"].get("resources"), "requests"), {}
        return
    if obj["kind"] != "Pod" or kind not in ("Pod", "Container"):
        return
    containers = [
        (_amounts(c.get("resources"), "requests"), _amounts(c.get("resources"), "limits"))
        for field, _ in _LISTS
        for c in obj["spec"].get(field) or ()
    ]
    if kind == "Container":
        yield from containers
    else:
        yield _sum(pair[0] for pair in containers), _sum(pair[1] for pair in containers)


def _amounts(resources: FrozenJSON | None, side: str) -> _Amounts:
    return {name: parse(value) for name, value in ((resources or {}).get(side) or {}).items()}


def _sum(parts: Iterable[_Amounts]) -> _Amounts:
    total: _Amounts = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, Fraction()) + amount
    return total


def _too_little(
    kind: str, name: str, bound: str, requests: _Amounts, limits: _Amounts
) -> Iterator[str]:
    head, least = f"minimum {name} usage per {kind} is {canonical(bound)}", parse(bound)
    if name not in requests:
        yield f"{head}.  No request is specified"
    elif requests[name] < least:
        yield f"{head}, but request is {_written(requests[name], bound)}"
    elif name in limits and limits[name] < least:
        yield f"{head}, but limit is {_written(limits[name], bound)}"


def _too_much(
    kind: str, name: str, bound: str, requests: _Amounts, limits: _Amounts
) -> Iterator[str]:
    head, most = f"maximum {name} usage per {kind} is {canonical(bound)}", parse(bound)
    if kind == "PersistentVolumeClaim":
        if requests.get(name, Fraction()) > most:
            yield f"{head}, but request is {_written(requests[name], bound)}"
    elif name not in limits:
        yield f"{head}.  No limit is specified"
    elif limits[name] > most:
        yield f"{head}, but limit is {_written(limits[name], bound)}"
    elif requests.get(name, Fraction()) > most:
        yield f"{head}, but request is {_written(requests[name], bound)}"


def _written(amount: Fraction, like: str) -> str:
    """An amount in the family of suffixes of its bound."""
    if like.endswith("i") and (amount / 1024).denominator == 1:
        return canonical(f"{amount / 1024}Ki")
    return canonical(f"{int(amount * 1000)}m")
