"""A lease is lost only if every clause of the proof holds; one test a clause."""

import attrs
import pytest

from provider.lease.identity import LeaseID
from provider.market.proof import Known, LeaseAnswer, NodeAnswer, judge
from provider.market.standing import Held, Lost, NotKnown

NOW = 1_700_000_000.0
LEASE = LeaseID("akash1owner", 8438017, 1, 1, "akash1provider")

CLOSED = LeaseAnswer(lease=LEASE, state="closed", height=100, reason="lease_closed_owner")
ACTIVE = LeaseAnswer(lease=LEASE, state="active", height=100)
NODE = NodeAnswer(catching_up=False, chain_id="akashnet-2", height=101, block_time=NOW - 3)
KNOWN = Known(endpoint="http://node", chain_id="akashnet-2", highest=100, now=NOW)


def test_a_proven_closing_is_a_loss_that_says_where_when_and_why() -> None:
    expected = Lost(100, "closed", "http://node", "lease_closed_owner")

    assert judge(LEASE, CLOSED, NODE, KNOWN) == expected


def test_running_out_of_money_is_a_loss_too() -> None:
    broke = attrs.evolve(CLOSED, state="insufficient_funds")

    assert isinstance(judge(LEASE, broke, NODE, KNOWN), Lost)


@pytest.mark.parametrize("state", ["active", "reclaiming"])
def test_active_and_reclaiming_hold_whatever_the_node_is(state: str) -> None:
    answer = attrs.evolve(ACTIVE, state=state)

    assert judge(LEASE, answer, NotKnown("not asked"), KNOWN) == Held(100, state)


def test_an_active_answer_without_a_height_holds() -> None:
    answer = attrs.evolve(ACTIVE, height=None)

    assert judge(LEASE, answer, NODE, KNOWN) == Held(None, "active")


@pytest.mark.parametrize(
    "changes",
    [{"owner": "akash1x"}, {"dseq": 1}, {"gseq": 2}, {"oseq": 2}, {"provider": "akash1x"}],
)
@pytest.mark.parametrize("answer", [CLOSED, ACTIVE])
def test_an_answer_about_another_lease_proves_nothing(
    answer: LeaseAnswer, changes: dict[str, object]
) -> None:
    other = attrs.evolve(answer, lease=attrs.evolve(LEASE, **changes))

    assert isinstance(judge(LEASE, other, NODE, KNOWN), NotKnown)


@pytest.mark.parametrize("state", ["", "invalid", "CLOSED", "lease_closed", "open", "closed "])
def test_any_other_state_proves_nothing(state: str) -> None:
    assert isinstance(judge(LEASE, attrs.evolve(CLOSED, state=state), NODE, KNOWN), NotKnown)


def test_a_closing_without_its_own_height_proves_nothing() -> None:
    assert isinstance(judge(LEASE, attrs.evolve(CLOSED, height=None), NODE, KNOWN), NotKnown)


def test_a_closing_below_the_highest_accepted_block_proves_nothing() -> None:
    known = attrs.evolve(KNOWN, highest=101)

    assert isinstance(judge(LEASE, CLOSED, NODE, known), NotKnown)
    assert isinstance(judge(LEASE, attrs.evolve(CLOSED, height=101), NODE, known), Lost)


@pytest.mark.parametrize(("behind", "proves"), [(0, True), (10, True), (11, False), (5000, False)])
def test_a_closing_far_below_the_nodes_own_newest_block_proves_nothing(
    behind: int, proves: bool
) -> None:
    """Whatever was accepted before, a node answers from its newest block."""
    node = attrs.evolve(NODE, height=CLOSED.height + behind)
    known = attrs.evolve(KNOWN, highest=1)

    assert isinstance(judge(LEASE, CLOSED, node, known), Lost if proves else NotKnown)


def test_a_closing_proves_nothing_before_the_height_of_the_chain_is_known() -> None:
    assert isinstance(judge(LEASE, CLOSED, NODE, attrs.evolve(KNOWN, highest=0)), NotKnown)


def test_a_closing_from_a_node_that_catches_up_proves_nothing() -> None:
    assert isinstance(judge(LEASE, CLOSED, attrs.evolve(NODE, catching_up=True), KNOWN), NotKnown)


def test_a_closing_on_another_chain_proves_nothing() -> None:
    other = attrs.evolve(NODE, chain_id="sandbox-2")

    assert isinstance(judge(LEASE, CLOSED, other, KNOWN), NotKnown)


@pytest.mark.parametrize(
    ("age_seconds", "proves"),
    [(0, True), (59.9, True), (60, False), (3600, False), (-59.9, True), (-60, False)],
)
def test_a_closing_counts_only_beside_a_block_of_the_last_minute(
    age_seconds: float, proves: bool
) -> None:
    node = attrs.evolve(NODE, block_time=NOW - age_seconds)

    assert isinstance(judge(LEASE, CLOSED, node, KNOWN), Lost if proves else NotKnown)


def test_a_closing_from_a_node_that_does_not_show_itself_proves_nothing() -> None:
    standing = judge(LEASE, CLOSED, NotKnown("the node answered 503"), KNOWN)

    assert isinstance(standing, NotKnown)
    assert "503" in standing.why


@pytest.mark.parametrize(
    ("height", "alarm"), [(99, False), (100, True), (101, True), (None, False)]
)
def test_closed_is_final_and_a_later_active_is_a_lie(height: int | None, alarm: bool) -> None:
    known = attrs.evolve(KNOWN, closed=100)

    standing = judge(LEASE, attrs.evolve(ACTIVE, height=height), NODE, known)

    assert isinstance(standing, NotKnown)
    assert standing.alarm is alarm


def test_a_closing_told_again_is_a_loss_again() -> None:
    assert isinstance(judge(LEASE, CLOSED, NODE, attrs.evolve(KNOWN, closed=90)), Lost)


def test_a_closing_above_the_nodes_newest_block_is_not_known() -> None:
    assert isinstance(judge(LEASE, attrs.evolve(CLOSED, height=102), NODE, KNOWN), NotKnown)
