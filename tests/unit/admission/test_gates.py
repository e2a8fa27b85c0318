from simulator.admission.gates import without_gated
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import by_kind

SETS = by_kind("apps/v1", "StatefulSet")
DEPLOYMENTS = by_kind("apps/v1", "Deployment")


def with_strategy(**rolling: int) -> JSONObject:
    return {
        "spec": {"replicas": 1, "updateStrategy": {"rollingUpdate": {"partition": 0, **rolling}}}
    }


def test_a_field_of_a_feature_that_is_off_is_dropped() -> None:
    obj = with_strategy(maxUnavailable=1)
    assert without_gated(SETS, obj) == with_strategy()
    assert obj == with_strategy(maxUnavailable=1)


def test_what_is_stored_already_may_stay() -> None:
    obj = with_strategy(maxUnavailable=2)
    assert without_gated(SETS, obj, with_strategy(maxUnavailable=1)) is obj


def test_objects_without_such_a_field_and_other_kinds_are_let_be() -> None:
    for resource, obj in [
        (SETS, with_strategy()),
        (SETS, {}),
        (DEPLOYMENTS, with_strategy(maxUnavailable=1)),
    ]:
        assert without_gated(resource, obj) is obj
