"""
Whether an applied object fits its type, with the texts of the real server.

Source: structured-merge-diff, typed/validate.go and helpers.go.
"""

from collections.abc import Callable

from simulator.jsontypes import JSONValue
from simulator.kinds.types import ListOf, MapOf, Opaque, Relation, Scalar, Struct, Type
from simulator.patches.fieldsets import NoKeyError, element_text, field_type, item_key

_Mistakes = list[tuple[str, str]]
"""Path relative to the value looked at, and what is wrong there."""


def mistakes_in(value: JSONValue, type_: Type) -> str:
    """Everything wrong with a value as one text; empty if nothing is."""
    found: _Mistakes = []
    _check(value, type_, found)
    lines = [f"{path}: {text}" if path else text for path, text in found]
    return lines[0] if len(lines) == 1 else "\n  ".join(["errors:", *lines]) if lines else ""


def _check(value: JSONValue, type_: Type, found: _Mistakes) -> None:
    if value is None:
        return
    match type_:
        case Scalar(form=form):
            _check_scalar(value, form, found)
        case ListOf():
            if isinstance(value, list):
                _check_items(value, type_, found)
            else:
                found.append(("", f"expected list, got {_value_text(value)}"))
        case Struct() | MapOf():
            if isinstance(value, dict):
                _check_fields(value, type_, found)
            else:
                found.append(("", f"expected map, got {_value_text(value)}"))
        case Opaque():
            pass


def _check_fields(value: dict[str, JSONValue], type_: Struct | MapOf, found: _Mistakes) -> None:
    for name, item in value.items():
        item_type, _ = field_type(type_, name)
        if item_type is None:
            found.append((f".{name}", "field not declared in schema"))
            return
        _below(f"f:{name}", item, item_type, found)


def _check_items(items: list[JSONValue], type_: ListOf, found: _Mistakes) -> None:
    seen = set()
    for index, item in enumerate(items):
        key = f"i:{index}"
        if type_.relation is not Relation.ATOMIC:
            try:
                key = item_key(item, type_)
            except NoKeyError as error:
                found.append(("", f"element {index}: {error}"))
                return
            if key in seen:
                found.append(("", f"duplicate entries for key {element_text(key)}"))
            seen.add(key)
        _below(key, item, type_.element, found)


def _below(key: str, value: JSONValue, type_: Type, found: _Mistakes) -> None:
    """Check what a key leads to; only mistakes cost the text of a path."""
    before = len(found)
    _check(value, type_, found)
    for index in range(before, len(found)):
        path, text = found[index]
        found[index] = element_text(key) + path, text


def _is_number(value: JSONValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scalar(value: JSONValue) -> bool:
    return isinstance(value, str | int | float)


_SCALARS: dict[str, tuple[Callable[[JSONValue], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "string"),
    "bytes": (lambda value: isinstance(value, str), "string"),
    "time": (lambda value: isinstance(value, str), "string"),
    "boolean": (lambda value: isinstance(value, bool), "boolean"),
    "integer": (_is_number, "numeric (int or float)"),
    "number": (_is_number, "numeric (int or float)"),
    "quantity": (_is_scalar, "any scalar"),
    "int-or-string": (_is_scalar, "any scalar"),
}
"""Form of a scalar → what fits, and its name in messages."""


def _check_scalar(value: JSONValue, form: str, found: _Mistakes) -> None:
    fits, name = _SCALARS[form]
    if fits(value):
        return
    match name:
        case "string":
            got = f"&value.valueUnstructured{{Value:{_literal(value)}}}"
        case "numeric (int or float)":
            got = _go_type(value)
        case _:
            got = _value_text(value)
    found.append(("", f"expected {name}, got {got}"))


def _value_text(value: JSONValue) -> str:
    return f"&{{{go_text(value)}}}"


def go_text(value: JSONValue) -> str:
    """A value as Go prints it with `%v`: `map[a:1 b:[x y]]`."""
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "<nil>"
        case list():
            return "[" + " ".join(go_text(item) for item in value) + "]"
        case dict():
            return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
        case _:
            return str(value)


def _literal(value: JSONValue) -> str:
    """`%#v` of Go."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return "[]interface {}{" + ", ".join(_literal(item) for item in value) + "}"
        case dict():
            pairs = ", ".join(f'"{key}":{_literal(value[key])}' for key in sorted(value))
            return f"map[string]interface {{}}{{{pairs}}}"
        case None:
            return "interface {}(nil)"
        case _:
            return str(value)


def _go_type(value: JSONValue) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case list():
            return "[]interface {}"
        case _:
            return "map[string]interface {}"
