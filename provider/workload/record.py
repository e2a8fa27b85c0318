"""
The record of a lease: one `Manifest` object, written before anything else of the lease exists.

The shape is the Go provider's, name by name: snake_case but for `readOnly`, 64 bit numbers as
strings, and what Go omits when it is empty is omitted here. Endpoints and a few other members of a
manifest have no place in it; `accepted.py` keeps whole groups. Source: Akash,
`pkg/apis/akash.network/v2beta2/manifest.go`.
"""

from collections.abc import Mapping

from provider.jsontypes import FrozenJSON, JSONObject
from provider.lease import manifest as m
from provider.lease.fields import Field
from provider.lease.identity import IdentityError, LeaseID
from provider.lease.scheduling import UNPLACED, SchedulerParams
from provider.workload import labels
from provider.workload.options import RenderOptions
from provider.workload.recorded_service import read_scheduled, read_service, write_service

API_VERSION = "akash.network/v2beta2"


def record(
    lease: LeaseID,
    group: m.Group,
    options: RenderOptions,
    *,
    annotations: Mapping[str, str] | None = None,
    scheduling: Mapping[str, SchedulerParams] = UNPLACED,
) -> JSONObject:
    """
    The record as it is applied.

    Args:
        lease: whose record.
        group: what it holds.
        options: the operator's.
        annotations: those of ours that it carries.
        scheduling: what placement found, by service.
    """
    metadata: JSONObject = {
        "name": lease.namespace,
        "namespace": options.records_namespace,
        # The Go provider leaves the version empty on the record itself.
        "labels": {**labels.base(lease.namespace, ""), **labels.lease_labels(lease)},
    }
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {
        "apiVersion": API_VERSION,
        "kind": "Manifest",
        "metadata": metadata,
        "spec": {
            "lease_id": lease_id(lease),
            "group": {
                "name": group.name,
                "services": [
                    write_service(service, scheduling.get(service.name))
                    for service in group.services
                ],
            },
        },
    }


def read_scheduling(obj: FrozenJSON) -> dict[str, SchedulerParams]:
    """
    What placement found when the record was written, by service; no entry where it found nothing.

    Raises:
        ManifestError: with the path of the first field that cannot be read.
    """
    services = Field(obj.get("spec"), "spec").get("group").get("services").each(read_scheduled)
    return {name: params for name, params in services or () if params != SchedulerParams()}


def lease_id(lease: LeaseID) -> JSONObject:
    """The lease inside a record; the chain's sequences are numbers, here the first is a string."""
    return {
        "owner": lease.owner,
        "dseq": str(lease.dseq),
        "gseq": lease.gseq,
        "oseq": lease.oseq,
        "provider": lease.provider,
    }


def read_record(obj: FrozenJSON) -> tuple[LeaseID, m.Group]:
    """
    The lease and the group that a record holds.

    Raises:
        ManifestError: with the path of the first field that cannot be read, or `metadata.name`
            when the record is not named after the lease inside it.
    """
    spec = Field(obj.get("spec"), "spec")
    lease = _read_lease(spec.get("lease_id"))
    name = Field(obj.get("metadata"), "metadata").get("name")
    if name.text() != lease.namespace:
        raise name.error(f"must be {lease.namespace}, derived from {lease}")
    group = spec.get("group")
    return lease, m.Group(
        name=group.get("name").text(), services=group.get("services").each(read_service) or ()
    )


def _read_lease(lease: Field) -> LeaseID:
    sequences = (lease.get("dseq").amount(), lease.get("gseq").uint32(), lease.get("oseq").uint32())
    owner, provider = lease.get("owner").text(), lease.get("provider").text()
    try:
        return LeaseID.parse("/".join((owner, *map(str, sequences), provider)))
    except IdentityError as error:
        raise lease.error(str(error)) from error
