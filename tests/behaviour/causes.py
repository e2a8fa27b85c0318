"""Checks that in a run no effect came before its cause."""

from collections.abc import Iterable

from tests.behaviour.recording import Happened


def violations(events: Iterable[Happened]) -> list[str]:
    """
    Effects without a cause, in words.

    A pod comes after the ReplicaSet that owns it, a ReplicaSet counts no more ready pods than have been
    Ready, a Deployment no more than its ReplicaSets have counted, and it is Available only then.
    """
    found: list[str] = []
    replica_sets: set[str] = set()
    ready_pods: dict[str, set[str]] = {}
    counted: dict[str, int] = {}
    for event in events:
        seen, status = event.seen, event.seen.get("status") or {}
        owner = (seen.get("owner") or [""])[0].split(" ")[0]
        if event.kind == "replicasets":
            replica_sets.add(f"ReplicaSet/{event.name}")
            ready = status.get("readyReplicas", 0)
            if ready > len(ready_pods.get(f"ReplicaSet/{event.name}", ())):
                found.append(f"{event.name} counts {ready} ready pods before they were Ready")
            counted[event.name] = max(counted.get(event.name, 0), ready)
        elif event.kind == "pods":
            if owner.startswith("ReplicaSet/") and owner not in replica_sets:
                found.append(f"{event.name} came before its {owner}")
            if "Ready=True" in seen["conditions"]:
                ready_pods.setdefault(owner, set()).add(event.name)
        elif event.kind == "deployments":
            ready = status.get("readyReplicas", 0)
            if ready > sum(counted.values()):
                found.append(f"{event.name} counts {ready} ready pods before a ReplicaSet did")
    return found
