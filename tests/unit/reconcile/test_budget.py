import pytest

from provider.reconcile.budget import STEADY_SECONDS, Account
from provider.reconcile.health import Cause, Verdict

BUDGETS = dict.fromkeys(Cause, 100.0)
UP, DOWN, DARK = Verdict.HEALTHY, Verdict.UNHEALTHY, Verdict.UNKNOWN


def observe(*looks):
    """An account after looks of (verdict, cause, as_of), each at that time or at a fourth value."""
    account = Account()
    now = 0.0
    for verdict, cause, as_of, *later in looks:
        now = later[0] if later else now if as_of is None else as_of
        account = account.observe(verdict, cause, as_of, now=now)
    return account


def test_unhealth_counts_from_the_look_that_found_it_up_to_what_is_known():
    account = observe((DOWN, Cause.IMAGE, 10), (DOWN, Cause.IMAGE, 40))

    assert account.seconds == {Cause.IMAGE: 30}


def test_time_in_which_nobody_could_look_counts_for_nothing():
    """A day of silence of the API server: the reference closed every lease after eight minutes."""
    account = observe(
        (DOWN, Cause.IMAGE, 0),
        (DARK, None, 20),
        (DARK, None, 86400),
        (DOWN, Cause.IMAGE, 86400),
        (DOWN, Cause.IMAGE, 86430),
    )

    assert account.seconds == {Cause.IMAGE: 50}
    assert account.spent(BUDGETS) is None


def test_a_stamp_that_stands_still_counts_for_nothing():
    account = observe((DOWN, Cause.IMAGE, 10), (DOWN, Cause.IMAGE, 10), (DOWN, Cause.IMAGE, None))

    assert account.seconds == {Cause.IMAGE: 0}


@pytest.mark.parametrize(
    "before", [(), ((UP, None, 10, 60),), ((DARK, None, 10, 60),), ((DOWN, Cause.REFUSED, 10, 60),)]
)
def test_what_a_look_is_the_first_to_find_counts_from_that_look_however_old_its_stamp(before):
    """Bookmarks come once a minute: the stamp was older than the pod that crashed."""
    account = observe(*before, (DOWN, Cause.CRASH_LOOP, 10, 65), (DOWN, Cause.CRASH_LOOP, 70, 71))

    assert account.seconds[Cause.CRASH_LOOP] == 5


def test_a_stamp_that_falls_back_counts_no_moment_twice():
    account = observe((DOWN, Cause.IMAGE, 10), (DOWN, Cause.IMAGE, 40), (DOWN, Cause.IMAGE, 20, 41))

    again = account.observe(DOWN, Cause.IMAGE, 50, now=51)

    assert again.seconds == {Cause.IMAGE: 40}


def test_health_of_a_moment_with_an_old_stamp_is_believed_at_once_but_not_called_lasting():
    account = observe((DOWN, Cause.CRASH_LOOP, 0), (UP, None, 90, 150))

    assert account.has_recovered(Cause.IMAGE)
    assert not account.observe(
        UP, None, 149 + STEADY_SECONDS, now=150 + STEADY_SECONDS
    ).has_recovered(Cause.CRASH_LOOP)


def test_each_cause_has_a_budget_of_its_own():
    account = observe(
        (DOWN, Cause.IMAGE, 0), (DOWN, Cause.UNSCHEDULABLE, 90), (DOWN, Cause.UNSCHEDULABLE, 180)
    )

    assert account.seconds == {Cause.IMAGE: 90, Cause.UNSCHEDULABLE: 90}
    assert account.spent(BUDGETS) is None


def test_a_budget_is_spent_after_all_of_it():
    assert observe((DOWN, Cause.IMAGE, 0), (DOWN, Cause.IMAGE, 99)).spent(BUDGETS) is None
    assert observe((DOWN, Cause.IMAGE, 0), (DOWN, Cause.IMAGE, 100)).spent(BUDGETS) is Cause.IMAGE


@pytest.mark.parametrize("cause", [c for c in Cause if c is not Cause.CRASH_LOOP])
def test_health_forgets_everything(cause):
    account = observe((DOWN, cause, 0), (DOWN, cause, 90), (UP, None, 91), (DOWN, cause, 95))

    assert account.seconds == {}


def test_a_container_that_is_ready_for_a_moment_between_two_crashes_has_not_recovered():
    looks = []
    for begin in range(0, 1000, 100):
        looks += [(DOWN, Cause.CRASH_LOOP, begin), (UP, None, begin + 90)]

    account = observe(*looks)

    assert account.seconds == {Cause.CRASH_LOOP: 900}
    assert not account.has_recovered(Cause.CRASH_LOOP)
    assert account.has_recovered(Cause.IMAGE)


def test_after_a_crash_loop_lasting_health_is_health():
    account = observe((DOWN, Cause.CRASH_LOOP, 0), (UP, None, 90), (UP, None, 90 + STEADY_SECONDS))

    assert account.seconds == {}
    assert account.has_recovered(Cause.CRASH_LOOP)
