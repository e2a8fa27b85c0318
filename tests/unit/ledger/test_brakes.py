import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.ledger.brakes import ClosureBrake, Limits, LossBrake, crowded, owed_since
from provider.workload import labels
from tests.unit.ledger.nodes import lease

LIMITS = Limits()


@pytest.mark.parametrize(("leases", "most"), [(0, 3), (10, 3), (79, 3), (80, 4), (1000, 50)])
def test_the_limit_is_three_or_a_twentieth(leases, most):
    assert LIMITS.most(leases) == most


# ── losses ──────────────────────────────────────────────────────────────────────────────────────


def admitted(brake, *dseqs, leases=20, now=0.0):
    return [n for n in dseqs if brake.admit(lease(n), f"loss {n}", leases=leases, now=now)]


def test_more_losses_than_the_limit_wait():
    brake = LossBrake(LIMITS)
    assert admitted(brake, 1, 2, 3, 4, 5) == [1, 2, 3]
    assert brake.waiting == {lease(4): "loss 4", lease(5): "loss 5"}


def test_a_loss_heard_again_is_counted_once():
    brake = LossBrake(LIMITS)
    assert admitted(brake, 1, 1, 1, 1, 2, 3) == [1, 1, 1, 1, 2, 3]


def test_after_the_window_others_pass_but_what_waits_waits_on():
    brake = LossBrake(LIMITS)
    admitted(brake, 1, 2, 3, 4)
    assert admitted(brake, 4, 5, now=601.0) == [5]


def test_an_operators_word_lets_pass_what_waits_and_nothing_that_comes_later():
    brake = LossBrake(LIMITS)
    admitted(brake, 1, 2, 3, 4)
    assert brake.release() == {lease(4): "loss 4"}
    assert admitted(brake, 5) == []


def test_losses_of_an_earlier_process_count():
    brake = LossBrake(LIMITS)
    for dseq in (1, 2, 3):
        brake.note(lease(dseq), 0.0)
    assert admitted(brake, 1, 4, now=10.0) == [1]


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0, 500)), max_size=60))
def test_within_one_window_never_more_pass_than_the_limit(calls):
    brake = LossBrake(LIMITS)
    passed = {n for n, at in calls if brake.admit(lease(n), n, leases=40, now=at)}
    assert len(passed) <= 3


# ── closings ────────────────────────────────────────────────────────────────────────────────────


def owed(*times):
    return [(lease(n), at) for n, at in enumerate(times, 1)]


def test_four_within_ten_minutes_are_too_many_of_twenty():
    assert not crowded([0, 100, 200], 3, 600)
    assert crowded([0, 100, 200, 600], 3, 600)
    assert not crowded([0, 100, 200, 601], 3, 600)


def engaged(brake, obligations, now=1000.0):
    return brake.engaged(obligations, leases=20, now=now)


def test_many_closings_at_once_are_stopped_and_waiting_does_not_help():
    brake = ClosureBrake(LIMITS)
    assert engaged(brake, owed(0, 1, 2, 3))
    assert engaged(brake, owed(0, 1, 2, 3), now=100_000.0)


def test_a_new_process_comes_to_the_same_answer():
    assert engaged(ClosureBrake(LIMITS), owed(0, 1, 2, 3), now=5000.0)


def test_leases_that_are_healthy_again_release_the_others():
    brake = ClosureBrake(LIMITS)
    assert engaged(brake, owed(0, 1, 2, 3), now=10.0)
    assert not engaged(brake, owed(0, 1, 2), now=700.0)


def test_what_was_closed_a_moment_ago_still_counts():
    brake = ClosureBrake(LIMITS)
    assert not engaged(brake, owed(1000, 1001, 1002))
    assert engaged(brake, [(lease(9), 1003.0)], now=1004.0)
    assert not engaged(brake, [(lease(9), 1003.0)], now=1700.0)


def test_an_operators_word_lets_todays_obligations_pass_and_no_later_ones():
    brake = ClosureBrake(LIMITS)
    assert engaged(brake, owed(0, 1, 2, 3))
    brake.release()
    assert not engaged(brake, owed(0, 1, 2, 3))
    assert engaged(brake, [*owed(0, 1, 2, 3), *((lease(n), 900.0 + n) for n in range(10, 14))])


def record(text):
    return {"metadata": {"annotations": {labels.CLOSE_OWED: text} if text is not None else {}}}


@pytest.mark.parametrize(
    ("text", "since"),
    [
        (None, None),
        (orjson.dumps({"cause": "image", "since": 12.5}).decode(), 12.5),
        ("", 0.0),
        ("[]", 0.0),
        ('{"since": "soon"}', 0.0),
        ('{"since": null}', 0.0),
    ],
)
def test_since_when_a_closing_is_owed_stands_on_the_record(text, since):
    assert owed_since(record(text)) == since
