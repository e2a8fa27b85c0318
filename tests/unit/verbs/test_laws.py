"""What holds for any history: a list and the watch from its revision always add up to the store."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.storage.selectors import selector
from simulator.verbs.cluster import Cluster
from simulator.verbs.list import ListOptions, list_objects
from simulator.verbs.watch import Watch, WatchOptions
from tests.unit.verbs.asking import Asking
from tests.unit.verbs.conftest import StoppedClock

MAPS = "v1/configmaps"
SELECTOR = selector("on=y", "")

step = st.tuples(st.sampled_from(["put", "delete"]), st.sampled_from("abc"), st.sampled_from("yn"))


def play(ask: Asking, steps: Sequence[tuple[str, str, str]]) -> None:
    for action, name, label in steps:
        there = ask.find(MAPS, name) is not None
        if action == "delete":
            if there:
                ask.delete(MAPS, name)
        elif there:
            ask.merge(MAPS, name, {"metadata": {"labels": {"on": label}}})
        else:
            ask.create(MAPS, name, {"metadata": {"labels": {"on": label}}})


def listed(ask: Asking) -> tuple[dict[str, bytes], int]:
    options = ListOptions(selector=SELECTOR)
    page = list_objects(ask.cluster, ask.served(MAPS), "n", options)
    return {version.key: version.encoded for version in page.items}, page.revision


@settings(max_examples=100)
@given(before=st.lists(step, max_size=8), after=st.lists(step, max_size=12))
def test_a_list_and_the_watch_after_it_add_up_to_the_store(
    before: list[tuple[str, str, str]], after: list[tuple[str, str, str]]
) -> None:
    ask = Asking(Cluster(StoppedClock()))
    ask.create("v1/namespaces", "n")
    play(ask, before)
    known, revision = listed(ask)
    followed = Watch(
        ask.cluster, ask.served(MAPS), "n", WatchOptions(revision=revision, selector=SELECTOR)
    )
    play(ask, after)
    last = revision
    for event in followed.read():
        assert event.version.revision > last
        last = event.version.revision
        key = event.version.key
        assert (key in known) == (event.type != "ADDED")
        if event.type == "DELETED":
            del known[key]
        else:
            known[key] = event.version.encoded
    assert known == listed(ask)[0]


@given(
    before=st.lists(step, max_size=8),
    after=st.lists(step, max_size=8),
    limit=st.integers(min_value=1, max_value=3),
)
def test_pages_add_up_to_the_list_at_their_revision(
    before: list[tuple[str, str, str]], after: list[tuple[str, str, str]], limit: int
) -> None:
    ask = Asking(Cluster(StoppedClock()))
    ask.create("v1/namespaces", "n")
    play(ask, before)
    expected = [version.encoded for version in ask.cluster.store.items("configmaps", "n")]
    found: list[bytes] = []
    options = ListOptions(limit=limit)
    while True:
        page = list_objects(ask.cluster, ask.served(MAPS), "n", options)
        found += [version.encoded for version in page.items]
        if not page.token:
            break
        play(ask, after)
        options = ListOptions(limit=limit, token=page.token)
    assert found == expected
