import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.workload.commitment import committed
from provider.workload.container import container
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import (
    GI,
    LEASE,
    OPTIONS,
    persistent,
    ram,
    resources,
    service,
    volume,
)

FULL = service(
    resources=resources(
        volume("a", 3 * GI),
        volume("b", GI),
        ram(size=1000),
        persistent("c", 10 * GI),
        persistent("d", 5 * GI),
        persistent("e", GI, "default"),
        volume("f", GI, persistent="true"),
        cpu=1000,
        memory=3000,
        gpu=2,
    )
)


def test_without_overcommit_all_that_was_leased_is_reserved():
    found = committed(FULL, OPTIONS)

    assert (found.cpu, found.memory, found.memory_requested) == (1000, 4000, 3000)
    assert (found.ephemeral, found.gpus) == (4 * GI, 2)
    assert found.persistent == {"beta3": 15 * GI, "default": 2 * GI}


@pytest.mark.parametrize(("pct", "cpu"), [(1, 990), (50, 667), (99, 503), (100, 500), (33.3, 750)])
def test_overcommit_below_a_hundred_percent_counts(pct, cpu):
    """The reference computes the factor in whole numbers: 1 to 99 percent change nothing there."""
    assert committed(FULL, RenderOptions(overcommit_cpu_pct=pct)).cpu == cpu


def test_each_kind_has_its_own_level_and_cards_have_none():
    options = RenderOptions(overcommit_memory_pct=100, overcommit_storage_pct=300)
    found = committed(FULL, options)

    assert (found.cpu, found.memory, found.memory_requested) == (1000, 2000, 1500)
    assert (found.ephemeral, found.gpus) == (GI, 2)
    assert found.persistent["beta3"] == 15 * GI // 4


def test_something_is_never_nothing_and_nothing_stays_nothing():
    options = RenderOptions(overcommit_cpu_pct=10**6, overcommit_storage_pct=10**6)
    found = committed(service(resources=resources(ram(), cpu=1)), options)

    assert (found.cpu, found.ephemeral) == (1, 0)


def test_halves_are_rounded_up_and_no_digit_of_a_size_is_lost():
    options = RenderOptions(overcommit_cpu_pct=100, overcommit_memory_pct=100)
    found = committed(service(resources=resources(cpu=5, memory=2**61 + 2)), options)

    assert (found.cpu, found.memory) == (3, 2**60 + 1)


@given(st.integers(1, 2**64 - 1), st.floats(0, 1000))
def test_no_more_is_reserved_than_leased_and_sizes_are_exact(size, pct):
    one = service(resources=resources(memory=size))
    found = committed(one, RenderOptions(overcommit_memory_pct=pct)).memory

    assert 1 <= found <= size
    assert committed(one, RenderOptions()).memory == size


def test_the_pod_requests_what_is_reserved_and_is_limited_to_what_was_leased():
    options = RenderOptions(
        overcommit_cpu_pct=100, overcommit_memory_pct=50, overcommit_storage_pct=25
    )
    one = service(resources=resources(volume("a", 1000), ram(size=30), cpu=1000, memory=300))

    assert container(LEASE, one, options)["resources"] == {
        "requests": {"cpu": "500m", "memory": "200", "ephemeral-storage": "800"},
        "limits": {"cpu": "1000m", "memory": "330", "ephemeral-storage": "1000"},
    }
