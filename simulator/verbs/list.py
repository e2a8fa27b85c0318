"""
The verb list: selected objects in key order, in pages that all show one revision.

Source: apiserver storage/continue.go, storage/etcd3/store.go (GetList).
"""

import base64
import binascii

import attrs
import orjson

from simulator import failures
from simulator.ports import Refused
from simulator.storage.history import ExpiredError
from simulator.storage.selectors import EVERYTHING, Selector
from simulator.storage.versions import Version
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import Served

_PAGE_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the first "
    "chunk was returned and now may show up in the list."
)
_REVISION_EXPIRED = "The resourceVersion for the provided list is too old."


@attrs.frozen(kw_only=True)
class ListOptions:
    """What a list asks for."""

    selector: Selector = EVERYTHING
    revision: int = 0
    """0 asks for the newest state."""
    exact: bool = False
    """Whether the state at `revision` is meant, not one at least as new."""
    limit: int = 0
    """Items of a page; 0 for all."""
    token: str = ""
    """`continue` of the page before."""


@attrs.frozen
class Page:
    """Part or all of a list."""

    items: tuple[Version, ...]
    revision: int
    """What the whole list shows."""
    token: str = ""
    """Goes on after the last item; empty at the end."""
    remaining: int | None = None
    """Items after this page; None at the end or when a selector makes it unknown."""


def list_objects(cluster: Cluster, served: Served, namespace: str, options: ListOptions) -> Page:
    """
    One page of a list; `namespace` is empty for all of them.

    Raises:
        Refused: 400 (the token), 410 (the revision is gone), 504 (it has not come).
    """
    revision, after = _start(options)
    if revision > cluster.store.revision:
        raise failures.too_large_revision(revision, cluster.store.revision)
    try:
        versions = _versions(cluster, served, namespace, options, revision)
    except ExpiredError:
        raise _expired(options, after) from None
    shown = revision if options.exact or (options.token and revision) else cluster.store.revision
    if after:
        versions = [version for version in versions if version.key >= after]
    if not options.selector.everything:
        matches = options.selector.matches
        versions = [version for version in versions if matches(version.object)]
    if not 0 < options.limit < len(versions):
        return Page(tuple(versions), shown)
    page = tuple(versions[: options.limit])
    remaining = len(versions) - len(page) if options.selector.everything else None
    return Page(page, shown, _token(shown, page[-1].key + "\0"), remaining)


def _versions(
    cluster: Cluster, served: Served, namespace: str, options: ListOptions, revision: int
) -> list[Version]:
    if revision and (options.exact or options.token):
        return cluster.store.items_at(served.storage, namespace, revision)
    name = options.selector.exact_name
    if name and (namespace or not served.resource.namespaced):
        version = cluster.get(served, namespace, name)
        return [version] if version else []
    return cluster.store.items(served.storage, namespace)


def _start(options: ListOptions) -> tuple[int, str]:
    """The revision to show, 0 for the newest, and the first key of the page."""
    if not options.token:
        return options.revision, ""
    revision, start = _decoded(options.token)
    return max(revision, 0), start


def _token(revision: int, start: str) -> str:
    text = orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start})
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _decoded(token: str) -> tuple[int, str]:
    """
    What `_token` made.

    Raises:
        Refused: 400.
    """
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise _bad_token("illegal base64 data at input byte 0") from None
    try:
        content = orjson.loads(raw)
        return int(content["rv"]), str(content["start"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        first = ascii(chr(raw[0])) if raw else "''"
        raise _bad_token(f"invalid character {first} looking for beginning of value") from None


def _bad_token(why: str) -> Refused:
    return failures.bad_request(f"invalid continue token: continue key is not valid: {why}")


def _expired(options: ListOptions, after: str) -> Refused:
    if options.token:
        # rv -1 lets the client go on from the same key over whatever is there now.
        return failures.expired(_PAGE_EXPIRED, _token(-1, after))
    return failures.expired(_REVISION_EXPIRED)
