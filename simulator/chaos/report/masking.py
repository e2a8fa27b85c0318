"""
Masks what tenants and operators keep secret, in JSON of any depth. Pure.

Secret is what stands in a secret's place, whatever it reads: the data of a Secret, registry
credentials, values of environment variables, tokens, Authorization headers, packed wishes. The names
of variables stay, and the value of GENERATION, by which a run tells its generations apart.
"""

import base64
import re
from collections.abc import Callable
from typing import TypeAlias

import orjson

from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue

MASK = "•••"

PUBLIC_VARIABLES = frozenset({"GENERATION"})

Hide: TypeAlias = Callable[[str], str]

_OWN_VARIABLES = re.compile(
    r"AKASH_(GROUP|DEPLOYMENT|ORDER)_SEQUENCE|AKASH_(OWNER|PROVIDER|CLUSTER_PUBLIC_HOSTNAME)"
)
"""What every container is told and every object shows: masked in its place, no secret elsewhere."""

_ENVIRONMENTS = frozenset({"env", "environment"})
_SECRET_FIELDS = frozenset({"data", "stringdata"})
_SECRET_KEYS = frozenset(
    {
        "password",
        "passwd",
        "passphrase",
        "authorization",
        "proxyauthorization",
        "cookie",
        "setcookie",
    }
    | {"auth", "auths", "token", "accesstoken", "refreshtoken", "idtoken", "identitytoken"}
    | {
        "bearertoken",
        "apikey",
        "xapikey",
        "secretkey",
        "clientsecret",
        "privatekey",
        "clientkeydata",
    }
    | {"credentials", "dockerconfigjson", "dockercfg", "wish", "accepted"}
    | {"lastappliedconfiguration"}
)
"""Without their case, dashes, dots, underlines and prefix."""

_OPEN_CREDENTIALS = frozenset({"host"})


def masked(value: JSONValue, kind: str = "") -> JSONValue:
    """
    A copy of a value with every secret place masked.

    Args:
        value: an object, a list, a watch event, a patch, a manifest, headers.
        kind: plural or kind of what it is part of, where it does not say so itself: a patch of a
            Secret has no kind.
    """
    return _rewritten(value, lambda _: MASK, _is_secret(kind))


def secrets_in(value: FrozenJSON | JSONValue, kind: str = "") -> frozenset[str]:
    """The values that `masked` hides, for finding them where they are quoted."""
    found: set[str] = set()

    def hide(text: str) -> str:
        if text not in found:
            found.add(text)
            inner = _decoded(text)
            if inner:
                hide(inner)
                _nested(inner, hide, is_secret=False)
        return MASK

    _rewritten(value, hide, _is_secret(kind))
    return frozenset(found)


def _decoded(text: str) -> str:
    """What base64 hides; "" for a text that is none."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _rewritten(value: JSONValue, hide: Hide, is_secret: bool) -> JSONValue:
    match value:
        case dict():
            return _object(value, hide, is_secret)
        case [str(name), str(text)] if _plain(name) in _SECRET_KEYS:
            return [name, hide(text)]
        case list():
            return [_rewritten(item, hide, is_secret) for item in value]
        case str() if value[:1] in ("{", "[") and len(value) > 2:
            return _nested(value, hide, is_secret)
        case _:
            return value


def _nested(text: str, hide: Hide, is_secret: bool) -> str:
    """JSON inside a string."""
    try:
        inner: JSONValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    rewritten = _rewritten(inner, hide, is_secret)
    return text if rewritten == inner else orjson.dumps(rewritten).decode()


def _object(value: JSONObject, hide: Hide, is_secret: bool) -> JSONObject:
    own = value.get("kind")
    is_secret = _is_secret(own) if isinstance(own, str) else is_secret or _has_secret_type(value)
    if isinstance(value.get("op"), str) and isinstance(value.get("path"), str):
        return {
            key: _patched(value, hide, is_secret)
            if key == "value"
            else _field(key, item, hide, is_secret)
            for key, item in value.items()
        }
    return {key: _field(key, item, hide, is_secret) for key, item in value.items()}


def _field(key: str, value: JSONValue, hide: Hide, is_secret: bool) -> JSONValue:
    plain = _plain(key)
    if plain in _ENVIRONMENTS:
        return _environment(value, hide, is_secret)
    if plain in _SECRET_KEYS or (is_secret and plain in _SECRET_FIELDS):
        return _hidden(value, hide)
    if plain == "headers" and isinstance(value, dict):
        return {name: _field(name, one, hide, is_secret) for name, one in value.items()}
    return _rewritten(value, hide, is_secret)


def _environment(value: JSONValue, hide: Hide, is_secret: bool) -> JSONValue:
    match value:
        case list():
            return [_variable(item, hide, is_secret) for item in value]
        case dict():
            return {name: _valued(name, one, hide) for name, one in value.items()}
        case str():
            return _variable(value, hide, is_secret)
        case _:
            return value


def _variable(item: JSONValue, hide: Hide, is_secret: bool) -> JSONValue:
    match item:
        case str() if "=" in item:
            name, _, text = item.partition("=")
            return f"{name}={_valued(name, text, hide)}"
        case dict() if isinstance(item.get("name"), str) and "value" in item:
            return {**item, "value": _valued(item["name"], item["value"], hide)}
        case _:
            return _rewritten(item, hide, is_secret)


def _valued(name: str, value: JSONValue, hide: Hide) -> JSONValue:
    if name in PUBLIC_VARIABLES or value == "":
        return value
    return MASK if _OWN_VARIABLES.fullmatch(name) else _hidden(value, hide)


def _hidden(value: JSONValue, hide: Hide) -> JSONValue:
    """Every leaf that can say anything."""
    match value:
        case None | bool() | "":
            return value
        case dict():
            return {
                key: item if key in _OPEN_CREDENTIALS else _hidden(item, hide)
                for key, item in value.items()
            }
        case list():
            return [_hidden(item, hide) for item in value]
        case _:
            return hide(str(value))


def _patched(operation: JSONObject, hide: Hide, is_secret: bool) -> JSONValue:
    """The value of one operation of a JSON patch, by the place it goes to."""
    value = operation["value"]
    parts = [_plain(part.replace("~1", "/")) for part in str(operation["path"]).split("/")]
    variable = next((n for n, part in enumerate(parts) if part in _ENVIRONMENTS), None)
    if variable is not None and not isinstance(value, str) and parts[-1] != "value":
        is_whole = variable == len(parts) - 1
        return (_environment if is_whole else _variable)(value, hide, is_secret)
    if (
        variable is not None
        or not _SECRET_KEYS.isdisjoint(parts)
        or (is_secret and not _SECRET_FIELDS.isdisjoint(parts))
    ):
        return _hidden(value, hide)
    return _rewritten(value, hide, is_secret)


def _is_secret(kind: str) -> bool:
    return kind.lower() in ("secret", "secrets", "secretlist")


def _has_secret_type(value: JSONObject) -> bool:
    kind = value.get("type")
    return kind == "Opaque" or (isinstance(kind, str) and kind.startswith("kubernetes.io/"))


def _plain(key: object) -> str:
    # YAML has numbers for keys too.
    return re.sub("[^a-z0-9]", "", str(key).rpartition("/")[2].lower())
