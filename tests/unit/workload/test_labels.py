import pytest

from provider.kubernetes.kinds import (
    CUSTOM_RESOURCE_DEFINITION,
    INGRESS,
    MANIFEST,
    NAMESPACE,
    POD,
    PROVIDER_HOST,
    PROVIDER_LEASED_IP,
)
from provider.workload import labels
from tests.unit.workload.samples import LEASE


def test_a_lease_is_read_back_from_its_five_labels():
    assert labels.lease_from_labels(labels.lease_labels(LEASE)) == LEASE


@pytest.mark.parametrize("missing", sorted(labels.lease_labels(LEASE)))
def test_four_labels_name_no_lease(missing):
    four = {key: value for key, value in labels.lease_labels(LEASE).items() if key != missing}

    assert labels.lease_from_labels(four) is None


def test_a_label_that_is_no_number_names_no_lease():
    assert labels.lease_from_labels({**labels.lease_labels(LEASE), labels.LEASE_DSEQ: "x"}) is None


def test_selector_is_the_workload_set_without_the_version():
    workload = labels.workload(LEASE.namespace, "web", "1042")

    assert labels.selector(LEASE.namespace, "web") == {
        key: value for key, value in workload.items() if key != labels.RESOURCE_VERSION
    }


def test_lease_selector_holds_every_lease_label():
    terms = labels.lease_selector(LEASE).split(",")

    assert dict(term.split("=") for term in terms) == labels.lease_labels(LEASE)


@pytest.mark.parametrize(
    ("kind", "metadata", "place"),
    [
        (NAMESPACE, {"name": "abc"}, "abc"),
        (MANIFEST, {"name": "abc", "namespace": "lease"}, "abc"),
        (POD, {"name": "web-1", "namespace": "abc"}, "abc"),
        (INGRESS, {"name": "app.example.com", "namespace": "abc"}, "abc"),
        (CUSTOM_RESOURCE_DEFINITION, {"name": "manifests.akash.network"}, ""),
        (PROVIDER_HOST, {"name": "h", "namespace": "lease"}, ""),
        (
            PROVIDER_HOST,
            {"name": "h", "namespace": "lease", "labels": labels.lease_labels(LEASE)},
            LEASE.namespace,
        ),
        (PROVIDER_LEASED_IP, {"name": "ip", "namespace": "lease"}, ""),
        (
            PROVIDER_LEASED_IP,
            {"name": "ip", "namespace": "lease", "labels": labels.lease_labels(LEASE)},
            LEASE.namespace,
        ),
    ],
)
def test_index_gives_the_tenant_namespace(kind, metadata, place):
    assert labels.index(kind, {"metadata": metadata}) == place
