"""Deletes that land when what they name is wanted again: nothing is lost to them."""

import pytest
import trio

from tests.sim import answers, tenants
from tests.sim.scene import play

LEASE = tenants.lease(1000)


def generation(host="web.example.com"):
    return tenants.manifest(tenants.web(host=host))


class Late:
    """A hook: deletes of one object are never answered, and carried out 20 s later."""

    def __init__(self, scene, end, refuses=""):
        self.scene, self.end, self.refuses = scene, end, refuses
        self.answers = []

    async def _land(self, carry_out):
        await trio.sleep(20)
        self.answers.append((await carry_out()).status)

    async def __call__(self, number, request, carry_out):
        if request.method == "DELETE" and request.path.endswith(self.end):
            self.scene.nursery.start_soon(self._land, carry_out)
            await trio.sleep_forever()
        if self.refuses and request.method == "PATCH" and self.refuses in request.path:
            return answers.invalid()
        return await carry_out()


def deleted(scene, plural):
    commits = scene.world.journal.commits
    return [c.name for c in commits if c.type == "DELETED" and c.resource.endswith(plural)]


@pytest.mark.parametrize("plural", ["ingresses", "providerhosts"])
def test_what_is_wanted_again_outlives_a_delete_of_it_that_lands_late(plural):
    """The next generation finds it exactly as it wants it, so nothing else would outdate the delete."""

    async def story(scene):
        await scene.deployed(LEASE, generation("one.example.com"))
        late = Late(scene, f"{plural}/one.example.com")
        scene.watch_requests(late)
        scene.send(LEASE, generation("two.example.com"))
        await scene.pause(5)
        scene.send(LEASE, generation("one.example.com"))
        await scene.pause(60)
        return late.answers, deleted(scene, plural), scene.status(LEASE).hostnames

    landed, gone, hostnames = play(story)

    assert landed == [409]
    assert "one.example.com" not in gone
    assert hostnames == ("one.example.com",)


def test_what_was_refused_and_comes_again_outlives_the_late_end_of_its_undoing():
    async def story(scene):
        await scene.start()
        await scene.until(scene.ready)
        late = Late(scene, "services/web", refuses="/deployments/")
        scene.watch_requests(late)
        scene.win(LEASE, generation())
        await scene.until(lambda: scene.status(LEASE) and scene.status(LEASE).refusal)
        await scene.pause(5)
        late.refuses = ""
        scene.send(LEASE, generation())
        await scene.until_complete(LEASE)
        await scene.pause(60)
        return late.answers, deleted(scene, "services"), scene.status(LEASE).health

    landed, gone, health = play(story)

    assert landed == [409]
    assert gone == []
    assert health == "healthy"


def test_what_a_newer_generation_keeps_costs_no_request():
    async def story(scene):
        await scene.deployed(LEASE, generation("one.example.com"))
        scene.watch_requests()
        scene.send(LEASE, tenants.manifest(tenants.web(host="one.example.com", image="nginx:1.28")))
        await scene.until_complete(LEASE)
        return [r.path for r in scene.requests if b"leasekeeper.akash.network/kept" in r.body]

    assert play(story) == []
