from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kinds.quantities import NotAQuantityError, canonical, in_thousandths, parse


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1.0", "1"),
        ("0.1", "100m"),
        ("0.5", "500m"),
        ("1000m", "1"),
        ("2.50", "2500m"),
        ("5000", "5k"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1000Mi", "1000Mi"),
        ("1073741824", "1073741824"),
        ("0.5Ki", "512"),
        ("0.1Ki", "102400m"),
        ("1e3", "1e3"),
        ("12E3", "12e3"),
        ("1E", "1E"),
        ("0", "0"),
        ("-1500m", "-1500m"),
        ("0.0000000001", "1n"),
    ],
)
def test_quantities_have_one_spelling_in_their_family(text: str, written: str) -> None:
    assert canonical(text) == written


@pytest.mark.parametrize("text", ["0.0001", "1u", "1n"])
def test_amounts_are_rounded_up_to_a_thousandth(text: str) -> None:
    assert in_thousandths(text) == "1m"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "quantities must match the regular expression"),
        ("abc", "quantities must match the regular expression"),
        ("1.2.3", "quantities must match the regular expression"),
        ("1K", "unable to parse quantity's suffix"),
    ],
)
def test_what_is_no_quantity_is_refused_in_the_servers_words(text: str, why: str) -> None:
    with pytest.raises(NotAQuantityError, match=why):
        canonical(text)


def test_numbers_of_json_are_quantities_too() -> None:
    assert parse(5) == 5
    assert parse(0.5) == Fraction(1, 2)


_texts = st.builds(
    lambda number, suffix: f"{number}{suffix}",
    st.decimals(min_value=0, max_value=10**6, places=3),
    st.sampled_from(["", "m", "u", "n", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "e3", "e-3"]),
)


@given(_texts)
def test_rewriting_keeps_the_value_and_happens_once(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert parse(once) == parse(text)
