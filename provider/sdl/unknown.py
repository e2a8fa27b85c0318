"""
Keys that have no effect.

The reference ignores keys that it does not know, everywhere but at the top; refusing them would refuse
definitions that tenants really deploy, and silence would hide `environment:` where `env:` was meant.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from provider.sdl.errors import SdlWarning
from provider.sdl.node import Node

_Shape: TypeAlias = "_Keys | str | None"
"""What is below a value; a text says why the value has no effect; `None` looks no further."""

_Keys: TypeAlias = Mapping[str, _Shape]

_ANY = "*"
"""Every key that is not named."""


def _keys(*names: str) -> dict[str, _Shape]:
    return dict.fromkeys(names)


_HTTP_OPTIONS = _keys(
    "max_body_size", "proxy_buffer_size", "read_timeout", "send_timeout",
    "next_tries", "next_timeout", "next_cases",
)  # fmt: skip
_EXPOSE: _Keys = {
    **_keys("port", "as", "proto", "accept"),
    "to": {
        **_keys("service", "global", "ip"),
        "http_options": "has no effect here: move it up beside `to`",
    },
    "http_options": _HTTP_OPTIONS,
}
_SERVICE: _Keys = {
    **_keys("image", "command", "args", "env"),
    "expose": _EXPOSE,
    "dependencies": "has no effect: services start in no order",
    "params": {
        "storage": {_ANY: _keys("mount", "readOnly")},
        "permissions": _keys("read"),
        "tee": None,
    },
    "credentials": _keys("host", "email", "username", "password"),
}
_RESOURCES: _Keys = {
    "cpu": _keys("units", "attributes"),
    "memory": {"size": None, "attributes": "has no effect"},
    "gpu": {
        "units": None,
        "attributes": {
            "vendor": {
                "nvidia": _keys("model", "ram", "interface"),
                _ANY: "has no effect: the only vendor is nvidia, and any of its models will do",
            }
        },
    },
    "storage": _keys("name", "size", "attributes"),
}
_ROOT: _Keys = {
    "version": None,
    "include": "has no effect",
    "services": {_ANY: _SERVICE},
    "profiles": {
        "compute": {_ANY: {"resources": _RESOURCES}},
        "placement": {
            _ANY: {
                "attributes": None,
                "signedBy": _keys("allOf", "anyOf"),
                "pricing": {_ANY: _keys("denom", "amount")},
            }
        },
    },
    "deployment": {_ANY: {_ANY: _keys("profile", "count")}},
    "endpoints": {_ANY: _keys("kind")},
    "reclamation": _keys("min_window"),
}


def without_effect(root: Node) -> Iterator[SdlWarning]:
    """A warning for every key that is not known, or known to do nothing."""
    return _walk(root, _ROOT)


def _walk(node: Node, shape: _Keys) -> Iterator[SdlWarning]:
    if isinstance(node.content, tuple):
        for item in node.content:
            yield from _walk(item, shape)
    if not isinstance(node.content, Mapping):
        return
    for key, value in node.entries():
        match shape.get(key, shape.get(_ANY, "no such key: it has no effect")):
            case None:
                pass
            case str() as reason:
                yield value.warning(reason)
            case below:
                yield from _walk(value, below)
