"""
Asks one Akash node where leases stand.

Nothing raises: a node that is away, slow or talks nonsense makes the answer `NotKnown`. A lease that
is held costs one request; only an answer that claims a loss makes the node prove itself, with two
more, asked after it.
"""

import attrs

from provider.concurrency.clock import WallClock
from provider.http.client import Answer, HttpClient
from provider.http.errors import HttpError
from provider.lease.identity import LeaseID
from provider.market import decoding
from provider.market.proof import Known, LeaseAnswer, NodeAnswer, judge
from provider.market.standing import Held, Lost, NotKnown, Snapshot, Standing

PAGE_LEASES = 1000
"""Leases on a page; upstream's own page size."""

_PAGES_MAX = 1000
"""A list that has still not ended is a node that never ends it."""

_LEASE = "/akash/market/v1beta5/leases/info"
_LEASES = "/akash/market/v1beta5/leases/list"
_SYNCING = "/cosmos/base/tendermint/v1beta1/syncing"
_LATEST_BLOCK = "/cosmos/base/tendermint/v1beta1/blocks/latest"


@attrs.define(eq=False)
class Market:
    """One endpoint, and what it has proven so far."""

    http: HttpClient
    provider: str
    """This provider's address."""
    chain_id: str
    """The chain whose answers count."""
    wall: WallClock
    endpoint: str = "market"
    """Name of the endpoint in logs and marks."""
    _highest: int = attrs.field(init=False, default=0)
    """Highest block of any accepted answer, as far as the node's own newest block vouches for it."""
    _newest: int = attrs.field(init=False, default=0)
    """Highest block that the node has called its newest."""
    _closed: dict[LeaseID, int] = attrs.field(init=False, factory=dict)
    """Blocks at which leases were proven lost; an entry stays until `forget`."""

    async def observe(self, lease: LeaseID) -> Standing:
        """Ask for one lease by name."""
        highest = self._highest
        answer = await self._ask(_LEASE, *_id_query(lease))
        if isinstance(answer, NotKnown):
            return answer
        claim = decoding.lease(answer.status, answer.headers, answer.body)
        if isinstance(claim, NotKnown):
            return claim
        node = await self._node() if claim.claims_loss else NotKnown("not asked")
        return self._accept(lease, claim, node, highest)

    async def leases(self) -> Snapshot | NotKnown:
        """
        List the leases that this provider holds.

        Only active ones are asked for, since a provider's closed ones pile up for years. The list can
        prove that a lease is held, never that it is lost: what it lacks is to be asked for by name.
        """
        # Its newest block vouches for the heights of what follows; without it they count for less.
        await self._node()
        states: dict[LeaseID, Standing] = {}
        heights: list[int | None] = []
        key = ""
        for _ in range(_PAGES_MAX):
            highest = self._highest
            page = await self._page(key)
            if isinstance(page, NotKnown):
                return page
            heights.append(page.height)
            for claim in page.leases:
                if claim.lease.provider == self.provider and not claim.claims_loss:
                    standing = self._accept(claim.lease, claim, NotKnown("not asked"), highest)
                    states[claim.lease] = standing
            key = page.next_key
            if not key:
                told = [height for height in heights if height is not None]
                return Snapshot(min(told) if len(told) == len(heights) else None, states)
        return NotKnown(f"the list of leases has not ended after {_PAGES_MAX} pages")

    def note_closed(self, lease: LeaseID, height: int) -> None:
        """Learn of a loss that was proven before this process began, from a closing mark."""
        self._closed.setdefault(lease, height)

    def forget(self, lease: LeaseID) -> None:
        """Let go of a lost lease of which nothing is left."""
        self._closed.pop(lease, None)

    async def _page(self, key: str) -> decoding.Page | NotKnown:
        query = [
            ("filters.provider", self.provider),
            ("filters.state", "active"),
            ("pagination.limit", str(PAGE_LEASES)),
        ]
        if key:
            query.append(("pagination.key", key))
        answer = await self._ask(_LEASES, *query)
        if isinstance(answer, NotKnown):
            return answer
        return decoding.page(answer.status, answer.headers, answer.body)

    async def _node(self) -> NodeAnswer | NotKnown:
        syncing = await self._ask(_SYNCING)
        if isinstance(syncing, NotKnown):
            return syncing
        catching_up = decoding.catching_up(syncing.status, syncing.body)
        if isinstance(catching_up, NotKnown):
            return catching_up
        latest = await self._ask(_LATEST_BLOCK)
        if isinstance(latest, NotKnown):
            return latest
        node = decoding.node(latest.status, latest.body, catching_up=catching_up)
        if isinstance(node, NodeAnswer) and node.chain_id == self.chain_id:
            self._newest = max(self._newest, node.height)
        return node

    async def _ask(self, path: str, *query: tuple[str, str]) -> Answer | NotKnown:
        try:
            return await self.http.request("GET", path, query=query)
        except HttpError as error:
            return NotKnown(str(error))

    def _accept(
        self, lease: LeaseID, claim: LeaseAnswer, node: NodeAnswer | NotKnown, highest: int
    ) -> Standing:
        """Judge a claim against what was known when it was asked for, and remember the verdict."""
        known = Known(
            endpoint=self.endpoint,
            chain_id=self.chain_id,
            highest=highest,
            closed=self._closed.get(lease),
            now=self.wall.now(),
        )
        standing = judge(lease, claim, node, known)
        if isinstance(standing, Lost):
            self._closed.setdefault(lease, standing.height)
        if isinstance(standing, Held | Lost) and standing.height is not None:
            # A held lease proves nothing, so the height it claims is not believed by itself: one
            # absurd number would keep every later loss from being proven.
            self._highest = max(self._highest, min(standing.height, self._newest))
        return standing


def _id_query(lease: LeaseID) -> tuple[tuple[str, str], ...]:
    return (
        ("id.owner", lease.owner),
        ("id.dseq", str(lease.dseq)),
        ("id.gseq", str(lease.gseq)),
        ("id.oseq", str(lease.oseq)),
        ("id.provider", lease.provider),
    )
