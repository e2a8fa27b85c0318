"""The columns of what belongs to the cluster rather than to a tenant, and of plain data."""

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.storage_classes import is_default
from simulator.tables.cells import NONE, UNKNOWN, access_modes, age, status
from simulator.tables.columns import (
    AGE,
    CREATED_AT,
    NAME,
    Column,
    column,
    columns,
    wide,
)

_ROLE_LABEL = "node-role.kubernetes.io/"


def _node_status(node: JSONObject) -> str:
    conditions = status(node).get("conditions") or ()
    ready = next((item["status"] for item in conditions if item["type"] == "Ready"), "Unknown")
    text = {"True": "Ready", "False": "NotReady"}.get(ready, "Unknown")
    return f"{text},SchedulingDisabled" if node["spec"].get("unschedulable") else text


def _roles(node: JSONObject) -> str:
    given = node["metadata"].get("labels") or {}
    roles = [key.removeprefix(_ROLE_LABEL) for key in given if key.startswith(_ROLE_LABEL)]
    return ",".join(sorted(roles)) or NONE


def _node_address(node: JSONObject, kind: str) -> str:
    addresses = status(node).get("addresses") or ()
    return next((item["address"] for item in addresses if item["type"] == kind), NONE)


def _node_info(node: JSONObject, field: str) -> str:
    return str((status(node).get("nodeInfo") or {}).get(field) or UNKNOWN)


NODES = (
    NAME,
    column("Status", _node_status),
    column("Roles", _roles),
    AGE,
    column("Version", lambda node: (status(node).get("nodeInfo") or {}).get("kubeletVersion", "")),
    wide("Internal-IP", lambda node: _node_address(node, "InternalIP")),
    wide("External-IP", lambda node: _node_address(node, "ExternalIP")),
    wide("OS-Image", lambda node: _node_info(node, "osImage")),
    wide("Kernel-Version", lambda node: _node_info(node, "kernelVersion")),
    wide("Container-Runtime", lambda node: _node_info(node, "containerRuntimeVersion")),
)

NAMESPACES = columns(column("Status", lambda obj: status(obj).get("phase", "")))

CONFIG_MAPS = columns(
    column("Data", lambda obj: len(obj.get("data") or ()) + len(obj.get("binaryData") or ()))
)

SECRETS = columns(
    column("Type", lambda obj: obj.get("type", "")),
    column("Data", lambda obj: len(obj.get("data") or ())),
)


def _claim_status(claim: JSONObject) -> str:
    going = "deletionTimestamp" in claim["metadata"]
    return "Terminating" if going else str(status(claim).get("phase", ""))


def _of_bound(claim: JSONObject, text: str) -> str:
    return text if claim["spec"].get("volumeName") else ""


CLAIMS = columns(
    column("Status", _claim_status),
    column("Volume", lambda claim: claim["spec"].get("volumeName", "")),
    column(
        "Capacity",
        lambda claim: _of_bound(claim, (status(claim).get("capacity") or {}).get("storage", "")),
    ),
    column(
        "Access Modes",
        lambda claim: _of_bound(claim, access_modes(status(claim).get("accessModes"))),
    ),
    column("StorageClass", lambda claim: claim["spec"].get("storageClassName", "")),
    column(
        "VolumeAttributesClass",
        lambda claim: claim["spec"].get("volumeAttributesClassName") or "<unset>",
    ),
    wide_=(wide("VolumeMode", lambda claim: claim["spec"].get("volumeMode") or "<unset>"),),
)


def _claim_ref(volume: JSONObject) -> str:
    reference = volume["spec"].get("claimRef")
    return f"{reference['namespace']}/{reference['name']}" if reference else ""


VOLUMES = columns(
    column("Capacity", lambda volume: (volume["spec"].get("capacity") or {}).get("storage", "")),
    column("Access Modes", lambda volume: access_modes(volume["spec"].get("accessModes"))),
    column(
        "Reclaim Policy", lambda volume: volume["spec"].get("persistentVolumeReclaimPolicy", "")
    ),
    column("Status", _claim_status),
    column("Claim", _claim_ref),
    column("StorageClass", lambda volume: volume["spec"].get("storageClassName", "")),
    column(
        "VolumeAttributesClass",
        lambda volume: volume["spec"].get("volumeAttributesClassName") or "<unset>",
    ),
    column("Reason", lambda volume: status(volume).get("reason", "")),
    wide_=(wide("VolumeMode", lambda volume: volume["spec"].get("volumeMode") or "<unset>"),),
)


def _class_name(storage_class: JSONObject, _now: float) -> JSONValue:
    name = storage_class["metadata"]["name"]
    return f"{name} (default)" if is_default(storage_class) else name


STORAGE_CLASSES = (
    Column("Name", _class_name, format="name"),
    *columns(
        column("Provisioner", lambda obj: obj["provisioner"]),
        column("ReclaimPolicy", lambda obj: obj.get("reclaimPolicy", "Delete")),
        column("VolumeBindingMode", lambda obj: obj.get("volumeBindingMode") or "<unset>"),
        column("AllowVolumeExpansion", lambda obj: bool(obj.get("allowVolumeExpansion"))),
    )[1:],
)

LEASES = columns(column("Holder", lambda lease: lease["spec"].get("holderIdentity", "")))
RUNTIME_CLASSES = columns(column("Handler", lambda obj: obj["handler"]))
ROLES = (NAME, CREATED_AT)
DEFINITIONS = (NAME, CREATED_AT)


def _role(obj: JSONObject) -> str:
    return f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}"


def _subjects(obj: JSONObject, kind: str) -> str:
    return ", ".join(
        f"{item['namespace']}/{item['name']}" if kind == "ServiceAccount" else item["name"]
        for item in obj.get("subjects") or ()
        if item["kind"] == kind
    )


BINDINGS = columns(
    column("Role", _role),
    wide_=(
        wide("Users", lambda obj: _subjects(obj, "User")),
        wide("Groups", lambda obj: _subjects(obj, "Group")),
        wide("ServiceAccounts", lambda obj: _subjects(obj, "ServiceAccount")),
    ),
)


def _first_seen(event: JSONObject, now: float) -> JSONValue:
    return age(event.get("firstTimestamp") or event.get("eventTime"), now)


def _last_seen(event: JSONObject, now: float) -> JSONValue:
    series = event.get("series") or {}
    last = series.get("lastObservedTime") or event.get("lastTimestamp")
    return age(last, now) if last else _first_seen(event, now)


def _about(event: JSONObject) -> str:
    about = event["involvedObject"]
    return f"{about.get('kind', '').lower()}/{about.get('name', '')}"


def _source(event: JSONObject) -> str:
    source = event.get("source") or {}
    component = source.get("component") or event.get("reportingComponent", "")
    return ", ".join(filter(None, (component, source.get("host"))))


EVENTS = (
    Column("Last Seen", _last_seen),
    column("Type", lambda event: event.get("type", "")),
    column("Reason", lambda event: event.get("reason", "")),
    column("Object", _about),
    wide("Subobject", lambda event: event["involvedObject"].get("fieldPath", "")),
    wide("Source", _source),
    column("Message", lambda event: event.get("message", "").strip()),
    Column("First Seen", _first_seen, priority=1),
    wide(
        "Count", lambda event: (event.get("series") or {}).get("count") or event.get("count") or 1
    ),
    Column("Name", NAME.cell, format="name", priority=1),
)
