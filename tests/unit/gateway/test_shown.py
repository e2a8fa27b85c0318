import attrs
import pytest

from provider.deployment.phases import Phase
from provider.gateway.shown import as_json
from provider.gateway.token import Token
from provider.http.lanes import Lane
from tests.unit.gateway.fakes import LEASE


@attrs.frozen
class Row:
    lease: object
    more: object


def test_names_of_fields_are_keys_and_a_lease_is_its_text():
    assert as_json(Row(LEASE, (1, 2.5, None, True, "x"))) == {
        "lease": str(LEASE),
        "more": [1, 2.5, None, True, "x"],
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Phase.DEPLOY_ACTIVE, "deploy-active"),
        (Lane.STATUS, "status"),
        (b"\x01\xff", "01ff"),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({LEASE: Row(1, {})}, {str(LEASE): {"lease": 1, "more": {}}}),
    ],
)
def test_every_kind_of_value_has_one_form(value, shown):
    assert as_json(value) == shown


@pytest.mark.parametrize("value", [object(), lambda: None])
def test_what_nobody_said_how_to_show_is_not_shown(value):
    with pytest.raises(TypeError):
        as_json(Row(value, 1))


def test_a_token_is_not_shown():
    assert as_json(Token("0123456789abcdef")) == {}
