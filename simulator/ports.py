"""
Protocols between the rooms of the simulator.

Controllers are written against `Client`: in process it is the verbs (same admission, same
refusals, its own user in the journal), on a real server it is HTTP.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from simulator.jsontypes import JSONObject


class Clock(Protocol):
    """The world's wall clock."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC; moves with `trio.current_time()`."""
        ...


@attrs.frozen
class WatchEvent:
    """One event of a watch."""

    type: str
    """ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."""
    object: JSONObject


class Refused(Exception):
    """A request that the API server answered with a Status; what a client sees of a failure."""

    def __init__(self, status: JSONObject) -> None:
        super().__init__(f"{status.get('code')} {status.get('reason')}: {status.get('message')}")
        self.status = status

    @property
    def code(self) -> int:
        """HTTP status."""
        return int(self.status["code"])

    @property
    def reason(self) -> str:
        """`NotFound`, `Conflict`, `AlreadyExists` …"""
        return str(self.status.get("reason", ""))


class Client(Protocol):
    """
    What a controller may do. `resource` is `group/version/plural` ("apps/v1/deployments",
    "v1/pods" for core). Every method is a checkpoint and raises `Refused`. Objects handed out are
    shared: never change one in place.
    """

    async def get(self, resource: str, namespace: str, name: str) -> JSONObject:
        """The newest state of one object."""
        ...

    async def list(
        self,
        resource: str,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
    ) -> tuple[Sequence[JSONObject], str]:
        """Items (namespace "" = all namespaces), and the collection's resourceVersion."""
        ...

    async def create(self, resource: str, namespace: str, obj: JSONObject) -> JSONObject:
        """POST; the answer is the object as stored."""
        ...

    async def update(
        self, resource: str, namespace: str, name: str, obj: JSONObject, *, subresource: str = ""
    ) -> JSONObject:
        """PUT, fenced by the object's resourceVersion when it carries one."""
        ...

    async def patch(
        self,
        resource: str,
        namespace: str,
        name: str,
        patch: Mapping[str, object],
        *,
        subresource: str = "",
    ) -> JSONObject:
        """JSON merge patch."""
        ...

    async def delete(
        self,
        resource: str,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
        grace_seconds: int | None = None,
        propagation: str = "",
    ) -> JSONObject:
        """DELETE with preconditions; the answer is the object, or a Status."""
        ...

    def watch(
        self, resource: str, namespace: str = "", *, resource_version: str, label_selector: str = ""
    ) -> AbstractAsyncContextManager[AsyncIterator[WatchEvent]]:
        """
        Events after `resource_version`. They end when the server ends the watch; a slow reader is cut
        off rather than buffered without limit.
        """
        ...
