"""
Defaults of what rules over other objects: limits, webhooks, autoscalers, priorities.

Source: the `defaults.go` files under pkg/apis of kube-apiserver 1.36.
"""

from simulator.jsontypes import JSONObject
from simulator.kinds.filling import changed_at, each, filled

_DEFAULT_UTILIZATION = 80


def limit_range(obj: JSONObject) -> JSONObject:
    """A LimitRange: a container's default is its maximum, its default request its default."""
    return changed_at(
        obj, "spec", lambda spec: changed_at(spec, "limits", each(_limits_of_containers))
    )


def _limits_of_containers(item: JSONObject) -> JSONObject:
    if item["type"] != "Container":
        return item
    default = {**item.get("max", {}), **item.get("default", {})}
    request = {**item.get("min", {}), **default, **item.get("defaultRequest", {})}
    filled_in = {"default": default, "defaultRequest": request}
    return {**item, **{key: value for key, value in filled_in.items() if value}}


def webhooks(obj: JSONObject) -> JSONObject:
    """A webhook configuration of either kind."""
    mutating = obj["kind"] == "MutatingWebhookConfiguration"

    def webhook(item: JSONObject) -> JSONObject:
        item = filled(
            item,
            {
                "failurePolicy": "Fail",
                "matchPolicy": "Equivalent",
                "namespaceSelector": {},
                "objectSelector": {},
                "timeoutSeconds": 10,
            },
        )
        if mutating:
            item = filled(item, {"reinvocationPolicy": "Never"})
        item = changed_at(item, "rules", each(lambda rule: filled(rule, {"scope": "*"})))
        return changed_at(item, "clientConfig", _webhook_client)

    return changed_at(obj, "webhooks", each(webhook))


def _webhook_client(client: JSONObject) -> JSONObject:
    return changed_at(client, "service", lambda service: filled(service, {"port": 443}))


def autoscaler(obj: JSONObject) -> JSONObject:
    """A HorizontalPodAutoscaler."""
    return changed_at(obj, "spec", _autoscaler_spec)


def _autoscaler_spec(spec: JSONObject) -> JSONObject:
    target = {"averageUtilization": _DEFAULT_UTILIZATION, "type": "Utilization"}
    cpu = {"resource": {"name": "cpu", "target": target}, "type": "Resource"}
    return filled(spec, {"metrics": [cpu], "minReplicas": 1})


def priority_class(obj: JSONObject) -> JSONObject:
    """A PriorityClass."""
    return filled(obj, {"preemptionPolicy": "PreemptLowerPriority"})
