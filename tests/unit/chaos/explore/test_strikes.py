"""Strikes as text, by which they are played again."""

import pytest

from simulator.chaos.explore.strikes import KINDS, Strike


@pytest.mark.parametrize("kind", KINDS)
def test_a_strike_is_read_back_from_its_text(kind):
    assert Strike.parse(str(Strike(kind, 137))) == Strike(kind, 137)


def test_so_is_a_pair():
    pair = Strike("close", 12, 4)

    assert str(pair) == "close at 12, kill at request 4"
    assert Strike.parse(str(pair)) == pair


@pytest.mark.parametrize("text", ["", "cancel", "cancel at x", "explode at 3", "kill at 3 again"])
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="cancel at 137"):
        Strike.parse(text)
