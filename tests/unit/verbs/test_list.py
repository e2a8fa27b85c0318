"""Lists: pages that show one revision, revisions asked for, and what is too old or too new."""

import pytest

from simulator.ports import Refused
from simulator.storage.selectors import selector
from simulator.verbs.cluster import Cluster
from simulator.verbs.list import ListOptions, Page, list_objects
from tests.unit.verbs.asking import Asking

MAPS = "v1/configmaps"


@pytest.fixture
def four(ask: Asking) -> Asking:
    """Four config maps, a to d; b is labelled."""
    for name in "abcd":
        labels = {"env": "dev"} if name == "b" else {"env": "prod"}
        ask.create(MAPS, name, {"metadata": {"labels": labels}})
    return ask


def page(ask: Asking, options: ListOptions, namespace: str = "n") -> Page:
    return list_objects(ask.cluster, ask.served(MAPS), namespace, options)


def names(found: Page) -> str:
    return "".join(version.object["metadata"]["name"] for version in found.items)


def test_a_list_shows_the_revision_of_the_store(four: Asking, cluster: Cluster) -> None:
    found = page(four, ListOptions())
    assert (names(found), found.revision, found.token) == ("abcd", cluster.store.revision, "")


def test_no_namespace_means_all_of_them(four: Asking) -> None:
    four.create("v1/namespaces", "m")
    four.create(MAPS, "z", namespace="m")
    assert names(page(four, ListOptions(), "")) == "zabcd"
    assert names(page(four, ListOptions(), "m")) == "z"


def test_pages_show_the_revision_of_the_first_whatever_happens_between(four: Asking) -> None:
    first = page(four, ListOptions(limit=2))
    assert (names(first), first.remaining) == ("ab", 2)
    four.create(MAPS, "bb")
    four.delete(MAPS, "d")
    four.merge(MAPS, "c", {"data": {"k": "new"}})
    second = page(four, ListOptions(limit=2, token=first.token))
    assert (names(second), second.token, second.remaining) == ("cd", "", None)
    assert second.revision == first.revision
    assert "data" not in second.items[0].object


def test_a_selector_leaves_the_number_of_remaining_items_open(four: Asking) -> None:
    first = page(four, ListOptions(limit=2, selector=selector("env=prod", "")))
    assert (names(first), first.remaining) == ("ac", None)
    token = first.token
    assert names(page(four, ListOptions(token=token, selector=selector("env=prod", "")))) == "d"


def test_a_page_whose_revision_is_gone_offers_to_go_on_inconsistently(four: Asking) -> None:
    token = page(four, ListOptions(limit=2)).token
    four.create(MAPS, "bb")
    four.cluster.store.compact()
    with pytest.raises(Refused) as caught:
        page(four, ListOptions(limit=2, token=token))
    assert (caught.value.code, caught.value.reason) == (410, "Expired")
    offered = caught.value.status["metadata"]["continue"]
    rest = page(four, ListOptions(token=offered))
    assert (names(rest), rest.revision) == ("bbcd", four.cluster.store.revision)


def test_an_exact_revision_is_shown_or_gone(four: Asking) -> None:
    then = four.cluster.store.revision
    four.delete(MAPS, "a")
    found = page(four, ListOptions(revision=then, exact=True))
    assert (names(found), found.revision) == ("abcd", then)
    assert names(page(four, ListOptions(revision=then))) == "bcd"
    four.cluster.store.compact()
    with pytest.raises(Refused) as caught:
        page(four, ListOptions(revision=then, exact=True))
    assert caught.value.code == 410


def test_a_revision_that_has_not_come_times_out(four: Asking) -> None:
    with pytest.raises(Refused) as caught:
        page(four, ListOptions(revision=four.cluster.store.revision + 1))
    assert (caught.value.code, caught.value.reason) == (504, "Timeout")
    assert caught.value.status["details"]["retryAfterSeconds"] == 1


@pytest.mark.parametrize("token", ["garbage", "!", "e30", "bnVsbA"])
def test_a_token_that_nobody_gave_is_refused(four: Asking, token: str) -> None:
    with pytest.raises(Refused) as caught:
        page(four, ListOptions(token=token))
    assert caught.value.code == 400
    assert str(caught.value.status["message"]).startswith("invalid continue token")


def test_the_field_metadata_name_picks_one(four: Asking) -> None:
    assert names(page(four, ListOptions(selector=selector("", "metadata.name=c")))) == "c"
    assert names(page(four, ListOptions(selector=selector("", "metadata.name=x")))) == ""
    both = selector("env=dev", "metadata.name=c")
    assert names(page(four, ListOptions(selector=both))) == ""
