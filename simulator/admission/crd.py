"""
Custom resources by their structural schema: what it does not know goes, what it defaults is filled
in, what it forbids is told.

How a verb uses it, with `schema` the `openAPIV3Schema` of the version:

    decoded = decode(schema, type, obj, duplicates)    # complaints as in `strict`
    obj = decoded.object
    causes = (*validate_create(resource, obj), *violations(schema, obj))

Rules written in CEL (`x-kubernetes-validations`) are not looked at.

Source: apiextensions-apiserver pkg/apiserver/schema and pkg/apiserver/validation, as of 1.36.
"""

import re
from collections.abc import Mapping, Sequence

import orjson

from simulator.admission import formats
from simulator.admission.causes import (
    Cause,
    Causes,
    duplicate,
    invalid,
    not_supported,
    required,
    too_long,
)
from simulator.admission.strict import Decoded
from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue
from simulator.kinds.canonical import canonical
from simulator.kinds.types import Struct

_PRESERVES = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_INT_OR_STRING = "x-kubernetes-int-or-string"
_SYSTEM_FIELDS = ("apiVersion", "kind", "metadata")


def decode(
    schema: FrozenJSON, type_: Struct, obj: JSONObject, duplicates: Sequence[str] = ()
) -> Decoded:
    """
    A custom resource as it is kept: pruned, and with its defaults.

    Args:
        schema: `openAPIV3Schema` of the version.
        type_: what `type_from_open_api` made of it.
        obj: as sent, or as patched.
        duplicates: fields that the body set more than once.

    Raises:
        MismatchError: metadata is not what it must be.
    """
    unknown: list[str] = []
    pruned = _pruned_fields(obj, schema, "", unknown, root=True)
    # Metadata is decoded into its Go type, whatever the schema.
    metadata = type_.fields["metadata"].type
    if isinstance(metadata, Struct):
        kept = canonical(pruned.get("metadata") or {}, metadata)
        unknown += [f"metadata.{path}" for path in kept.unknown]
        if kept.object is not pruned.get("metadata"):
            pruned = {**pruned, "metadata": kept.object}
    complaints = [f'duplicate field "{path}"' for path in duplicates]
    complaints += [f'unknown field "{path}"' for path in unknown]
    return Decoded(_defaulted(pruned, schema), tuple(complaints))


def _pruned(value: JSONValue, schema: FrozenJSON, path: str, unknown: list[str]) -> JSONValue:
    if isinstance(value, dict):
        return _pruned_fields(value, schema, path, unknown)
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        items = [
            _pruned(item, schema["items"], f"{path}[{index}]", unknown)
            for index, item in enumerate(value)
        ]
        return value if all(a is b for a, b in zip(value, items, strict=True)) else items
    return value


def _pruned_fields(
    obj: JSONObject, schema: FrozenJSON, path: str, unknown: list[str], *, root: bool = False
) -> JSONObject:
    properties = schema.get("properties", {})
    additional = schema.get("additionalProperties")
    system = root or bool(schema.get(_EMBEDDED))
    result: JSONObject = {}
    for name, value in obj.items():
        at = f"{path}.{name}" if path else name
        if name in properties and not (system and name in _SYSTEM_FIELDS):
            result[name] = _pruned(value, properties[name], at, unknown)
        elif isinstance(additional, Mapping):
            result[name] = _pruned(value, additional, at, unknown)
        elif additional or schema.get(_PRESERVES) or (system and name in _SYSTEM_FIELDS):
            result[name] = value
        else:
            unknown.append(at)
    same = len(result) == len(obj) and all(result[name] is obj[name] for name in result)
    return obj if same else result


def _defaulted(value: JSONValue, schema: FrozenJSON) -> JSONValue:
    """With defaults where nothing is; null counts as nothing where the schema does not allow it."""
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        items = [_defaulted(item, schema["items"]) for item in value]
        return value if all(a is b for a, b in zip(value, items, strict=True)) else items
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    additional = schema.get("additionalProperties")
    result: JSONObject = {}
    for name, item in value.items():
        inner = properties.get(name, additional if isinstance(additional, Mapping) else {})
        if item is None and name in properties and not inner.get("nullable"):
            continue
        result[name] = _defaulted(item, inner)
    for name, inner in properties.items():
        if name not in result and "default" in inner:
            result[name] = _defaulted(inner["default"], inner)
    same = len(result) == len(value) and all(
        name in value and result[name] is value[name] for name in result
    )
    return value if same else result


def violations(schema: FrozenJSON, obj: JSONObject) -> tuple[Cause, ...]:
    """Everything in a custom resource that its schema forbids."""
    return tuple(_check(obj, schema, ""))


def _check(value: JSONValue, schema: FrozenJSON, path: str) -> Causes:
    """Rules in the order in which the real validators stand."""
    if value is None and schema.get("nullable"):
        return
    wanted = schema.get("type")
    if schema.get(_INT_OR_STRING):
        if not _is_type(value, "integer") and not isinstance(value, str):
            yield _type_cause(value, "integer,string", path)
    elif wanted is not None and not _is_type(value, wanted):
        yield _type_cause(value, wanted, path)
    if value is not None:
        yield from _check_logic(value, schema, path)
    match value:
        case str():
            yield from _check_text(value, schema, path)
        case int() | float() if not isinstance(value, bool):
            yield from _check_number(value, schema, path)
        case list():
            yield from _check_items(value, schema, path)
        case _:
            pass
    if "enum" in schema and value not in schema["enum"]:
        choices = [
            choice if isinstance(choice, str) else orjson.dumps(choice).decode()
            for choice in schema["enum"]
        ]
        yield not_supported(path, value, choices)
    if isinstance(value, dict):
        yield from _check_fields(value, schema, path)


def _is_type(value: JSONValue, wanted: str) -> bool:
    match wanted:
        case "integer":
            return (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and value == int(value)
            )
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _type_cause(value: JSONValue, wanted: str, path: str) -> Cause:
    given = _type_name(value)
    text = f'Invalid value: "{given}": {path} in body must be of type {wanted}: "{given}"'
    return Cause("FieldValueTypeInvalid", text, path)


def _type_name(value: JSONValue) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def _check_text(value: str, schema: FrozenJSON, path: str) -> Causes:
    longest, shortest = schema.get("maxLength"), schema.get("minLength")
    if longest is not None and len(value) > longest:
        yield too_long(path, longest)
    if shortest is not None and len(value) < shortest:
        yield invalid(path, value, f"{path} in body should be at least {shortest} chars long")
    pattern = schema.get("pattern")
    if pattern is not None and not re.search(pattern, value):
        yield invalid(path, value, f"{path} in body should match '{pattern}'")
    form = schema.get("format")
    if form is not None and not formats.fits(value, form):
        shown = orjson.dumps(value).decode()
        text = f"Invalid value: {shown}: {path} in body must be of type {form}: {shown}"
        yield Cause("FieldValueTypeInvalid", text, path)


_BITS = {"int32": 31, "int64": 63}


def _check_number(value: float, schema: FrozenJSON, path: str) -> Causes:
    bits = _BITS.get(schema.get("format", ""), 63)
    if schema.get("type") == "integer" and not -(1 << bits) <= value < 1 << bits:
        form = f"with format {schema['format']}" if schema.get("format") else "(default format)"
        yield _whole(f"Checked value must be of type integer {form} in {path}")
    low, high, step = (schema.get(name) for name in ("minimum", "maximum", "multipleOf"))
    if low is not None:
        exclusive = bool(schema.get("exclusiveMinimum"))
        if value < low or (exclusive and value == low):
            rule = "greater than" if exclusive else "greater than or equal to"
            yield invalid(path, value, f"{path} in body should be {rule} {low}")
    if high is not None:
        exclusive = bool(schema.get("exclusiveMaximum"))
        if value > high or (exclusive and value == high):
            rule = "less than" if exclusive else "less than or equal to"
            yield invalid(path, value, f"{path} in body should be {rule} {high}")
    if step is not None and value % step:
        yield invalid(path, value, f"{path} in body should be a multiple of {step}")


def _check_items(items: list[JSONValue], schema: FrozenJSON, path: str) -> Causes:
    most, least = schema.get("maxItems"), schema.get("minItems")
    if most is not None and len(items) > most:
        yield _too_many(path, len(items), most)
    if least is not None and len(items) < least:
        yield invalid(path, len(items), f"{path} in body should have at least {least} items")
    if isinstance(schema.get("items"), Mapping):
        for index, item in enumerate(items):
            yield from _check(item, schema["items"], f"{path}[{index}]")
    yield from _check_repeats(items, schema, path)


def _too_many(path: str, count: int, most: int) -> Cause:
    noun = "item" if most == 1 else "items"
    text = f"Too many: {count}: must have at most {most} {noun}"
    return Cause("FieldValueTooMany", text, path)


def _check_repeats(items: list[JSONValue], schema: FrozenJSON, path: str) -> Causes:
    """Items of sets and of lists with keys are there once."""
    match schema.get("x-kubernetes-list-type"):
        case "set":
            shown = items
        case "map":
            keys = schema.get("x-kubernetes-list-map-keys", ())
            shown = [
                {key: item[key] for key in keys if key in item}
                for item in items
                if isinstance(item, dict)
            ]
        case _:
            return
    for index, item in enumerate(shown):
        if item in shown[:index]:
            yield duplicate(f"{path}[{index}]", item)


def _check_fields(obj: JSONObject, schema: FrozenJSON, path: str) -> Causes:
    most, least = schema.get("maxProperties"), schema.get("minProperties")
    if most is not None and len(obj) > most:
        yield _too_many(path, len(obj), most)
    if least is not None and len(obj) < least:
        yield invalid(path, len(obj), f"{path} in body should have at least {least} properties")
    properties, additional = schema.get("properties", {}), schema.get("additionalProperties")
    for name, item in obj.items():
        inner = properties.get(name, additional)
        if isinstance(inner, Mapping) and not (not path and name == "metadata"):
            yield from _check(item, inner, _below(path, name))
    for name in schema.get("required", ()):
        if name not in obj:
            yield required(_below(path, name))


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _check_logic(value: JSONValue, schema: FrozenJSON, path: str) -> Causes:
    """
    What several schemas say together.

    Beside the rule that is broken stands what the first of the alternatives misses.
    """
    choices = schema.get("anyOf", ())
    if choices and not any(_fits(value, inner, path) for inner in choices):
        yield _whole(f'"{path}" must validate at least one schema (anyOf)')
        yield from _check(value, choices[0], path)
    choices = schema.get("oneOf", ())
    if choices:
        fitting = sum(_fits(value, inner, path) for inner in choices)
        if fitting != 1:
            found = f"Found {fitting} valid alternatives" if fitting else "Found none valid"
            yield _whole(f'"{path}" must validate one and only one schema (oneOf). {found}')
        if not fitting:
            yield from _check(value, choices[0], path)
    inners = schema.get("allOf", ())
    for inner in inners:
        yield from _check(value, inner, path)
    fitting = sum(_fits(value, inner, path) for inner in inners)
    if fitting != len(inners):
        none = "" if fitting else ". None validated"
        yield _whole(f'"{path}" must validate all the schemas (allOf){none}')
    if "not" in schema and _fits(value, schema["not"], path):
        yield _whole(f'"{path}" must not validate the schema (not)')


def _whole(text: str) -> Cause:
    """A mistake that the real server lays to the whole object, whatever its text says."""
    return invalid("<nil>", "", text)


def _fits(value: JSONValue, schema: FrozenJSON, path: str) -> bool:
    return next(_check(value, schema, path), None) is None
