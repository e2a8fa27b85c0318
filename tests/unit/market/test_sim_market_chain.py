"""The simulated chain: heights from the clock, and leases that change with blocks."""

import pytest

from simulator.market.chain import BLOCK_SECONDS, Chain, ChainError, UnknownLeaseError
from simulator.market.leases import DeploymentName, DeploymentState, LeaseName, LeaseState
from tests.unit.market.sim_market import OWNER, PROVIDER, HandClock, lease_name


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def chain(clock: HandClock) -> Chain:
    return Chain(clock)


def test_a_block_comes_every_six_seconds(chain: Chain, clock: HandClock) -> None:
    first = chain.block()

    clock.seconds += 5.9
    assert chain.block() == first
    clock.seconds += 0.2
    assert chain.block().height == first.height + 1
    assert chain.block().time == first.time + BLOCK_SECONDS
    clock.seconds += 3600
    assert chain.block().height == first.height + 601


def test_a_transaction_makes_the_next_block_at_once(chain: Chain, clock: HandClock) -> None:
    before = chain.block().height
    clock.seconds += 2

    lease = chain.open(lease_name())

    assert chain.block().height == before + 1 == lease.created_at
    assert chain.block().time == clock.now()


def test_heights_never_fall_however_transactions_and_time_mix(
    chain: Chain, clock: HandClock
) -> None:
    seen = [chain.block().height]
    for dseq in range(1, 50):
        clock.seconds += (dseq * 7) % 20
        seen.append(chain.block().height)
        seen.append(chain.open(lease_name(dseq)).created_at)

    assert seen == sorted(seen)
    assert seen[-1] > seen[0] + 49


def test_a_lease_is_active_from_its_opening(chain: Chain) -> None:
    opened = chain.open(lease_name())

    assert chain.lease(lease_name()) == opened
    assert (opened.state, opened.closed_on) == (LeaseState.ACTIVE, 0)


def test_a_closed_lease_says_when_and_why(chain: Chain, clock: HandClock) -> None:
    chain.open(lease_name())
    clock.seconds += 60

    closed = chain.close(lease_name(), reason="lease_closed_reason_unstable")

    assert closed.state is LeaseState.CLOSED
    assert closed.closed_on == chain.block().height
    assert closed.reason == "lease_closed_reason_unstable"


def test_a_lease_without_money_ends_with_a_state_of_its_own(chain: Chain) -> None:
    chain.open(lease_name())

    closed = chain.close(lease_name(), reason="lease_closed_reason_insufficient_funds")

    assert closed.state is LeaseState.INSUFFICIENT_FUNDS


def test_closed_is_final(chain: Chain) -> None:
    chain.open(lease_name())
    chain.close(lease_name())

    with pytest.raises(ChainError, match="not active"):
        chain.close(lease_name())
    with pytest.raises(ChainError, match="not active"):
        chain.reclaim(lease_name())
    with pytest.raises(ChainError, match="exists"):
        chain.open(lease_name())


def test_a_lease_that_is_being_reclaimed_can_still_be_closed(chain: Chain) -> None:
    chain.open(lease_name())

    assert chain.reclaim(lease_name()).state is LeaseState.RECLAIMING
    assert chain.close(lease_name()).state is LeaseState.CLOSED


def test_what_was_never_opened_is_unknown(chain: Chain) -> None:
    with pytest.raises(UnknownLeaseError):
        chain.lease(lease_name())
    with pytest.raises(UnknownLeaseError):
        chain.close(lease_name())
    with pytest.raises(UnknownLeaseError):
        chain.update(DeploymentName(OWNER, 1), b"")


def test_an_unknown_reason_and_a_lease_with_oneself_are_refused(chain: Chain) -> None:
    chain.open(lease_name())

    with pytest.raises(ChainError, match="reason"):
        chain.close(lease_name(), reason="boredom")
    with pytest.raises(ChainError, match="differ"):
        chain.open(lease_name(2, owner=PROVIDER))


def test_an_update_replaces_the_hash_and_makes_a_block(chain: Chain) -> None:
    chain.open(lease_name(7), manifest_hash=b"old", groups=({"name": "akash"},))
    before = chain.block().height

    chain.update(DeploymentName(OWNER, 7), b"new")

    found = chain.deployment(DeploymentName(OWNER, 7))
    assert (found.hash, found.groups) == (b"new", ({"name": "akash"},))
    assert chain.block().height == before + 1


def test_a_deployment_that_is_closed_takes_its_leases_along(chain: Chain) -> None:
    for gseq in (1, 2):
        chain.open(LeaseName(OWNER, 7, gseq, 1, PROVIDER))
    chain.close(LeaseName(OWNER, 7, 2, 1, PROVIDER), reason="lease_closed_reason_unstable")
    chain.open(lease_name(8))

    ended = chain.close_deployment(DeploymentName(OWNER, 7))

    assert (ended.state, ended.funds) == (DeploymentState.CLOSED, 0)
    assert [(r.name.dseq, r.name.gseq, r.state, r.reason) for r in chain.leases()] == [
        (7, 1, LeaseState.CLOSED, "lease_closed_owner"),
        (7, 2, LeaseState.CLOSED, "lease_closed_reason_unstable"),
        (8, 1, LeaseState.ACTIVE, "lease_closed_invalid"),
    ]
    for refused in (
        lambda: chain.close_deployment(DeploymentName(OWNER, 7)),
        lambda: chain.update(DeploymentName(OWNER, 7), b""),
        lambda: chain.open(LeaseName(OWNER, 7, 1, 2, PROVIDER)),
    ):
        with pytest.raises(ChainError, match="deployment closed"):
            refused()


def test_an_older_block_keeps_what_was_so_then(chain: Chain, clock: HandClock) -> None:
    opened = chain.open(lease_name())
    clock.seconds += 60
    closed = chain.close(lease_name())

    assert chain.lease(lease_name(), closed.closed_on - 1) == opened
    assert chain.leases(opened.created_at) == (opened,)
    assert chain.leases(opened.created_at - 1) == ()
    with pytest.raises(UnknownLeaseError):
        chain.lease(lease_name(), opened.created_at - 1)


def test_every_block_has_one_time(chain: Chain, clock: HandClock) -> None:
    seen = {}
    for dseq in range(1, 20):
        clock.seconds += dseq * 5 % 17
        seen[chain.block().height] = chain.block().time
        opened = chain.open(lease_name(dseq))
        seen[opened.created_at] = clock.now()

    assert {height: chain.block_at(height).time for height in seen} == seen
