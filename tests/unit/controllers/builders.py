"""Objects for the tests of controllers, with what every stored object has."""

from simulator.jsontypes import JSONObject

NOW = 1_767_225_600.0
STAMP = "2026-01-01T00:00:00Z"


def metadata(name: str, **more: object) -> JSONObject:
    return {
        "name": name,
        "namespace": "ns",
        "uid": f"uid-{name}",
        "resourceVersion": "1",
        "generation": 1,
        "creationTimestamp": STAMP,
        **more,
    }


def owned_by(kind: str, name: str) -> list[JSONObject]:
    return [
        {
            "apiVersion": "apps/v1",
            "kind": kind,
            "name": name,
            "uid": f"uid-{name}",
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]


def template(image: str = "nginx:1", **labels: str) -> JSONObject:
    return {
        "metadata": {"labels": labels or {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image}]},
    }


def pod(name: str, **given: object) -> JSONObject:
    """
    A pod; `ready`, `phase`, `node`, `deleting`, `labels`, `image`, `owner` may be given.
    """
    ready = bool(given.get("ready"))
    conditions = [
        {
            "type": "Ready",
            "status": "True" if ready else "False",
            "lastTransitionTime": given.get("since", STAMP),
        }
    ]
    return {
        "metadata": {
            **metadata(name, labels=given.get("labels", {"app": "web"})),
            **(
                {"deletionTimestamp": STAMP, "deletionGracePeriodSeconds": given.get("grace", 30)}
                if given.get("deleting")
                else {}
            ),
            **({"ownerReferences": given["owner"]} if "owner" in given else {}),
        },
        "spec": {
            "containers": [{"name": "web", "image": given.get("image", "nginx:1")}],
            **({"nodeName": given["node"]} if given.get("node") else {}),
        },
        "status": {
            "phase": given.get("phase", "Running" if ready else "Pending"),
            "conditions": conditions,
            **({"podIP": given["ip"]} if "ip" in given else {}),
        },
    }


def replica_set(name: str, replicas: int, image: str = "nginx:1", **given: object) -> JSONObject:
    """A ReplicaSet of the Deployment `web`; `ready`, `revision`, `desired`, `created` may be given."""
    ready = given.get("ready", 0)
    annotations = {
        "deployment.kubernetes.io/revision": str(given.get("revision", 1)),
        "deployment.kubernetes.io/desired-replicas": str(given.get("desired", 3)),
        "deployment.kubernetes.io/max-replicas": str(given.get("maximum", 4)),
    }
    of_template = template(image)
    of_template["metadata"] = {"labels": {"app": "web", "pod-template-hash": name}}
    return {
        "metadata": {
            **metadata(
                name, annotations=annotations, ownerReferences=owned_by("Deployment", "web")
            ),
            "creationTimestamp": given.get("created", STAMP),
        },
        "spec": {"replicas": replicas, "template": of_template},
        "status": {
            "replicas": given.get("counted", replicas),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "observedGeneration": 1,
        },
    }


def deployment(replicas: int = 3, image: str = "nginx:1", **given: object) -> JSONObject:
    """The Deployment `web`; `strategy`, `status`, `spec`, `metadata` may be given."""
    rolling = {"maxSurge": "25%", "maxUnavailable": "25%"}
    spec = given.get("spec", {})
    more = given.get("metadata", {})
    assert isinstance(spec, dict)
    assert isinstance(more, dict)
    return {
        "metadata": metadata(
            "web", **{"annotations": {"deployment.kubernetes.io/revision": "1"}, **more}
        ),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(image),
            "strategy": given.get("strategy", {"type": "RollingUpdate", "rollingUpdate": rolling}),
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
            **spec,
        },
        "status": given.get("status", {}),
    }


def stateful_set(replicas: int = 2, **given: object) -> JSONObject:
    """The StatefulSet `db`; parts of its spec may be given."""
    return {
        "metadata": metadata("db"),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "db"}},
            "template": template("db:1", app="db"),
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            **given,
        },
        "status": {},
    }
