"""
The last accepted group of a lease, kept whole in an annotation of its record.

Unlike the record's own spec it keeps every field, endpoints included: it is the manifest's JSON,
compressed, since all annotations of an object together may hold 256 KiB.
"""

import base64
import binascii
import zlib

from provider.lease.codec import decode_manifest
from provider.lease.manifest import Group, ManifestError
from provider.lease.version import canonical_json

_BYTES_MAX = 4 * 1024 * 1024
"""Limit of the JSON that an annotation may unpack to; a planted one must not fill the memory."""


def encode_accepted(group: Group) -> str:
    """Text of the annotation; the same for the same group."""
    return base64.b64encode(zlib.compress(canonical_json((group,)), 9)).decode()


def decode_accepted(text: str) -> Group:
    """
    The group of an annotation.

    Raises:
        ManifestError: it was not written by `encode_accepted`.
    """
    try:
        unpacker = zlib.decompressobj()
        packed = base64.b64decode(text, validate=True)
        document = unpacker.decompress(packed, _BYTES_MAX)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise ManifestError("accepted", "is no compressed manifest") from error
    if not unpacker.eof:
        raise ManifestError("accepted", f"is cut short or larger than {_BYTES_MAX} bytes")
    groups = decode_manifest(document)
    if len(groups) != 1:
        raise ManifestError("accepted", f"must hold one group, not {len(groups)}")
    return groups[0]
