"""
Defaults of pods, and of the pod templates in workloads.

Source: pkg/apis/core/v1/defaults.go of kube-apiserver 1.36.
"""

from simulator.jsontypes import JSONObject
from simulator.kinds.filling import changed_at, each, filled
from simulator.kinds.quantities import in_thousandths

_MODE = 0o644


def pod(obj: JSONObject) -> JSONObject:
    """A Pod: as any template, and what only pods get."""
    return changed_at(obj, "spec", _pod_only)


def _pod_only(spec: JSONObject) -> JSONObject:
    spec = filled(pod_spec(spec), {"enableServiceLinks": True})
    for containers in ("containers", "initContainers"):
        spec = changed_at(spec, containers, each(_requests_from_limits))
    return spec


def _requests_from_limits(container: JSONObject) -> JSONObject:
    """Only in pods: a template keeps its missing requests."""
    limits = container["resources"].get("limits")
    if not limits:
        return container
    container = changed_at(container, "resources", lambda given: filled(given, {"requests": {}}))
    requests = container["resources"]["requests"]
    complete = filled(requests, limits)
    if complete is requests:
        return container
    return changed_at(container, "resources", lambda given: {**given, "requests": complete})


def template(given: JSONObject) -> JSONObject:
    """The template of pods in a workload."""
    return changed_at(given, "spec", pod_spec)


def pod_spec(spec: JSONObject) -> JSONObject:
    """The spec of a pod or of a template."""
    spec = filled(
        spec,
        {
            "dnsPolicy": "ClusterFirst",
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "terminationGracePeriodSeconds": 30,
        },
    )
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account and (spec.get("serviceAccount"), spec.get("serviceAccountName")) != (account,) * 2:
        # The old name of the field mirrors the new one.
        spec = {**spec, "serviceAccount": account, "serviceAccountName": account}
    for containers in ("containers", "initContainers", "ephemeralContainers"):
        spec = changed_at(spec, containers, each(_container))
    if spec.get("hostNetwork"):
        spec = changed_at(spec, "containers", each(_host_ports))
    return changed_at(spec, "volumes", each(_volume))


def _container(container: JSONObject) -> JSONObject:
    container = filled(
        container,
        {
            "imagePullPolicy": _pull_policy(container.get("image", "")),
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        },
    )
    container = changed_at(container, "resources", round_up)
    container = changed_at(container, "ports", each(lambda port: filled(port, {"protocol": "TCP"})))
    container = changed_at(container, "env", each(_variable))
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        container = changed_at(container, probe, _probe)
    return changed_at(container, "lifecycle", _lifecycle)


def _pull_policy(image: str) -> str:
    """Always for the tag `latest`, said or implied; a digest is no tag."""
    if "@" in image:
        return "IfNotPresent"
    tag = image.rpartition("/")[2].partition(":")[2]
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def round_up(resources: JSONObject) -> JSONObject:
    """Amounts in `limits` and `requests` are never finer than a thousandth."""
    for side in ("limits", "requests"):
        resources = changed_at(resources, side, _rounded)
    return resources


def _rounded(amounts: JSONObject) -> JSONObject:
    rounded = {name: in_thousandths(amount) for name, amount in amounts.items()}
    return amounts if rounded == amounts else rounded


def _variable(variable: JSONObject) -> JSONObject:
    return changed_at(
        variable, "valueFrom", lambda source: changed_at(source, "fieldRef", _field_reference)
    )


def _field_reference(reference: JSONObject) -> JSONObject:
    return filled(reference, {"apiVersion": "v1"})


def _probe(probe: JSONObject) -> JSONObject:
    probe = filled(
        probe,
        {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1},
    )
    probe = changed_at(probe, "grpc", _grpc)
    return changed_at(probe, "httpGet", _http_get)


def _grpc(action: JSONObject) -> JSONObject:
    return {**action, "service": ""} if action["service"] is None else action


def _http_get(action: JSONObject) -> JSONObject:
    return filled(action, {"path": "/", "scheme": "HTTP"})


def _lifecycle(lifecycle: JSONObject) -> JSONObject:
    for hook in ("postStart", "preStop"):
        lifecycle = changed_at(
            lifecycle, hook, lambda handler: changed_at(handler, "httpGet", _http_get)
        )
    return lifecycle


def _host_ports(container: JSONObject) -> JSONObject:
    return changed_at(
        container,
        "ports",
        each(lambda port: filled(port, {"hostPort": port["containerPort"]})),
    )


def _volume(volume: JSONObject) -> JSONObject:
    if volume.keys() <= {"name"}:
        return {**volume, "emptyDir": {}}
    for source in ("configMap", "secret"):
        volume = changed_at(volume, source, lambda given: filled(given, {"defaultMode": _MODE}))
    volume = changed_at(
        volume, "downwardAPI", lambda given: filled(_downward(given), {"defaultMode": _MODE})
    )
    volume = changed_at(volume, "hostPath", lambda given: filled(given, {"type": ""}))
    volume = changed_at(volume, "ephemeral", _ephemeral)
    return changed_at(volume, "projected", _projected)


def _downward(source: JSONObject) -> JSONObject:
    return changed_at(
        source, "items", each(lambda item: changed_at(item, "fieldRef", _field_reference))
    )


def _projected(source: JSONObject) -> JSONObject:
    source = filled(source, {"defaultMode": _MODE})
    return changed_at(source, "sources", each(_projection))


def _projection(source: JSONObject) -> JSONObject:
    source = changed_at(source, "downwardAPI", _downward)
    return changed_at(
        source, "serviceAccountToken", lambda given: filled(given, {"expirationSeconds": 3600})
    )


def _ephemeral(source: JSONObject) -> JSONObject:
    return changed_at(
        source,
        "volumeClaimTemplate",
        lambda template: changed_at(
            template, "spec", lambda spec: filled(spec, {"volumeMode": "Filesystem"})
        ),
    )
