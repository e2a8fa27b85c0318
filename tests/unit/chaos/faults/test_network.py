"""Faults of the network and of the daemon's machines, each seen by a client."""

import attrs
import httpcore
import pytest
import trio

from simulator.chaos.faults.network_states import NETWORK
from tests.unit.chaos.faults.tiny import LOST, SILENT, fault, play

HOSTS = ("kubernetes", "market")
MARKET_PATH = "/cosmos/base/tendermint/v1beta1/syncing"


async def both(tiny, daemon=1):
    """Statuses of one request to the API server and one to the market."""
    paths = ("/api/v1/nodes", MARKET_PATH)
    return [
        (await tiny.ask("GET", path, host=host, daemon=daemon)).status
        for host, path in zip(HOSTS, paths, strict=True)
    ]


PROOFS = {
    # what: (where, what process 1 gets, what process 2 gets)
    "host-silent": ({"host": "market"}, [200, SILENT], [200, SILENT]),
    "host-down": ({"host": "market"}, [200, LOST], [200, LOST]),
    "cable-silent": ({"daemon": 1}, [SILENT, SILENT], [200, 200]),
    "cable-cut": ({"daemon": 1}, [LOST, LOST], [200, 200]),
}


def test_every_fault_of_the_network_is_here():
    assert {*PROOFS, "latency", "clock-jump", "daemon-paused"} == set(NETWORK)


@pytest.mark.parametrize("what", PROOFS)
def test_it_strikes_whom_it_names_until_it_ends(what):
    where, first, second = PROOFS[what]

    async def story(tiny):
        await trio.sleep(2)
        assert await both(tiny, 1) == first
        assert await both(tiny, 2) == second
        assert tiny.fired.fired > 0
        await trio.sleep_until(1002)
        assert await both(tiny, 1) == await both(tiny, 2) == [200, 200]

    play(story, fault(what, seconds=1000, **where))


@pytest.mark.parametrize("what", ["cable-silent", "cable-cut"])
def test_nobody_reaches_a_process_whose_cable_is_struck(what):
    async def story(tiny):
        await trio.sleep(2)
        network, link = tiny.world.network, tiny.world.network.link("tenant")
        with trio.move_on_after(50) as limit:
            with pytest.raises(httpcore.ConnectError, match="refused"):
                await network.connect(link, "daemon-1")
        assert limit.cancelled_caught is (what == "cable-silent")

    play(story, fault(what, daemon=1))


def test_overlapping_silences_of_a_host_end_with_the_last():
    async def story(tiny):
        await trio.sleep(15)
        assert (await both(tiny))[0] == SILENT
        await trio.sleep_until(200)
        assert await both(tiny) == [200, 200]

    play(story, fault("host-silent", seconds=10), fault("host-silent", at=5, seconds=150))


def test_a_process_that_was_killed_gets_no_cable_back():
    async def story(tiny):
        await trio.sleep(5)
        process = tiny.processes[0]
        process.life.end, process.is_running = "kill", False
        await trio.sleep(20)
        assert await both(tiny, 1) == [SILENT, SILENT]

    play(story, fault("cable-silent", daemon=1, seconds=10))


def test_latency_holds_for_every_piece_until_it_ends():
    async def story(tiny):
        await trio.sleep(2)
        # Two ways to connect, one for the request, one for the answer.
        assert (await tiny.ask("GET", "/api/v1/nodes")).seconds == 4 * 0.5
        assert tiny.fired.fired == 1
        await trio.sleep_until(20)
        assert (await tiny.ask("GET", "/api/v1/nodes")).seconds == 0

    play(story, fault("latency", delay=0.5, seconds=10))


def test_a_clock_jumps_and_is_set_right_again():
    async def story(tiny):
        await trio.sleep(2)
        assert [process.clock.skew for process in tiny.processes] == [0.0, -60.0]
        assert tiny.fired.fired == 1
        await trio.sleep(10)
        assert tiny.processes[1].clock.skew == 0.0

    play(story, attrs.evolve(fault("clock-jump", daemon=2, seconds=5), values={"seconds": -60.0}))


def test_processes_are_paused_and_resumed():
    async def story(tiny):
        await trio.sleep(2)
        assert [process.deeds for process in tiny.processes] == [["pause"], ["pause"]]
        await trio.sleep(10)
        assert tiny.processes[0].deeds == ["pause", "resume"]

    play(story, fault("daemon-paused", seconds=5))
