"""
Which pods stand behind a Service, as EndpointSlices and as Endpoints tell it. Pure.

Source: kubernetes pkg/controller/endpointslice, staging/src/k8s.io/endpointslice and
pkg/controller/endpoint.
"""

from collections.abc import Iterable

import attrs

from simulator.controllers import pods as pod_facts
from simulator.controllers.ownership import is_deleting
from simulator.jsontypes import JSONObject


@attrs.frozen
class Backend:
    """A pod that may be reached."""

    pod: JSONObject
    ip: str
    serving: bool
    """Whether it answers: Ready, also while it is on its way out."""
    terminating: bool

    @property
    def reference(self) -> JSONObject:
        """`targetRef`."""
        metadata = self.pod["metadata"]
        return {
            "kind": "Pod",
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        }


def backends(service: JSONObject, pods: Iterable[JSONObject]) -> tuple[Backend, ...]:
    """The pods of a Service that have an address and have not ended, by name."""
    publish = bool(service["spec"].get("publishNotReadyAddresses"))
    found = []
    for pod in pods:
        ip = pod.get("status", {}).get("podIP", "")
        if ip and not pod_facts.is_finished(pod):
            serving = publish or pod_facts.is_ready(pod)
            found.append(Backend(pod, ip, serving, is_deleting(pod)))
    return tuple(sorted(found, key=lambda backend: str(backend.pod["metadata"]["name"])))


def slice_endpoint(backend: Backend, *, publish: bool) -> JSONObject:
    """One entry of `EndpointSlice.endpoints`; `publish` counts what leaves as ready too."""
    return {
        "addresses": [backend.ip],
        "conditions": {
            "ready": backend.serving and (publish or not backend.terminating),
            "serving": backend.serving,
            "terminating": backend.terminating,
        },
        "nodeName": pod_facts.node_name(backend.pod),
        "targetRef": backend.reference,
    }


def target_port(port: JSONObject, pod: JSONObject) -> int | None:
    """The number behind a Service port in a pod: a name is looked up in its containers."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    for container in pod["spec"]["containers"]:
        for declared in container.get("ports") or ():
            if (
                declared.get("name") == target
                and declared.get("protocol", "TCP") == port["protocol"]
            ):
                return int(declared["containerPort"])
    return None


def ports(service: JSONObject, pod: JSONObject) -> list[JSONObject]:
    """The ports under which a pod is reached; those that it does not have are left out."""
    found = []
    for port in service["spec"].get("ports") or ():
        number = target_port(port, pod)
        if number is not None:
            entry = {"name": port.get("name", ""), "protocol": port["protocol"], "port": number}
            found.append(entry)
    return found


def groups(
    service: JSONObject, found: Iterable[Backend]
) -> tuple[tuple[list[JSONObject], tuple[Backend, ...]], ...]:
    """Backends with the same port numbers together, as a slice has one list of ports."""
    by_ports: dict[str, tuple[list[JSONObject], list[Backend]]] = {}
    for backend in found:
        numbers = ports(service, backend.pod)
        by_ports.setdefault(repr(numbers), (numbers, []))[1].append(backend)
    return tuple((numbers, tuple(members)) for numbers, members in by_ports.values())


def subsets(service: JSONObject, found: Iterable[Backend]) -> list[JSONObject]:
    """`Endpoints.subsets`: what is on its way out is not named there at all."""
    staying = [backend for backend in found if not backend.terminating]
    result = []
    for numbers, members in groups(service, staying):
        subset: JSONObject = {}
        for field, serving in (("addresses", True), ("notReadyAddresses", False)):
            addresses = [
                {
                    "ip": backend.ip,
                    "nodeName": pod_facts.node_name(backend.pod),
                    "targetRef": backend.reference,
                }
                for backend in members
                if backend.serving is serving
            ]
            if addresses:
                subset[field] = addresses
        result.append({**subset, "ports": numbers})
    return result
