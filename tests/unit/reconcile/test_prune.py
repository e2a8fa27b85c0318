"""What is left over: one test for each clause of the rule."""

import copy

import attrs
import pytest

from provider.lease.manifest import Credentials, Expose, Params
from provider.reconcile.prune import leftovers
from provider.workload import labels
from provider.workload.bundle import render
from tests.unit.reconcile.server import applied, posted
from tests.unit.workload.samples import LEASE, OPTIONS, group, http, persistent, service

OLDER = render(
    LEASE,
    group(
        service("api", Expose(port=80)),
        service("db", Expose(port=5432), storage=(persistent(),)),
        service("web", http("old.example.com")),
    ),
    OPTIONS,
)
NEWER = render(LEASE, group(service("api", Expose(port=1, global_=True))), OPTIONS)


def older(kind, name):
    return next(
        obj for obj in OLDER.objects if (obj["kind"], obj["metadata"]["name"]) == (kind, name)
    )


STALE = older("Deployment", "web")


def left(*stored, bundle=NEWER):
    return [(key.kind.kind, key.name) for key in leftovers(bundle, stored)]


def test_what_the_newer_generation_does_not_want_is_left_over():
    assert left(*map(applied, OLDER.objects)) == [
        ("Service", "api"),
        ("Service", "db"),
        ("Service", "web"),
        ("Deployment", "web"),
        ("StatefulSet", "db"),
        ("Ingress", "old.example.com"),
    ]


def test_what_is_wanted_is_never_left_over():
    assert left(*map(applied, OLDER.objects), bundle=OLDER) == []


def test_a_policy_that_is_not_wanted_any_more_is_left_over():
    policy = copy.deepcopy(OLDER.guards[0])
    policy["metadata"]["name"] = "akash-web-np"

    assert left(applied(policy)) == [("NetworkPolicy", "akash-web-np")]


BARE = render(LEASE, group(attrs.evolve(service("web"), expose=None)), OPTIONS)
RICH = render(
    LEASE,
    group(
        service(
            "web",
            http("app.example.com"),
            Expose(port=1, global_=True, ip="one"),
            params=Params(permissions_read=("logs",)),
            credentials=Credentials("ghcr.io", "", "me", "secret"),
        )
    ),
    attrs.evolve(OPTIONS, api_servers=(("10.0.0.1", 443),)),
)


def test_openings_logins_and_rights_go_with_what_they_were_for():
    """In the reference all but the rights stay for ever."""
    assert left(*map(applied, RICH.objects), bundle=BARE) == [
        ("Secret", "docker-creds-web"),
        ("Service", "web"),
        ("Service", "web-np"),
        ("ServiceAccount", "web"),
        ("Ingress", "app.example.com"),
        ("NetworkPolicy", "akash-apiserver-web"),
        ("NetworkPolicy", "akash-web-ip"),
        ("NetworkPolicy", "akash-web-np"),
        ("Role", "web"),
        ("RoleBinding", "web"),
    ]


@pytest.mark.parametrize(
    ("kind", "name"), [("ServiceAccount", "default"), ("Secret", "operators-login")]
)
def test_accounts_and_secrets_of_the_cluster_or_the_operator_are_never_left_over(kind, name):
    """They are in the namespace, and no entry in their managedFields is ours."""
    stored = applied(STALE)
    stored |= {"apiVersion": "v1", "kind": kind}
    stored["metadata"] |= {"name": name, "managedFields": []}

    assert left(stored) == []


def test_a_deployment_that_became_a_stateful_set_is_left_over():
    newer = render(LEASE, group(service("web", storage=(persistent(),))), OPTIONS)

    assert left(applied(STALE), bundle=newer) == [("Deployment", "web")]


def test_objects_of_another_namespace_are_not_ours_to_judge():
    stored = applied(STALE)
    stored["metadata"]["namespace"] = "other"

    assert left(stored) == []


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("v1", "PersistentVolumeClaim"),
        ("v1", "Pod"),
        ("apps/v1", "ReplicaSet"),
        ("apps/v1", "ControllerRevision"),
        ("v1", "Endpoints"),
        ("v1", "ConfigMap"),
        ("discovery.k8s.io/v1", "EndpointSlice"),
        ("v1", "Namespace"),
        ("akash.network/v2beta2", "Manifest"),
        ("akash.network/v2beta2", "ProviderHost"),
        ("serving.example.com/v1", "Service"),
    ],
)
def test_kinds_that_are_not_rendered_into_the_namespace_are_never_left_over(api_version, kind):
    stored = applied(STALE)
    stored |= {"apiVersion": api_version, "kind": kind}

    assert left(stored) == []


def test_what_has_an_owner_goes_with_its_owner():
    stored = applied(STALE)
    stored["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": "web", "uid": "u"}]

    assert left(stored) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"manager": "kubectl", "operation": "Apply"},
        {"manager": "leasekeeper", "operation": "Update"},
        {"manager": "leasekeeper-intent", "operation": "Apply"},
    ],
)
def test_what_we_never_applied_is_somebody_elses(entry):
    stored = applied(STALE)
    stored["metadata"]["managedFields"][0] |= entry

    assert left(stored) == []


def test_the_go_providers_object_is_left_alone_until_it_was_taken_over():
    stored = posted(STALE)
    assert left(stored) == []

    stored["metadata"]["managedFields"][0] |= {"manager": "leasekeeper", "operation": "Apply"}
    assert left(stored) == [("Deployment", "web")]


def test_a_service_of_the_ip_operator_is_never_left_over():
    stored = applied(older("Service", "web"))
    stored["metadata"]["labels"][labels.SERVICE_TARGET] = "metal-lb"

    assert left(stored) == []


def test_a_route_that_an_operator_made_is_never_left_over():
    stored = applied(older("Ingress", "old.example.com"))
    entry = {"manager": "provider-services", "operation": "Update"}
    stored["metadata"]["managedFields"].append(entry)

    assert left(stored) == []


def test_a_workload_that_the_go_provider_wrote_after_us_is_left_over():
    stored = applied(STALE)
    entry = {"manager": "provider-services", "operation": "Update"}
    stored["metadata"]["managedFields"].append(entry)

    assert left(stored) == [("Deployment", "web")]


def test_an_object_that_lost_its_labels_is_left_over_all_the_same():
    stored = applied(STALE)
    del stored["metadata"]["labels"]

    assert left(stored) == [("Deployment", "web")]
