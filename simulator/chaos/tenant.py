"""
The tenant of one lease: what it does on the chain, and how it gets its manifest to the daemon.

It knows the daemon as tenants know it: by HTTP bytes at the gateway of whichever process answers. It
asks again when told to come back, when nobody answers, and when the daemon has not heard yet what the
chain holds; it gives up when its manifest is refused for good, when it wants a newer one, or when
its lease is over.
"""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

import attrs
import orjson
import trio

from simulator.chaos import definitions
from simulator.chaos.definitions import Deployable
from simulator.chaos.evidence import LeaseFacts
from simulator.chaos.gateways import Gateways
from simulator.market.chain import Chain, UnknownLeaseError
from simulator.wire.messages import Response

Note = Callable[[str, str, str], None]
"""Writes down what was done: what, about which lease, with which detail."""

Miss = Callable[[str, str], None]
"""Writes down what could not be done, about which lease."""

_PATIENCE_SECONDS = 45.0
"""For one answer: the daemon says within 30 s that it is not done yet."""
_PAUSE_SECONDS = 6.0
"""About one block."""
_PAUSE_LIMIT_SECONDS = 12.0
_STALE_HASH = "expected the manifest with hash"


@attrs.define(eq=False)
class Tenant:
    """Acts for one lease of a plan."""

    facts: LeaseFacts
    chain: Chain
    gateways: Gateways
    nursery: trio.Nursery
    note: Note
    miss: Miss
    busy: int = attrs.field(init=False, default=0)
    """How many of its errands are under way."""

    @property
    def name(self) -> str:
        """The lease's name in the plan."""
        return self.facts.plan.name

    @property
    def is_open(self) -> bool:
        """True while the chain has the lease, and not as ended."""
        try:
            return not self.chain.lease(self.facts.name).state.final
        except UnknownLeaseError:
            return False

    # ── on the chain ────────────────────────────────────────────────────────────────────────────

    def open(self, *, send: bool = True) -> None:
        """The lease is won; its first manifest is sent, unless it shall wait."""
        if self.facts.name in {record.name for record in self.chain.leases()}:
            self.miss("open of a lease that was", self.name)
            return
        deployable = self._wish(1)
        name = self.facts.name
        self.chain.open(name, manifest_hash=deployable.hash, groups=deployable.groups)
        self.note("open", self.name, "")
        if send:
            self._send(1)

    def update(self) -> None:
        """Announce the next generation, and send it."""
        if not self.is_open:
            self.miss("update of a closed lease", self.name)
            return
        generation = self.facts.newest + 1
        deployable = self._wish(generation)
        self.chain.update(self.facts.name.deployment, deployable.hash, groups=deployable.groups)
        self.note("update", self.name, f"generation {generation}")
        self._send(generation)

    def send(self) -> None:
        """Send the newest manifest once more."""
        if not self.is_open:
            self.miss("send for a closed lease", self.name)
            return
        self.note("send", self.name, "")
        self._send(max(self.facts.newest, 1))

    def close(self, reason: str = "") -> None:
        """End the lease; nothing if it is over."""
        if not self.is_open:
            self.miss("close of a closed lease", self.name)
            return
        if reason:
            self.chain.close(self.facts.name, reason=reason)
        else:
            self.chain.close(self.facts.name)
        self.note("close", self.name, reason)

    def reclaim(self) -> None:
        """The provider wants the lease back; it lives on for a while."""
        if not self.is_open:
            self.miss("reclaim of a closed lease", self.name)
            return
        self.chain.reclaim(self.facts.name)
        self.note("reclaim", self.name, "")

    # ── at the gateway ──────────────────────────────────────────────────────────────────────────

    def transfer(self, host: str) -> None:
        """Ask for a hostname that another lease of the same owner has."""
        if not self.is_open:
            self.miss("transfer to a closed lease", self.name)
            return
        self.note("transfer", self.name, host)
        path = f"/hostnames/{quote(host, safe='')}/transfer"
        body = orjson.dumps({"lease": _short(self.facts)})
        self._start(self._ask_for, host, path, body, name=f"tenant {self.name} wants {host}")

    def _send(self, generation: int) -> None:
        self.facts.sent.append((trio.current_time(), generation))
        self._start(self._hand_over, generation, name=f"tenant {self.name} sends {generation}")

    def _start(self, errand: Callable[..., Awaitable[None]], *args: object, name: str) -> None:
        async def run() -> None:
            self.busy += 1
            try:
                await errand(*args)
            finally:
                self.busy -= 1

        self.nursery.start_soon(run, name=name)

    def _wish(self, generation: int) -> Deployable:
        deployable = definitions.deployable(self.facts.plan, generation)
        self.facts.wanted[generation] = deployable.wanted
        if deployable.image == definitions.REFUSED_IMAGE:
            self.facts.refused.add(generation)
        return deployable

    async def _hand_over(self, generation: int) -> None:
        body = self._wish(generation).manifest
        path = f"/leases/{_short(self.facts)}/manifest"

        def is_wanted() -> bool:
            return self.is_open and self.facts.newest == generation

        answer = await self._answer(is_wanted, "PUT", path, body)
        if answer is None:
            return
        if answer.status == 200:
            self.facts.accepted.append((trio.current_time(), generation))
            self.note("accepted", self.name, f"generation {generation}")
        elif answer.status == 422 and is_wanted():
            self.facts.refused.add(generation)
            self.note("refused", self.name, _message(answer))
        else:
            self.note("answered", self.name, f"{answer.status} {_message(answer)}")

    async def _ask_for(self, host: str, path: str, body: bytes) -> None:
        answer = await self._answer(lambda: self.is_open, "POST", path, body)
        if answer is not None:
            what = "transferred" if answer.status == 200 else "transfer refused"
            self.note(what, self.name, f"{host} {answer.status} {_message(answer)}")

    async def _answer(
        self, is_wanted: Callable[[], bool], method: str, path: str, body: bytes
    ) -> Response | None:
        """The first answer that is not "come back"; None when it is not wanted any more."""
        pause = _PAUSE_SECONDS
        while is_wanted():
            for host in self.gateways.hosts():
                answer = await self.gateways.ask(host, method, path, body, _PATIENCE_SECONDS)
                if answer is not None and answer.status < 500 and not self._is_for_now(answer):
                    return answer
            await trio.sleep(pause)
            pause = min(pause * 2, _PAUSE_LIMIT_SECONDS)
        return None

    def _is_for_now(self, answer: Response) -> bool:
        """Whether the daemon has yet to hear what the chain holds, which the tenant knows."""
        if not self.is_open:
            return False
        is_behind = answer.status == 422 and _STALE_HASH in _message(answer)
        return is_behind or answer.status in (404, 409)


def _short(facts: LeaseFacts) -> str:
    name = facts.name
    return f"{name.owner}/{name.dseq}/{name.gseq}/{name.oseq}"


def _message(answer: Response) -> str:
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    found = body.get("message", "") if isinstance(body, dict) else ""
    return str(found)


def idle(tenants: Sequence[Tenant]) -> bool:
    """True when none of them waits for an answer or will ask again."""
    return not any(tenant.busy for tenant in tenants)
