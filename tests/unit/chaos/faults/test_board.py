"""Faults begin and end at their moments; those that make no difference are told."""

import attrs
import pytest
import trio

from simulator.chaos.faults.board import STATES
from simulator.chaos.faults.catalog import CATALOG
from simulator.chaos.faults.kind import HINDERS
from simulator.chaos.faults.requests import CLOSINGS, REQUESTS, WATCHES
from simulator.chaos.plan import Moment
from tests.unit.chaos.faults.tiny import fault, play


def test_every_kind_of_the_catalogue_is_made_and_every_one_that_is_made_is_in_it():
    assert set(CATALOG) == {*REQUESTS, *WATCHES, *CLOSINGS, *STATES}


@pytest.mark.parametrize("kind", CATALOG.values(), ids=list(CATALOG))
def test_a_kind_tells_what_it_is(kind):
    assert kind.help
    assert kind.counted
    assert kind.hinders <= set(HINDERS)
    assert set(kind.needs) <= set(kind.where)
    assert kind.per_request is (kind.what in {*REQUESTS, *WATCHES, *CLOSINGS})
    for value in kind.values:
        assert not value.flaw(value.default)
        assert value.help
    needed = {"lease": "A"} if kind.needs else {}
    assert not list(kind.flaws(fault(kind.what, **needed)))


@pytest.mark.parametrize(
    ("wrong", "key", "rule"),
    [
        (fault("refused", code=999), "code", "expected one of"),
        (fault("refused", code="x"), "code", "expected a whole number"),
        (fault("refused", delay=1.0), "delay", "no such value; it has: code, retry_after"),
        (fault("delay", delay=-1.0), "delay", "expected 0 or more"),
        (fault("delay", delay=True), "delay", "expected a number"),
        (fault("applied-late", silent=1), "silent", "expected a flag"),
        (fault("node-dark", node=1), "node", "expected a text"),
        (fault("node-dark", lease="A"), "lease", "is not told by it"),
        (fault("quota"), "lease", "missing"),
        (fault("node-dark", times=3), "nth", "is a state"),
        (fault("market-lag", verb="get"), "verb", "is not told by it; by: host, daemon"),
    ],
)
def test_a_flaw_in_a_plan_is_named(wrong, key, rule):
    ((found, text),) = CATALOG[wrong.what].flaws(wrong)
    assert found == key
    assert rule in text


def test_a_fault_of_time_0_is_in_force_before_anything_else():
    async def story(tiny):
        assert tiny.fired.began_at == 0
        assert (await tiny.create("c")).status == 500

    play(story, fault("refused", at=0))


def test_what_befell_nobody_is_vacuous_unless_it_may_miss():
    async def story(tiny):
        await trio.sleep(5)
        await tiny.create("c")
        assert tiny.board.vacuous() == ("never", "waits", "closing")

    play(
        story,
        fault("refused", verb="create", kind="configmaps"),
        fault("refused", name="never", verb="create", kind="pods"),
        fault("refused", name="missing", verb="create", kind="pods", may_miss=True),
        fault("node-dark", name="waits", at=Moment(after="never")),
        fault("close-lost", name="closing"),
    )


def test_the_world_is_healed_at_once_and_for_good():
    async def story(tiny):
        await trio.sleep(5)
        assert tiny.world.market_nodes[0].node.lag_blocks == 5
        tiny.board.heal()
        await tiny.board.wait_over()
        assert trio.current_time() == 5
        assert tiny.world.market_nodes[0].node.lag_blocks == 0
        assert not tiny.world.rules.rules
        await trio.sleep(100)
        assert (await tiny.create("c")).status == 201
        began = [told.began_at for told in tiny.evidence.faults]
        assert began == [1, 1, None]
        assert [told.ended_at for told in tiny.evidence.faults] == [5, 5, None]

    play(story, fault("market-lag"), fault("refused"), fault("refused", at=50))


def test_faults_without_names_are_called_by_what_they_are():
    async def story(tiny):
        names = [told.name for told in tiny.evidence.faults]
        assert names == ["reset", "mine", "reset-2", "hang"]

    play(story, fault("reset"), fault("reset", name="mine"), fault("reset"), fault("hang"))


def test_what_happened_is_marked():
    async def story(tiny):
        await trio.sleep(2)
        await tiny.create("c", ns=tiny.lease.namespace, daemon=2)
        await trio.sleep_until(20)
        found = [(m.time, m.what, m.lease, m.detail, m.daemon) for m in tiny.evidence.marks]
        assert found == [
            (1, "late begins", "A", "answer-late", 0),
            (2, "late fires", "A", "create configmaps/", 2),
            (11, "late ends", "A", "answer-late", 0),
        ]

    play(story, fault("answer-late", name="late", lease="A", seconds=10))


def test_probability_draws_from_the_seed():
    found = []

    async def story(tiny):
        await trio.sleep(2)
        found.append([(await tiny.create(f"c{n}")).status for n in range(30)])

    one = attrs.evolve(fault("refused", times=None), probability=0.5)
    for seed in (1, 1, 2):
        play(story, one, seed=seed)
    assert found[0] == found[1] != found[2]
    assert set(found[0]) == {201, 500}


def test_a_fault_of_a_host_that_is_not_there_ends_the_run():
    async def story(tiny):
        await trio.sleep(5)

    with pytest.RaisesGroup(
        pytest.RaisesExc(LookupError), allow_unwrapped=True, flatten_subgroups=True
    ):
        play(story, fault("market-lag", host="market-7"))
