"""What a tenant's manifest is answered with, over the whole way to the record."""

from decimal import Decimal

import attrs
import pytest
import trio

from provider.cluster.submission import Accepted, Closing, MarketUnknown, NoLease, Rejected
from provider.lease.groups import GroupSpec, Price, Requirements, ResourceUnit, encode_groups
from provider.lease.version import version_hash
from simulator.market.leases import DeploymentName
from simulator.world import MARKET
from tests.sim import tenants
from tests.sim.checks import daemon_writes
from tests.sim.scene import name_of, play

LEASE = tenants.lease()
WEB = tenants.manifest(tenants.web())
NEWER = tenants.manifest(tenants.web(image="nginx:1.28"))


def groups(manifest):
    """What the chain holds of a deployment that fits a manifest."""
    return encode_groups(
        GroupSpec(
            group.name,
            Requirements((), (), ()),
            tuple(
                ResourceUnit(
                    attrs.evolve(
                        service.resources,
                        endpoints=tuple(e for x in service.expose or () for e in x.endpoints),
                    ),
                    service.count,
                    Price("uakt", Decimal(1)),
                )
                for service in group.services
            ),
        )
        for group in manifest
    )


def lease_it(scene, manifest=WEB, lease=LEASE):
    scene.world.chain.open(
        name_of(lease), manifest_hash=version_hash(manifest), groups=groups(manifest)
    )


def sign(scene, manifest, lease=LEASE):
    """The tenant puts another manifest's hash on the chain."""
    name = DeploymentName(lease.owner, lease.dseq)
    scene.world.chain.update(name, version_hash(manifest))


async def started(scene):
    await scene.start()
    await scene.until(lambda: not scene.daemon.readiness(), what="ready")


def test_a_manifest_is_accepted_once_its_record_is_written():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        assert await scene.daemon.accept(LEASE, WEB) == Accepted(1, new=True)
        records = [o for path, o in scene.objects() if path.endswith("/manifests")]
        assert [o["metadata"]["generation"] for o in records] == [1]
        await scene.until_complete(LEASE)

    play(story)


def test_the_same_manifest_again_is_no_new_generation_and_no_write():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        await scene.daemon.accept(LEASE, WEB)
        await scene.until_complete(LEASE)
        written = len(daemon_writes(scene))
        assert await scene.daemon.accept(LEASE, WEB) == Accepted(1, new=False)
        await scene.pause(30)
        assert len(daemon_writes(scene)) == written

    play(story)


def test_the_same_manifest_after_a_restart_is_no_new_generation_and_no_write():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        await scene.daemon.accept(LEASE, WEB)
        await scene.until_complete(LEASE)
        await scene.drain()
        written = len(daemon_writes(scene))
        await started(scene)
        assert await scene.daemon.accept(LEASE, WEB) == Accepted(1, new=False)
        await scene.pause(30)
        assert len(daemon_writes(scene)) == written

    play(story)


def test_the_same_manifest_twice_at_once_is_one_generation():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        answers = []

        async def send():
            answers.append(await scene.daemon.accept(LEASE, WEB))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            nursery.start_soon(send)
        assert sorted(a.new for a in answers) == [False, True]
        assert {a.generation for a in answers} == {1}

    play(story)


def test_a_newer_manifest_is_the_next_generation():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        await scene.daemon.accept(LEASE, WEB)
        await scene.until_complete(LEASE)
        sign(scene, NEWER)
        assert await scene.daemon.accept(LEASE, NEWER) == Accepted(2, new=True)

    play(story)


def test_a_manifest_that_is_not_the_one_on_chain_is_rejected_with_both_hashes():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        answer = await scene.daemon.accept(LEASE, NEWER)
        assert isinstance(answer, Rejected)
        assert version_hash(WEB).hex() in answer.rule
        assert version_hash(NEWER).hex() in answer.rule
        assert scene.daemon.service.manager(LEASE) is None

    play(story)


def test_a_manifest_for_more_than_was_leased_is_rejected_at_its_path():
    async def story(scene):
        await started(scene)
        two = tenants.manifest(tenants.web(count=2))
        scene.world.chain.open(name_of(LEASE), manifest_hash=version_hash(two), groups=groups(WEB))
        answer = await scene.daemon.accept(LEASE, two)
        assert isinstance(answer, Rejected)
        assert answer.path.startswith("[0].services[0]")

    play(story)


def test_a_hostname_of_another_owner_is_rejected_before_anything_is_written():
    other = tenants.lease(dseq=2000, owner=tenants.BOB)

    async def story(scene):
        await started(scene)
        lease_it(scene)
        await scene.daemon.accept(LEASE, WEB)
        lease_it(scene, lease=other)
        answer = await scene.daemon.accept(other, WEB)
        assert answer == Rejected(
            "[0].services[0].expose[0].hosts",
            "hostname web.example.com is in use by another owner",
        )
        assert not [o for _, o in scene.objects() if o["metadata"]["name"] == other.namespace]

    play(story)


def test_a_lost_lease_is_closing_and_takes_nothing():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        await scene.daemon.accept(LEASE, WEB)
        scene.close(LEASE)
        assert isinstance(await scene.daemon.accept(LEASE, WEB), Accepted | Closing)
        await scene.until(lambda: scene.status(LEASE).phase.value.startswith("teardown"))
        assert await scene.daemon.accept(LEASE, WEB) == Closing("the lease is closed")

    play(story)


def test_a_lease_that_the_market_does_not_show_gets_no_manager():
    async def story(scene):
        await started(scene)
        await scene.pause(7)
        assert isinstance(await scene.daemon.accept(LEASE, WEB), NoLease)
        theirs = attrs.evolve(LEASE, provider="akash1them")
        assert isinstance(await scene.daemon.accept(theirs, WEB), NoLease)
        assert scene.daemon.service.manager(LEASE) is None
        assert scene.daemon.statuses() == ()

    play(story)


def test_a_lease_of_which_a_failing_market_says_nothing_is_not_called_unknown():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        scene.world.network.down(MARKET)
        assert isinstance(await scene.daemon.accept(LEASE, WEB), MarketUnknown)

    play(story)


def test_while_the_market_is_away_nobody_can_say():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        scene.world.network.down(MARKET)
        await scene.pause(20)
        answer = await scene.daemon.accept(LEASE, WEB)
        assert isinstance(answer, MarketUnknown)
        assert answer.retry_after_seconds > 0
        assert [r.name for r in scene.daemon.readiness()] == ["market unknown"]
        scene.world.network.up(MARKET)
        await scene.until(lambda: not scene.daemon.readiness(), what="ready again")
        assert await scene.daemon.accept(LEASE, WEB) == Accepted(1, new=True)

    play(story)


def test_a_manifest_that_breaks_a_rule_is_rejected_without_a_question():
    async def story(scene):
        await started(scene)
        answer = await scene.daemon.accept(LEASE, ())
        assert answer == Rejected("", "expected at least one group")

    play(story)


def test_before_the_daemon_runs_and_while_it_leaves_the_answers_are_harmless():
    async def story(scene):
        await started(scene)
        lease_it(scene)
        scene.daemon.drain()
        assert await scene.daemon.accept(LEASE, WEB) == Closing("the daemon is leaving")
        assert "leaving" in [r.name for r in scene.daemon.readiness()]
        fresh = attrs.evolve(scene.daemon)
        assert isinstance(await fresh.accept(LEASE, WEB), MarketUnknown)
        assert [r.name for r in fresh.readiness()] == ["starting"]
        assert fresh.statuses() == fresh.brakes() == fresh.obligations() == fresh.market() == ()
        assert fresh.capacity().nodes == ()
        assert not fresh.release_brake("losses")

    play(story)


@pytest.mark.parametrize("seconds", [31])
def test_what_cannot_be_recorded_yet_is_answered_ask_again_and_not_forgotten(seconds):
    async def story(scene):
        await started(scene)
        lease_it(scene)

        async def hang(_, request, carry_out):
            if request.method != "GET":
                await trio.sleep_forever()
            return await carry_out()

        scene.watch_requests(hang)
        with trio.fail_after(seconds):
            answer = await scene.daemon.accept(LEASE, WEB)
        assert isinstance(answer, MarketUnknown)
        assert answer.why.startswith("not on record yet")
        scene.watch_requests()
        await scene.until_complete(LEASE)
        assert await scene.daemon.accept(LEASE, WEB) == Accepted(1, new=False)

    play(story)
