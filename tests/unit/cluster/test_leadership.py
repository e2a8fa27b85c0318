"""Two daemons at one Lease, in virtual time, over the simulated API server's bytes."""

import random
from contextlib import asynccontextmanager

import attrs
import orjson
import pytest
import trio

from provider.cluster.leadership import CLAIM_SHARE, Leadership, lease_name
from provider.http.client import open_http
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import LEASE, ObjectKey
from provider.settings import SettingsError
from simulator import deterministic
from simulator.wire.messages import Request
from simulator.world import KUBERNETES, open_world

DURATION_SECONDS = 15
CLAIM_SECONDS = DURATION_SECONDS * CLAIM_SHARE
KEY = ObjectKey(LEASE, "lease", lease_name("akash1us"))
PATH = f"/apis/coordination.k8s.io/v1/namespaces/lease/leases/{KEY.name}"


class Wall:
    def __init__(self, clock):
        self.clock, self.shift = clock, 0.0

    def now(self):
        return self.clock.now() + self.shift


@attrs.define(eq=False)
class Rival:
    """One daemon's leadership and its line to the API server."""

    leadership: Leadership
    link: object
    wall: Wall
    ended: list[str] = attrs.field(factory=list)
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)

    async def run(self):
        with self.scope:
            self.ended.append(await self.leadership.run())


def play(story, key=KEY):
    async def main():
        async with open_world(seed=3) as world, trio.open_nursery() as nursery:

            @asynccontextmanager
            async def rival(name, seconds=DURATION_SECONDS):
                link = world.network.link(name)
                async with open_http(f"http://{KUBERNETES}", network_backend=link.backend) as http:
                    wall = Wall(world.clock)
                    client = KubernetesClient(http, rng=random.Random(name))
                    leadership = Leadership(client, key, name, wall, seconds)
                    one = Rival(leadership, link, wall)
                    nursery.start_soon(one.run)
                    yield one

            await story(world, rival)
            nursery.cancel_scope.cancel()

    deterministic.run(3, main)


async def delete(world, path):
    headers = {"user-agent": "kubectl"}
    answer = await world.api.handle(Request(method="DELETE", path=path, headers=headers))
    assert answer.status in (200, 202), answer


async def until_held(one, seconds):
    with trio.fail_after(seconds):
        await one.leadership.wait()


@asynccontextmanager
async def never_both(a, b):
    """Looks ten times a second, as long as it lasts, whether two claim the Lease at once."""
    both = []

    async def look():
        while True:
            both.append(a.leadership.held() and b.leadership.held())
            await trio.sleep(0.1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        yield
        nursery.cancel_scope.cancel()
    assert not any(both)
    assert len(both) > 100


def test_the_first_gets_it_and_the_second_waits_and_says_for_whom():
    async def story(world, rival):
        async with rival("a") as a, rival("b") as b:
            await trio.sleep(300)
            first, second = (a, b) if a.leadership.held() else (b, a)
            assert first.leadership.held()
            assert not second.leadership.held()
            who = first.leadership.identity
            assert second.leadership.why == f"another daemon holds {KEY}: {who}"

    play(story)


def test_never_do_two_hold_it_whatever_becomes_of_their_lines():
    async def story(world, rival):
        async with rival("a") as a, rival("b") as b, never_both(a, b):
            await trio.sleep(7)
            first, second = (a, b) if a.leadership.held() else (b, a)
            first.link.cut(silent=True)
            await until_held(second, DURATION_SECONDS + 10)
            await trio.sleep(30)

    play(story)


def test_a_longer_lease_is_renewed_less_often_and_a_rival_waits_for_as_long_as_its_holder_said():
    async def story(world, rival):
        async with rival("a", 60) as a:
            await until_held(a, 1)
            await trio.sleep(601)
            renewals = [e for e in world.journal.requests if e.method == "PATCH"]
            assert len(renewals) == 31
            a.link.cut(silent=True)
            async with rival("b", 15) as b:
                with trio.move_on_after(57):
                    await b.leadership.wait()
                assert not a.leadership.held()
                assert not b.leadership.held()
                await until_held(b, 8)

    play(story)


def test_a_holder_that_sees_nothing_keeps_its_claim_for_a_while_only():
    async def story(world, rival):
        async with rival("a") as a:
            await until_held(a, 1)
            since = a.leadership.since()
            a.link.cut(silent=True)
            await trio.sleep(CLAIM_SECONDS + 0.1)
            assert not a.leadership.held()
            assert a.leadership.why == "the API server does not answer"
            a.link.restore()
            await until_held(a, 30)
            assert a.leadership.since() == since
            assert a.ended == []

    play(story)


def test_one_lost_renewal_costs_nothing():
    async def story(world, rival):
        async with rival("a") as a:
            await until_held(a, 1)
            await trio.sleep(4.5)
            a.link.cut(silent=True)
            await trio.sleep(4)
            a.link.restore()
            for _ in range(40):
                await trio.sleep(0.25)
                assert a.leadership.held()

    play(story)


def test_a_holder_from_whom_it_was_taken_ends_and_says_who_did():
    async def story(world, rival):
        async with rival("a") as a:
            await until_held(a, 1)
            a.link.cut(silent=True)
            async with rival("b") as b:
                await until_held(b, DURATION_SECONDS + 5)
                a.link.restore()
                await trio.sleep(10)
                assert a.ended == [f"another daemon holds {KEY}: b"]
                assert not a.leadership.held()
                assert b.leadership.held()

    play(story)


def test_what_is_given_back_is_taken_at_once_and_remembers_since_when():
    async def story(world, rival):
        async with rival("a") as a:
            await until_held(a, 1)
            async with rival("b") as b:
                await trio.sleep(20)
                a.scope.cancel()
                await a.leadership.release()
                assert not a.leadership.held()
                given_back = trio.current_time()
                await until_held(b, 2)
                assert b.leadership.since() >= given_back

    play(story)


def test_a_wall_clock_that_shows_a_pause_ends_the_claim():
    async def story(world, rival):
        async with rival("a") as a:
            await until_held(a, 1)
            a.wall.shift = 60.0
            assert not a.leadership.held()
            await until_held(a, 10)

    play(story)


def test_a_records_namespace_that_is_not_there_is_made():
    async def story(world, rival):
        async with rival("a") as a:
            await until_held(a, 5)
            path = "/api/v1/namespaces/nowhere"
            answer = await world.api.handle(Request(method="GET", path=path, headers={}))
            assert orjson.loads(answer.body)["metadata"]["labels"]["akash.network"] == "true"

    play(story, attrs.evolve(KEY, namespace="nowhere"))


def test_a_records_namespace_that_may_not_be_made_is_named():
    async def story(world, rival):
        async with rival("a") as a:
            await trio.sleep(5)
            assert a.leadership.why.startswith("the records namespace No_Name does not exist: ")
            assert not a.leadership.held()

    play(story, attrs.evolve(KEY, namespace="No_Name"))


def test_a_lease_that_somebody_deletes_is_written_again():
    async def story(world, rival):
        async with rival("a") as a:
            await until_held(a, 1)
            await delete(world, PATH)
            await trio.sleep(20)
            assert a.leadership.held()
            assert a.ended == []

    play(story)


@pytest.mark.parametrize("provider", ["", "akash1_x", "Akash1x", "a" * 250])
def test_a_provider_that_makes_no_name_is_refused_at_start(provider):
    with pytest.raises(SettingsError):
        lease_name(provider)


@pytest.mark.parametrize("after", [0.1, 1.1, 2.6, 4.9, 7.3])
@pytest.mark.parametrize("is_cut", [False, True])
def test_a_lease_that_somebody_deletes_under_its_holder_gives_no_second_claim(after, is_cut):
    async def story(world, rival):
        async with rival("a") as a:
            await until_held(a, 1)
            async with rival("b") as b, never_both(a, b):
                await trio.sleep(30 + after)
                if is_cut:
                    a.link.cut(silent=True)
                await delete(world, PATH)
                await trio.sleep(1.5)
                assert "was deleted" in b.leadership.why or not is_cut
                if is_cut:
                    await until_held(b, DURATION_SECONDS + 5)
                else:
                    await trio.sleep(60)
                    assert a.leadership.held()

    play(story)
