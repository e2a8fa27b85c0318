"""
Rules for the volumes of pods.

Source: pkg/apis/core/validation/validation.go, ValidateVolumes, as of 1.36.
"""

from simulator.admission import names
from simulator.admission.causes import (
    Causes,
    duplicate,
    each_invalid,
    forbidden,
    invalid,
    required,
)
from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds import quantities

_MODE_MAX = 0o777
_MODE = "must be a number between 0 and 0777 (octal), both inclusive"


def volumes(items: tuple[JSONObject, ...], path: str) -> Causes:
    """The volumes of one pod."""
    seen = set()
    for index, volume in enumerate(items):
        at = f"{path}[{index}]"
        name = volume["name"]
        if not name:
            yield required(f"{at}.name")
        else:
            yield from each_invalid(f"{at}.name", name, names.dns_label(name))
            if name in seen:
                yield duplicate(f"{at}.name", name)
        seen.add(name)
        sources = [source for source in volume if source != "name"]
        if not sources:
            yield required(at, "must specify a volume type")
        for source in sources[1:]:
            yield forbidden(f"{at}.{source}", "may not specify more than 1 volume type")
        for source in sources[:1]:
            yield from _source(source, volume[source], f"{at}.{source}")


_REFERENCES = {
    "configMap": "name",
    "hostPath": "path",
    "nfs": "server",
    "persistentVolumeClaim": "claimName",
    "secret": "secretName",
}
"""Source → the field without which it means nothing."""


def _source(name: str, source: JSONObject, path: str) -> Causes:
    field = _REFERENCES.get(name)
    if field is not None and not source.get(field):
        yield required(f"{path}.{field}")
    mode: JSONValue = source.get("defaultMode", 0)
    if not 0 <= mode <= _MODE_MAX:
        yield invalid(f"{path}.defaultMode", mode, _MODE)
    if name == "emptyDir" and quantities.parse(source.get("sizeLimit", 0)) < 0:
        yield forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")
    parts = ("key", "path") if name in ("configMap", "secret") else ("path",)
    for index, item in enumerate(source.get("items", ())):
        for part in parts:
            if not item.get(part):
                yield required(f"{path}.items[{index}].{part}")
        yield from _local_path(item.get("path", ""), f"{path}.items[{index}].path")
        if not 0 <= item.get("mode", 0) <= _MODE_MAX:
            yield invalid(f"{path}.items[{index}].mode", item["mode"], _MODE)
    if name == "nfs":
        place = source.get("path", "")
        if not place:
            yield required(f"{path}.path")
        elif not place.startswith("/"):
            yield invalid(f"{path}.path", place, "must be an absolute path")


def _local_path(place: str, path: str) -> Causes:
    """A path inside a volume."""
    if place.startswith("/"):
        yield invalid(path, place, "must be a relative path")
    if ".." in place.split("/"):
        yield invalid(path, place, "must not contain '..'")
    if place.startswith("..") and not place.startswith("../"):
        yield invalid(path, place, "must not start with '..'")
