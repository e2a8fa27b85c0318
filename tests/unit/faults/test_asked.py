"""What a request asks for, in the words of faults."""

import pytest

from simulator.faults.asked import Asked, asked
from simulator.wire.messages import Request

APPS = "/apis/apps/v1/namespaces/t/deployments"


@pytest.mark.parametrize(
    ("method", "path", "query", "verb"),
    [
        ("GET", APPS, (), "list"),
        ("GET", APPS, (("watch", "1"),), "watch"),
        ("GET", APPS, (("watch", "0"),), "list"),
        ("GET", "/apis/apps/v1/watch/namespaces/t/deployments", (), "watch"),
        ("GET", f"{APPS}/web", (), "get"),
        ("POST", APPS, (), "create"),
        ("PUT", f"{APPS}/web", (), "update"),
        ("PATCH", f"{APPS}/web", (), "patch"),
        ("DELETE", f"{APPS}/web", (), "delete"),
        ("DELETE", APPS, (), "deletecollection"),
    ],
)
def test_a_verb_follows_from_method_and_path(method, path, query, verb):
    found = asked(Request(method, path, query))

    assert found is not None
    assert (found.verb, found.plural, found.namespace) == (verb, "deployments", "t")


def test_an_apply_is_a_verb_of_its_own_and_a_trial_is_marked():
    request = Request(
        "PATCH",
        f"{APPS}/web",
        (("dryRun", "All"),),
        {"content-type": "application/apply-patch+yaml"},
    )

    assert asked(request) == Asked("apply", "deployments", "t", "web", "", is_dry_run=True)


def test_a_subresource_is_no_part_of_the_name():
    found = asked(Request("PUT", f"{APPS}/web/status"))

    assert found is not None
    assert (found.name, found.subresource) == ("web", "status")


@pytest.mark.parametrize("path", ["/version", "/apis/apps/v1", "/akash/market/v1beta5/leases/info"])
def test_what_is_about_no_object_asks_for_nothing(path):
    assert asked(Request("GET", path)) is None


@pytest.mark.parametrize(
    ("path", "concerned"),
    [
        ("/api/v1/namespaces/t", True),
        (f"{APPS}/web", True),
        ("/apis/akash.network/v2beta2/namespaces/lease/manifests/t", True),
        ("/apis/akash.network/v2beta2/namespaces/lease/manifests/u", False),
        ("/api/v1/namespaces/u", False),
        ("/api/v1/pods", False),
    ],
)
def test_a_lease_is_its_namespace_what_is_in_it_and_its_record(path, concerned):
    found = asked(Request("GET", path))

    assert found is not None
    assert found.concerns("t") is concerned
