import copy

import pytest

from provider.reconcile import likeness
from provider.reconcile.likeness import Likeness

DESIRED = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "ns", "labels": {"a": "b"}},
    "spec": {"type": "ClusterIP"},
}


def live(version="7", uid="u", **spec):
    metadata = {**DESIRED["metadata"], "uid": uid, "resourceVersion": version}
    return {**DESIRED, "metadata": metadata, "spec": {"type": "ClusterIP", **spec}}


@pytest.fixture
def asked(monkeypatch):
    """How often the two were really compared."""
    calls, compare = [], likeness.differs

    def counting(desired, live):
        calls.append(live)
        return compare(desired, live)

    monkeypatch.setattr(likeness, "differs", counting)
    return calls


def test_what_was_found_alike_is_not_compared_again(asked):
    known = Likeness()

    assert [known.differs(copy.deepcopy(DESIRED), live()) for _ in range(3)] == [()] * 3
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("desired", "there"),
    [
        (DESIRED, live(version="8")),
        (DESIRED, live(uid="another")),
        ({**DESIRED, "spec": {"type": "NodePort"}}, live()),
    ],
)
def test_anything_new_is_compared(asked, desired, there):
    known = Likeness()
    known.differs(DESIRED, live())

    known.differs(desired, there)

    assert len(asked) == 2


def test_a_difference_is_found_again_each_time(asked):
    known = Likeness()
    changed = {**DESIRED, "spec": {"type": "NodePort"}}

    assert known.differs(changed, live()) == known.differs(changed, live()) != ()
    assert len(asked) == 2


def test_an_object_without_a_version_is_always_compared(asked):
    known = Likeness()
    bare = {**DESIRED}

    assert known.differs(DESIRED, bare) == known.differs(DESIRED, bare) == ()
    assert len(asked) == 2
