"""
What the checks know of the daemon's objects: names of kinds, labels, annotations.

All of it stands in the daemon too; here it is written down again, so that one mistake cannot hide in
both.
"""

from collections.abc import Mapping
from typing import Final

from simulator.jsontypes import FrozenJSON
from simulator.market.leases import LeaseName

NAMESPACES: Final = "v1/namespaces"
PODS: Final = "v1/pods"
NODES: Final = "v1/nodes"
SERVICES: Final = "v1/services"
DEPLOYMENTS: Final = "apps/v1/deployments"
STATEFUL_SETS: Final = "apps/v1/statefulsets"
INGRESSES: Final = "networking.k8s.io/v1/ingresses"
POLICIES: Final = "networking.k8s.io/v1/networkpolicies"
RECORDS: Final = "akash.network/v2beta2/manifests"
HOSTS: Final = "akash.network/v2beta2/providerhosts"
ADDRESSES: Final = "akash.network/v2beta2/providerleasedips"
LEADERSHIP: Final = "coordination.k8s.io/v1/leases"

WORKLOADS: Final = (DEPLOYMENTS, STATEFUL_SETS)
CLAIMS: Final = (HOSTS, ADDRESSES)
"""Kept beside the records, one object for what several leases may want; its labels name the lease."""

TENANT_DATA: Final = frozenset({"namespaces", "manifests", "persistentvolumeclaims"})
"""Plurals of what ends a lease, or its tenant's data, when it is deleted."""

NEVER_DELETED: Final = frozenset(
    {"pods", "replicasets", "controllerrevisions", "endpoints", "endpointslices"}
)
"""Plurals of what controllers keep; they carry a lease's labels, and are no daemon's to delete."""

DAEMON_AGENT: Final = "leasekeeper"
"""How the daemon's User-Agent begins."""

SERVICE_LABEL: Final = "akash.network/manifest-service"
CLOSING: Final = "leasekeeper.akash.network/closing"
CLOSE_OWED: Final = "leasekeeper.akash.network/close-owed"
HOLD: Final = "leasekeeper.akash.network/hold"
GENERATION: Final = "GENERATION"
"""The environment variable in which every service of a plan has its generation."""

_PARTS: Final = tuple(f"akash.network/lease.id.{p}" for p in ("owner", "dseq", "gseq", "oseq"))
_PROVIDER: Final = "akash.network/lease.id.provider"


def lease_of_labels(obj: FrozenJSON) -> LeaseName | None:
    """The lease that the five labels of an object name; None where one is missing or no number."""
    labels = obj["metadata"].get("labels") or {}
    try:
        owner, *numbers = (labels[key] for key in _PARTS)
        dseq, gseq, oseq = map(int, numbers)
        return LeaseName(owner, dseq, gseq, oseq, labels[_PROVIDER])
    except (KeyError, ValueError):
        return None


def annotation(obj: FrozenJSON, name: str) -> str | None:
    """One annotation of an object; None where it has none of that name."""
    text: str | None = (obj["metadata"].get("annotations") or {}).get(name)
    return text


def generation_of_pod(spec: FrozenJSON) -> int | None:
    """The generation that a pod's spec, or a template's, has in its environment."""
    for container in spec.get("containers") or ():
        for entry in container.get("env") or ():
            if entry["name"] == GENERATION:
                return _number(entry.get("value", ""))
    return None


def generation_of_workload(obj: FrozenJSON) -> int | None:
    """The generation of a Deployment or StatefulSet; None where nothing says it."""
    return generation_of_pod(obj["spec"]["template"]["spec"])


def generation_of_record(obj: FrozenJSON) -> int | None:
    """The generation whose manifest a record holds; None where nothing says it."""
    for service in obj["spec"]["group"].get("services") or ():
        for entry in service.get("env") or ():
            name, _, value = entry.partition("=")
            if name == GENERATION:
                return _number(value)
    return None


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def is_leaving(obj: FrozenJSON) -> bool:
    """True for an object that is being deleted."""
    return "deletionTimestamp" in obj["metadata"]


def ready_pod(obj: FrozenJSON) -> bool:
    """True for a pod whose condition Ready is True."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def is_ready(workload: FrozenJSON) -> bool:
    """True when all replicas of a Deployment or StatefulSet are ready, and of its newest template."""
    status = workload.get("status") or {}
    wanted = workload["spec"].get("replicas", 1)
    counts = (status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
    acted = status.get("observedGeneration") == workload["metadata"].get("generation")
    return acted and bool(min(counts) >= wanted)


def hosts_of_route(obj: FrozenJSON) -> tuple[str, ...]:
    """The hostnames of an Ingress."""
    rules = (obj.get("spec") or {}).get("rules") or ()
    return tuple(rule["host"] for rule in rules if rule.get("host"))


def plural_of(resource: str) -> str:
    """The plural at the end of `group/version/plural`."""
    return resource.rpartition("/")[2]


def by_plural(wanted: Mapping[int, frozenset[tuple[str, str]]]) -> frozenset[str]:
    """Plurals of which a plan's generations say what they want."""
    return frozenset(plural for pairs in wanted.values() for plural, _ in pairs)
