"""
JSON text as Go's `encoding/json` prints it.

Text from Go and text from here must be equal byte for byte: the version hash is computed over it, and
golden files hold it. Python's `json` differs in five characters only, which Go escapes so that JSON
may stand inside HTML; elsewhere both leave non-ASCII text as it is.
"""

import json

from provider.jsontypes import JSONValue

_ESCAPES = str.maketrans(
    {
        "&": "\\u0026",
        "<": "\\u003c",
        ">": "\\u003e",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


def compact(value: JSONValue) -> str:
    """Canonical text: keys sorted at every level, no white space."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPES)


def one_line(value: JSONValue) -> str:
    """Text without white space, keys in the order given: what `json.Marshal` makes of a struct."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPES)


def indented(value: JSONValue) -> str:
    """Text for reading: two spaces a level, keys in the order given, no final newline."""
    return json.dumps(value, indent=2, ensure_ascii=False).translate(_ESCAPES)
