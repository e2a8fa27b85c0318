"""The table of start, disagreement and audit: one test for each row."""

import pytest

from provider.reconcile.decide import Action, Chain, NamespaceState, decide

ANY = tuple(NamespaceState)


def decided(chain, marked, *states):
    return {decide(chain, marked=marked, namespace=state) for state in states}


def test_held_and_nothing_there_is_deployed():
    assert decided(Chain.HELD, False, NamespaceState.ABSENT) == {Action.DEPLOY}


def test_held_and_there_is_adopted():
    assert decided(Chain.HELD, False, NamespaceState.ACTIVE) == {Action.ADOPT}


def test_held_and_on_its_way_out_waits_for_absence():
    assert decided(Chain.HELD, False, NamespaceState.TERMINATING) == {Action.AWAIT_ABSENCE}


def test_held_yet_marked_as_closing_stops_with_an_alarm():
    assert decided(Chain.HELD, True, *ANY) == {Action.ALARM}


@pytest.mark.parametrize("marked", [True, False])
def test_lost_is_torn_down_whatever_is_there(marked):
    assert decided(Chain.LOST, marked, *ANY) == {Action.TEAR_DOWN}


def test_unknown_and_marked_goes_on_tearing_down():
    assert decided(Chain.UNKNOWN, True, *ANY) == {Action.TEAR_DOWN}


def test_unknown_and_unmarked_touches_nothing():
    assert decided(Chain.UNKNOWN, False, *ANY) == {Action.ASK_AGAIN}


def test_only_a_lost_lease_or_a_mark_leads_to_a_teardown():
    rows = [(c, m, n) for c in Chain for m in (True, False) for n in NamespaceState]

    torn_down = {row for row in rows if decided(row[0], row[1], row[2]) == {Action.TEAR_DOWN}}

    assert torn_down == {
        (c, m, n) for c, m, n in rows if c is Chain.LOST or (c is Chain.UNKNOWN and m)
    }
