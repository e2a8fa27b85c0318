import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.admission.strict import decode, read, strict_text, undecodable
from simulator.kinds.schemas import type_of

DEPLOYMENT = type_of("apps/v1", "Deployment")


def test_unknown_and_repeated_fields_are_complained_of_as_recorded() -> None:
    obj = {
        "metadata": {"name": "web"},
        "spec": {
            "replcas": 3,
            "template": {"spec": {"containers": [{"name": "c", "imagee": "x"}]}},
        },
    }
    decoded = decode(DEPLOYMENT, obj, duplicates=["spec.replicas"])
    assert decoded.complaints == (
        'duplicate field "spec.replicas"',
        'unknown field "spec.replcas"',
        'unknown field "spec.template.spec.containers[0].imagee"',
    )
    assert "replcas" not in decoded.object["spec"]
    assert undecodable("Deployment", "v1", strict_text(decoded.complaints[1:])) == (
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: '
        'unknown field "spec.replcas", unknown field "spec.template.spec.containers[0].imagee"'
    )


def test_repeated_fields_are_found_wherever_they_are_and_the_last_counts() -> None:
    body = b'{"a": 1, "a": 2, "b": [{"c": 1}, {"c": 1, "c": 3}], "d": {"e": 1, "e": 1}}'
    value, duplicates = read(body)
    assert value == {"a": 2, "b": [{"c": 1}, {"c": 3}], "d": {"e": 1}}
    assert duplicates == ("a", "b[1].c", "d.e")


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(orjson.JSONDecodeError):
        read(b"{not json")


_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3), st.just(0.5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(_values, st.booleans())
def test_bodies_that_repeat_nothing_are_just_read(value: object, indented: bool) -> None:
    body = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indented else 0)
    assert read(body) == (value, ())
