"""Answers of a node: real shapes are read, everything else is "not known" and never an error."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.lease.identity import LeaseID
from provider.market import decoding
from provider.market.proof import LeaseAnswer, NodeAnswer
from provider.market.standing import NotKnown

HEADERS = {"grpc-metadata-x-cosmos-block-height": "17"}
LEASE = LeaseID("akash1owner", 18446744073709551615, 1, 2, "akash1provider")


def lease_body(**changes: Any) -> dict[str, Any]:
    id_ = {
        "owner": "akash1owner",
        "dseq": "18446744073709551615",
        "gseq": 1,
        "oseq": 2,
        "provider": "akash1provider",
        "bseq": 0,
    }
    lease = {
        "id": id_,
        "state": "closed",
        "price": {"denom": "uakt", "amount": "1.000000000000000000"},
        "created_at": "5",
        "closed_on": "16",
        "reason": "lease_closed_owner",
    }
    return {"lease": {**lease, **changes}, "escrow_payment": {}}


def encoded(value: object) -> bytes:
    return orjson.dumps(value)


def test_a_lease_is_read_with_its_height_and_reason() -> None:
    expected = LeaseAnswer(lease=LEASE, state="closed", height=17, reason="lease_closed_owner")

    assert decoding.lease(200, HEADERS, encoded(lease_body())) == expected


def test_not_found_proves_nothing() -> None:
    body = encoded({"code": 5, "message": "lease not found", "details": []})

    assert isinstance(decoding.lease(404, HEADERS, body), NotKnown)


@pytest.mark.parametrize("status", [204, 302, 400, 404, 429, 500, 503])
def test_only_200_is_an_answer(status: int) -> None:
    assert isinstance(decoding.lease(status, HEADERS, encoded(lease_body())), NotKnown)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"lease": null}',
        encoded(lease_body(id=None)),
        encoded(lease_body(id={"owner": "akash1owner"})),
        encoded(lease_body(state=3)),
        encoded(
            {"lease": {**lease_body()["lease"], "id": {**lease_body()["lease"]["id"], "gseq": -1}}}
        ),
        encoded(
            {
                "lease": {
                    **lease_body()["lease"],
                    "id": {**lease_body()["lease"]["id"], "gseq": True},
                }
            }
        ),
        encoded(
            {
                "lease": {
                    **lease_body()["lease"],
                    "id": {**lease_body()["lease"]["id"], "dseq": "9" * 5000},
                }
            }
        ),
        encoded(
            {"lease": {**lease_body()["lease"], "id": {**lease_body()["lease"]["id"], "owner": ""}}}
        ),
    ],
)
def test_what_names_no_lease_is_not_known(body: bytes) -> None:
    assert isinstance(decoding.lease(200, HEADERS, body), NotKnown)


@pytest.mark.parametrize(
    ("headers", "height"),
    [
        ({"grpc-metadata-x-cosmos-block-height": "17"}, 17),
        ({"x-cosmos-block-height": "18"}, 18),
        ({"grpc-metadata-x-cosmos-block-height": "17", "x-cosmos-block-height": "17"}, 17),
        ({"grpc-metadata-x-cosmos-block-height": "17", "x-cosmos-block-height": "18"}, None),
        ({"x-cosmos-block-height": "17, 18"}, None),
        ({"x-cosmos-block-height": "-1"}, None),
        ({"x-cosmos-block-height": "²"}, None),
        ({}, None),
    ],
)
def test_the_height_is_read_from_either_header(headers: dict[str, str], height: int | None) -> None:
    assert decoding.height(headers) == height


def test_a_page_skips_entries_that_name_no_lease() -> None:
    body = encoded(
        {
            "leases": [lease_body(state="active"), {"lease": {}}, None, lease_body(state=None)],
            "pagination": {"next_key": "bmV4dA==", "total": "0"},
        }
    )

    page = decoding.page(200, HEADERS, body)

    assert isinstance(page, decoding.Page)
    assert [answer.lease for answer in page.leases] == [LEASE]
    assert (page.height, page.next_key) == (17, "bmV4dA==")


def test_the_last_page_has_no_key() -> None:
    body = encoded({"leases": [], "pagination": {"next_key": None, "total": "0"}})

    page = decoding.page(200, HEADERS, body)

    assert isinstance(page, decoding.Page)
    assert page.next_key == ""


@pytest.mark.parametrize(
    "body",
    [
        {"leases": [], "pagination": None},
        {"leases": None, "pagination": {"next_key": None}},
        {"leases": [], "pagination": {"next_key": 7}},
        {"pagination": {"next_key": None}},
    ],
)
def test_a_page_without_its_parts_is_not_known(body: dict[str, Any]) -> None:
    assert isinstance(decoding.page(200, HEADERS, encoded(body)), NotKnown)


def block_body(**changes: Any) -> bytes:
    header = {"chain_id": "akashnet-2", "height": "17", "time": "2026-11-23T10:00:00.123456789Z"}
    return encoded({"block": {"header": {**header, **changes}}})


def test_a_node_is_read_with_nanoseconds_in_its_time() -> None:
    node = decoding.node(200, block_body(), catching_up=True)

    assert node == NodeAnswer(
        catching_up=True, chain_id="akashnet-2", height=17, block_time=1795428000.123456
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"block": []}',
        block_body(time=None),
        block_body(time="yesterday"),
        block_body(time="2026-11-23T10:00:00"),
        block_body(chain_id=2),
    ],
)
def test_what_is_no_block_is_not_known(body: bytes) -> None:
    assert isinstance(decoding.node(200, body, catching_up=False), NotKnown)
    assert isinstance(decoding.node(503, block_body(), catching_up=False), NotKnown)


def test_syncing_is_a_boolean_or_not_known() -> None:
    assert decoding.catching_up(200, b'{"syncing": true}') is True
    assert decoding.catching_up(200, b'{"syncing": false}') is False
    assert isinstance(decoding.catching_up(200, b'{"syncing": "false"}'), NotKnown)
    assert isinstance(decoding.catching_up(503, b'{"syncing": false}'), NotKnown)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["lease", "leases", "id", "owner", "dseq", "gseq", "oseq", "provider", "state",
             "pagination", "next_key", "block", "header", "chain_id", "time", "syncing"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@given(value=json_values)
def test_no_json_at_all_makes_an_exception(value: object) -> None:
    body = encoded(value)

    decoding.lease(200, HEADERS, body)
    decoding.page(200, HEADERS, body)
    decoding.catching_up(200, body)
    decoding.node(200, body, catching_up=False)
