"""The ServiceAccount that every pod runs as where controllers run: its token, and when there is none."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from tests.unit.verbs.asking import Asking

POD: JSONObject = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


@pytest.fixture(autouse=True)
def default(ask: Asking) -> None:
    ask.cluster.service_accounts = True
    ask.create("v1/serviceaccounts", "default")


def made(ask: Asking, **spec: object) -> JSONObject:
    fields = {"spec": {**POD["spec"], **spec}}
    spec = ask.create("v1/pods", "p", fields).object["spec"]
    return dict(spec)


def test_a_pod_gets_the_default_account_and_its_token(ask: Asking) -> None:
    spec = made(ask, initContainers=[{"name": "first", "image": "i"}])
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("default", "default")
    (volume,) = spec["volumes"]
    prefix, _, suffix = volume["name"].rpartition("-")
    assert (prefix, len(suffix)) == ("kube-api-access", 5)
    assert volume["projected"] == {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {
                "configMap": {
                    "name": "kube-root-ca.crt",
                    "items": [{"key": "ca.crt", "path": "ca.crt"}],
                }
            },
            {
                "downwardAPI": {
                    "items": [
                        {
                            "path": "namespace",
                            "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                        }
                    ]
                }
            },
        ],
        "defaultMode": 420,
    }
    for container in (*spec["containers"], *spec["initContainers"]):
        assert container["volumeMounts"] == [
            {"name": volume["name"], "readOnly": True, "mountPath": PATH}
        ]


def test_nobody_owns_what_admission_added(ask: Asking) -> None:
    pod = ask.create("v1/pods", "p", POD).object
    owned = str(pod["metadata"]["managedFields"])
    assert "f:image" in owned
    assert "kube-api-access" not in owned


@pytest.mark.parametrize(
    ("pod", "account", "mounted"),
    [
        (None, None, True),
        (False, None, False),
        (None, False, False),
        (True, False, True),
        (False, True, False),
    ],
)
def test_pod_and_account_may_do_without_the_token(
    ask: Asking, pod: bool | None, account: bool | None, mounted: bool
) -> None:
    fields = {} if account is None else {"automountServiceAccountToken": account}
    ask.create("v1/serviceaccounts", "sa", fields)
    wanted = {} if pod is None else {"automountServiceAccountToken": pod}
    spec = made(ask, serviceAccountName="sa", **wanted)
    assert bool(spec.get("volumes")) is mounted
    assert spec["serviceAccountName"] == "sa"


def test_a_pod_of_an_account_that_is_missing_is_refused(ask: Asking) -> None:
    with pytest.raises(Refused) as refused:
        made(ask, serviceAccountName="sa")
    assert refused.value.code == 403
    assert refused.value.status["message"] == (
        'pods "p" is forbidden: error looking up service account n/sa: '
        'serviceaccount "sa" not found'
    )


def test_a_container_with_something_else_in_that_place_keeps_it(ask: Asking) -> None:
    mount = {"name": "own", "mountPath": PATH}
    container = {"name": "c", "image": "i", "volumeMounts": [mount]}
    spec = made(ask, containers=[container], volumes=[{"name": "own", "emptyDir": {}}])
    (only,) = spec["containers"]
    assert [each["name"] for each in only["volumeMounts"]] == ["own"]


def test_the_accounts_pull_secrets_are_for_pods_without_any(ask: Asking) -> None:
    ask.create("v1/serviceaccounts", "sa", {"imagePullSecrets": [{"name": "s"}]})
    spec = made(ask, serviceAccountName="sa")
    assert spec["imagePullSecrets"] == [{"name": "s"}]


def test_an_api_server_alone_adds_nothing(ask: Asking) -> None:
    ask.cluster.service_accounts = False
    spec = made(ask)
    assert "volumes" not in spec
    assert "serviceAccountName" not in spec
