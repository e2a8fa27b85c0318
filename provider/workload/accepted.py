"""
A group kept whole in an annotation of its record, with where placement put its services.

Unlike the record's own spec it keeps every field, endpoints included: it is the manifest's JSON,
compressed, since all annotations of an object together may hold 256 KiB. Two annotations are
written so: the group that the record holds, and the one that was last accepted.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping

import attrs
import orjson

from provider.jsontypes import JSONObject
from provider.lease.codec import decode_group, encode_group
from provider.lease.fields import Field
from provider.lease.gojson import compact
from provider.lease.manifest import Group, ManifestError
from provider.lease.scheduling import UNPLACED, GPUParams, SchedulerParams

_BYTES_MAX = 4 * 1024 * 1024
"""Limit of the JSON that an annotation may unpack to; a planted one must not fill the memory."""


def encode_accepted(group: Group, scheduling: Mapping[str, SchedulerParams] = UNPLACED) -> str:
    """Text of the annotation; the same for the same group in the same places."""
    document: JSONObject = {"group": encode_group(group)}
    if scheduling:
        document["scheduling"] = {name: attrs.asdict(params) for name, params in scheduling.items()}
    return base64.b64encode(zlib.compress(compact(document).encode(), 9)).decode()


def decode_accepted(text: str) -> Group:
    """
    The group of an annotation.

    Raises:
        ManifestError: it was not written by `encode_accepted`.
    """
    field = _unpacked(text).get("group")
    if not field.present:
        raise field.error("missing")
    return decode_group(field)


def accepted_scheduling(text: str) -> dict[str, SchedulerParams]:
    """
    What placement had found for the group of an annotation, by service.

    Raises:
        ManifestError: it was not written by `encode_accepted`.
    """
    field = _unpacked(text).get("scheduling")
    if field.present and not isinstance(field.value, dict):
        raise field.error("expected an object")
    return {name: _scheduling(field.get(name)) for name in field.value or ()}


def _unpacked(text: str) -> Field:
    try:
        unpacker = zlib.decompressobj()
        packed = base64.b64decode(text, validate=True)
        document = unpacker.decompress(packed, _BYTES_MAX)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise ManifestError("accepted", "is no compressed manifest") from error
    if not unpacker.eof:
        raise ManifestError("accepted", f"is cut short or larger than {_BYTES_MAX} bytes")
    try:
        return Field(orjson.loads(document), "accepted")
    except orjson.JSONDecodeError as error:
        raise ManifestError("accepted", f"not JSON: {error}") from error


def _scheduling(field: Field) -> SchedulerParams:
    gpu = field.get("gpu").maybe(
        lambda card: GPUParams(
            card.get("vendor").text(),
            card.get("model").text(),
            card.get("memory_size").text(),
            card.get("interface").text(),
        )
    )
    return SchedulerParams(field.get("runtime_class").text(), gpu)
