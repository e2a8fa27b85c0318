"""Several nodes: who is asked, who is believed, and what one proves for all."""

import attrs
import orjson
import pytest
import trio
import trio.testing

from provider.market.endpoint import Endpoint, endpoint_name
from provider.market.market import Market
from provider.market.standing import Held, Lost, NotKnown, Snapshot
from provider.settings import SettingsError
from simulator.wire.messages import Request, Response
from tests.unit.market.bench import Bench, Twist, answering, at_height, lease, open_bench
from tests.unit.market.sim_market import HandClock, lease_name

ONE, TWO = "market.sim", "market-2.sim"


def status(code: int, **headers: str) -> Twist:
    def twist(_request: Request, answer: Response) -> Response:
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return attrs.evolve(answer, status=code, headers=named)

    return twist


def newest(*, height: int | None = None, age_seconds: float = 0.0, chain_id: str = "") -> Twist:
    """A node whose newest block is another one."""

    def twist(request: Request, answer: Response) -> Response:
        if not request.path.endswith("latest"):
            return answer
        body = orjson.loads(answer.body)
        header = body["block"]["header"]
        header["height"] = str(height or header["height"])
        header["chain_id"] = chain_id or header["chain_id"]
        if age_seconds:
            header["time"] = "2000-01-01T00:00:00Z"
        return attrs.evolve(answer, body=orjson.dumps(body))

    return twist


async def hosts_asked(bench: Bench) -> list[str]:
    bench.asked_of.clear()
    await bench.market.observe(lease())
    return bench.asked_of


async def test_the_first_endpoint_is_asked_for_as_long_as_it_answers() -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))

        for _ in range(3):
            assert isinstance(await bench.market.observe(lease()), Held)
            assert isinstance(await bench.market.leases(), Snapshot)

        assert set(bench.asked_of) == {ONE}


@pytest.mark.parametrize("code", [429, 500, 501, 502, 503])
async def test_a_node_in_trouble_is_left_alone_while_another_answers(
    autojump_clock: trio.testing.MockClock, code: int
) -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.twists[ONE] = status(code)

        assert isinstance(await bench.market.observe(lease()), Held)
        assert bench.asked_of == [ONE, TWO]
        assert await hosts_asked(bench) == [TWO]
        # The one that answered keeps being asked, also after the other's rest.
        await trio.sleep(31)
        assert await hosts_asked(bench) == [TWO]
        # It is asked again once the new one fails.
        bench.twists = {TWO: status(500)}
        assert await hosts_asked(bench) == [TWO, ONE]


async def test_a_pause_that_a_node_asks_for_is_granted_within_a_bound(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.twists[ONE] = status(429, retry_after="120")
        await bench.market.observe(lease())
        bench.twists = {TWO: status(500)}

        await trio.sleep(60)
        assert await hosts_asked(bench) == [TWO]
        await trio.sleep(61)
        assert await hosts_asked(bench) == [TWO, ONE]

        bench.twists[ONE] = status(429, retry_after="999999")
        await bench.market.observe(lease())
        await trio.sleep(301)
        bench.twists = {}
        bench.market.endpoints[1].rest_until = trio.current_time() + 1000
        assert await hosts_asked(bench) == [ONE]


async def test_with_every_node_in_trouble_each_is_asked_again(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.network.down(ONE)
        bench.network.mute(TWO)
        assert isinstance(await bench.market.observe(lease()), NotKnown)

        bench.network.up(TWO)
        assert isinstance(await bench.market.observe(lease()), Held)


async def test_a_node_that_answers_again_is_preferred_to_those_that_still_fail(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.twists = {ONE: status(503), TWO: status(429, retry_after="120")}
        assert isinstance(await bench.market.observe(lease()), NotKnown)

        bench.twists = {ONE: status(503)}
        assert await hosts_asked(bench) == [ONE, TWO]
        assert await hosts_asked(bench) == [TWO]


async def test_a_lease_that_one_node_does_not_know_is_asked_of_the_next() -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.twists[ONE] = answering("info", {"code": 5, "message": "lease not found"}, 404)

        assert isinstance(await bench.market.observe(lease()), Held)

        bench.twists[TWO] = bench.twists[ONE]
        standing = await bench.market.observe(lease())
        assert isinstance(standing, NotKnown)
        assert not standing.alarm
        assert ONE in standing.why
        assert TWO in standing.why


@pytest.mark.parametrize(
    "twist",
    [
        newest(age_seconds=61),
        newest(chain_id="another"),
        newest(height=1),
        answering("syncing", {"syncing": True}),
        at_height(7),
    ],
)
async def test_a_loss_that_one_node_cannot_prove_is_proven_by_the_next(twist: Twist) -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.chain.open(lease_name(2))
        assert isinstance(await bench.market.leases(), Snapshot)
        bench.chain.close(lease_name(1))
        bench.twists[ONE] = twist

        standing = await bench.market.observe(lease())

        assert isinstance(standing, Lost)
        assert standing.endpoint == TWO


async def test_a_height_that_one_node_reached_binds_the_others() -> None:
    async with open_bench(ONE, TWO) as bench:
        opened = bench.chain.open(lease_name(1))
        assert isinstance(await bench.market.leases(), Snapshot)
        bench.chain.close(lease_name(1))
        bench.network.down(ONE)
        bench.twists[TWO] = at_height(opened.created_at - 1)

        standing = await bench.market.observe(lease())

        assert isinstance(standing, NotKnown)
        assert f"below block {opened.created_at} of {ONE}" in standing.why
        bench.twists = {}
        assert isinstance(await bench.market.observe(lease()), Lost)


async def test_one_liars_newest_block_vouches_for_no_answer_of_another() -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.twists[TWO] = newest(height=999_999_999)
        await bench.market.probe()
        bench.twists = {ONE: at_height(999_999_999)}
        assert isinstance(await bench.market.observe(lease()), Held)
        bench.twists = {}
        bench.chain.close(lease_name(1))

        assert isinstance(await bench.market.observe(lease()), Lost)


async def test_a_loss_is_confirmed_by_another_node_with_its_own_proof() -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))
        loss = await bench.market.observe(lease())
        assert isinstance(loss, Lost)
        bench.asked.clear()
        bench.asked_of.clear()

        second = await bench.market.confirm(lease(), loss)

        assert second == attrs.evolve(loss, endpoint=TWO)
        assert bench.asked == ["info", "syncing", "latest"]
        assert set(bench.asked_of) == {TWO}


async def test_a_node_that_is_always_some_blocks_behind_confirms_once_it_has_reached_the_loss() -> (
    None
):
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.chain.open(lease_name(2))
        bench.chain.close(lease_name(1))
        loss = await bench.market.observe(lease())
        assert isinstance(loss, Lost)
        bench.clock.seconds += 30
        # The first goes on: its newest block is the highest of all.
        assert isinstance(await bench.market.leases(), Snapshot)

        bench.twists[TWO] = at_height(loss.height - 1)
        assert isinstance(await bench.market.confirm(lease(), loss), NotKnown)
        bench.twists[TWO] = at_height(loss.height)
        second = await bench.market.confirm(lease(), loss)

        assert second == attrs.evolve(loss, endpoint=TWO)


async def test_a_loss_that_another_node_contradicts_raises_the_alarm() -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        height = bench.chain.block().height
        liar = Lost(height, "closed", ONE)

        standing = await bench.market.confirm(lease(), liar)

        assert isinstance(standing, NotKnown)
        assert standing.alarm
        assert TWO in standing.why


async def test_a_loss_that_nobody_else_can_prove_is_not_confirmed() -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))
        loss = await bench.market.observe(lease())
        assert isinstance(loss, Lost)
        bench.twists[TWO] = newest(age_seconds=61)

        standing = await bench.market.confirm(lease(), loss)

        assert isinstance(standing, NotKnown)
        assert not standing.alarm
        assert set(bench.asked_of) == {ONE, TWO}


async def test_alone_an_endpoint_confirms_nothing() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.close(lease_name(1))
        loss = await bench.market.observe(lease())
        assert isinstance(loss, Lost)
        bench.asked.clear()

        assert isinstance(await bench.market.confirm(lease(), loss), NotKnown)
        assert bench.asked == []


@pytest.mark.parametrize(
    "twist",
    [
        newest(age_seconds=61),
        newest(chain_id="another"),
        answering("syncing", {"syncing": True}),
        answering("syncing", []),
        answering("list", []),
    ],
)
async def test_the_list_comes_from_a_node_that_is_up_to_date(twist: Twist) -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        bench.twists[ONE] = twist

        assert isinstance(await bench.market.leases(), Snapshot)

        listed = [h for h, path in zip(bench.asked_of, bench.asked, strict=True) if path == "list"]
        assert listed[-1] == TWO
        assert await hosts_asked(bench) == [TWO]


async def test_a_node_that_lags_still_shows_what_is_held_when_there_is_no_other() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.market.wall = HandClock(bench.clock.now() + 61)

        assert isinstance(await bench.market.leases(), Snapshot)


async def test_a_list_of_another_chain_is_no_list() -> None:
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.market.chain_id = "another"

        snapshot = await bench.market.leases()

        assert isinstance(snapshot, NotKnown)
        assert "'another'" in snapshot.why


async def test_the_status_tells_who_is_in_use_and_what_is_wrong_with_whom() -> None:
    async with open_bench(ONE, TWO) as bench:
        bench.chain.open(lease_name(1))
        before = bench.market.statuses()
        assert [(one.ok, one.why, one.height) for one in before] == [
            (False, "not asked yet", None),
            (False, "not asked yet", None),
        ]

        bench.network.down(ONE)
        assert isinstance(await bench.market.leases(), Snapshot)

        one, two = bench.market.statuses()
        assert (one.ok, one.in_use, one.height) == (False, False, None)
        assert one.why
        assert (two.ok, two.in_use, two.why) == (True, True, "")
        assert two.height == bench.chain.block().height
        assert two.age_seconds == 0
        assert two.answered_seconds_ago is not None


async def test_a_probe_asks_only_those_of_whom_nothing_was_heard_for_a_minute() -> None:
    async with open_bench(ONE, TWO) as bench:
        assert isinstance(await bench.market.leases(), Snapshot)
        bench.asked_of.clear()

        await bench.market.probe()
        await bench.market.probe()

        assert bench.asked_of == [TWO, TWO]


async def test_an_endpoint_named_twice_is_refused() -> None:
    async with open_bench() as bench:
        endpoint = bench.market.endpoints[0]
        for endpoints in ([], [endpoint, Endpoint(endpoint.http, endpoint.name)]):
            with pytest.raises(SettingsError):
                Market(endpoints, "akash1provider", "chain", HandClock())


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://rest.akash.example:1317", "https://rest.akash.example:1317"),
        ("https://user:secret@rest.example/api/", "https://rest.example/api"),
        ("https://rest.example/?key=secret", "https://rest.example"),
    ],
)
def test_an_endpoints_name_holds_nothing_secret(url: str, name: str) -> None:
    assert endpoint_name(url) == name


async def test_what_happened_while_no_block_was_followed_is_seen_by_the_next_poll(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """There are no events to miss: a poll asks what is, and what it lacks is asked for by name."""
    async with open_bench() as bench:
        bench.chain.open(lease_name(1))
        bench.chain.open(lease_name(2))
        assert isinstance(await bench.market.leases(), Snapshot)
        # For an hour nobody answers, or nobody asks; closings and openings go by.
        bench.network.mute(ONE)
        assert isinstance(await bench.market.leases(), NotKnown)
        bench.chain.close(lease_name(1))
        bench.chain.open(lease_name(3))
        bench.network.up(ONE)

        snapshot = await bench.market.leases()

        assert isinstance(snapshot, Snapshot)
        assert [found.dseq for found in snapshot.states] == [2, 3]
        assert isinstance(await bench.market.observe(lease(1)), Lost)
