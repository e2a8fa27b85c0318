"""The columns of what runs pods."""

from simulator.jsontypes import JSONObject
from simulator.tables.cells import (
    NONE,
    container_names,
    images,
    label_selector,
    labels,
    status,
)
from simulator.tables.columns import NAME, Column, column, columns, wide

_TEMPLATE = (wide("Containers", container_names), wide("Images", images))
_SELECTOR = wide("Selector", lambda obj: label_selector(obj["spec"].get("selector")))


def _ready(obj: JSONObject) -> str:
    return f"{status(obj).get('readyReplicas', 0)}/{obj['spec'].get('replicas', 0)}"


DEPLOYMENTS = columns(
    column("Ready", _ready),
    column("Up-to-date", lambda obj: status(obj).get("updatedReplicas", 0)),
    column("Available", lambda obj: status(obj).get("availableReplicas", 0)),
    wide_=(*_TEMPLATE, _SELECTOR),
)

REPLICA_SETS = columns(
    column("Desired", lambda obj: obj["spec"].get("replicas", 0), type_="integer"),
    column("Current", lambda obj: status(obj).get("replicas", 0), type_="integer"),
    column("Ready", lambda obj: status(obj).get("readyReplicas", 0), type_="integer"),
    wide_=(*_TEMPLATE, _SELECTOR),
)


def _number(name: str, field: str) -> Column:
    return column(name, lambda obj: status(obj).get(field, 0), type_="integer")


def _node_selector(obj: JSONObject) -> str:
    return labels(obj["spec"]["template"]["spec"].get("nodeSelector"))


DAEMON_SETS = columns(
    _number("Desired", "desiredNumberScheduled"),
    _number("Current", "currentNumberScheduled"),
    _number("Ready", "numberReady"),
    _number("Up-to-date", "updatedNumberScheduled"),
    _number("Available", "numberAvailable"),
    column("Node Selector", _node_selector),
    wide_=(*_TEMPLATE, _SELECTOR),
)

REPLICATION_CONTROLLERS = columns(
    column("Desired", lambda obj: obj["spec"].get("replicas", 0), type_="integer"),
    _number("Current", "replicas"),
    _number("Ready", "readyReplicas"),
    wide_=(*_TEMPLATE, wide("Selector", lambda obj: labels(obj["spec"].get("selector")))),
)


def _pod_template(obj: JSONObject) -> JSONObject:
    return {"spec": {"template": obj["template"]}}


POD_TEMPLATES = (
    NAME,
    column("Containers", lambda obj: container_names(_pod_template(obj))),
    column("Images", lambda obj: images(_pod_template(obj))),
    column("Pod Labels", lambda obj: labels(obj["template"]["metadata"].get("labels"))),
)

STATEFUL_SETS = columns(column("Ready", _ready), wide_=_TEMPLATE)


def _owner(revision: JSONObject) -> str:
    for owner in revision["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            group = owner["apiVersion"].rpartition("/")[0]
            kind = owner["kind"].lower()
            return f"{kind}.{group}/{owner['name']}" if group else f"{kind}/{owner['name']}"
    return NONE


CONTROLLER_REVISIONS = columns(
    column("Controller", _owner),
    column("Revision", lambda revision: revision.get("revision", 0)),
)
