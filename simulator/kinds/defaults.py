"""
What the server fills in where an object says nothing: the defaults of each built-in kind.

Source: the `defaults.go` files under pkg/apis of kube-apiserver 1.36, and recordings.
"""

import base64
from collections.abc import Callable, Mapping

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.batch_defaults import cron_job, job
from simulator.kinds.canonical import canonical
from simulator.kinds.filling import changed_at, each, filled
from simulator.kinds.pod_defaults import pod, round_up, template
from simulator.kinds.policy_defaults import autoscaler, limit_range, priority_class, webhooks
from simulator.kinds.resources import Resource
from simulator.kinds.schemas import type_of

_RBAC = "rbac.authorization.k8s.io"


def defaulted(resource: Resource, obj: JSONObject, known: JSONObject | None = None) -> JSONObject:
    """
    A built-in object in canonical form, with the defaults of its kind.

    What is complete already comes back as it is, and what it shares with `known`, the stored object,
    counts as complete. Custom resources: see `admission.crd`.

    Raises:
        MismatchError: a value does not fit its type.
    """
    obj = canonical(obj, type_of(resource.api_version, resource.kind), known).object
    fill = _BY_KIND.get(resource.kind)
    return obj if fill is None else fill(obj)


def _namespace(obj: JSONObject) -> JSONObject:
    name = obj["metadata"].get("name")
    if name:
        labels = {**obj["metadata"].get("labels", {}), "kubernetes.io/metadata.name": name}
        obj = changed_at(obj, "metadata", lambda metadata: _with(metadata, "labels", labels))
    return changed_at(obj, "status", lambda status: filled(status, {"phase": "Active"}))


def _with(obj: JSONObject, key: str, value: JSONValue) -> JSONObject:
    return obj if obj.get(key) == value else {**obj, key: value}


def _secret(obj: JSONObject) -> JSONObject:
    texts = obj.get("stringData")
    if texts:
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        obj = {key: value for key, value in obj.items() if key != "stringData"}
        obj["data"] = {**obj.get("data", {}), **data}
    return filled(obj, {"type": "Opaque"})


def _service(obj: JSONObject) -> JSONObject:
    return changed_at(obj, "spec", _service_spec)


def _service_spec(spec: JSONObject) -> JSONObject:
    spec = filled(spec, {"sessionAffinity": "None", "type": "ClusterIP"})
    if spec["sessionAffinity"] == "ClientIP":
        spec = filled(spec, {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}})
    kind = spec["type"]
    if kind in ("NodePort", "LoadBalancer") or spec.get("externalIPs"):
        spec = filled(spec, {"externalTrafficPolicy": "Cluster"})
    if kind in ("ClusterIP", "NodePort", "LoadBalancer"):
        spec = filled(spec, {"internalTrafficPolicy": "Cluster"})
    if kind == "LoadBalancer":
        spec = filled(spec, {"allocateLoadBalancerNodePorts": True})
    return changed_at(spec, "ports", each(_service_port))


def _service_port(port: JSONObject) -> JSONObject:
    port = filled(port, {"protocol": "TCP"})
    return port if port.get("targetPort") else {**port, "targetPort": port["port"]}


def claim_spec(spec: JSONObject) -> JSONObject:
    """Of a PersistentVolumeClaim, wherever it stands."""
    return round_up(filled(spec, {"volumeMode": "Filesystem"}))


def _claim(obj: JSONObject) -> JSONObject:
    obj = changed_at(obj, "spec", claim_spec)
    return changed_at(obj, "status", lambda status: filled(status, {"phase": "Pending"}))


def _volume(obj: JSONObject) -> JSONObject:
    policy = {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"}
    obj = changed_at(obj, "spec", lambda spec: filled(spec, policy))
    return changed_at(obj, "status", lambda status: filled(status, {"phase": "Pending"}))


def _node(obj: JSONObject) -> JSONObject:
    capacity = obj["status"].get("capacity")
    if not capacity:
        return obj
    return changed_at(obj, "status", lambda status: filled(status, {"allocatable": capacity}))


def _endpoints(obj: JSONObject) -> JSONObject:
    ports = each(lambda port: filled(port, {"protocol": "TCP"}))
    return changed_at(obj, "subsets", each(lambda subset: changed_at(subset, "ports", ports)))


def _endpoint_slice(obj: JSONObject) -> JSONObject:
    return changed_at(
        obj, "ports", each(lambda port: filled(port, {"name": "", "protocol": "TCP"}))
    )


def _deployment(obj: JSONObject) -> JSONObject:
    return changed_at(obj, "spec", _deployment_spec)


def _deployment_spec(spec: JSONObject) -> JSONObject:
    numbers = {"progressDeadlineSeconds": 600, "replicas": 1, "revisionHistoryLimit": 10}
    spec = changed_at(filled(spec, numbers), "template", template)
    return changed_at(spec, "strategy", _deployment_strategy)


def _deployment_strategy(strategy: JSONObject) -> JSONObject:
    strategy = filled(strategy, {"type": "RollingUpdate"})
    if strategy["type"] != "RollingUpdate":
        return strategy
    quarter = {"maxSurge": "25%", "maxUnavailable": "25%"}
    rolling = filled(strategy.get("rollingUpdate", {}), quarter)
    return _with(strategy, "rollingUpdate", rolling)


def _replica_set(obj: JSONObject) -> JSONObject:
    return changed_at(
        obj, "spec", lambda spec: changed_at(filled(spec, {"replicas": 1}), "template", template)
    )


def _daemon_set(obj: JSONObject) -> JSONObject:
    return changed_at(obj, "spec", _daemon_set_spec)


def _daemon_set_spec(spec: JSONObject) -> JSONObject:
    spec = changed_at(filled(spec, {"revisionHistoryLimit": 10}), "template", template)
    return changed_at(spec, "updateStrategy", _daemon_set_strategy)


def _daemon_set_strategy(strategy: JSONObject) -> JSONObject:
    strategy = filled(strategy, {"type": "RollingUpdate"})
    if strategy["type"] != "RollingUpdate":
        return strategy
    rolling = filled(strategy.get("rollingUpdate", {}), {"maxSurge": 0, "maxUnavailable": 1})
    return _with(strategy, "rollingUpdate", rolling)


def _replication_controller(obj: JSONObject) -> JSONObject:
    spec = obj["spec"]
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels:
        obj = changed_at(obj, "spec", lambda given: filled(given, {"selector": labels}))
        obj = changed_at(obj, "metadata", lambda given: filled(given, {"labels": labels}))
    return _replica_set(obj)


def _pod_template(obj: JSONObject) -> JSONObject:
    return changed_at(obj, "template", template)


def _stateful_set(obj: JSONObject) -> JSONObject:
    return changed_at(obj, "spec", _stateful_set_spec)


def _stateful_set_spec(spec: JSONObject) -> JSONObject:
    retention = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    spec = filled(
        spec,
        {
            "persistentVolumeClaimRetentionPolicy": retention,
            "podManagementPolicy": "OrderedReady",
            "replicas": 1,
            "revisionHistoryLimit": 10,
        },
    )
    spec = changed_at(
        spec, "persistentVolumeClaimRetentionPolicy", lambda policy: filled(policy, retention)
    )
    spec = changed_at(spec, "template", template)
    spec = changed_at(spec, "updateStrategy", _stateful_set_strategy)
    return changed_at(spec, "volumeClaimTemplates", each(_claim_template))


def _stateful_set_strategy(strategy: JSONObject) -> JSONObject:
    strategy = filled(strategy, {"type": "RollingUpdate"})
    if strategy["type"] != "RollingUpdate":
        return strategy
    rolling = filled(strategy.get("rollingUpdate", {}), {"partition": 0})
    return _with(strategy, "rollingUpdate", rolling)


def _claim_template(given: JSONObject) -> JSONObject:
    kind = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    return _claim(filled(given, kind))


def _network_policy(obj: JSONObject) -> JSONObject:
    return changed_at(obj, "spec", _network_policy_spec)


def _network_policy_spec(spec: JSONObject) -> JSONObject:
    types = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    spec = filled(spec, {"policyTypes": types})
    ports = each(lambda port: filled(port, {"protocol": "TCP"}))
    for direction in ("ingress", "egress"):
        spec = changed_at(spec, direction, each(lambda rule: changed_at(rule, "ports", ports)))
    return spec


def _ingress_class(obj: JSONObject) -> JSONObject:
    cluster = {"scope": "Cluster"}
    return changed_at(
        obj,
        "spec",
        lambda spec: changed_at(spec, "parameters", lambda given: _unset(given, cluster)),
    )


def _unset(value: JSONObject, defaults: Mapping[str, JSONValue]) -> JSONObject:
    """As `filled`, where null counts as nothing said."""
    return {
        **value,
        **{key: default for key, default in defaults.items() if value.get(key) is None},
    }


def _binding(obj: JSONObject) -> JSONObject:
    reference = obj.get("roleRef", {})
    if not reference.get("apiGroup"):
        obj = {**obj, "roleRef": {**reference, "apiGroup": _RBAC}}
    return changed_at(obj, "subjects", each(_subject))


def _subject(subject: JSONObject) -> JSONObject:
    return (
        filled(subject, {"apiGroup": _RBAC})
        if subject.get("kind") in ("User", "Group")
        else subject
    )


def _storage_class(obj: JSONObject) -> JSONObject:
    return filled(obj, {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"})


def _definition(obj: JSONObject) -> JSONObject:
    return changed_at(obj, "spec", _definition_spec)


def _definition_spec(spec: JSONObject) -> JSONObject:
    kind = spec["names"].get("kind", "")
    names = {"listKind": f"{kind}List", "singular": kind.lower()}
    spec = changed_at(spec, "names", lambda given: filled(given, names) if kind else given)
    return filled(spec, {"conversion": {"strategy": "None"}})


_BY_KIND: Mapping[str, Callable[[JSONObject], JSONObject]] = {
    "ClusterRoleBinding": _binding,
    "CronJob": cron_job,
    "CustomResourceDefinition": _definition,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "EndpointSlice": _endpoint_slice,
    "Endpoints": _endpoints,
    "HorizontalPodAutoscaler": autoscaler,
    "IngressClass": _ingress_class,
    "Job": job,
    "LimitRange": limit_range,
    "MutatingWebhookConfiguration": webhooks,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "Node": _node,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _claim,
    "Pod": pod,
    "PodTemplate": _pod_template,
    "PriorityClass": priority_class,
    "ReplicaSet": _replica_set,
    "ReplicationController": _replication_controller,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _stateful_set,
    "StorageClass": _storage_class,
    "ValidatingWebhookConfiguration": webhooks,
}
