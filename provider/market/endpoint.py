"""
One Akash node's REST API: questions, and what was seen of the node while asking them.

Nothing raises: a node that is away, slow or talks nonsense makes the answer `NotKnown`. Whether an
answer proves anything is not decided here.
"""

from urllib.parse import urlsplit, urlunsplit

import attrs
import trio

from provider.concurrency.clock import WallClock
from provider.http.client import DEFAULT_DEADLINE_SECONDS, Answer, HttpClient
from provider.http.errors import HttpError
from provider.lease.identity import LeaseID
from provider.market import decoding, deployments
from provider.market.deployments import OnChain
from provider.market.proof import LeaseAnswer, NodeAnswer
from provider.market.standing import NotKnown

PAGE_LEASES = 1000
"""Leases on a page; upstream's own page size."""

RETRY_AFTER_MAX_SECONDS = 300.0
"""A node that asks for a longer pause is tried again all the same: an hour without a word would
be an hour in which no lease ends."""

_LEASE = "/akash/market/v1beta5/leases/info"
_LEASES = "/akash/market/v1beta5/leases/list"
_DEPLOYMENT = "/akash/deployment/v1beta4/deployments/info"
_SYNCING = "/cosmos/base/tendermint/v1beta1/syncing"
_LATEST_BLOCK = "/cosmos/base/tendermint/v1beta1/blocks/latest"

_ANSWERS = (200, 400, 404)
"""What a gateway answers that works; anything else is a node or a balancer in trouble."""


@attrs.define(eq=False)
class Endpoint:
    """One node."""

    http: HttpClient
    name: str
    """In logs, status and closing marks; see `endpoint_name`."""
    retry_seconds: float = 30.0
    """How long a node that failed is left alone while others answer."""
    deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    """Of one question."""
    trouble: str = attrs.field(init=False, default="")
    """Why the last question had no answer; "" when it had one."""
    answered_at: float | None = attrs.field(init=False, default=None)
    """Trio time of the last answer of any content; None before the first."""
    rest_until: float = attrs.field(init=False, default=-float("inf"))
    """Trio time before which others are preferred."""
    node: NodeAnswer | None = attrs.field(init=False, default=None)
    """What it said about itself last."""
    node_at: float | None = attrs.field(init=False, default=None)
    """Wall time of that, seconds since 1970."""

    async def ask_lease(self, lease: LeaseID) -> LeaseAnswer | NotKnown:
        """Ask for one lease by name; one request."""
        query = (
            ("id.owner", lease.owner),
            ("id.dseq", str(lease.dseq)),
            ("id.gseq", str(lease.gseq)),
            ("id.oseq", str(lease.oseq)),
            ("id.provider", lease.provider),
        )
        answer = await self._ask(_LEASE, *query)
        if isinstance(answer, NotKnown):
            return answer
        return decoding.lease(answer.status, answer.headers, answer.body)

    async def ask_page(self, provider: str, key: str) -> decoding.Page | NotKnown:
        """
        Ask for one page of a provider's leases; one request.

        Only active ones are asked for, since a provider's closed ones pile up for years.

        Args:
            provider: whose.
            key: of the page; "" for the first.
        """
        query = [
            ("filters.provider", provider),
            ("filters.state", "active"),
            ("pagination.limit", str(PAGE_LEASES)),
        ]
        if key:
            query.append(("pagination.key", key))
        answer = await self._ask(_LEASES, *query)
        if isinstance(answer, NotKnown):
            return answer
        return decoding.page(answer.status, answer.headers, answer.body)

    async def ask_deployment(self, owner: str, dseq: int) -> OnChain | NotKnown:
        """Ask for one deployment; one request."""
        answer = await self._ask(_DEPLOYMENT, ("id.owner", owner), ("id.dseq", str(dseq)))
        if isinstance(answer, NotKnown):
            return answer
        return deployments.deployment(answer.status, answer.headers, answer.body, owner, dseq)

    async def ask_node(self, wall: WallClock) -> NodeAnswer | NotKnown:
        """Ask the node about itself; two requests."""
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
        if isinstance(node, NodeAnswer):
            self.node, self.node_at = node, wall.now()
        return node

    async def _ask(self, path: str, *query: tuple[str, str]) -> Answer | NotKnown:
        try:
            answer = await self.http.request(
                "GET", path, query=query, deadline_seconds=self.deadline_seconds
            )
        except HttpError as error:
            return self._failed(error.why, self.retry_seconds)
        if answer.status not in _ANSWERS:
            asked_seconds = decoding.retry_after_seconds(answer.headers)
            pause_seconds = min(
                max(asked_seconds or 0.0, self.retry_seconds), RETRY_AFTER_MAX_SECONDS
            )
            return self._failed(f"the node answered {answer.status}", pause_seconds)
        self.trouble = ""
        self.answered_at = trio.current_time()
        self.rest_until = -float("inf")
        return answer

    def _failed(self, why: str, pause_seconds: float) -> NotKnown:
        self.trouble = why
        self.rest_until = trio.current_time() + pause_seconds
        return NotKnown(why)


def endpoint_name(url: str) -> str:
    """Name an endpoint after its URL, without what may be secret in it."""
    parts = urlsplit(url)
    return urlunsplit(
        (parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", "")
    )
