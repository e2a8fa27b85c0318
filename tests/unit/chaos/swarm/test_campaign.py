"""Campaigns, with workers that play nothing: results, resuming, time's end, and what failed."""

import sys

import attrs
import trio

from simulator.chaos import planfile
from simulator.chaos.swarm.campaign import Campaign
from simulator.chaos.swarm.draw import draw
from simulator.chaos.swarm.groups import Group
from simulator.chaos.swarm.results import file_of, read
from simulator.chaos.swarm.shares import Share
from simulator.chaos.swarm.tally import Tally

WORKER = (sys.executable, "-m", "tests.unit.chaos.swarm.worker")


def campaign(folder, *, first_seed=0, count=12, index=0, **more):
    share = Share(first_seed=first_seed, count=count, index=index)
    return Campaign(share=share, folder=folder, command=WORKER, commit="c0ffee", **more)


async def played(one, *, told=lambda tally: None):
    tally = Tally()
    await one.run(tally, told)
    return tally


async def test_every_seed_leaves_a_line_in_the_file_of_its_index(tmp_path):
    tally = await played(campaign(tmp_path, count=7, index=3, jobs=2))

    seeds = [result.seed for result in read(file_of(tmp_path, 3))]
    assert sorted(seeds) == list(range(21, 28))
    assert (tally.runs, tally.counted, tally.failed) == (7, 7, 1)


async def test_a_campaign_goes_on_where_it_stopped(tmp_path):
    await played(campaign(tmp_path, count=5))
    tally = await played(campaign(tmp_path, count=9))

    seeds = [result.seed for result in read(file_of(tmp_path, 0))]
    assert sorted(seeds) == list(range(9))
    assert tally.runs == 9


async def test_no_seed_begins_after_the_time_is_up(tmp_path):
    tally = await played(campaign(tmp_path, seconds=0.0))

    assert tally.runs == 0


async def test_what_was_done_before_an_interruption_is_in_the_folder(tmp_path):
    with trio.CancelScope() as scope:

        def told(tally):
            if tally.runs == 3:
                scope.cancel()

        await played(campaign(tmp_path, count=1000), told=told)

    assert len(list(read(file_of(tmp_path, 0)))) >= 3


async def test_plans_that_failed_are_saved_and_one_of_each_group_is_shrunk(tmp_path):
    tally = await played(campaign(tmp_path, count=30))

    saved = sorted(path.name for path in (tmp_path / "failing").iterdir())
    assert saved == ["seed-15.yaml", "seed-25.yaml", "seed-5.yaml"]
    assert planfile.load(tmp_path / "failing" / "seed-15.yaml") == draw(15)
    [(group, failures)] = tally.groups.items()
    assert group == Group("I1", "orphan Ingress")
    assert (failures.count, failures.smallest_seed) == (3, 5)
    least = planfile.load(tmp_path / failures.plan)
    assert (least.expects, least.commit) == (("I1",), "c0ffee")


async def test_a_group_that_was_shrunk_before_is_not_shrunk_again(tmp_path):
    tally = await played(campaign(tmp_path))
    found = tmp_path / tally.groups[Group("I1", "orphan Ingress")].plan
    found.write_text(planfile.dumps(attrs.evolve(planfile.load(found), about="by hand")))

    tally = await played(campaign(tmp_path, count=20))

    assert planfile.load(found).about == "by hand"
    assert tally.groups[Group("I1", "orphan Ingress")].plan == found.name


async def test_a_worker_that_dies_is_a_run_that_broke_and_not_a_hang(tmp_path):
    tally = await played(campaign(tmp_path, first_seed=98, count=3, shrink_runs=0))

    assert (tally.runs, tally.counted) == (3, 1)
    [group] = tally.groups
    assert group.invariant == "harness"
