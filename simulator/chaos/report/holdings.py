"""What the cluster held of a lease, from its commits. Pure."""

from collections.abc import Iterable, Iterator

from simulator.chaos.report.spans import Span
from simulator.chaos.report.trace import Entry

_WORKLOADS = ("deployments", "statefulsets")
_ROUTES = ("ingresses",)


def held(entries: Iterable[Entry]) -> Iterator[Span]:
    """A span for each change: `gen 2 · 1 workload · 2/3 pods · 1 route`."""
    there: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        if entry.what != "commit":
            continue
        key = str(entry.fields["kind"]), str(entry.fields["name"])
        if entry.fields["type"] == "DELETED":
            there.pop(key, None)
        else:
            there[key] = entry
        yield _span(entry.time, there)


def _span(time: float, there: dict[tuple[str, str], Entry]) -> Span:
    if not there:
        return Span(time, "nothing", "over")
    pods = [entry for (kind, _), entry in there.items() if kind == "pods"]
    ready = sum(1 for pod in pods if pod.fields.get("ready") and not pod.fields.get("deleting"))
    workloads = sum(1 for kind, _ in there if kind in _WORKLOADS)
    routes = sum(1 for kind, _ in there if kind in _ROUTES)
    generations = sorted(
        {
            int(entry.fields["generation"])
            for (kind, _), entry in there.items()
            if kind in _WORKLOADS and entry.fields.get("generation")
        }
    )
    parts = (
        f"gen {'+'.join(map(str, generations))}" if generations else "",
        f"{workloads} workload{'s' * (workloads != 1)}" if workloads else "",
        f"{ready}/{len(pods)} pods" if pods else "",
        f"{routes} route{'s' * (routes != 1)}" if routes else "",
    )
    text = " · ".join(part for part in parts if part) or "guards only"
    kinds = sorted({kind for kind, _ in there})
    is_ending = any(
        entry.fields.get("deleting") for (kind, _), entry in there.items() if kind == "namespaces"
    )
    tone = "ending" if is_ending else "good" if pods and ready == len(pods) else "busy"
    return Span(time, text, tone, f"{len(there)} objects: {', '.join(kinds)}")


def nodes(entries: Iterable[Entry]) -> Iterator[Span]:
    """How many of the cluster's nodes were ready."""
    ready: dict[str, bool] = {}
    for entry in entries:
        if entry.what == "commit" and entry.fields["kind"] == "nodes":
            if entry.fields["type"] == "DELETED":
                ready.pop(str(entry.fields["name"]), None)
            else:
                ready[str(entry.fields["name"])] = bool(entry.fields.get("ready"))
            dark = sorted(name for name, is_ready in ready.items() if not is_ready)
            text = f"{len(ready) - len(dark)}/{len(ready)} nodes"
            detail = f"not ready: {', '.join(dark)}" if dark else ""
            yield Span(entry.time, text, "bad" if dark else "good", detail)
