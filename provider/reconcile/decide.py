"""
What to do with a lease, from what the chain says, what the record says and what is there.

The one table that start, disagreement and audit share. Only a *lost* lease, or a mark that an
earlier loss left on the record, leads to a teardown; not knowing leads to nothing at all.
"""

from enum import Enum, auto
from typing import assert_never


class Chain(Enum):
    """What the market's answers prove."""

    HELD = auto()
    LOST = auto()
    UNKNOWN = auto()
    """No answer, or one that proves nothing; "not found" is one of those."""


class NamespaceState(Enum):
    """The tenant namespace, as observed."""

    ABSENT = auto()
    ACTIVE = auto()
    TERMINATING = auto()


class Action(Enum):
    """What the manager of the lease does next."""

    DEPLOY = auto()
    ADOPT = auto()
    """Take what is there as it is, and write only what differs."""
    AWAIT_ABSENCE = auto()
    """Somebody deletes the namespace of a lease that we hold: say who, wait, then deploy."""
    ALARM = auto()
    """Held, yet marked as closing: one of the two answers was a lie. Touch nothing, call a human."""
    TEAR_DOWN = auto()
    ASK_AGAIN = auto()
    """Touch nothing until the chain has answered."""


def decide(chain: Chain, *, marked: bool, namespace: NamespaceState) -> Action:
    """
    Read the table.

    Args:
        chain: what is proved about the lease.
        marked: its record carries a closing mark.
        namespace: state of its tenant namespace.
    """
    match chain:
        case Chain.LOST:
            return Action.TEAR_DOWN
        case Chain.UNKNOWN:
            return Action.TEAR_DOWN if marked else Action.ASK_AGAIN
        case Chain.HELD:
            return Action.ALARM if marked else _held(namespace)
        case _:
            assert_never(chain)


def _held(namespace: NamespaceState) -> Action:
    match namespace:
        case NamespaceState.ABSENT:
            return Action.DEPLOY
        case NamespaceState.ACTIVE:
            return Action.ADOPT
        case NamespaceState.TERMINATING:
            return Action.AWAIT_ABSENCE
        case _:
            assert_never(namespace)
