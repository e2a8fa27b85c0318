"""What differs: the recorded pairs of a real API server, then each rule by itself."""

import json
from pathlib import Path

import pytest

from provider.reconcile.differs import differs

LIVE = Path(__file__).parents[2] / "data" / "live"


def pairs(name):
    return [
        pytest.param(pair["desired"], pair["live"], id=pair["name"])
        for pair in json.loads((LIVE / f"{name}.json").read_text())
    ]


@pytest.mark.parametrize(("desired", "live"), pairs("equal"))
def test_recorded_equal_pair_needs_no_write(desired, live):
    assert differs(desired, live) == ()


@pytest.mark.parametrize(("desired", "live"), pairs("different"))
def test_recorded_different_pair_needs_a_write(desired, live):
    assert differs(desired, live)
