"""
What a program finds in its container: environment and files, as the pod declares them.

Source: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables), pkg/volume/{configmap,secret}.
"""

import base64
from collections.abc import Iterator, Mapping

from simulator.jsontypes import JSONObject
from simulator.streams.containers import Container
from simulator.streams.programs import Inside
from simulator.verbs.cluster import Cluster

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def inside(cluster: Cluster, container: Container) -> Inside:
    """The surroundings of a program in a container."""
    pod, spec = container.pod, container.spec
    hostname = pod["spec"].get("hostname") or pod["metadata"]["name"]
    environment = {"PATH": _PATH, "HOSTNAME": hostname}
    environment |= dict(_environment(cluster, pod, spec))
    address = (pod.get("status") or {}).get("podIP", "")
    files = {
        "/etc/hostname": f"{hostname}\n".encode(),
        "/etc/hosts": f"127.0.0.1\tlocalhost\n{address}\t{hostname}\n".encode(),
    }
    files |= dict(_mounted(cluster, pod, spec))
    return Inside(hostname, environment, files, spec.get("workingDir") or "/")


def _environment(
    cluster: Cluster, pod: JSONObject, container: JSONObject
) -> Iterator[tuple[str, str]]:
    namespace = pod["metadata"]["namespace"]
    for source in container.get("envFrom") or ():
        prefix = source.get("prefix", "")
        for key, value in _source(cluster, namespace, source).items():
            yield prefix + key, value.decode(errors="replace")
    for variable in container.get("env") or ():
        if "valueFrom" not in variable:
            yield variable["name"], variable.get("value", "")
        elif (text := _value(cluster, pod, container, variable["valueFrom"])) is not None:
            yield variable["name"], text


def _value(
    cluster: Cluster, pod: JSONObject, container: JSONObject, source: JSONObject
) -> str | None:
    if reference := source.get("fieldRef"):
        return _field(pod, reference["fieldPath"])
    if reference := source.get("resourceFieldRef"):
        part, _, resource = reference["resource"].partition(".")
        return str((container["resources"].get(part) or {}).get(resource, "0"))
    for kind in ("configMap", "secret"):
        if reference := source.get(f"{kind}KeyRef"):
            data = _data(cluster, kind, pod["metadata"]["namespace"], reference["name"])
            found = data.get(reference["key"])
            return None if found is None else found.decode(errors="replace")
    return None


def _field(pod: JSONObject, path: str) -> str:
    base, bracket, key = path.partition("['")
    value: object = pod
    for part in base.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    if bracket and isinstance(value, Mapping):
        value = value.get(key.removesuffix("']"), "")
    return value if isinstance(value, str) else ""


def _source(cluster: Cluster, namespace: str, source: JSONObject) -> Mapping[str, bytes]:
    for kind in ("configMap", "secret"):
        if reference := source.get(f"{kind}Ref"):
            return _data(cluster, kind, namespace, reference["name"])
    return {}


def _data(cluster: Cluster, kind: str, namespace: str, name: str) -> dict[str, bytes]:
    storage = "configmaps" if kind == "configMap" else "secrets"
    version = cluster.store.get(storage, namespace, name)
    if version is None:
        return {}
    obj = version.object
    plain = obj.get("data") or {}
    if kind == "secret":
        return {key: base64.b64decode(value) for key, value in plain.items()}
    binary = {key: base64.b64decode(value) for key, value in (obj.get("binaryData") or {}).items()}
    return {key: value.encode() for key, value in plain.items()} | binary


def _mounted(
    cluster: Cluster, pod: JSONObject, container: JSONObject
) -> Iterator[tuple[str, bytes]]:
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    for mount in container.get("volumeMounts") or ():
        volume = volumes.get(mount["name"], {})
        files = _volume(cluster, pod["metadata"]["namespace"], volume)
        root, only = mount["mountPath"].rstrip("/"), mount.get("subPath", "")
        for name, content in files.items():
            if only == name:
                yield root, content
            elif not only:
                yield f"{root}/{name}", content


def _volume(cluster: Cluster, namespace: str, volume: JSONObject) -> dict[str, bytes]:
    if source := volume.get("configMap"):
        data = _data(cluster, "configMap", namespace, source["name"])
    elif source := volume.get("secret"):
        data = _data(cluster, "secret", namespace, source["secretName"])
    else:
        return {}
    items = source.get("items")
    if not items:
        return data
    return {item["path"]: data[item["key"]] for item in items if item["key"] in data}
