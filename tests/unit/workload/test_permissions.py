import pytest

from provider.lease.manifest import Params
from provider.workload import controllers, labels, permissions
from tests.unit.workload.samples import LEASE, OPTIONS, service

WATCH = ["get", "list", "watch"]


def reader(*read):
    return service(params=Params(permissions_read=read))


def rules(*read):
    _, role, _ = permissions.account(LEASE, reader(*read))
    return [(r["apiGroups"], r["resources"], r["verbs"]) for r in role["rules"]]


def test_each_permission_grants_reading_and_nothing_else():
    assert rules("logs") == [
        ([""], ["pods"], WATCH),
        ([""], ["pods/log"], ["get"]),
        (["apps"], ["deployments"], WATCH),
    ]
    assert rules("events") == [([""], ["events"], WATCH)]
    assert rules("events", "logs", "events") == [*rules("events"), *rules("logs")]


@pytest.mark.parametrize("read", ["deployment", "secrets", "*"])
def test_a_permission_without_rules_grants_nothing(read):
    assert rules(read) == []


def test_the_role_is_bound_to_the_services_own_account():
    account, role, binding = permissions.account(LEASE, reader("logs"))

    assert {obj["metadata"]["name"] for obj in (account, role, binding)} == {"web"}
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "web",
    }
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "web", "namespace": LEASE.namespace}
    ]
    for obj in (account, role, binding):
        assert labels.lease_from_labels(obj["metadata"]["labels"]) == LEASE
        assert obj["metadata"]["labels"][labels.SERVICE] == "web"


def test_only_pods_with_permissions_get_a_token():
    spec = controllers.pod_spec(LEASE, reader("logs"), OPTIONS)
    assert spec["automountServiceAccountToken"] is True

    for one in (service(), reader(), service(params=Params())):
        assert permissions.account(LEASE, one) == ()
        bare = controllers.pod_spec(LEASE, one, OPTIONS)
        assert bare["automountServiceAccountToken"] is False
        assert bare.keys().isdisjoint({"serviceAccountName", "serviceAccount"})


def test_the_account_is_named_in_both_fields_so_that_it_can_be_taken_back():
    spec = controllers.pod_spec(LEASE, reader("logs"), OPTIONS)

    assert spec["serviceAccountName"] == spec["serviceAccount"] == "web"
