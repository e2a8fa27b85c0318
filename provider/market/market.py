"""
Where leases stand, asked of several Akash nodes with one memory of what was proven.

Questions go to one endpoint for as long as it answers; one that fails is left alone for a while, and
the next is asked. A lease that is held costs one request; only an answer that claims a loss makes its
node prove itself, with two more, asked after it. While no height was heard of at all, as after a start,
the node first says how far it is, and the lease is asked for once more. What one endpoint has proven
binds all: a height that was reached, and a lease that was lost.
"""

from collections.abc import Sequence

import attrs
import trio

from provider.concurrency.clock import WallClock
from provider.lease.identity import LeaseID
from provider.market.deployments import OnChain
from provider.market.endpoint import Endpoint
from provider.market.proof import Known, LeaseAnswer, NodeAnswer, judge, unfit
from provider.market.standing import Held, Lost, NotKnown, Snapshot, Standing
from provider.settings import SettingsError

PROBE_SECONDS = 60.0
"""How old the word of an endpoint that is not in use may grow."""

_PAGES_MAX = 1000
"""A list that has still not ended is a node that never ends it."""


@attrs.frozen(kw_only=True)
class EndpointStatus:
    """A look at one endpoint."""

    url: str
    ok: bool
    """True when its last question had an answer and it may prove losses."""
    why: str
    """What is wrong, or that it was not asked yet; "" while all is well."""
    in_use: bool
    """True for the one that is asked first."""
    height: int | None
    """Its newest block when it was last asked."""
    age_seconds: float | None
    """Age of that block when it was asked."""
    answered_seconds_ago: float | None
    """None before its first answer."""


@attrs.define(eq=False)
class Market:
    """The chain, as far as its nodes tell; nothing raises."""

    endpoints: Sequence[Endpoint]
    """One or more, with names of their own; the first is asked first."""
    provider: str
    """This provider's address."""
    chain_id: str
    """The chain whose answers count."""
    wall: WallClock
    _in_use: int = attrs.field(init=False, default=0)
    _highest: int = attrs.field(init=False, default=0)
    """Highest block of any accepted answer, as far as its node's own newest block vouches for it."""
    _highest_from: str = attrs.field(init=False, default="")
    _newest: dict[str, int] = attrs.field(init=False, factory=dict)
    """Highest block that each endpoint has called its newest."""
    _ahead: dict[str, int] = attrs.field(init=False, factory=dict)
    """Highest block that each endpoint has answered from beyond that: counts once it vouches for it."""
    _closed: dict[LeaseID, int] = attrs.field(init=False, factory=dict)
    """Blocks at which leases were proven lost; an entry stays until `forget`."""

    def __attrs_post_init__(self) -> None:
        names = {endpoint.name for endpoint in self.endpoints}
        if not names or len(names) < len(self.endpoints):
            raise SettingsError("the market needs endpoints, each of a URL of its own")

    async def observe(self, lease: LeaseID) -> Standing:
        """Ask for one lease by name, of one endpoint after the other until one can tell."""
        reasons: list[str] = []
        for endpoint in self._in_turn():
            standing = await self._observe(endpoint, lease)
            if not isinstance(standing, NotKnown):
                self._use(endpoint)
                return standing
            if standing.alarm:
                # Whom to believe is for a human: no third opinion is sought.
                return standing
            reasons.append(f"{endpoint.name}: {standing.why}")
        return NotKnown("; ".join(reasons))

    async def confirm(self, lease: LeaseID, loss: Lost) -> Standing:
        """
        Ask the others about a loss that one endpoint has proven; each needs the whole proof.

        Returns:
            `Lost` from another endpoint than `loss.endpoint`; `NotKnown` when there is none, when none
            can prove it, and with an alarm when one contradicts.
        """
        self._closed.setdefault(lease, loss.height)
        reasons: list[str] = []
        for endpoint in self._in_turn():
            if endpoint.name == loss.endpoint:
                continue
            # A node that is always a block behind the other proves as much, once it has come to the loss.
            standing = await self._observe(endpoint, lease, up_to=loss.height)
            match standing:
                case Lost() | NotKnown(alarm=True):
                    return standing
                case NotKnown(why):
                    reasons.append(f"{endpoint.name}: {why}")
                case Held(height, state):
                    # The loss was forgotten meanwhile.
                    reasons.append(f"{endpoint.name}: {state} at block {height}")
        return NotKnown("; ".join(reasons) or f"there is no endpoint but {loss.endpoint}")

    async def leases(self) -> Snapshot | NotKnown:
        """
        List the leases that this provider holds; the whole list is one endpoint's.

        The list can prove that a lease is held, never that it is lost: what it lacks is to be asked for
        by name. An endpoint that may prove nothing is asked only when all others fail.
        """
        reasons: list[str] = []
        unfit_ones: list[Endpoint] = []
        for endpoint in self._in_turn():
            # Its newest block also vouches for the heights of what follows.
            fault = await self._unfit(endpoint)
            if fault:
                reasons.append(f"{endpoint.name}: {fault}")
                unfit_ones.append(endpoint)
                continue
            snapshot = await self._list(endpoint)
            if isinstance(snapshot, Snapshot):
                self._use(endpoint)
                return snapshot
            reasons.append(f"{endpoint.name}: {snapshot.why}")
        for endpoint in unfit_ones:
            if not endpoint.trouble and not self._elsewhere(endpoint):
                snapshot = await self._list(endpoint)
                if isinstance(snapshot, Snapshot):
                    self._use(endpoint)
                    return snapshot
        return NotKnown("; ".join(reasons))

    async def deployment(self, owner: str, dseq: int) -> OnChain | NotKnown:
        """
        Ask what a tenant has put on the chain.

        An answer from below the highest block is as good as none: it would show the hash of a manifest
        that the tenant has replaced.
        """
        reasons: list[str] = []
        highest = self._highest
        for endpoint in self._in_turn():
            found = await endpoint.ask_deployment(owner, dseq)
            if isinstance(found, NotKnown):
                reasons.append(f"{endpoint.name}: {found.why}")
            elif found.height is None or found.height < highest:
                reasons.append(f"{endpoint.name}: as of block {found.height}, below {highest}")
            else:
                return found
        return NotKnown("; ".join(reasons))

    def note_closed(self, lease: LeaseID, height: int) -> None:
        """Learn of a loss that was proven before this process began, from a closing mark."""
        self._closed.setdefault(lease, height)

    def forget(self, lease: LeaseID) -> None:
        """Let go of a lost lease of which nothing is left."""
        self._closed.pop(lease, None)

    async def probe(self) -> None:
        """Ask each endpoint about itself that was not asked for a minute, so that `statuses` knows."""
        for endpoint in self.endpoints:
            node_at = endpoint.node_at
            if node_at is None or self.wall.now() - node_at >= PROBE_SECONDS:
                await self._ask_node(endpoint)

    def statuses(self) -> tuple[EndpointStatus, ...]:
        """One status an endpoint, in the order of the settings."""
        return tuple(
            self._status(endpoint, number == self._in_use)
            for number, endpoint in enumerate(self.endpoints)
        )

    def _in_turn(self) -> list[Endpoint]:
        """Whom to ask, in which order: who failed lately only when everybody did."""
        now = trio.current_time()
        ring = [*self.endpoints[self._in_use :], *self.endpoints[: self._in_use]]
        awake = [endpoint for endpoint in ring if endpoint.rest_until <= now]
        return awake or sorted(ring, key=lambda endpoint: endpoint.rest_until)

    def _use(self, endpoint: Endpoint) -> None:
        self._in_use = list(self.endpoints).index(endpoint)

    async def _observe(
        self, endpoint: Endpoint, lease: LeaseID, *, up_to: int | None = None
    ) -> Standing:
        """Ask one endpoint; of the heights that others have reached, those above `up_to` do not bind it."""
        highest, highest_from = self._highest, self._highest_from
        if up_to is not None and up_to < highest:
            highest, highest_from = up_to, ""
        ahead = self._ahead.get(endpoint.name, 0)
        claim = await endpoint.ask_lease(lease)
        if isinstance(claim, LeaseAnswer) and claim.claims_loss and not highest:
            # Nothing says yet that this is not an answer from the past.
            first = await self._ask_node(endpoint)
            if isinstance(first, NodeAnswer):
                highest, highest_from = first.height, endpoint.name
                claim = await endpoint.ask_lease(lease)
        if isinstance(claim, NotKnown):
            return claim
        node = await self._ask_node(endpoint) if claim.claims_loss else NotKnown("not asked")
        if isinstance(node, NodeAnswer):
            # What it had answered from before this question, now that it says how far it is.
            vouched = min(ahead, node.height, ahead if up_to is None else up_to)
            if vouched > highest:
                highest, highest_from = vouched, endpoint.name
        known = self._known(endpoint, lease, highest, highest_from)
        return self._accept(endpoint, claim, judge(lease, claim, node, known))

    async def _list(self, endpoint: Endpoint) -> Snapshot | NotKnown:
        states: dict[LeaseID, Standing] = {}
        heights: list[int | None] = []
        key = ""
        for _ in range(_PAGES_MAX):
            highest, highest_from = self._highest, self._highest_from
            page = await endpoint.ask_page(self.provider, key)
            if isinstance(page, NotKnown):
                return page
            heights.append(page.height)
            for claim in page.leases:
                if claim.lease.provider == self.provider and not claim.claims_loss:
                    known = self._known(endpoint, claim.lease, highest, highest_from)
                    standing = judge(claim.lease, claim, NotKnown("not asked"), known)
                    states[claim.lease] = self._accept(endpoint, claim, standing)
            key = page.next_key
            if not key:
                told = [height for height in heights if height is not None]
                return Snapshot(min(told) if len(told) == len(heights) else None, states)
        return NotKnown(f"the list of leases has not ended after {_PAGES_MAX} pages")

    async def _unfit(self, endpoint: Endpoint) -> str:
        node = await self._ask_node(endpoint)
        if isinstance(node, NotKnown):
            return node.why
        return unfit(node, self.chain_id, self.wall.now())

    async def _ask_node(self, endpoint: Endpoint) -> NodeAnswer | NotKnown:
        node = await endpoint.ask_node(self.wall)
        if isinstance(node, NodeAnswer) and node.chain_id == self.chain_id:
            newest = self._newest.get(endpoint.name, 0)
            self._newest[endpoint.name] = max(newest, node.height)
            # An absurd number is forgotten here.
            self._ahead[endpoint.name] = min(self._ahead.get(endpoint.name, 0), node.height)
        return node

    def _elsewhere(self, endpoint: Endpoint) -> bool:
        return endpoint.node is not None and endpoint.node.chain_id != self.chain_id

    def _known(self, endpoint: Endpoint, lease: LeaseID, highest: int, highest_from: str) -> Known:
        """What a claim is judged against: the heights of when it was asked for, all else as of now."""
        return Known(
            endpoint=endpoint.name,
            chain_id=self.chain_id,
            highest=highest,
            highest_from=highest_from,
            closed=self._closed.get(lease),
            now=self.wall.now(),
        )

    def _accept(self, endpoint: Endpoint, claim: LeaseAnswer, standing: Standing) -> Standing:
        """Remember a verdict."""
        if isinstance(standing, Lost):
            self._closed.setdefault(claim.lease, standing.height)
        if isinstance(standing, Held | Lost) and standing.height is not None:
            # A held lease proves nothing, so the height it claims is not believed by itself: one
            # absurd number would keep every later loss from being proven.
            name = endpoint.name
            height = min(standing.height, self._newest.get(name, 0))
            self._ahead[name] = max(self._ahead.get(name, 0), standing.height)
            if height > self._highest:
                self._highest, self._highest_from = height, endpoint.name
        return standing

    def _status(self, endpoint: Endpoint, in_use: bool) -> EndpointStatus:
        node, node_at, answered_at = endpoint.node, endpoint.node_at, endpoint.answered_at
        why = endpoint.trouble
        age_seconds = None
        if node is not None and node_at is not None:
            age_seconds = node_at - node.block_time
            why = why or unfit(node, self.chain_id, node_at)
        return EndpointStatus(
            url=endpoint.name,
            ok=not why and answered_at is not None,
            why=why or ("not asked yet" if answered_at is None else ""),
            in_use=in_use,
            height=None if node is None else node.height,
            age_seconds=age_seconds,
            answered_seconds_ago=(
                None if answered_at is None else trio.current_time() - answered_at
            ),
        )
