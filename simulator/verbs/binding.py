"""
The subresources of a pod that act: binding puts it on a node, eviction asks it to leave.

Source: pkg/registry/core/pod/storage/storage.go (BindingREST), eviction.go.
"""

import attrs

from simulator import failures
from simulator.failures import Cause
from simulator.jsontypes import JSONObject
from simulator.verbs.caller import Caller, DeleteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.delete import delete
from simulator.verbs.get import get
from simulator.verbs.metadata import ordered
from simulator.verbs.outcome import Outcome
from simulator.verbs.registry import Served


@attrs.frozen
class _Binding:
    group: str = ""
    kind: str = "Binding"
    plural: str = "pods/binding"


def bind(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    name: str,
    binding: JSONObject,
    *,
    dry_run: bool = False,
) -> Outcome:
    """
    Put a pod on the node that `binding.target` names.

    Raises:
        Refused: 404; 409, it is on a node or on its way out; 422, there is no target.
    """
    live = get(cluster, served, namespace, name)
    obj = live.object
    if node := obj["spec"].get("nodeName"):
        why = f'pod {name} is already assigned to node "{node}"'
        raise failures.conflict(_Binding(), name, why)
    if "deletionTimestamp" in obj["metadata"]:
        why = f"pod {name} is being deleted, cannot be assigned to a host"
        raise failures.conflict(_Binding(), name, why)
    target = (binding.get("target") or {}).get("name")
    if not target:
        missing = Cause("FieldValueRequired", "Required value", "target.name")
        raise failures.invalid(_Binding(), name, [missing])
    if not dry_run:
        status = _with_condition(obj["status"], _condition(cluster, "PodScheduled"))
        new = obj | {
            "spec": obj["spec"] | {"nodeName": target},
            "status": status,
        }
        cluster.commit(caller, served, namespace, name, ordered(new))
    return Outcome.of(failures.created(), 201)


def evict(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    name: str,
    options: DeleteOptions,
) -> Outcome:
    """
    Mark a pod as disrupted and delete it.

    Raises:
        Refused: 404; 409, preconditions.
    """
    live = get(cluster, served, namespace, name)
    if not options.dry_run:
        condition = _condition(cluster, "DisruptionTarget") | {
            "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting",
        }
        status = _with_condition(live.object["status"], condition)
        new = ordered(live.object | {"status": status})
        cluster.commit(caller, served, namespace, name, new)
    delete(cluster, caller, served, namespace, name, options)
    return Outcome.of(failures.created(), 201)


def _condition(cluster: Cluster, about: str) -> JSONObject:
    return {
        "type": about,
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": cluster.now(),
    }


def _with_condition(status: JSONObject, condition: JSONObject) -> JSONObject:
    others = [item for item in status.get("conditions") or [] if item["type"] != condition["type"]]
    return status | {"conditions": [*others, condition]}
