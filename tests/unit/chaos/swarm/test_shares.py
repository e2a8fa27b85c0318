"""Which seeds a part of a campaign plays."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.chaos.swarm.shares import Share

counts = st.integers(1, 50)


@given(first=st.integers(0, 10_000), count=counts, parts=st.integers(1, 12))
def test_the_parts_of_a_campaign_cover_its_seeds_once(first, count, parts):
    seeds = [
        seed
        for index in range(parts)
        for seed in Share(first_seed=first, count=count, index=index).seeds
    ]

    assert seeds == list(range(first, first + count * parts))


def test_what_is_done_is_not_played_again():
    share = Share(first_seed=10, count=4, index=1)

    assert list(share.left({15, 99})) == [14, 16, 17]
