"""Objects as the store keeps them: bytes, and a few of them decoded."""

import pytest

from provider.kubernetes.kinds import POD
from provider.kubernetes.stored import MalformedError, Memo, make_stored
from tests.unit.kubernetes.server import pod


def test_an_object_that_is_looked_at_again_is_decoded_once():
    memo = Memo()
    stored = make_stored(POD, pod("a", 1, labels={"x": "y"}), memo)
    assert len(memo) == 0

    assert stored.decode() == pod("a", 1, labels={"x": "y"})
    assert stored.decode() is stored.decode()


def test_only_so_many_objects_are_kept_decoded():
    memo = Memo(objects=2)
    one, two, three = (make_stored(POD, pod(name, 1), memo) for name in "abc")
    first, second = one.decode(), two.decode()
    assert one.decode() is first
    three.decode()

    assert len(memo) == 2
    assert one.decode() is first
    # The one that was not looked at for longest had to go.
    assert two.decode() is not second
    assert two.decode() == second


def test_objects_are_compared_by_what_they_hold():
    assert make_stored(POD, pod("a", 1), Memo()) == make_stored(POD, pod("a", 1), Memo())
    assert make_stored(POD, pod("a", 1), Memo()) != make_stored(POD, pod("a", 2), Memo())


@pytest.mark.parametrize("metadata", [None, "x", [], {}, {"name": "a", "uid": "u"}])
def test_what_is_no_object_is_refused(metadata):
    with pytest.raises(MalformedError):
        make_stored(POD, {"metadata": metadata}, Memo())
