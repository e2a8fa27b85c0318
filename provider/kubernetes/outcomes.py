"""
What a request to the API server can come to, as values.

A read is found, absent or *unseen*; a write is done, refused or *unknown*. The third case is never
folded into one of the others: callers `match` and finish with `assert_never`.
"""

from enum import Enum, auto
from typing import TypeAlias

import attrs

from provider.jsontypes import JSONObject


class Verdict(Enum):
    """What a refusal means to us; decided by `refusals.classify`, one test per recorded answer."""

    CONFLICT = auto()
    """Somebody wrote (409 without causes, AlreadyExists, a lost uid precondition): re-read, decide again."""
    REPLACED = auto()
    """422 with cause `metadata.uid`: another object has the name now; re-read."""
    OWNERSHIP = auto()
    """409 FieldManagerConflict: a bug of ours, since we force."""
    TERMINATING = auto()
    """403 NamespaceTerminating, or "object is being deleted": wait for absence."""
    WAIT = auto()
    """Quota, an ingress webhook that fails or refuses: wait, visibly."""
    FORBIDDEN = auto()
    """Any other 403, and 401: the provider's own rights; never the tenant's fault."""
    MANIFEST = auto()
    """Other 422 and 400: the tenant's manifest cannot run; the only verdict that rolls an update back."""
    RENDERING = auto()
    """500 "failed to create typed patch object", 413, 415: our rendering; never retried in a loop."""
    ABSENT = auto()
    """404 with a Status: this object, or the namespace it should go into, is not there."""
    NOT_INSTALLED = auto()
    """404 text/plain: the kind is not served; unknown, never "empty"."""
    BUSY = auto()
    """429, 5xx, anything else: try again later, honouring Retry-After."""


@attrs.frozen
class Refusal:
    """An answer that is no success."""

    verdict: Verdict
    status: int
    reason: str
    message: str
    causes: tuple[tuple[str, str, str], ...] = ()
    """(field, reason, message) each."""
    retry_after_seconds: float | None = None


@attrs.frozen
class Found:
    """The object exists; it may carry a deletionTimestamp."""

    object: JSONObject


@attrs.frozen
class Absent:
    """The API server itself said that the object is not there."""


@attrs.frozen
class Unseen:
    """No usable answer: proves nothing."""

    why: str
    retry_after_seconds: float | None = None


@attrs.frozen
class Listing:
    """A whole collection, all pages."""

    items: tuple[JSONObject, ...]
    resource_version: str


@attrs.frozen
class Done:
    """The write took effect; `object` is the answer's body (a Status for some deletes)."""

    object: JSONObject


@attrs.frozen
class Refused:
    """The write had no effect."""

    refusal: Refusal


@attrs.frozen
class Unknown:
    """No answer. With `sent` the write may have taken effect, or may still."""

    why: str
    sent: bool


Read: TypeAlias = Found | Absent | Unseen
ListRead: TypeAlias = Listing | Unseen
Write: TypeAlias = Done | Refused | Unknown


@attrs.frozen
class CreateOnly:
    """Fence of an apply: only if the object does not exist (sent as resourceVersion "1")."""


@attrs.frozen
class Version:
    """Fence of an apply: only onto exactly this object in exactly this version."""

    uid: str
    resource_version: str


Fence: TypeAlias = CreateOnly | Version
