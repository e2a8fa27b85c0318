"""
Rules for ConfigMaps and Secrets.

Source: pkg/apis/core/validation/validation.go, as of 1.36.
"""

import base64
from collections.abc import Iterable, Mapping

import orjson

from simulator.admission import names
from simulator.admission.causes import (
    Causes,
    each_invalid,
    forbidden,
    invalid,
    required,
    too_long,
    unchanged,
)
from simulator.jsontypes import JSONObject

DATA_BYTES_MAX = 1024 * 1024
"""Of all values of a ConfigMap or Secret together."""


def config_map(obj: JSONObject) -> Causes:
    """A ConfigMap, new or changed."""
    data, binary = obj.get("data", {}), obj.get("binaryData", {})
    for key in sorted(data):
        at = f"data[{key}]"
        yield from each_invalid(at, key, names.config_key(key))
        if key in binary:
            yield invalid(at, key, "duplicate of key present in binaryData")
    for key in sorted(binary):
        yield from each_invalid(f"binaryData[{key}]", key, names.config_key(key))
    if _size(data.values()) + _decoded_size(binary.values()) > DATA_BYTES_MAX:
        yield too_long("", DATA_BYTES_MAX)


def _size(values: Iterable[str]) -> int:
    return sum(len(value.encode()) for value in values)


def _decoded_size(values: Iterable[str]) -> int:
    return sum(len(value) // 4 * 3 - value[-2:].count("=") for value in values)


_SEALED = "field is immutable when `immutable` is set"


def _sealed(new: JSONObject, old: JSONObject, fields: tuple[str, ...]) -> Causes:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden("immutable", _SEALED)
    for field in fields:
        if new.get(field, {}) != old.get(field, {}):
            yield forbidden(field, _SEALED)


def changed_config_map(new: JSONObject, old: JSONObject) -> Causes:
    """One that says so does not change."""
    yield from _sealed(new, old, ("data", "binaryData"))


_ACCOUNT = "kubernetes.io/service-account.name"
_REQUIRED_KEYS: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/basic-auth": (),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


def secret(obj: JSONObject) -> Causes:
    """A Secret, new or changed."""
    data, kind = obj.get("data", {}), obj["type"]
    for key in sorted(data):
        yield from each_invalid(f"data[{key}]", key, names.config_key(key))
    if _decoded_size(data.values()) > DATA_BYTES_MAX:
        yield too_long("data", DATA_BYTES_MAX)
    annotations = obj["metadata"].get("annotations", {})
    if kind == "kubernetes.io/service-account-token" and not annotations.get(_ACCOUNT):
        yield required(f"metadata.annotations[{_ACCOUNT}]")
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & data.keys():
        yield required("data[username]")
        yield required("data[password]")
    for key in _REQUIRED_KEYS.get(kind, ()):
        if key not in data:
            yield required(f"data[{key}]")
        elif key.startswith(".docker"):
            yield from _json_object(key, data[key])


def _json_object(key: str, value: str) -> Causes:
    try:
        parsed = orjson.loads(base64.b64decode(value))
    except orjson.JSONDecodeError:
        why = "invalid character in literal" if value else "unexpected end of JSON input"
        yield invalid(f"data[{key}]", "<secret contents redacted>", why)
        return
    if not isinstance(parsed, dict):
        why = "json: cannot unmarshal value into Go value of type map[string]interface {}"
        yield invalid(f"data[{key}]", "<secret contents redacted>", why)


def changed_secret(new: JSONObject, old: JSONObject) -> Causes:
    """Its type is fixed, and one that says so does not change."""
    yield from unchanged("type", new["type"], old["type"])
    yield from _sealed(new, old, ("data",))
