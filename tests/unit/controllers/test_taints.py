"""Which pods taints keep off a node or drive from it, and for how long they may stay."""

import math

import pytest

from simulator.controllers.taints import driving_out, keeping_off, seconds_to_stay
from simulator.jsontypes import JSONObject

GPU = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
LOST = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}


def node(*taints: JSONObject) -> JSONObject:
    return {"metadata": {"name": "n"}, "spec": {"taints": list(taints)}}


def pod(*tolerations: JSONObject) -> JSONObject:
    return {"spec": {"tolerations": list(tolerations)}}


@pytest.mark.parametrize(
    ("toleration", "kept_off"),
    [
        ({"key": "gpu", "operator": "Equal", "value": "yes"}, False),
        ({"key": "gpu", "value": "yes", "effect": "NoSchedule"}, False),
        ({"key": "gpu", "value": "yes", "effect": "NoExecute"}, True),
        ({"key": "gpu", "value": "no"}, True),
        ({"key": "gpu", "operator": "Exists"}, False),
        ({"operator": "Exists"}, False),
        ({"key": "tpu", "operator": "Exists"}, True),
    ],
)
def test_a_toleration_holds_for_its_key_value_and_effect(
    toleration: JSONObject, *, kept_off: bool
) -> None:
    assert (keeping_off(pod(toleration), node(GPU)) is not None) is kept_off


def test_a_preference_keeps_nobody_off() -> None:
    assert keeping_off(pod(), node({**GPU, "effect": "PreferNoSchedule"})) is None


def test_only_no_execute_drives_out() -> None:
    assert driving_out(node(GPU, LOST)) == (LOST,)


def test_the_shortest_of_the_tolerations_counts_and_none_is_at_once() -> None:
    forever = {"key": LOST["key"], "operator": "Exists", "effect": "NoExecute"}
    other = {"key": "other", "effect": "NoExecute"}

    assert seconds_to_stay(pod(), [LOST]) == 0
    assert seconds_to_stay(pod(forever), [LOST]) == math.inf
    assert seconds_to_stay(pod(forever, {**forever, "tolerationSeconds": 300}), [LOST]) == 300
    assert seconds_to_stay(pod({**forever, "tolerationSeconds": -5}), [LOST]) == 0
    assert seconds_to_stay(pod(forever), [LOST, other]) == 0
