"""
What the tenant last wanted, told from the record of a lease after a restart.

A record that somebody edited while no daemon ran is no wish of the tenant's: the manifest came to
us, and the hash on chain is of that one. So each record that we write keeps the group whole in an
annotation beside the part of it that its spec can hold, and where the two are at odds the spec is
drift, to be written again. Only the Go provider may have taken a newer manifest in between, after
a switch back; its entry in managedFields says so, and then the spec rules.
"""

from collections.abc import Mapping

import attrs

from provider.jsontypes import FrozenJSON
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group, ManifestError
from provider.lease.scheduling import SchedulerParams
from provider.lease.version import version_hash
from provider.reconcile.ownership import GO_PROVIDER, is_entry, managed_fields
from provider.workload import labels
from provider.workload.accepted import accepted_scheduling, decode_accepted
from provider.workload.options import RenderOptions
from provider.workload.record import read_record, read_scheduling, record


@attrs.frozen
class Wish:
    """A lease, what it is to run, and where."""

    lease: LeaseID
    group: Group
    scheduling: Mapping[str, SchedulerParams]
    version: bytes | None
    """Hash of the group as it was sent, to be compared with the one on chain for a deployment of
    one group; `None` where the record does not hold all that is hashed."""
    edited: bool
    """True when the record's spec says something else: somebody changed it, it has to go back."""


def wish_notes(group: Group, packed: str) -> dict[str, str]:
    """Annotations of a record that is written for `group`; `packed` is of `encode_accepted`."""
    return {labels.MANIFEST_HASH: version_hash((group,)).hex(), labels.WISH: packed}


def read_wish(obj: FrozenJSON) -> Wish:
    """
    The wish behind a record.

    Raises:
        ManifestError: the record cannot be read, see `read_record`.
    """
    lease, held = read_record(obj)
    found = read_scheduling(obj)
    notes = obj["metadata"].get("annotations") or {}
    whole = None if _rewritten_by_go(obj) else _whole(notes)
    if whole is None:
        return Wish(lease, held, found, None, edited=False)
    group, scheduling = whole
    intended = record(lease, group, RenderOptions(), scheduling=scheduling)
    edited = (read_record(intended), read_scheduling(intended)) != ((lease, held), found)
    return Wish(lease, group, scheduling, version_hash((group,)), edited=edited)


def _whole(notes: Mapping[str, str]) -> tuple[Group, dict[str, SchedulerParams]] | None:
    """What the annotation keeps; None when there is none, or somebody changed it."""
    try:
        text = notes[labels.WISH]
        group = decode_accepted(text)
        scheduling = accepted_scheduling(text)
    except (KeyError, ManifestError):
        return None
    untouched = version_hash((group,)).hex() == notes.get(labels.MANIFEST_HASH)
    return (group, scheduling) if untouched else None


def _rewritten_by_go(obj: FrozenJSON) -> bool:
    """True when the Go provider wrote the spec since we did: our writing renames its entry."""
    return any(
        is_entry(entry, GO_PROVIDER, "Update") and "f:spec" in (entry.get("fieldsV1") or {})
        for entry in managed_fields(obj)
    )
