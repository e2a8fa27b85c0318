"""Group specs are kept as tenants send them and shown as the gateway writes them."""

from simulator.market.groups import group_spec

SENT = {
    "name": "akash",
    "requirements": {
        "signed_by": {"all_of": None, "any_of": ["akash1auditor"]},
        "attributes": None,
    },
    "resources": [
        {
            "resource": {
                "id": 1,
                "cpu": {"units": {"val": "500"}},
                "memory": {"size": {"val": "268435456"}},
                "storage": [
                    {
                        "name": "data",
                        "size": {"val": "1073741824"},
                        "attributes": [{"key": "class", "value": "beta2"}],
                    }
                ],
                "gpu": {
                    "units": {"val": "1"},
                    "attributes": [{"key": "vendor/nvidia/model/a100", "value": "true"}],
                },
                "endpoints": [
                    {"sequence_number": 0},
                    {"kind": 1, "sequence_number": 0},
                    {"kind": 2, "sequence_number": 3},
                ],
            },
            "count": 2,
            "price": {"denom": "uakt", "amount": "100.000000000000000000"},
        }
    ],
}

SHOWN = {
    "name": "akash",
    "requirements": {
        "signed_by": {"all_of": [], "any_of": ["akash1auditor"]},
        "attributes": [],
    },
    "resources": [
        {
            "resource": {
                "id": 1,
                "cpu": {"units": {"val": "500"}, "attributes": []},
                "memory": {"quantity": {"val": "268435456"}, "attributes": []},
                "storage": [
                    {
                        "name": "data",
                        "quantity": {"val": "1073741824"},
                        "attributes": [{"key": "class", "value": "beta2"}],
                    }
                ],
                "gpu": {
                    "units": {"val": "1"},
                    "attributes": [{"key": "vendor/nvidia/model/a100", "value": "true"}],
                },
                "endpoints": [
                    {"kind": "SHARED_HTTP", "sequence_number": 0},
                    {"kind": "RANDOM_PORT", "sequence_number": 0},
                    {"kind": "LEASED_IP", "sequence_number": 3},
                ],
            },
            "count": 2,
            "price": {"denom": "uakt", "amount": "100.000000000000000000"},
        }
    ],
}


def test_names_lists_and_kinds_become_the_gateways() -> None:
    assert group_spec(SENT) == SHOWN


def test_what_is_the_gateways_already_stays() -> None:
    assert group_spec(SHOWN) == SHOWN


def test_what_is_not_there_is_not_made_up() -> None:
    assert group_spec({"name": "akash"}) == {"name": "akash"}
