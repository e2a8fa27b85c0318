"""
Texts that stand in cells of many kinds.

Source: apimachinery pkg/util/duration, kubernetes pkg/printers/internalversion/printers.go.
"""

from collections.abc import Mapping

from simulator import timestamps
from simulator.jsontypes import FrozenJSON, JSONObject

NONE = "<none>"
UNKNOWN = "<unknown>"

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86_400, 365 * 86_400


def age(since: str | None, now: float) -> str:
    """The time since a timestamp, as people read it; `<unknown>` without one."""
    if not since:
        return UNKNOWN
    return human_duration(now - timestamps.seconds(since))


def human_duration(seconds: float) -> str:
    """Two units for short times, one for long ones: `90s`, `5m20s`, `47h`, `3d4h`, `2y`."""
    whole = int(seconds)
    if whole < 0:
        return "<invalid>" if whole < -1 else "0s"
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    if whole < 10 * _MINUTE:
        return _two(whole, _MINUTE, "m", 1, "s")
    if whole < 3 * _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 8 * _HOUR:
        return _two(whole, _HOUR, "h", _MINUTE, "m")
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    if whole < 8 * _DAY:
        return _two(whole, _DAY, "d", _HOUR, "h")
    if whole < 2 * _YEAR:
        return f"{whole // _DAY}d"
    if whole < 8 * _YEAR:
        return _two(whole, _YEAR, "y", _DAY, "d")
    return f"{whole // _YEAR}y"


def _two(seconds: int, large: int, large_name: str, small: int, small_name: str) -> str:
    rest = seconds % large // small
    return f"{seconds // large}{large_name}" + (f"{rest}{small_name}" if rest else "")


def labels(given: Mapping[str, str] | None) -> str:
    """`a=b,c=d`, sorted; `<none>` for none."""
    return ",".join(f"{key}={value}" for key, value in sorted((given or {}).items())) or NONE


_OPERATORS = {"In": "in", "NotIn": "notin"}


def label_selector(given: FrozenJSON | None) -> str:
    """A selector with labels and expressions, as `kubectl` writes it."""
    if not given:
        return NONE
    parts = [f"{key}={value}" for key, value in sorted((given.get("matchLabels") or {}).items())]
    for expression in given.get("matchExpressions") or ():
        key, operator = expression["key"], expression["operator"]
        if operator in _OPERATORS:
            values = ",".join(sorted(expression.get("values") or ()))
            parts.append(f"{key} {_OPERATORS[operator]} ({values})")
        else:
            parts.append(key if operator == "Exists" else f"!{key}")
    return ",".join(parts) or NONE


def container_names(obj: JSONObject) -> str:
    """The containers of a workload's template."""
    return ",".join(item["name"] for item in obj["spec"]["template"]["spec"]["containers"])


def images(obj: JSONObject) -> str:
    """The images of a workload's template."""
    return ",".join(item.get("image", "") for item in obj["spec"]["template"]["spec"]["containers"])


def status(obj: JSONObject) -> JSONObject:
    """The status, possibly empty."""
    found: JSONObject = obj.get("status") or {}
    return found


_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def access_modes(modes: list[str] | None) -> str:
    """`RWO,ROX`, each once, in a fixed order."""
    return ",".join(short for mode, short in _MODES.items() if mode in (modes or ()))
