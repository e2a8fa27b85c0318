"""
Every label and annotation key that the daemon writes or reads, and the label sets built from them.

The keys are the Go provider's, so that a cluster can be switched over and back; only the prefix
`leasekeeper.akash.network/` is ours. Source: Akash, `cluster/kube/builder`.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from provider.jsontypes import FrozenJSON, JSONValue
from provider.lease.identity import IdentityError, LeaseID

MANAGED = "akash.network"
NAMESPACE = "akash.network/namespace"
SERVICE = "akash.network/manifest-service"
RESOURCE_VERSION = "akash.network/manifest.resource.version"
"""Opaque: the Go provider writes the record's resourceVersion, we a content hash; never compared."""
LEASE_OWNER = "akash.network/lease.id.owner"
LEASE_DSEQ = "akash.network/lease.id.dseq"
LEASE_GSEQ = "akash.network/lease.id.gseq"
LEASE_OSEQ = "akash.network/lease.id.oseq"
LEASE_PROVIDER = "akash.network/lease.id.provider"
SERVICE_TARGET = "akash.network/service-target"
"""On Services that another operator keeps for a leased IP; never ours to prune."""

STORAGE_CAPABILITY = "akash.network/capabilities.storage"
"""Prefix of the node labels that count storage classes: `.class.<class>`."""

MANIFEST_HASH = "leasekeeper.akash.network/manifest-hash"
"""On a record that we wrote: version hash of the group in it, as it was sent."""
WISH = "leasekeeper.akash.network/wish"
"""On a record that we wrote: the group in it, whole, see `accepted.py` and `reconcile/wish.py`."""
ACCEPTED = "leasekeeper.akash.network/accepted"
"""On a record: the group before the one in it, see `accepted.py`."""
CLOSING = "leasekeeper.akash.network/closing"
"""On a record: its lease was seen to be lost."""
CLOSE_OWED = "leasekeeper.akash.network/close-owed"
"""On a record: JSON of why its lease has to be closed on the market, and since when."""
KEPT = "leasekeeper.akash.network/kept"
"""On what is wanted again: the version that a delete on its way may name, and that it has no more."""
HOLD = "leasekeeper.akash.network/hold"
"""On a tenant namespace, by an operator: observe the lease, but apply and close nothing."""


class Named(Protocol):
    """Anything that tells the name of a kind; a row of the client's table of kinds fits."""

    @property
    def kind(self) -> str:
        """`Deployment`, `Manifest` …"""


def lease_labels(lease: LeaseID) -> dict[str, str]:
    """The five labels that say whose an object is."""
    return {
        LEASE_OWNER: lease.owner,
        LEASE_DSEQ: str(lease.dseq),
        LEASE_GSEQ: str(lease.gseq),
        LEASE_OSEQ: str(lease.oseq),
        LEASE_PROVIDER: lease.provider,
    }


def lease_from_labels(labels: Mapping[str, str]) -> LeaseID | None:
    """The lease that all five labels name; None when one is missing or is no part of a lease."""
    try:
        owner, dseq, gseq = labels[LEASE_OWNER], labels[LEASE_DSEQ], labels[LEASE_GSEQ]
        oseq, provider = labels[LEASE_OSEQ], labels[LEASE_PROVIDER]
    except KeyError:
        return None
    return _parsed(f"{owner}/{dseq}/{gseq}/{oseq}/{provider}")


@lru_cache(maxsize=16_384)
def _parsed(text: str) -> LeaseID | None:
    """Every audit and every event reads the same few names: a hash each, and its base32hex, else."""
    try:
        return LeaseID.parse(text)
    except IdentityError:
        return None


def lease_selector(lease: LeaseID) -> str:
    """Label selector of everything that carries the five labels of a lease."""
    return ",".join(f"{key}={value}" for key, value in lease_labels(lease).items())


def base(namespace: str, version: str) -> dict[str, str]:
    """Labels of everything that carries a version; `version` is opaque."""
    return {MANAGED: "true", NAMESPACE: namespace, RESOURCE_VERSION: version}


def selector(namespace: str, service: str) -> dict[str, str]:
    """The immutable part, by which Deployments, StatefulSets and Services find their pods."""
    return {MANAGED: "true", NAMESPACE: namespace, SERVICE: service}


def workload(namespace: str, service: str, version: str) -> dict[str, str]:
    """Labels of what belongs to one service, and of its pods."""
    return {**base(namespace, version), SERVICE: service}


def version(content: JSONValue) -> str:
    """
    Version label of something with this content: ten hex digits of its hash.

    The label of a service stands in its pods too, so that it must change when the pod does and at
    no other time: neither a new replica count nor a new hostname may restart anything.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def managed(lease: LeaseID) -> dict[str, str]:
    """Labels of routes and host records, which carry no version."""
    return {MANAGED: "true", **lease_labels(lease)}


def index(kind: Named, obj: FrozenJSON) -> str:
    """
    The tenant namespace that an object belongs to, "" when it belongs to none.

    The records live in a namespace of their own: a Manifest is *named* after the tenant namespace,
    a ProviderHost after its hostname and a ProviderLeasedIP after its address and port, so that
    only their labels tell the lease.
    """
    metadata = obj["metadata"]
    match kind.kind:
        case "Namespace" | "Manifest":
            return str(metadata["name"])
        case "ProviderHost" | "ProviderLeasedIP":
            lease = lease_from_labels(metadata.get("labels") or {})
            return lease.namespace if lease else ""
        case _:
            return str(metadata.get("namespace", ""))
