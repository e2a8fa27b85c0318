import random

from provider.concurrency.backoff import Backoff


def test_pauses_double_up_to_the_cap_within_the_jitter():
    backoff = Backoff(random.Random(1), base_seconds=1, cap_seconds=8)

    pauses = [backoff.next_seconds() for _ in range(8)]

    for pause, middle in zip(pauses, [1, 2, 4, 8, 8, 8, 8, 8], strict=True):
        assert 0.75 * middle <= pause <= 1.25 * middle


def test_a_servers_retry_after_is_never_undercut():
    backoff = Backoff(random.Random(1), base_seconds=1, cap_seconds=8)

    assert backoff.next_seconds(at_least=60) == 60


def test_reset_starts_over():
    backoff = Backoff(random.Random(1), base_seconds=1, cap_seconds=100)
    for _ in range(6):
        backoff.next_seconds()
    backoff.reset()

    assert backoff.next_seconds() <= 1.25


def test_the_same_generator_gives_the_same_pauses():
    first, second = (Backoff(random.Random(7)) for _ in range(2))

    assert [first.next_seconds() for _ in range(9)] == [second.next_seconds() for _ in range(9)]


def test_a_very_long_row_does_not_overflow():
    backoff = Backoff(random.Random(1), base_seconds=1, cap_seconds=5)
    for _ in range(2000):
        assert backoff.next_seconds() <= 6.25
