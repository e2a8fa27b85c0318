import pytest

from simulator.kinds.canonical import MismatchError, canonical
from simulator.kinds.schemas import type_from_open_api, type_of

POD = type_of("v1", "Pod")
DEPLOYMENT = type_of("apps/v1", "Deployment")


def pod(container: dict, **spec) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "resources": {}, **container}], **spec},
        "status": {},
    }


def container_of(obj: dict) -> dict:
    return canonical(obj, POD).object["spec"]["containers"][0]


def test_zero_values_vanish_where_go_holds_them_by_value() -> None:
    sent = {"env": [{"name": "A", "value": ""}], "tty": False, "command": [], "workingDir": ""}
    assert container_of(pod(sent)) == {"name": "c", "resources": {}, "env": [{"name": "A"}]}


def test_zero_values_stay_where_go_holds_a_pointer() -> None:
    sent = {"securityContext": {"privileged": False, "runAsUser": 0}}
    assert container_of(pod(sent))["securityContext"] == sent["securityContext"]
    spec = canonical(pod({}, terminationGracePeriodSeconds=0), POD).object["spec"]
    assert spec["terminationGracePeriodSeconds"] == 0


def test_nulls_count_as_nothing_said() -> None:
    assert "command" not in container_of(pod({"command": None}))


def test_empty_structs_that_go_holds_by_pointer_stay() -> None:
    assert container_of(pod({"securityContext": {}}))["securityContext"] == {}


def test_what_encoding_always_writes_is_there() -> None:
    obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
    assert canonical(obj, POD).object == {**obj, "spec": {"containers": None}, "status": {}}


def test_conditions_have_their_times_even_if_null() -> None:
    sent = pod({}) | {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    (condition,) = canonical(sent, POD).object["status"]["conditions"]
    assert condition["lastProbeTime"] is None
    assert condition["lastTransitionTime"] is None


def test_quantities_and_times_are_spelled_one_way() -> None:
    sent = pod({"resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}})
    sent["metadata"]["creationTimestamp"] = "2026-01-02T03:04:05.678+01:00"
    result = canonical(sent, POD).object
    assert result["spec"]["containers"][0]["resources"]["limits"] == {
        "cpu": "500m",
        "memory": "1Gi",
    }
    assert result["metadata"]["creationTimestamp"] == "2026-01-02T02:04:05Z"


def test_leases_keep_microseconds() -> None:
    lease = {"metadata": {}, "spec": {"renewTime": "2026-01-01T00:00:00Z"}}
    result = canonical(lease, type_of("coordination.k8s.io/v1", "Lease")).object
    assert result["spec"]["renewTime"] == "2026-01-01T00:00:00.000000Z"


def test_a_canonical_object_is_returned_as_it_is() -> None:
    once = canonical(pod({"env": [{"name": "A", "value": ""}]}), POD).object
    assert canonical(once, POD).object is once


def test_the_object_handed_in_is_not_changed() -> None:
    sent = pod({"env": [{"name": "A", "value": ""}], "oops": 1})
    before = repr(sent)
    canonical(sent, POD)
    assert repr(sent) == before


def test_unknown_fields_go_and_are_named_in_order() -> None:
    sent = pod({"imagee": "x"}, replcas=1)
    result = canonical(sent, POD)
    assert result.unknown == ("spec.containers[0].imagee", "spec.replcas")
    assert "imagee" not in result.object["spec"]["containers"][0]


@pytest.mark.parametrize(
    ("obj", "type_", "text"),
    [
        (
            {"spec": {"containers": "nope"}},
            POD,
            "string into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            {"spec": {"replicas": "3"}},
            DEPLOYMENT,
            "string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {"spec": {"template": {"spec": {"containers": [{"env": [{"value": 8080}]}]}}}},
            DEPLOYMENT,
            "number 8080 into Go struct field "  # noqa: ISC004
            "EnvVar.spec.template.spec.containers.env.value of type string",
        ),
        (
            {"metadata": {"labels": {"a": True}}},
            POD,
            "bool into Go struct field ObjectMeta.metadata.labels of type string",
        ),
    ],
)
def test_a_wrong_type_is_told_in_the_words_of_go(obj: dict, type_, text: str) -> None:
    with pytest.raises(MismatchError) as error:
        canonical(obj, type_)
    assert str(error.value) == f"json: cannot unmarshal {text}"


@pytest.mark.parametrize(("text", "byte"), [("!!!", 0), ("YWJ!", 3), ("YWJjZA", 4)])
def test_bad_base64_is_told_with_its_place(text: str, byte: int) -> None:
    with pytest.raises(MismatchError, match=f"illegal base64 data at input byte {byte}"):
        canonical({"data": {"a": text}}, type_of("v1", "Secret"))


def test_custom_resources_keep_their_zero_values() -> None:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"on": {"type": "boolean"}}}},
    }
    obj = {"metadata": {"name": "a"}, "spec": {"on": False}}
    assert canonical(obj, type_from_open_api(schema)).object == obj


def test_what_is_shared_with_a_known_object_is_not_looked_at_again() -> None:
    known = canonical(pod({"image": "a"}), POD).object
    odd = {"anything": "goes"}
    shared = known | {"spec": odd}
    assert canonical(known | {"spec": odd, "status": {"phase": ""}}, POD, shared).object == {
        **known,
        "spec": odd,
        "status": {},
    }


def test_what_differs_from_a_known_object_is_looked_at_wherever_it_stands() -> None:
    known = canonical(pod({"image": "a"}), POD).object
    first = known["spec"]["containers"][0]
    second = {"name": "d", "resources": {}, "imagee": "b", "limits": None}
    longer = known | {"spec": {"containers": [first, second]}}
    result = canonical(longer, POD, known)
    assert result == canonical(longer, POD)
    assert result.unknown == ("spec.containers[1].imagee", "spec.containers[1].limits")
    assert result.object["spec"]["containers"][0] is first
