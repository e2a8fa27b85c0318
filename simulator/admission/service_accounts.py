"""
What a new pod gets of its ServiceAccount: its name, a token to call the API with, pull secrets.

Source: plugin/pkg/admission/serviceaccount/admission.go.
"""

from simulator.jsontypes import FrozenJSON, JSONObject

DEFAULT = "default"
VOLUME = "kube-api-access-"
"""How the names of token volumes begin."""

_MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_TOKEN_SECONDS = 3607
"""An hour, and seven seconds by which the real server knows its own tokens."""
_MODE = 0o644
_LISTS = ("initContainers", "containers")


def account_name(spec: FrozenJSON) -> str:
    """The ServiceAccount that a pod runs as."""
    name: str = spec.get("serviceAccountName") or DEFAULT
    return name


def mounts_token(spec: FrozenJSON, account: FrozenJSON) -> bool:
    """Whether pod and account let a token be mounted; what the pod says counts first."""
    for source in (spec, account):
        wanted = source.get("automountServiceAccountToken")
        if wanted is not None:
            return bool(wanted)
    return True


def with_account(spec: JSONObject, account: FrozenJSON, volume: str) -> JSONObject:
    """
    A pod's spec with what its account gives it.

    Args:
        spec: with the defaults of its kind.
        account: the ServiceAccount.
        volume: name of the token's volume, in case there is to be one.
    """
    name = account_name(spec)
    spec = spec | {"serviceAccountName": name, "serviceAccount": name}
    if account.get("imagePullSecrets") and not spec.get("imagePullSecrets"):
        spec["imagePullSecrets"] = list(account["imagePullSecrets"])
    return _with_token(spec, volume) if mounts_token(spec, account) else spec


def _with_token(spec: JSONObject, volume: str) -> JSONObject:
    lists = {
        field: [_mounted(container, volume) for container in spec[field]]
        for field in _LISTS
        if spec.get(field)
    }
    volumes = [*(spec.get("volumes") or []), _volume(volume)]
    return spec | lists | {"volumes": volumes}


def _mounted(container: JSONObject, volume: str) -> JSONObject:
    """A container with the token, unless it has put something else in its place."""
    mounts = container.get("volumeMounts") or []
    if any(mount["mountPath"] == _MOUNT_PATH for mount in mounts):
        return container
    mount = {"name": volume, "readOnly": True, "mountPath": _MOUNT_PATH}
    return container | {"volumeMounts": [*mounts, mount]}


def _volume(name: str) -> JSONObject:
    namespace = {
        "path": "namespace",
        "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
    }
    certificates = {
        "name": "kube-root-ca.crt",
        "items": [{"key": "ca.crt", "path": "ca.crt"}],
    }
    sources = [
        {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
        {"configMap": certificates},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": _MODE}}
