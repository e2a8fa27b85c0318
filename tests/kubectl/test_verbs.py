"""What people do with kubectl all day: a test a verb."""

import json
import subprocess

import pytest

from tests.kubectl.conftest import SECONDS, Kubectl

pytestmark = pytest.mark.kubectl

WAIT = "--timeout=30s"


def deployment(name: str, image: str = "nginx:1", replicas: int = 1) -> str:
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    head = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}}
    return json.dumps({**head, "spec": spec})


@pytest.fixture(scope="module")
def web(kubectl: Kubectl) -> str:
    """A Deployment that runs; tests that read may share it."""
    kubectl.ok("apply", "-f", "-", stdin=deployment("web"))
    kubectl.ok("rollout", "status", "deployment/web", WAIT)
    return "web"


@pytest.fixture
def own(kubectl: Kubectl, request: pytest.FixtureRequest) -> str:
    """A running Deployment of the test's own."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:40].strip("-")
    kubectl.ok("apply", "-f", "-", stdin=deployment(name))
    kubectl.ok("rollout", "status", f"deployment/{name}", WAIT)
    return name


def test_version(kubectl: Kubectl) -> None:
    assert "Server Version: v1." in kubectl.ok("version")


def test_api_resources_and_versions(kubectl: Kubectl) -> None:
    assert "deployments" in kubectl.ok("api-resources")
    assert "apps/v1\n" in kubectl.ok("api-versions")


def test_cluster_info(kubectl: Kubectl) -> None:
    assert "is running at" in kubectl.ok("cluster-info")


def test_explain(kubectl: Kubectl) -> None:
    shown = kubectl.ok("explain", "deployment.spec.template.spec.containers.ports")
    assert "containerPort\t<integer> -required-" in shown
    assert "hostPort" in kubectl.ok("explain", "pod.spec", "--recursive")


def test_get_in_every_form(kubectl: Kubectl, web: str) -> None:
    assert "NODE" in kubectl.ok("get", "pods", "-o", "wide").splitlines()[0]
    assert json.loads(kubectl.ok("get", "deployment", web, "-o", "json"))["kind"] == "Deployment"
    assert "kind: Deployment" in kubectl.ok("get", "deployment", web, "-o", "yaml")
    assert kubectl.ok("get", "deployment", web, "-o", "jsonpath={.metadata.name}") == web
    columns = "custom-columns=N:.metadata.name"
    assert kubectl.ok("get", "deployment", web, "-o", columns) == f"N\n{web}\n"
    assert kubectl.ok("get", "deployment", web, "-o", "name") == f"deployment.apps/{web}\n"
    assert kubectl.ok("get", "pods", "-l", "app=nobody", "-o", "name") == ""
    running = kubectl.ok("get", "pods", "--field-selector=status.phase=Running", "-o", "name")
    assert "pod/web-" in running
    assert "deployment.apps/web" in kubectl.ok("get", "all")


def test_get_watches(kubectl: Kubectl) -> None:
    command = kubectl.command("get", "configmaps", "--watch", "-o", "name")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=kubectl.environment
    ) as watching:
        assert watching.stdout is not None
        try:
            kubectl.ok("create", "configmap", "watched")
            for line in watching.stdout:
                if line == "configmap/watched\n":
                    break
            else:
                pytest.fail("the watch ended")
        finally:
            watching.terminate()


def test_apply_makes_changes_and_leaves_alone(kubectl: Kubectl) -> None:
    name = "deployment.apps/applied"
    assert kubectl.ok("apply", "-f", "-", stdin=deployment("applied")) == f"{name} created\n"
    assert kubectl.ok("apply", "-f", "-", stdin=deployment("applied")) == f"{name} unchanged\n"
    changed = deployment("applied", "nginx:2")
    assert kubectl.ok("apply", "-f", "-", stdin=changed) == f"{name} configured\n"
    misspelt = deployment("applied").replace('"replicas"', '"replcas"')
    assert "replcas" in kubectl.refused("apply", "-f", "-", stdin=misspelt)


def test_apply_on_the_server_takes_turns(kubectl: Kubectl) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    assert "serverside-applied" in kubectl.ok(*apply, stdin=deployment("sided"))
    other = (*apply, "--field-manager=other")
    changed = deployment("sided", "nginx:2")
    conflict = kubectl.refused(*other, stdin=changed)
    assert 'conflict with "kubectl"' in conflict
    assert "serverside-applied" in kubectl.ok(*other, "--force-conflicts", stdin=changed)


def test_apply_goes_over_from_the_client_to_the_server(kubectl: Kubectl, own: str) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    kubectl.ok(*apply, stdin=deployment(own))
    kubectl.ok(*apply, stdin=deployment(own, "nginx:2"))
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    assert kubectl.ok("get", "deployment", own, "-o", image) == "nginx:2"


def test_diff_tells_by_its_exit_code(kubectl: Kubectl, own: str) -> None:
    assert kubectl.run("diff", "-f", "-", stdin=deployment(own)).code == 0
    different = kubectl.run("diff", "-f", "-", stdin=deployment(own, "nginx:2"))
    assert different.code == 1
    assert "+      - image: nginx:2" in different.out


def test_replace(kubectl: Kubectl, own: str) -> None:
    assert "replaced" in kubectl.ok("replace", "-f", "-", stdin=deployment(own, "nginx:2"))


@pytest.mark.parametrize(
    ("arguments", "path", "value"),
    [
        (("label", "a=b"), "metadata.labels.a", "b"),
        (("annotate", "a=b"), "metadata.annotations.a", "b"),
        (("patch", "-p", '{"spec":{"replicas":2}}'), "spec.replicas", "2"),
        (("patch", "--type=merge", "-p", '{"spec":{"replicas":3}}'), "spec.replicas", "3"),
        (
            ("patch", "--type=json", "-p", '[{"op":"replace","path":"/spec/replicas","value":1}]'),
            "spec.replicas",
            "1",
        ),
        (("scale", "--replicas=0"), "spec.replicas", "0"),
    ],
    ids=lambda word: word[1][:16] if isinstance(word, tuple) else word,
)
def test_small_changes(kubectl: Kubectl, arguments: tuple[str, ...], path: str, value: str) -> None:
    kubectl.run("create", "deployment", "small", "--image=nginx")
    verb, *rest = arguments
    kubectl.ok(verb, "deployment/small", *rest)
    assert kubectl.ok("get", "deployment/small", "-o", f"jsonpath={{.{path}}}") == value


def test_rollouts_of_a_deployment(kubectl: Kubectl, own: str) -> None:
    what = f"deployment/{own}"
    kubectl.ok("set", "image", what, "main=nginx:2")
    assert "successfully rolled out" in kubectl.ok("rollout", "status", what, WAIT)
    assert kubectl.ok("rollout", "history", what).count("<none>") == 2
    assert "nginx:2" in kubectl.ok("rollout", "history", what, "--revision=2")
    assert "rolled back" in kubectl.ok("rollout", "undo", what)
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    assert kubectl.ok("get", what, "-o", image) == "nginx:1"
    kubectl.ok("rollout", "status", what, WAIT)
    assert "paused" in kubectl.ok("rollout", "pause", what)
    assert "resumed" in kubectl.ok("rollout", "resume", what)
    assert "restarted" in kubectl.ok("rollout", "restart", what)


def test_rollouts_of_a_stateful_set(kubectl: Kubectl) -> None:
    made = json.loads(deployment("db"))
    made |= {"kind": "StatefulSet", "spec": {**made["spec"], "serviceName": "db"}}
    kubectl.ok("apply", "-f", "-", stdin=json.dumps(made))
    kubectl.ok("rollout", "status", "statefulset/db", WAIT)
    kubectl.ok("set", "image", "statefulset/db", "main=nginx:2")
    kubectl.ok("rollout", "status", "statefulset/db", WAIT)
    assert "rolled back" in kubectl.ok("rollout", "undo", "statefulset/db")
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    assert kubectl.ok("get", "statefulset/db", "-o", image) == "nginx:1"


def test_wait(kubectl: Kubectl, own: str) -> None:
    kubectl.ok("wait", "--for=condition=Available", f"deployment/{own}", WAIT)
    kubectl.ok("wait", "--for=jsonpath={.status.phase}=Running", "pod", "-l", f"app={own}", WAIT)
    command = kubectl.command("wait", "--for=delete", f"deployment/{own}", WAIT)
    with subprocess.Popen(command, env=kubectl.environment, stdout=subprocess.DEVNULL) as waiting:
        kubectl.ok("delete", "deployment", own)
        assert waiting.wait(SECONDS) == 0


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("deployment/web", "NewReplicaSet:"),
        ("pod", "Successfully assigned"),
        ("replicaset", "Controlled By:  Deployment/web"),
        ("service/kubernetes", "Endpoints:"),
        ("node/node1", "Allocated resources:"),
        ("namespace/default", "Active"),
        ("serviceaccount/default", "Tokens:"),
    ],
)
def test_describe(kubectl: Kubectl, web: str, what: str, words: str) -> None:
    if what == "service/kubernetes":
        kubectl.run("expose", "deployment", web, "--port=80")
        what = "service/web"
    if what in ("pod", "replicaset"):
        what = kubectl.ok("get", what, "-l", "app=web", "-o", "name").split()[0]
    assert words in kubectl.ok("describe", what)


def test_events(kubectl: Kubectl, web: str) -> None:
    assert "ScalingReplicaSet" in kubectl.ok("get", "events")
    assert "ScalingReplicaSet" in kubectl.ok("events", "--for=deployment/web")


def test_cordon_drain_and_taint(kubectl: Kubectl) -> None:
    kubectl.ok("cordon", "node3")
    assert "SchedulingDisabled" in kubectl.ok("get", "node", "node3")
    kubectl.ok("drain", "node3", "--ignore-daemonsets", "--force", "--timeout=40s")
    kubectl.ok("uncordon", "node3")
    kubectl.ok("taint", "node", "node3", "a=b:NoSchedule")
    kubectl.ok("taint", "node", "node3", "a-")


def test_delete_in_the_foreground_waits_for_the_pods(kubectl: Kubectl, own: str) -> None:
    kubectl.ok("delete", "deployment", own, "--cascade=foreground")
    assert kubectl.ok("get", "pods,replicasets", "-l", f"app={own}", "-o", "name") == ""


def test_delete_leaves_orphans(kubectl: Kubectl, own: str) -> None:
    kubectl.ok("delete", "deployment", own, "--cascade=orphan")
    assert "replicaset" in kubectl.ok("get", "replicasets", "-l", f"app={own}", "-o", "name")


def test_delete_of_what_is_not_there(kubectl: Kubectl) -> None:
    assert "not found" in kubectl.refused("delete", "deployment", "nobody")
    assert kubectl.ok("delete", "deployment", "nobody", "--ignore-not-found") == ""


def test_delete_of_a_namespace(kubectl: Kubectl) -> None:
    kubectl.ok("create", "namespace", "going")
    kubectl.ok("create", "configmap", "c", "-n", "going")
    kubectl.ok("delete", "namespace", "going", "--timeout=50s")
    assert "not found" in kubectl.refused("get", "namespace", "going")


def test_a_defined_kind_is_explained_applied_and_shown(kubectl: Kubectl) -> None:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {"size": {"type": "integer", "minimum": 1}},
            }
        },
    }
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
    }
    names = {"kind": "Widget", "plural": "widgets", "shortNames": ["wd"]}
    spec = {"group": "example.com", "names": names, "scope": "Namespaced", "versions": [version]}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": spec,
    }
    kubectl.ok("apply", "-f", "-", stdin=json.dumps(definition))
    kubectl.ok("wait", "--for=condition=Established", "crd/widgets.example.com", WAIT)
    head = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    good = json.dumps({**head, "spec": {"size": 3}})
    assert kubectl.ok("apply", "-f", "-", stdin=good) == "widget.example.com/w created\n"
    assert kubectl.ok("apply", "-f", "-", stdin=good) == "widget.example.com/w unchanged\n"
    assert kubectl.ok("get", "wd").split() == ["NAME", "SIZE", "w", "3"]
    assert "size\t<integer> -required-" in kubectl.ok("explain", "widget.spec")
    bad = json.dumps({**head, "spec": {"size": 0}})
    assert "greater than or equal to 1" in kubectl.refused("apply", "-f", "-", stdin=bad)
