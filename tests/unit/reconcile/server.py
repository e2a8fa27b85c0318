"""
A small oracle: what a server gives back for an object, and who it says owns what.

Written from the recorded objects in tests/data/live, apart from the product's own tables.
"""

import copy
import json

KEYED = {
    "containers": ("name",),
    "env": ("name",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
    "imagePullSecrets": ("name",),
}
ATOMIC = {
    ("spec", "selector"),
    ("", "roleRef"),
    ("spec", "podSelector"),
    ("nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"),
}


def fields_of(desired):
    """FieldsV1 of an apply of `desired`."""
    parts = {k: v for k, v in desired.items() if k not in ("apiVersion", "kind", "metadata")}
    metadata = {k: v for k, v in desired["metadata"].items() if k in ("labels", "annotations")}
    return _members({"metadata": metadata, **parts}, "")


def _members(value, above):
    found = {f"f:{key}": _fields(item, above, key) for key, item in value.items()}
    return {key: fields for key, fields in found.items() if fields is not None}


def _fields(value, above, key):
    if isinstance(value, dict):
        if (above, key) in ATOMIC:
            return {}
        return _members(value, key) or None
    if isinstance(value, list) and (names := _keys(above, key)):
        items = {}
        for item in value:
            text = json.dumps({n: item[n] for n in sorted(names)}, separators=(",", ":"))
            # A reference to a Secret is owned as a whole.
            whole = key == "imagePullSecrets"
            items[f"k:{text}"] = {} if whole else {".": {}, **_members(item, key)}
        return items or None
    return {}


def _keys(above, key):
    if key == "ports":
        return {"containers": ("containerPort", "protocol"), "spec": ("port", "protocol")}.get(
            above
        )
    return KEYED.get(key) if above in ("spec", "containers") else None


def applied(desired, *, manager="leasekeeper", fields=None):
    """`desired` after an apply, as read back."""
    entry = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": desired["apiVersion"],
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_of(desired) if fields is None else fields,
    }
    return _served(desired, entry)


def posted(desired, *, manager="provider-services"):
    """`desired` after a POST by the Go provider, as read back."""
    entry = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": desired["apiVersion"],
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_of(desired),
    }
    return _served(desired, entry)


def _served(desired, entry):
    live = copy.deepcopy(desired)
    live["metadata"] |= {
        "uid": f"uid-{desired['kind']}-{desired['metadata']['name']}",
        "resourceVersion": "7",
        "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [entry],
    }
    _DEFAULTS.get(desired["kind"], lambda spec: None)(live.get("spec"))
    return live


def _pod_defaults(spec):
    pod = spec["template"]["spec"]
    pod |= {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default"}
    for container in pod["containers"]:
        container["terminationMessagePath"] = "/dev/termination-log"
        if not container["ports"]:
            del container["ports"]
        container["env"] = [{k: v for k, v in var.items() if v} for var in container["env"]]
        for mount in container.get("volumeMounts", ()):
            if not mount["readOnly"]:
                del mount["readOnly"]
        for amounts in container["resources"].values():
            millis = int(amounts["cpu"].removesuffix("m"))
            amounts["cpu"] = f"{millis}m" if millis % 1000 else str(millis // 1000)


def _deployment_defaults(spec):
    _pod_defaults(spec)
    spec["progressDeadlineSeconds"] = 600


def _stateful_set_defaults(spec):
    _pod_defaults(spec)
    spec |= {"podManagementPolicy": "OrderedReady", "serviceName": ""}
    del spec["updateStrategy"]["rollingUpdate"]["maxUnavailable"]
    for claim in spec["volumeClaimTemplates"]:
        claim |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        claim["status"] = {"phase": "Pending"}


def _service_defaults(spec):
    spec |= {"clusterIP": "10.0.0.7", "sessionAffinity": "None", "ipFamilies": ["IPv4"]}


_DEFAULTS = {
    "Deployment": _deployment_defaults,
    "StatefulSet": _stateful_set_defaults,
    "Service": _service_defaults,
    "Namespace": lambda spec: None,
}
