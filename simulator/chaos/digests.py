"""Hashes by which runs are told apart: how they ended, and what the daemon wrote on the way."""

import hashlib
from collections.abc import Iterator

import orjson

from simulator.chaos.essence import essence
from simulator.chaos.evidence import Evidence
from simulator.chaos.process import AGENT


def end_state(evidence: Evidence) -> str:
    """SHA-256 of what a user means by what there is: `essence` of all objects, and what the market holds."""
    digest = hashlib.sha256()
    for line in sorted(_lines(evidence)):
        digest.update(line)
    return digest.hexdigest()


def _lines(evidence: Evidence) -> Iterator[bytes]:
    cluster = evidence.world.cluster
    for served in cluster.registry:
        for version in cluster.store.items(served.storage):
            found = essence(served.path, version.object)
            if found is not None:
                line = orjson.dumps(found, option=orjson.OPT_SORT_KEYS)
                yield served.path.encode() + b" " + line + b"\n"
    chain = evidence.world.chain
    for record in chain.leases():
        yield f"{record.name} {record.state} {record.reason}\n".encode()
        if not record.state.final:
            # What its tenant announced before it ended means nothing any more.
            announced = chain.deployment(record.name.deployment).hash.hex()
            yield f"{record.name} {announced}\n".encode()


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
