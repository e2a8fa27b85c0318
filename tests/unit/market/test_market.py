"""The market client against the simulated chain, over the daemon's own HTTP stack."""

import attrs
import orjson
import pytest
import trio.testing

from provider.market import endpoint, market
from provider.market.standing import Held, Lost, NotKnown, Snapshot
from simulator.market.rest import MarketServer
from simulator.wire.messages import Abort, Request, Response
from tests.unit.market.bench import Twist, answering, at_height, lease, open_bench, without_height
from tests.unit.market.sim_market import OWNER, PROVIDER, HandClock, lease_name


async def test_an_open_lease_is_held_for_one_request() -> None:
    async with open_bench() as bench:
        opened = bench.chain.open(lease_name(1))

        assert await bench.market.observe(lease()) == Held(opened.created_at, "active")
        assert bench.asked == ["info"]
        bench.chain.reclaim(lease_name(1))
        assert isinstance(await bench.market.observe(lease()), Held)


async def test_a_closed_lease_is_lost_after_the_node_has_proven_itself() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        assert isinstance(await bench.market.leases(), Snapshot)
        closed = bench.chain.close(lease_name(1))
        bench.asked.clear()

        standing = await bench.market.observe(lease())

        assert standing == Lost(closed.closed_on, "closed", "market.sim", "lease_closed_owner")
        assert bench.asked == ["info", "syncing", "latest"]


async def test_before_any_height_was_heard_the_node_says_first_how_far_it_is() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))

        assert isinstance(await bench.market.observe(lease()), Lost)
        assert bench.asked == ["info", "syncing", "latest", "info", "syncing", "latest"]


async def test_a_first_word_from_below_the_newest_block_is_not_believed() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))
        below = at_height(bench.chain.block().height - 1)
        bench.twist = lambda request, answer: (
            below(request, answer) if request.path.endswith("info") else answer
        )

        assert isinstance(await bench.market.observe(lease()), NotKnown)


async def test_a_lease_that_the_node_does_not_know_is_not_known() -> None:
    async with open_bench() as bench:
        assert isinstance(await bench.market.observe(lease()), NotKnown)


@pytest.mark.parametrize(
    "twist",
    [
        without_height,
        answering("syncing", {"syncing": True}),
        answering("syncing", {"syncing": False}, 503),
        answering("syncing", []),
        answering("latest", {}),
        answering("latest", {}, 500),
        answering("info", {"lease": None}),
        answering("info", "nonsense"),
    ],
)
async def test_a_closing_without_its_whole_proof_is_not_known(twist: Twist) -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))
        bench.twist = twist

        assert isinstance(await bench.market.observe(lease()), NotKnown)

        bench.twist = None
        assert isinstance(await bench.market.observe(lease()), Lost)


async def test_a_node_without_fresh_blocks_proves_nothing() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))
        bench.market.wall = HandClock(bench.clock.now() + 61)

        assert isinstance(await bench.market.observe(lease()), NotKnown)


async def test_another_chain_proves_nothing() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))
        bench.market.chain_id = "another"

        assert isinstance(await bench.market.observe(lease()), NotKnown)


async def test_a_closing_below_an_accepted_height_waits_for_a_newer_answer() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.open(lease_name(2))
        bench.chain.close(lease_name(1))
        # The poll's newest block vouches for the height.
        assert isinstance(await bench.market.leases(), Snapshot)

        bench.twist = at_height(bench.chain.block().height - 1)
        assert isinstance(await bench.market.observe(lease(1)), NotKnown)
        bench.twist = None
        assert isinstance(await bench.market.observe(lease(1)), Lost)


async def test_a_closing_below_a_height_that_was_answered_from_between_two_polls_is_not_believed() -> (
    None
):
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.open(lease_name(2))
        assert isinstance(await bench.market.leases(), Snapshot)
        bench.chain.close(lease_name(1))
        bench.chain.next_block()
        assert isinstance(await bench.market.observe(lease(2)), Held)

        bench.twist = at_height(bench.chain.block().height - 1)
        assert isinstance(await bench.market.observe(lease(1)), NotKnown)
        bench.twist = None
        assert isinstance(await bench.market.observe(lease(1)), Lost)


async def test_an_absurd_height_of_a_held_lease_keeps_no_later_loss_from_being_proven() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.twist = at_height(999_999_999)
        assert isinstance(await bench.market.leases(), Snapshot)
        assert isinstance(await bench.market.observe(lease()), Held)

        bench.twist = None
        bench.chain.close(lease_name(1))

        assert isinstance(await bench.market.observe(lease()), Lost)


async def test_a_loss_at_a_height_that_the_node_has_not_reached_is_not_known() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))

        bench.twist = at_height(999_999_999)
        assert isinstance(await bench.market.observe(lease()), NotKnown)
        bench.twist = None
        assert isinstance(await bench.market.observe(lease()), Lost)


async def test_a_lost_lease_that_is_active_again_raises_the_alarm() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        active = await MarketServer(bench.chain).handle(
            Request(
                "GET",
                "/akash/market/v1beta5/leases/info",
                (
                    ("id.owner", OWNER),
                    ("id.dseq", "1"),
                    ("id.gseq", "1"),
                    ("id.oseq", "1"),
                    ("id.provider", PROVIDER),
                ),
            )
        )
        bench.chain.close(lease_name(1))
        assert isinstance(await bench.market.observe(lease()), Lost)
        bench.twist = answering("info", orjson.loads(active.body))

        standing = await bench.market.observe(lease())

        assert isinstance(standing, NotKnown)
        assert standing.alarm
        bench.market.forget(lease())
        assert isinstance(await bench.market.observe(lease()), Held)


async def test_a_closing_mark_of_an_earlier_process_is_remembered() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.market.note_closed(lease(), bench.chain.block().height)

        standing = await bench.market.observe(lease())

        assert isinstance(standing, NotKnown)
        assert standing.alarm


async def test_a_node_that_is_away_or_silent_is_not_known_and_no_error(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        for strike in (bench.network.down, bench.network.mute):
            strike("market.sim")
            assert isinstance(await bench.market.observe(lease()), NotKnown)
            assert isinstance(await bench.market.leases(), NotKnown)
            bench.network.up("market.sim")
        assert isinstance(await bench.market.observe(lease()), Held)


async def test_a_dropped_answer_is_not_known_and_no_error() -> None:
    def abort(_request: Request, _answer: Response) -> Response:
        raise Abort

    async with open_bench() as bench:
        bench.twist = abort
        assert isinstance(await bench.market.observe(lease()), NotKnown)


async def test_the_list_holds_every_active_lease_of_this_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endpoint, "PAGE_LEASES", 3)
    async with open_bench() as bench:
        for dseq in range(1, 9):
            bench.chain.open(lease_name(dseq))
        bench.chain.open(lease_name(9, provider="akash1another"))
        bench.chain.close(lease_name(4))

        snapshot = await bench.market.leases()

        assert isinstance(snapshot, Snapshot)
        assert [found.dseq for found in snapshot.states] == [1, 2, 3, 5, 6, 7, 8]
        assert all(isinstance(standing, Held) for standing in snapshot.states.values())
        assert snapshot.height == bench.chain.block().height
        assert bench.asked == ["syncing", "latest"] + ["list"] * 3


async def test_a_lease_that_the_list_lacks_is_proven_by_name() -> None:
    async with open_bench() as bench:
        for dseq in (1, 2, 3):
            bench.chain.open(lease_name(dseq))
        bench.chain.close(lease_name(2))
        bench.chain.reclaim(lease_name(3))

        snapshot = await bench.market.leases()
        by_name = [await bench.market.observe(lease(dseq)) for dseq in (2, 3, 4)]

        assert isinstance(snapshot, Snapshot)
        assert list(snapshot.states) == [lease(1)]
        assert [type(standing) for standing in by_name] == [Lost, Held, NotKnown]


async def test_a_list_that_shows_a_lost_lease_again_raises_the_alarm() -> None:
    async with open_bench() as bench:
        opened = bench.chain.open(lease_name(1))
        bench.market.note_closed(lease(), opened.created_at)

        snapshot = await bench.market.leases()

        assert isinstance(snapshot, Snapshot)
        standing = snapshot.states[lease()]
        assert isinstance(standing, NotKnown)
        assert standing.alarm


async def test_a_list_that_says_closed_proves_no_loss() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        closed = {"id": {"owner": OWNER, "dseq": "1", "gseq": 1, "oseq": 1, "provider": PROVIDER}}
        page = {"leases": [{"lease": {**closed, "state": "closed"}}], "pagination": {}}
        bench.twist = answering("list", page)

        snapshot = await bench.market.leases()

        assert isinstance(snapshot, Snapshot)
        assert snapshot.states == {}


async def test_a_list_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "_PAGES_MAX", 5)
    async with open_bench() as bench:
        bench.twist = answering("list", {"leases": [], "pagination": {"next_key": "YQ=="}})

        assert isinstance(await bench.market.leases(), NotKnown)
        assert bench.asked.count("list") == 5


async def test_one_page_that_fails_spoils_the_whole_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "PAGE_LEASES", 1)
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.open(lease_name(2))

        def second_fails(request: Request, answer: Response) -> Response:
            broken = bool(request.query_value("pagination.key"))
            return attrs.evolve(answer, status=503) if broken else answer

        bench.twist = second_fails

        assert isinstance(await bench.market.leases(), NotKnown)
