"""Rows as kubectl prints them."""

import pytest

from simulator.jsontypes import JSONObject, JSONValue
from simulator.tables.custom import custom_columns, values_at
from simulator.tables.table import columns_of, table

NOW = 1_767_225_600.0 + 60
CREATED = "2026-01-01T00:00:00Z"


def cells(resource: str, obj: JSONObject) -> dict[str, JSONValue]:
    """Column name to cell."""
    metadata = {"name": "x", "creationTimestamp": CREATED} | obj.get("metadata", {})
    columns = columns_of(resource)
    shown = table(columns, [obj | {"metadata": metadata}], {}, now=NOW)
    (row,) = shown["rows"]
    names = [definition["name"] for definition in shown["columnDefinitions"]]
    return dict(zip(names, row["cells"], strict=True))


def pod(status: JSONObject, **metadata: str) -> JSONObject:
    spec = {"containers": [{"name": "a"}, {"name": "b"}], "initContainers": [{"name": "i"}]}
    return {"spec": spec, "status": status, "metadata": metadata}


def container(state: JSONObject, **more: object) -> JSONObject:
    return {"name": "a", "state": state, **more}


RUNNING = container({"running": {}}, ready=True)
STARTED = [{"type": "Initialized", "status": "True"}]


@pytest.mark.parametrize(
    ("status", "ready", "text"),
    [
        ({"phase": "Pending"}, "0/2", "Pending"),
        (
            {"phase": "Running", "conditions": STARTED, "containerStatuses": [RUNNING, RUNNING]},
            "2/2",
            "Running",
        ),
        (
            {
                "phase": "Pending",
                "containerStatuses": [container({"waiting": {"reason": "ImagePullBackOff"}})],
            },
            "0/2",
            "ImagePullBackOff",
        ),
        (
            {"phase": "Failed", "containerStatuses": [container({"terminated": {"exitCode": 3}})]},
            "0/2",
            "ExitCode:3",
        ),
        (
            {
                "phase": "Running",
                "conditions": STARTED,
                "containerStatuses": [container({"terminated": {"reason": "Completed"}}), RUNNING],
            },
            "1/2",
            "NotReady",
        ),
        (
            {"phase": "Pending", "initContainerStatuses": [container({"running": {}})]},
            "0/2",
            "Init:0/1",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [
                    container({"terminated": {"exitCode": 1, "reason": "Error"}})
                ],
            },
            "0/2",
            "Init:Error",
        ),
        ({"phase": "Failed", "reason": "Evicted"}, "0/2", "Evicted"),
    ],
)
def test_a_pod_says_what_its_containers_do(status: JSONObject, ready: str, text: str) -> None:
    shown = cells("pods", pod(status))
    assert (shown["Ready"], shown["Status"], shown["Age"]) == (ready, text, "60s")


def test_a_pod_that_goes_is_terminating() -> None:
    going = pod({"phase": "Running"}, deletionTimestamp=CREATED)
    assert cells("pods", going)["Status"] == "Terminating"
    assert cells("pods", pod({"phase": "Succeeded"}, deletionTimestamp=CREATED))["Status"] == (
        "Succeeded"
    )


def test_restarts_say_when_the_last_one_was() -> None:
    once = container({"running": {}}, restartCount=2)
    assert cells("pods", pod({"containerStatuses": [once]}))["Restarts"] == "2"
    once |= {"lastState": {"terminated": {"finishedAt": CREATED}}}
    assert cells("pods", pod({"containerStatuses": [once]}))["Restarts"] == "2 (60s ago)"


def test_a_deployment_counts_what_is_ready() -> None:
    template = {
        "spec": {"containers": [{"name": "web", "image": "nginx"}, {"name": "b", "image": "c"}]}
    }
    spec = {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    status = {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1}
    shown = cells("apps/deployments", {"spec": spec, "status": status})
    assert (shown["Ready"], shown["Up-to-date"], shown["Available"]) == ("1/2", 2, 1)
    assert (shown["Containers"], shown["Images"], shown["Selector"]) == ("web,b", "nginx,c", "a=b")


@pytest.mark.parametrize(
    ("spec", "external", "ports"),
    [
        ({"type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP"}]}, "<none>", "80/TCP"),
        (
            {"type": "NodePort", "ports": [{"port": 53, "protocol": "UDP", "nodePort": 30053}]},
            "<none>",
            "53:30053/UDP",
        ),
        ({"type": "LoadBalancer"}, "<pending>", "<none>"),
        ({"type": "ExternalName", "externalName": "example.com"}, "example.com", "<none>"),
    ],
)
def test_a_service_shows_where_it_is_reached(spec: JSONObject, external: str, ports: str) -> None:
    shown = cells("services", {"spec": spec})
    assert (shown["External-IP"], shown["Port(s)"]) == (external, ports)


def test_a_claim_shows_its_volume_once_bound() -> None:
    status = {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
    bound = cells("persistentvolumeclaims", {"spec": {"volumeName": "pv"}, "status": status})
    assert (bound["Status"], bound["Capacity"], bound["Access Modes"]) == ("Bound", "1Gi", "RWO")
    waiting = cells("persistentvolumeclaims", {"spec": {}, "status": {"phase": "Pending"}})
    assert (waiting["Status"], waiting["Capacity"]) == ("Pending", "")


def test_many_hosts_are_cut_short() -> None:
    rules = [{"host": f"h{number}"} for number in range(5)]
    shown = cells("networking.k8s.io/ingresses", {"spec": {"rules": rules, "tls": [{}]}})
    assert (shown["Hosts"], shown["Ports"]) == ("h0,h1,h2 + 2 more...", "80, 443")


def test_a_node_shows_its_roles_and_whether_it_takes_pods() -> None:
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    labels = {"node-role.kubernetes.io/worker": ""}
    node = {"metadata": {"labels": labels}, "spec": {"unschedulable": True}, "status": status}
    shown = cells("nodes", node)
    assert (shown["Status"], shown["Roles"]) == ("Ready,SchedulingDisabled", "worker")


def test_an_event_is_as_old_as_its_last_sight() -> None:
    about = {"kind": "Pod", "name": "p"}
    event = {
        "involvedObject": about,
        "lastTimestamp": CREATED,
        "message": " hi\n",
        "type": "Normal",
    }
    shown = cells("events", event)
    assert (shown["Last Seen"], shown["Object"], shown["Message"]) == ("60s", "pod/p", "hi")


def test_a_kind_without_columns_of_its_own_has_name_and_age() -> None:
    assert cells("serviceaccounts", {}) == {"Name": "x", "Age": "60s"}


def test_a_row_brings_what_was_asked_for() -> None:
    obj = {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {}}

    def brought(include: str) -> JSONValue:
        shown = table(columns_of("configmaps"), [obj], {}, now=NOW, include=include)
        return shown["rows"][0]["object"]

    assert brought("Object") is obj
    assert brought("None") is None
    assert brought("Metadata")["kind"] == "PartialObjectMetadata"


def test_a_custom_resource_has_the_columns_it_declares() -> None:
    declared = [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "Ready", "type": "string", "jsonPath": '.conds[?(@.type=="Ready")].status'},
        {"name": "Since", "type": "date", "jsonPath": ".since"},
        {"name": "Missing", "type": "string", "jsonPath": ".spec.nothing"},
    ]
    conds = [{"type": "Other", "status": "no"}, {"type": "Ready", "status": "yes"}]
    obj = {"metadata": {"name": "x"}, "spec": {"size": 3}, "conds": conds, "since": CREATED}
    shown = table(custom_columns(declared), [obj], {}, now=NOW)
    assert shown["rows"][0]["cells"] == ["x", 3, "yes", "60s", None]
    assert [c["name"] for c in table(custom_columns(()), [], {}, now=NOW)["columnDefinitions"]] == [
        "Name",
        "Age",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".a.b", [1]),
        (".list[1]", [{"k": "y"}]),
        (".list[-1].k", ["y"]),
        (".list[*].k", ["x", "y"]),
        (".a['b']", [1]),
        (".a.c", []),
        (".list[7]", []),
        (".a{", []),
    ],
)
def test_a_path_finds(path: str, expected: list[JSONValue]) -> None:
    assert values_at({"a": {"b": 1}, "list": [{"k": "x"}, {"k": "y"}]}, path) == expected
