"""
Requests to the API server and their outcomes as values.

Reads are quorum reads (no resourceVersion is sent) and are repeated a few times; writes are sent
once, and what became of one whose answer was lost is for the caller to find out. Every update
carries a fence, see `outcomes.Fence`.
"""

import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import assert_never

import orjson
import trio

from provider.http.client import DEFAULT_DEADLINE_SECONDS, HttpClient, Query, Stream
from provider.http.errors import HttpError
from provider.http.lanes import Lane
from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.kinds import Kind, ObjectKey, key_of
from provider.kubernetes.outcomes import (
    Absent,
    CreateOnly,
    Done,
    Fence,
    Found,
    Listing,
    ListRead,
    Read,
    Refusal,
    Refused,
    Unknown,
    Unseen,
    Verdict,
    Version,
    Write,
)
from provider.kubernetes.pages import Expired, Page, read_page
from provider.kubernetes.paths import collection_path, object_path
from provider.kubernetes.refusals import classify, may_have_effect
from provider.kubernetes.requests import Called, Requests, nobody_listens, unseen_after
from provider.kubernetes.watch import Watch

FIELD_MANAGER = "leasekeeper"

PAGE_SIZE = 500
"""Objects a page; the size client-go asks for."""
REFUSAL_MAX_BYTES = 1024 * 1024
"""Of a refused watch's body; a Status takes a few hundred."""
LIST_RESTARTS = 3
"""How often a list begins anew because its pages expired under it."""


class KubernetesClient:
    """One API server, as one field manager."""

    def __init__(
        self,
        http: HttpClient,
        *,
        rng: random.Random | None = None,
        field_manager: str = FIELD_MANAGER,
        called: Called = nobody_listens,
    ) -> None:
        """
        Wrap a client of the API server's base URL.

        Args:
            http: carries the requests.
            rng: spreads repeated reads; None is a fixed sequence.
            field_manager: owner of what is applied.
            called: hears of every request.
        """
        self.requests = Requests(http, rng or random.Random(0), called)
        self._field_manager = field_manager

    # Reads.

    async def get(self, key: ObjectKey, *, lane: Lane = Lane.WORK) -> Read:
        """Read one object as it is now; retried, at most about half a minute."""
        match await self.requests.read("get", key.kind.plural, object_path(key), (), lane):
            case Unseen() as unseen:
                return unseen
            case Refusal(verdict=Verdict.ABSENT):
                return Absent()
            case Refusal() as refusal:
                return unseen_after(refusal)
            case {"metadata": {"name": key.name, "uid": str(), "resourceVersion": str()}} as obj:
                return Found(obj)
            case _:
                return Unseen(f"the answer is not {key}")

    async def list(
        self,
        kind: Kind,
        namespace: str = "",
        *,
        label_selector: str = "",
        lane: Lane = Lane.WORK,
    ) -> ListRead:
        """Read a whole collection as it is now; namespace "" means all namespaces."""
        for _ in range(LIST_RESTARTS):
            items: list[JSONObject] = []
            outcome = await self.read_pages(
                kind, namespace, take=items.extend, label_selector=label_selector, lane=lane
            )
            match outcome:
                case str(resource_version):
                    return Listing(tuple(items), resource_version)
                case Unseen():
                    return outcome
                case Expired():
                    pass
                case _:
                    assert_never(outcome)
        return Unseen(f"the pages of {kind.plural} expired {LIST_RESTARTS} times")

    async def read_pages(
        self,
        kind: Kind,
        namespace: str = "",
        *,
        take: Callable[[Iterable[JSONObject]], None],
        label_selector: str = "",
        lane: Lane = Lane.WORK,
    ) -> str | Expired | Unseen:
        """
        Read a collection page by page, so that it need not be held whole as decoded objects.

        Args:
            kind: what to list.
            namespace: "" means all namespaces.
            take: gets each page's objects; of no use unless the outcome is a version.
            label_selector: "" for all.
            lane: whose slot each page takes.

        Returns:
            The collection's resourceVersion, once all pages have been taken.
        """
        query = [("limit", str(PAGE_SIZE))]
        if label_selector:
            query.append(("labelSelector", label_selector))
        token = ""
        while True:
            asked = [*query, ("continue", token)] if token else query
            page = await self._page(kind, collection_path(kind, namespace), asked, lane)
            if not isinstance(page, Page):
                return page
            take(page.items)
            if not page.token:
                return page.resource_version
            if page.token == token:
                return Unseen(f"the list of {kind.plural} repeats a page for ever")
            token = page.token

    async def _page(
        self, kind: Kind, path: str, query: Query, lane: Lane
    ) -> Page | Expired | Unseen:
        match await self.requests.read("list", kind.plural, path, query, lane):
            case Unseen() as unseen:
                return unseen
            case Refusal(status=410):
                return Expired()
            case Refusal() as refusal:
                return unseen_after(refusal)
            case obj:
                return read_page(kind, obj)

    @asynccontextmanager
    async def watch(
        self, kind: Kind, *, resource_version: str, label_selector: str, timeout_seconds: int
    ) -> AsyncIterator[Watch | Refusal]:
        """
        Watch a kind in all namespaces.

        Args:
            kind: what to watch.
            resource_version: events after it are sent.
            label_selector: "" for all.
            timeout_seconds: after which the server ends the watch.

        Raises:
            HttpError: not opened; iterating, broken off.
        """
        query = [
            ("watch", "1"),
            ("resourceVersion", resource_version),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", str(timeout_seconds)),
        ]
        if label_selector:
            query.append(("labelSelector", label_selector))
        async with AsyncExitStack() as opened:
            stream = await self._open(opened, kind, query)
            if stream.status == 200:
                yield Watch(stream)
            else:
                body = b""
                with trio.move_on_after(DEFAULT_DEADLINE_SECONDS):
                    body = await stream.read(REFUSAL_MAX_BYTES)
                yield classify(stream.status, stream.headers, body)

    async def _open(self, opened: AsyncExitStack, kind: Kind, query: Query) -> Stream:
        called = self.requests.called
        opening = self.requests.http.stream("GET", collection_path(kind), query=query)
        try:
            stream = await opened.enter_async_context(opening)
        except HttpError:
            called("watch", kind.plural, "unknown")
            raise
        called("watch", kind.plural, "success" if stream.status == 200 else "fail")
        return stream

    # Writes.

    async def apply(
        self, obj: FrozenJSON, *, fence: Fence, dry_run: bool = False, lane: Lane = Lane.WORK
    ) -> Write:
        """
        Server-side apply, by force: what `obj` names becomes ours, what we named before goes.

        Args:
            obj: apiVersion, kind, metadata with a name, and what we want; no managedFields.
            fence: what may be there now.
            dry_run: everything but the effect.
            lane: whose slot it takes.

        Cancellation:
            Its outcome is unknown; let it run in a scope that outlives the wish.
        """
        verb = "apply"
        match fence:
            case CreateOnly():
                verb = "create"
                # Measured: "1" is refused with 409 where an object exists; "0" fences nothing.
                fenced = {"resourceVersion": "1"}
            case Version(uid, resource_version):
                fenced = {"uid": uid, "resourceVersion": resource_version}
            case _:
                assert_never(fence)
        body = {**obj, "metadata": {**obj["metadata"], **fenced}}
        query = [("fieldManager", self._field_manager), ("force", "true")]
        if dry_run:
            verb = "try"
            query.append(("dryRun", "All"))
        # JSON is YAML; the media type knows no other name.
        content_type = "application/apply-patch+yaml"
        return await self._write(verb, "PATCH", key_of(obj), query, body, content_type, lane)

    async def merge_patch(
        self, key: ObjectKey, patch: FrozenJSON, *, field_manager: str, lane: Lane = Lane.WORK
    ) -> Write:
        """JSON merge patch under a field manager of its own; 404 where the object is absent."""
        query = [("fieldManager", field_manager)]
        content_type = "application/merge-patch+json"
        return await self._write("patch", "PATCH", key, query, patch, content_type, lane)

    async def json_patch(
        self, key: ObjectKey, operations: Sequence[JSONObject], *, lane: Lane = Lane.WORK
    ) -> Write:
        """JSON patch; where a `test` of it fails, the refusal is a conflict."""
        query = [("fieldManager", self._field_manager)]
        content_type = "application/json-patch+json"
        return await self._write("patch", "PATCH", key, query, operations, content_type, lane)

    async def delete(
        self,
        key: ObjectKey,
        *,
        uid: str = "",
        resource_version: str = "",
        propagation: str = "Background",
        lane: Lane = Lane.WORK,
    ) -> Write:
        """
        Delete one object, if it is still the one meant; agreement is not absence.

        Args:
            key: which.
            uid: "" for whatever has the name.
            resource_version: "" for any version.
            propagation: what becomes of its dependents.
            lane: whose slot it takes.
        """
        wanted = {"uid": uid, "resourceVersion": resource_version}
        preconditions = {name: value for name, value in wanted.items() if value}
        body: JSONObject = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation,
            **({"preconditions": preconditions} if preconditions else {}),
        }
        return await self._write("delete", "DELETE", key, (), body, "application/json", lane)

    async def _write(
        self,
        verb: str,
        method: str,
        key: ObjectKey,
        query: Query,
        body: FrozenJSON | Sequence[JSONObject],
        content_type: str,
        lane: Lane,
    ) -> Write:
        path, data = object_path(key), orjson.dumps(body)
        answer = await self.requests.ask(
            verb, key.kind.plural, method, path, query, lane, data, content_type
        )
        match answer:
            case Unknown():
                return answer
            case Refusal():
                if may_have_effect(answer):
                    return Unknown(f"{answer.status} {answer.message}", sent=True)
                return Refused(answer)
            case obj if method != "DELETE" and not _is_object(obj, key):
                return Unknown(f"the answer is not {key}", sent=True)
            case obj:
                return Done(obj)


def _is_object(obj: JSONObject, key: ObjectKey) -> bool:
    """True for the object that was asked for, with what every stored object has."""
    metadata = obj.get("metadata")
    return (
        isinstance(metadata, dict)
        and metadata.get("name") == key.name
        and bool(metadata.get("uid"))
        and obj.get("kind") == key.kind.kind
    )
