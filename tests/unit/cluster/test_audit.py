import pytest

from provider.cluster.audit import TRACES, owned_leases
from provider.kubernetes.kinds import MANIFEST, NAMESPACE, PROVIDER_HOST, PROVIDER_LEASED_IP
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.workload import labels

LEASE = LeaseID("akash1owner", 7, 1, 1, "akash1us")


def obj(kind, name, found=None, namespace=None):
    metadata = {"name": name, "uid": "u", "resourceVersion": "5", "labels": found or {}}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}


def owned(*objects):
    store = Store(labels.index, TRACES)
    for one in objects:
        store.accept(one)
    return tuple(dict.fromkeys(owned_leases(store, "akash1us")))


@pytest.mark.parametrize(
    "found",
    [
        obj(NAMESPACE, LEASE.namespace, labels.managed(LEASE)),
        obj(MANIFEST, LEASE.namespace, labels.managed(LEASE), "lease"),
        obj(PROVIDER_HOST, "web.example.com", labels.managed(LEASE), "lease"),
        obj(PROVIDER_LEASED_IP, "shared-tcp-80", labels.managed(LEASE), "lease"),
    ],
    ids=["namespace", "record", "host", "address"],
)
def test_each_trace_of_a_lease_is_enough_to_give_it_a_manager(found):
    assert owned(found) == (LEASE,)


def test_the_managed_label_alone_proves_nothing():
    assert owned(obj(NAMESPACE, "akash-services", {labels.MANAGED: "true"})) == ()


@pytest.mark.parametrize("missing", sorted(labels.lease_labels(LEASE)))
def test_all_five_labels_are_needed(missing):
    some = {key: value for key, value in labels.managed(LEASE).items() if key != missing}

    assert owned(obj(NAMESPACE, LEASE.namespace, some)) == ()


def test_a_namespace_with_another_name_than_the_derived_one_is_nobodys():
    assert owned(obj(NAMESPACE, "kube-system", labels.managed(LEASE))) == ()


def test_another_providers_lease_is_left_alone():
    other = LeaseID("akash1owner", 7, 1, 1, "akash1them")

    assert owned(obj(NAMESPACE, other.namespace, labels.managed(other))) == ()
