import pytest

from provider.kubernetes.kinds import DEPLOYMENT, MANIFEST, NAMESPACE, POD, ObjectKey
from provider.kubernetes.paths import collection_path, object_path


@pytest.mark.parametrize(
    ("kind", "namespace", "path"),
    [
        (NAMESPACE, "", "/api/v1/namespaces"),
        (NAMESPACE, "ignored", "/api/v1/namespaces"),
        (POD, "", "/api/v1/pods"),
        (POD, "a", "/api/v1/namespaces/a/pods"),
        (DEPLOYMENT, "a", "/apis/apps/v1/namespaces/a/deployments"),
        (MANIFEST, "lease", "/apis/akash.network/v2beta2/namespaces/lease/manifests"),
    ],
)
def test_a_collection_has_its_path(kind, namespace, path):
    assert collection_path(kind, namespace) == path


def test_an_object_has_its_path_percent_encoded():
    assert object_path(ObjectKey(NAMESPACE, "", "a")) == "/api/v1/namespaces/a"
    assert object_path(ObjectKey(POD, "a", "b")) == "/api/v1/namespaces/a/pods/b"
    assert object_path(ObjectKey(POD, "a", "../b c?")) == "/api/v1/namespaces/a/pods/..%2Fb%20c%3F"
