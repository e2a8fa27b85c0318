"""
JSON merge patch, RFC 7386: null deletes, lists are replaced.

The document is never changed: what stays the same is shared.
"""

from simulator.jsontypes import JSONObject, JSONValue
from simulator.patches.errors import not_an_object


def apply(document: JSONObject, patch: JSONValue) -> JSONObject:
    """
    The document with what the patch sets, without what it sets to null.

    Raises:
        PatchError: 400, the patch is no object.
    """
    if not isinstance(patch, dict):
        raise not_an_object(patch, "error decoding patch: ")
    return _merged(document, patch)


def _merged(document: JSONValue, patch: JSONObject) -> JSONObject:
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = _merged(result.get(name), value)
        else:
            result[name] = value
    return result
