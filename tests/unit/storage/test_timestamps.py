"""Times as Kubernetes writes them."""

from simulator.timestamps import micro_timestamp, seconds, timestamp


def test_times_are_utc_and_cut_to_the_second() -> None:
    assert timestamp(1_767_225_600.999) == "2026-01-01T00:00:00Z"


def test_micro_times_keep_six_digits() -> None:
    assert micro_timestamp(1_767_225_600.5) == "2026-01-01T00:00:00.500000Z"


def test_both_can_be_read_again() -> None:
    assert seconds("2026-01-01T00:00:00Z") == 1_767_225_600
    assert seconds("2026-01-01T00:00:00.500000Z") == 1_767_225_600.5
