import pytest

from provider.lease.groups import Requirements
from provider.lease.manifest import Attribute
from tests.unit.sdl.definitions import DROP, PLACEMENT, compiled, refusal


def requirements(changes):
    [spec] = compiled(changes).groups
    return spec.requirements


def price(amount, denom="uakt"):
    return {f"{PLACEMENT}.pricing.small": {"amount": amount, "denom": denom}}


def test_placement_that_requires_nothing():
    assert requirements({}) == Requirements()
    assert requirements({f"{PLACEMENT}.attributes": {}}) == Requirements()


def test_attributes_are_sorted_and_their_values_are_texts():
    attributes = {"region": "eu", "capabilities/storage/1/persistent": True, "host": None}

    assert requirements({f"{PLACEMENT}.attributes": attributes}).attributes == (
        Attribute("capabilities/storage/1/persistent", "true"),
        Attribute("host", ""),
        Attribute("region", "eu"),
    )


def test_auditors_are_kept_and_an_empty_list_is_not_none():
    read = requirements({f"{PLACEMENT}.signedBy": {"anyOf": ["x", 1], "allOf": []}})

    assert (read.any_of, read.all_of) == (("x", "1"), ())


@pytest.mark.parametrize("key", ["a", "1a", "a b", "é" * 3, "a" * 200])
def test_wrong_key_of_an_attribute_is_refused(key):
    assert PLACEMENT in refusal({f"{PLACEMENT}.attributes": {key: "x"}}).path


@pytest.mark.parametrize("amount", [1, 0.5, "10000000", "0.000000000000000001", "00010"])
def test_price_is_a_decimal_above_zero(amount):
    compiled(price(amount))


@pytest.mark.parametrize(
    "amount",
    [0, "0.0", -1, "+1", "1e3", "1.", ".5", "0x10", "1_000", "a", "", None, "10000000.1", ["1"],
     "0." + "0" * 18 + "1", "9" * 5000],
)  # fmt: skip
def test_other_prices_are_refused(amount):
    assert refusal(price(amount)).path == f"{PLACEMENT}.pricing.small.amount"


@pytest.mark.parametrize("denom", ["", None, "ak", "1akt", "u akt", "a" * 200, ["uakt"]])
def test_wrong_denomination_is_refused(denom):
    assert refusal(price(1, denom)).path == f"{PLACEMENT}.pricing.small.denom"


@pytest.mark.parametrize("value", [DROP, None])
def test_missing_price_is_refused(value):
    path = refusal({f"{PLACEMENT}.pricing.small": value}).path

    assert path.startswith(f"{PLACEMENT}.pricing.small")


def test_price_that_is_not_used_is_not_held_against_the_limit():
    compiled({f"{PLACEMENT}.pricing.other": {"denom": "uakt", "amount": 10**9}})


def test_placement_needs_a_name():
    changes = {"profiles.placement": {"": {"pricing": {"small": {"denom": "uakt", "amount": 1}}}}}

    assert refusal(changes).path == "profiles.placement['']"
