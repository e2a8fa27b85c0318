"""Texts in cells."""

import pytest

from simulator.tables.cells import access_modes, age, human_duration, label_selector, labels

SECOND, MINUTE, HOUR, DAY, YEAR = 1, 60, 3600, 86_400, 365 * 86_400


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0.9, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (10 * MINUTE, "10m"),
        (179 * MINUTE + 59, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + 5 * MINUTE, "3h5m"),
        (8 * HOUR + 5 * MINUTE, "8h"),
        (47 * HOUR, "47h"),
        (2 * DAY, "2d"),
        (3 * DAY + 4 * HOUR, "3d4h"),
        (8 * DAY + 4 * HOUR, "8d"),
        (2 * YEAR - 1, "729d"),
        (2 * YEAR + 3 * DAY, "2y3d"),
        (9 * YEAR, "9y"),
    ],
)
def test_a_duration_has_two_units_while_it_is_short(seconds: float, expected: str) -> None:
    assert human_duration(seconds) == expected


def test_an_age_is_as_of_the_time_given() -> None:
    assert age("2026-01-01T00:00:00Z", 1_767_225_600.0 + 90) == "90s"
    assert age(None, 0) == "<unknown>"


def test_labels_are_sorted() -> None:
    assert labels({"b": "2", "a": "1"}) == "a=1,b=2"
    assert labels({}) == labels(None) == "<none>"


def test_a_selector_shows_labels_and_expressions() -> None:
    expressions = [
        {"key": "env", "operator": "In", "values": ["b", "a"]},
        {"key": "x", "operator": "Exists"},
        {"key": "y", "operator": "DoesNotExist"},
    ]
    given = {"matchLabels": {"app": "web"}, "matchExpressions": expressions}
    assert label_selector(given) == "app=web,env in (a,b),x,!y"
    assert label_selector({}) == "<none>"


def test_access_modes_are_short() -> None:
    assert access_modes(["ReadWriteMany", "ReadWriteOnce"]) == "RWO,RWX"
    assert access_modes(None) == ""
