from decimal import Decimal

from provider.lease.groups import GroupSpec, Price, Requirements, ResourceUnit, encode_groups
from provider.lease.manifest import CPU, Attribute, Endpoint, Resources


def spec(requirements=Requirements(), amount="1"):  # noqa: B008
    resources = Resources(id=1, cpu=CPU(500), endpoints=(Endpoint(),))
    unit = ResourceUnit(resources, 3, Price("uakt", Decimal(amount)))
    return GroupSpec("westcoast", requirements, (unit,))


def test_group_spec_has_the_keys_of_the_chain_in_their_order():
    [encoded] = encode_groups([spec()])

    assert list(encoded) == ["name", "requirements", "resources"]
    assert list(encoded["resources"][0]) == ["resource", "count", "price"]
    assert encoded["resources"][0]["resource"] == {
        "id": 1,
        "cpu": {"units": {"val": "500"}},
        "endpoints": [{"sequence_number": 0}],
    }


def test_nothing_required_is_null_and_an_empty_list_stays_one():
    [nothing] = encode_groups([spec()])
    [empty] = encode_groups([spec(Requirements(all_of=(), any_of=("a",), attributes=()))])

    assert nothing["requirements"] == {
        "signed_by": {"all_of": None, "any_of": None},
        "attributes": None,
    }
    assert empty["requirements"] == {
        "signed_by": {"all_of": [], "any_of": ["a"]},
        "attributes": [],
    }


def test_empty_half_of_an_attribute_is_dropped():
    [encoded] = encode_groups([spec(Requirements(attributes=(Attribute("host", ""),)))])

    assert encoded["requirements"]["attributes"] == [{"key": "host"}]


def test_price_is_printed_with_all_eighteen_places():
    amounts = ["1000", "0.5", "10000000", "1234567.123456789012345678"]

    encoded = encode_groups([spec(amount=amount) for amount in amounts])

    assert [group["resources"][0]["price"]["amount"] for group in encoded] == [
        "1000.000000000000000000",
        "0.500000000000000000",
        "10000000.000000000000000000",
        "1234567.123456789012345678",
    ]
