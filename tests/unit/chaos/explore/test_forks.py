"""Copies that go on from where a run is."""

import os

import pytest
import trio

from simulator import deterministic
from simulator.chaos.explore import forks


async def walk(answers, steps, branches):
    """Some random steps; at each point that is wanted a copy goes on and turns."""
    turned = None
    place = []
    async with trio.open_nursery() as nursery:

        async def go(name):
            nonlocal turned
            for _ in range(steps):
                await trio.sleep(0.1)
                place.append(name)
                if turned is None and len(place) in branches and forks.branch(20) is None:
                    turned = len(place)
                    place.append("turn")

        for name in "abc":
            nursery.start_soon(go, name)
    answers.put({"turned": turned, "place": "".join(place), "time": trio.current_time()})
    if turned is not None:
        forks.leave()


def test_a_copy_goes_on_as_the_run_would_have_without_it():
    def play(answers):
        deterministic.run(5, walk, answers, 4, {3, 7})

    *copies, undisturbed = forks.gather(play)

    assert [copy["turned"] for copy in copies] == [3, 7]
    for copy in copies:
        n = copy["turned"]
        whole = undisturbed["place"]
        assert copy["place"] == whole[:n] + "turn" + whole[n:]
        assert copy["time"] == undisturbed["time"]


def test_this_process_is_as_before():
    changed = []

    def play(answers):
        changed.append(1)
        answers.put({"pid": os.getpid()})

    (answer,) = forks.gather(play)

    assert answer["pid"] != os.getpid()
    assert changed == []


def test_a_copy_that_breaks_is_told_by_how_it_ended():
    def play(answers):
        how = forks.branch(20)
        if how is None:
            os.abort()
        answers.put({"how": how})

    assert forks.gather(play) == [{"how": "by SIGABRT"}]


def test_a_copy_that_hangs_is_ended():
    def play(answers):
        how = forks.branch(1)
        while how is None:
            pass
        answers.put({"how": how})

    assert forks.gather(play) == [{"how": "by SIGALRM"}]


def test_an_error_ends_the_copy_and_is_an_error_here(capfd):
    def play(answers):
        raise ValueError("this one breaks")

    with pytest.raises(forks.ForkError, match="exit status 1"):
        forks.gather(play)
    assert "this one breaks" in capfd.readouterr().err


def test_what_was_answered_before_an_error_is_lost_with_it(capfd):
    def play(answers):
        answers.put({"n": 1})
        raise ValueError

    with pytest.raises(forks.ForkError):
        forks.gather(play)


def test_long_answers_arrive_whole():
    def play(answers):
        answers.put({"text": "x" * 1_000_000})

    assert len(forks.gather(play)[0]["text"]) == 1_000_000
