"""Hashes by which runs are told apart: how they ended, and what the daemon wrote on the way."""

import hashlib
from collections.abc import Iterator

import orjson

from simulator.chaos.evidence import Evidence
from simulator.chaos.process import AGENT
from simulator.jsontypes import JSONObject

_LEFT_OUT = frozenset(
    {"pods", "replicasets", "endpoints", "endpointslices", "events", "nodes", "leases"}
)
"""Whose names or contents are drawn, or belong to nobody's wish."""
_DRAWN = frozenset({"clusterIP", "clusterIPs", "nodePort", "volumeName", "healthCheckNodePort"})


def end_state(evidence: Evidence) -> str:
    """SHA-256 of what cluster and chain hold, without revisions, uids, times and drawn names."""
    digest = hashlib.sha256()
    for line in sorted(_lines(evidence)):
        digest.update(line)
    return digest.hexdigest()


def _lines(evidence: Evidence) -> Iterator[bytes]:
    cluster = evidence.world.cluster
    for served in cluster.registry:
        if served.resource.plural in _LEFT_OUT:
            continue
        for version in cluster.store.items(served.storage):
            yield served.path.encode() + orjson.dumps(
                _essence(version.object), option=orjson.OPT_SORT_KEYS
            )
    for record in evidence.world.chain.leases():
        yield f"{record.name} {record.state}".encode()


def _essence(obj: JSONObject) -> JSONObject:
    metadata = obj["metadata"]
    shown = {key: metadata.get(key) for key in ("namespace", "name", "labels", "annotations")}
    return {"metadata": shown, "spec": _undrawn(obj.get("spec"))}


def _undrawn(value: object) -> object:
    if isinstance(value, dict):
        return {key: _undrawn(item) for key, item in value.items() if key not in _DRAWN}
    if isinstance(value, list):
        return [_undrawn(item) for item in value]
    return value


def sequence(evidence: Evidence) -> str:
    """SHA-256 of the daemons' writes in their order: method, kind, lease, answer's status."""
    digest = hashlib.sha256()
    names = {facts.namespace: name for name, facts in evidence.leases.items()}
    for entry in evidence.world.journal.requests:
        if entry.method in ("GET", "HEAD") or not entry.agent.startswith(AGENT):
            continue
        path, _, query = entry.target.partition("?")
        if "/coordination.k8s.io/" in path:
            continue
        named = "/".join(names.get(part, part) for part in path.split("/"))
        digest.update(f"{entry.method} {named} {'dryRun' in query} {entry.status}\n".encode())
    return digest.hexdigest()
