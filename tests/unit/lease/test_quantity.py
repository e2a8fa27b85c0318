from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.lease.quantity import QuantityError, equal, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("1.0", 1),
        ("0.1", Fraction(1, 10)),
        ("500m", Fraction(1, 2)),
        ("1u", Fraction(1, 10**6)),
        ("7n", Fraction(7, 10**9)),
        ("1k", 1000),
        ("1Ki", 1024),
        ("1.5Gi", 1536 * 2**20),
        ("1E", 10**18),
        ("1Ei", 2**60),
        ("1e3", 1000),
        ("1E3", 1000),
        ("12e-1", Fraction(12, 10)),
        ("-.5", Fraction(-1, 2)),
        ("+5.", 5),
        (3, 3),
        (0.1, Fraction(1, 10)),
        (1e21, 10**21),
    ],
)
def test_value_is_exact(text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1 Gi", "Gi", "1gi", "1K", "1ki", "0x10", "1_000", "1,5", "1e", "1e999999999",
     "1" * 70, "inf", "nan", "\u0661", "1\n", True, float("inf"), float("nan")],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(QuantityError):
        parse(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("0.5", "500m"), ("1024Mi", "1Gi"), ("1e3", "1k"), (2, "2"), (0.25, "250m"), ("x", "x")],
)
def test_different_spellings_of_one_amount_are_equal(one, other):
    assert equal(one, other)
    assert equal(other, one)


@pytest.mark.parametrize(("one", "other"), [("1G", "1Gi"), ("1", "1m"), ("x", "y"), ("x", "1")])
def test_different_amounts_are_not_equal(one, other):
    assert not equal(one, other)


@given(st.integers(0, 2**63))
def test_bytes_equal_their_number_of_thousandths(amount):
    assert equal(str(amount), f"{amount}000m")


@given(st.text(max_size=6) | st.floats() | st.integers())
def test_nothing_raises_but_a_quantity_error(value):
    try:
        parse(value)
    except QuantityError:
        assert equal(value, value) or value != value
