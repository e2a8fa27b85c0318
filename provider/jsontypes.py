"""Names for decoded JSON, so that `Any` has one home."""

from collections.abc import Mapping
from typing import Any, TypeAlias

JSONValue: TypeAlias = Any
"""null, bool, int, float, str, list or dict, as `orjson.loads` gives them."""

JSONObject: TypeAlias = dict[str, Any]
"""A decoded JSON object, for instance a Kubernetes object. Treated as immutable once shared."""

FrozenJSON: TypeAlias = Mapping[str, Any]
"""A JSON object that the receiver only reads."""
