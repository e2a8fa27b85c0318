"""Defaults and validation of a served resource, built-in or custom, behind one set of calls."""

from simulator.jsontypes import JSONObject
from simulator.verbs.registry import Served


def with_defaults(served: Served, obj: JSONObject) -> JSONObject:
    """The object with what its kind fills in where nothing is said."""
    return obj


def admissible_new(served: Served, obj: JSONObject) -> None:
    """Check a new object against the rules of its kind."""


def admissible_change(served: Served, new: JSONObject, live: JSONObject) -> None:
    """Check a changed object against the rules of its kind and against what may not change."""
