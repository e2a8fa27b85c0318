"""A run in which too little happened does not count."""

import pytest

from simulator.chaos.swarm.floor import Floor
from tests.unit.chaos.swarm.builders import outcome


def test_a_run_with_enough_of_everything_counts():
    assert Floor().lacks(outcome()) == ()


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("requests", 299, "requests"),
        ("faults_fired", 4, "faults fired"),
        ("crashes", 0, "crashes"),
        ("leases", 19, "leases"),
        ("seconds", 3599.0, "seconds"),
    ],
)
def test_what_is_too_little_is_named(field, value, name):
    assert Floor().lacks(outcome(**{field: value})) == (name,)


def test_one_fault_that_fires_a_hundred_times_is_one_fault():
    assert Floor().lacks(outcome(fired={"answer-lost": 100}, faults_fired=1)) == ("faults fired",)
