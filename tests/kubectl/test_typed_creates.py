"""`kubectl create KIND` and its like, which post protobuf: each makes the object that was meant."""

import json

import pytest

from tests.kubectl.conftest import Kubectl

pytestmark = pytest.mark.kubectl

CREATES = [
    ("namespace t1", "namespace/t1", "status.phase", "Active"),
    ("configmap c --from-literal=a=b", "configmap/c", "data.a", "b"),
    ("secret generic s --from-literal=a=b", "secret/s", "data.a", "Yg=="),
    (
        "secret docker-registry dr --docker-username=a --docker-password=b",
        "secret/dr",
        "type",
        "kubernetes.io/dockerconfigjson",
    ),
    ("deployment d --image=nginx --replicas=2 --port=80", "deployment/d", "spec.replicas", "2"),
    ("job j --image=busybox -- echo hi", "job/j", "spec.backoffLimit", "6"),
    (
        "cronjob cj --image=busybox --schedule=@daily -- date",
        "cronjob/cj",
        "spec.concurrencyPolicy",
        "Allow",
    ),
    ("role r --verb=get,list --resource=pods", "role/r", "rules[0].verbs[1]", "list"),
    ("rolebinding rb --role=r --user=joe", "rolebinding/rb", "subjects[0].name", "joe"),
    ("clusterrole cr --verb=get --resource=nodes", "clusterrole/cr", "rules[0].verbs[0]", "get"),
    (
        "clusterrolebinding crb --clusterrole=cr --group=devs",
        "clusterrolebinding/crb",
        "roleRef.name",
        "cr",
    ),
    ("serviceaccount sa", "serviceaccount/sa", "metadata.name", "sa"),
    ("service clusterip svc --tcp=80:8080", "service/svc", "spec.ports[0].targetPort", "8080"),
    ("service nodeport svcn --tcp=80:8080", "service/svcn", "spec.type", "NodePort"),
    ("service loadbalancer svcl --tcp=80", "service/svcl", "spec.type", "LoadBalancer"),
    (
        "service externalname svce --external-name=a.example",
        "service/svce",
        "spec.externalName",
        "a.example",
    ),
    ("ingress ing --rule=foo.com/bar*=svc:80", "ingress/ing", "spec.rules[0].host", "foo.com"),
    ("quota q --hard=pods=200", "resourcequota/q", "spec.hard.pods", "200"),
    (
        "poddisruptionbudget pdb --selector=app=x --min-available=50%",
        "pdb/pdb",
        "spec.minAvailable",
        "50%",
    ),
    ("priorityclass pc --value=-5", "priorityclass/pc", "value", "-5"),
]


@pytest.mark.parametrize(("words", "what", "path", "value"), CREATES, ids=lambda word: word[:24])
def test_create(kubectl: Kubectl, words: str, what: str, path: str, value: str) -> None:
    assert "created" in kubectl.ok("create", *words.split())
    assert kubectl.ok("get", what, "-o", f"jsonpath={{.{path}}}") == value


def test_a_job_is_made_of_a_cron_job(kubectl: Kubectl) -> None:
    kubectl.ok("create", "cronjob", "nightly", "--image=busybox", "--schedule=@daily")
    kubectl.ok("create", "job", "now", "--from=cronjob/nightly")
    assert kubectl.ok("get", "job", "now", "-o", "jsonpath={.spec.completions}") == "1"


def test_a_second_time_it_exists_already(kubectl: Kubectl) -> None:
    kubectl.ok("create", "configmap", "twice")
    assert 'configmaps "twice" already exists' in kubectl.refused("create", "configmap", "twice")


def test_a_dry_run_on_the_server_makes_nothing(kubectl: Kubectl) -> None:
    shown = kubectl.ok("create", "configmap", "dry", "--dry-run=server", "-o", "json")
    assert json.loads(shown)["metadata"]["uid"]
    assert "not found" in kubectl.refused("get", "configmap", "dry")


def test_create_from_a_file_with_an_unknown_field_is_refused(kubectl: Kubectl) -> None:
    text = json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"}, "dta": {}}
    )
    assert 'unknown field "dta"' in kubectl.refused("create", "-f", "-", stdin=text)


def test_a_token_is_issued(kubectl: Kubectl) -> None:
    assert kubectl.ok("create", "token", "default").count(".") == 2


def test_run_makes_a_pod(kubectl: Kubectl) -> None:
    assert kubectl.ok("run", "single", "--image=nginx") == "pod/single created\n"


def test_expose_makes_a_service(kubectl: Kubectl) -> None:
    kubectl.ok("run", "exposed", "--image=nginx", "--port=80")
    assert kubectl.ok("expose", "pod", "exposed") == "service/exposed exposed\n"


def test_whoami_and_may_i(kubectl: Kubectl) -> None:
    assert kubectl.ok("auth", "can-i", "create", "pods").strip() == "yes"
    assert "Username" in kubectl.ok("auth", "whoami")
