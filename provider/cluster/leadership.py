"""
Which of two daemons writes: the holder of the Lease `leasekeeper-<provider>`.

Why two of them never write at once, with the times below:

1. A claim counts from the moment at which the renewal that the API server accepted was *sent*, and
   ends after `CLAIM_SHARE` of the Lease's duration. Nothing is sent without a claim.
2. A rival takes over when that duration has passed since it last *saw* the Lease change, which is
   after that renewal was sent. So between the last request that the old holder begins and the first
   of the new one lies at least the rest of the duration. A rival goes by the holder's duration, which
   stands in the Lease, whatever its own is.
   A Lease that somebody deletes under its holder is made anew by those who saw it only after that
   duration, too; who starts in the seconds until its holder renews has not seen it.
3. Both wait on their own steady clock, so clocks that differ do not matter. Where the steady clock
   stood still (a paused virtual machine), the wall clock shows it; a claim ends by either.
4. What was on the wire when a claim ended may land for as long as the API server works on a request.
   Every write is fenced by uid and version or creates only, so it cannot undo the new holder's; and
   what must not be missed is looked at again later than that, see `since`.

Source: client-go, `tools/leaderelection`; its durations, and like there a clean end gives the Lease back.
"""

import re
from datetime import UTC, datetime
from typing import assert_never

import attrs
import trio

from provider.concurrency.clock import WallClock
from provider.errors import ProviderError
from provider.http.lanes import Lane
from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import LEASE, NAMESPACE, ObjectKey
from provider.kubernetes.outcomes import (
    Absent,
    CreateOnly,
    Done,
    Fence,
    Found,
    Refused,
    Unknown,
    Unseen,
    Verdict,
    Version,
)
from provider.settings import ClusterSettings, SettingsError
from provider.workload import labels

CLAIM_SHARE = 2 / 3
"""So much of the duration after a renewal was sent writes may begin; the rest is what pauses may eat."""
RENEW_SHARE = 1 / 3
"""Between renewals: one may fail before the claim ends."""
RETRY_SHARE = 1 / 15
"""Between attempts to get it, and to save a claim after a renewal that failed."""
ATTEMPT_SECONDS = 3.0
"""One attempt's end: renewal, pause and a second attempt together come before the claim's end."""

_DELETED = "deleted"
"""In place of the time of a renewal."""

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


class LeadershipLost(ProviderError):
    """Another daemon has taken the Lease: two were started for one provider."""


@attrs.frozen
class _Spec:
    """What a Lease object says."""

    holder: str
    """"" once it was given back."""
    duration_seconds: float
    renewed: str
    transitions: int


def lease_name(provider: str) -> str:
    """
    Name of the object.

    Raises:
        SettingsError: an address that makes no name of an object.
    """
    name = f"leasekeeper-{provider}"
    if len(name) > 253 or not _NAME.fullmatch(provider):
        raise SettingsError(f"provider must be an address such as akash1…, got {provider!r}")
    return name


@attrs.define(eq=False)
class Leadership:
    """One daemon's claim to write; `run` once, beside everything that asks for it."""

    client: KubernetesClient
    key: ObjectKey
    identity: str
    """Different for every process that ever was."""
    wall: WallClock
    duration_seconds: int = ClusterSettings().lease_seconds
    """A rival takes over a Lease that has not changed for so long."""
    why: str = attrs.field(default="was not asked for yet", init=False)
    """Why it is not held; "" while it is."""
    _claim_until: float = attrs.field(default=float("-inf"), init=False)
    """Trio time."""
    _claim_until_wall: float = attrs.field(default=float("-inf"), init=False)
    _since: float | None = attrs.field(default=None, init=False)
    _version: Version | None = attrs.field(default=None, init=False)
    """The Lease as we wrote it last; None when a look has to come first."""
    _seen: tuple[_Spec, float] | None = attrs.field(default=None, init=False)
    """A rival's Lease, and the Trio time at which it was first seen so."""
    _transitions: int = attrs.field(default=0, init=False)
    _acquired: str = attrs.field(default="", init=False)
    _waiting: trio.Event = attrs.field(factory=trio.Event, init=False)
    _unheard: bool = attrs.field(default=False, init=False)
    """True when the last attempt got no answer."""

    # ── what managers ask ───────────────────────────────────────────────────────────────────────

    def held(self) -> bool:
        """True while a write may begin."""
        return trio.current_time() < self._claim_until and self.wall.now() < self._claim_until_wall

    def since(self) -> float:
        """
        Trio time since when no other daemon has held it.

        What a rival had on the wire then can still land for a while; before the first claim, now.
        """
        return trio.current_time() if self._since is None else self._since

    async def wait(self) -> None:
        """
        Return once a write may begin.

        Cancellation:
            A checkpoint at least; nothing is left behind.
        """
        await trio.lowlevel.checkpoint()
        while not self.held():
            await self._waiting.wait()

    # ── the task ────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> str:
        """
        Get the Lease and keep it; return, saying who, once another daemon has taken it from us.

        Cancellation:
            The claim runs out by itself; `release` gives it back at once.
        """
        while True:
            await self._attempt()
            if self._since is not None and self._seen is not None:
                self._drop()
                return self.why
            await trio.sleep(self._pause())

    def _pause(self) -> float:
        """Hurry while a claim can still be saved; there is no hurry to find a server gone again."""
        hopeless = self._unheard and not self.held()
        return self._renew_seconds if self._version is not None or hopeless else self._retry_seconds

    @property
    def _renew_seconds(self) -> float:
        return self.duration_seconds * RENEW_SHARE

    @property
    def _retry_seconds(self) -> float:
        return self.duration_seconds * RETRY_SHARE

    async def release(self) -> None:
        """Give the Lease back after the last write, so that a successor need not wait; one attempt."""
        version, self._version = self._version, None
        asked = self._since is not None
        self._drop()
        with trio.move_on_after(ATTEMPT_SECONDS):
            if version is None and asked:
                match await self.client.get(self.key, lane=Lane.STATUS):
                    case Found(obj) if _read(obj).holder == self.identity:
                        version = _version(obj)
            if version is not None:
                free = self._object(held=False)
                await self.client.apply(free, fence=version, lane=Lane.STATUS)

    def _drop(self) -> None:
        self._claim_until = self._claim_until_wall = float("-inf")

    async def _attempt(self) -> None:
        self._unheard = False
        with trio.move_on_after(ATTEMPT_SECONDS) as limit:
            if self._version is None:
                await self._look()
            else:
                await self._write(self._version)
        if limit.cancelled_caught:
            self._version, self._unheard = None, True
            self.why = "the API server does not answer"

    async def _look(self) -> None:
        match await self.client.get(self.key, lane=Lane.STATUS):
            case Unseen(why, _):
                self._unheard = True
                self.why = f"the Lease cannot be read: {why}"
            case Absent():
                await self._judge_absence()
            case Found(obj):
                await self._judge(obj)

    async def _judge_absence(self) -> None:
        """Make a Lease; where a rival's was deleted, only once no claim of the rival's can be left."""
        now = trio.current_time()
        if self._seen is not None:
            deleted = attrs.evolve(self._seen[0], holder="", renewed=_DELETED)
            if self._seen[0] != deleted:
                self._seen = deleted, now
            self.why = f"{self.key} was deleted while another daemon held it"
            if now - self._seen[1] < deleted.duration_seconds:
                return
        await self._take(CreateOnly())

    async def _judge(self, obj: JSONObject) -> None:
        """Take a Lease that is ours, free or run out; wait for any other."""
        spec = _read(obj)
        version = _version(obj)
        self._transitions = spec.transitions
        if spec.holder == self.identity:
            await self._write(version)
        elif not spec.holder and self._since is None:
            self._seen = None
            await self._take(version)
        else:
            # Given back, but not by us who held it last: somebody wrote meanwhile, and has left.
            if self._seen is None or self._seen[0] != spec:
                self._seen = spec, trio.current_time()
            self.why = f"another daemon holds {self.key}: {spec.holder or 'one that has left'}"
            idle_seconds = trio.current_time() - self._seen[1]
            if idle_seconds >= spec.duration_seconds:
                await self._take(version)

    async def _take(self, fence: Fence) -> None:
        self._acquired = _micro_time(self.wall.now())
        if isinstance(fence, Version):
            self._transitions += 1
        await self._write(fence)

    async def _write(self, fence: Fence) -> None:
        sent, sent_wall = trio.current_time(), self.wall.now()
        self._version = None
        outcome = await self.client.apply(self._object(held=True), fence=fence, lane=Lane.STATUS)
        match outcome:
            case Done(obj):
                self._version = _version(obj)
                self._seen = None
                claim_seconds = self.duration_seconds * CLAIM_SHARE
                self._claim_until = sent + claim_seconds
                self._claim_until_wall = sent_wall + claim_seconds
                self.why = ""
                if self._since is None:
                    self._since = trio.current_time()
                self._waiting.set()
                self._waiting = trio.Event()
            case Refused(refusal):
                self.why = f"the Lease cannot be written: {refusal.message}"
                if refusal.verdict is Verdict.ABSENT:
                    await self._make_namespace()
                if refusal.verdict in (Verdict.CONFLICT, Verdict.REPLACED):
                    # Whoever wrote it: a rival is to be seen at once.
                    await self._look_after_conflict()
            case Unknown(why, _):
                self._unheard = True
                self.why = f"the Lease cannot be written: {why}"
            case _:
                assert_never(outcome)

    async def _make_namespace(self) -> None:
        """A cluster without the records namespace is a new one: make it, unless somebody just did."""
        name = self.key.namespace
        outcome = await self.client.apply(
            {
                "apiVersion": NAMESPACE.api_version,
                "kind": NAMESPACE.kind,
                "metadata": {"name": name, "labels": {labels.MANAGED: "true"}},
            },
            fence=CreateOnly(),
            lane=Lane.STATUS,
        )
        match outcome:
            case Done():
                self.why = f"the records namespace {name} was made"
            case Refused(refusal):
                self.why = f"the records namespace {name} does not exist: {refusal.message}"
            case Unknown(why, _):
                self.why = f"the records namespace {name} does not exist: {why}"
            case _:
                assert_never(outcome)

    async def _look_after_conflict(self) -> None:
        match await self.client.get(self.key, lane=Lane.STATUS):
            case Found(obj) if _read(obj).holder not in ("", self.identity):
                await self._judge(obj)
            case _:
                pass

    def _object(self, *, held: bool) -> JSONObject:
        now = _micro_time(self.wall.now())
        spec: JSONObject = {
            "leaseDurationSeconds": self.duration_seconds if held else 1,
            "acquireTime": self._acquired or now,
            "renewTime": now,
            "leaseTransitions": self._transitions,
        }
        if held:
            spec["holderIdentity"] = self.identity
        return {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.kind,
            "metadata": {"name": self.key.name, "namespace": self.key.namespace},
            "spec": spec,
        }


def _read(obj: FrozenJSON) -> _Spec:
    spec = obj.get("spec") or {}
    return _Spec(
        holder=spec.get("holderIdentity") or "",
        duration_seconds=spec.get("leaseDurationSeconds") or ClusterSettings().lease_seconds,
        renewed=spec.get("renewTime") or "",
        transitions=spec.get("leaseTransitions") or 0,
    )


def _version(obj: FrozenJSON) -> Version:
    return Version(obj["metadata"]["uid"], obj["metadata"]["resourceVersion"])


def _micro_time(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
