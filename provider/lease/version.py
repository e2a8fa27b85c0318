"""
The version of a manifest: the hash that the tenant stores on chain with the deployment.

Source: Akash chain-sdk, `Manifest.Version`: SHA-256 of the sorted JSON.
"""

import hashlib

from provider.lease.codec import encode_manifest
from provider.lease.gojson import compact
from provider.lease.manifest import Manifest


def canonical_json(manifest: Manifest) -> bytes:
    """The bytes that are hashed: JSON with sorted keys and Go's escapes, UTF-8."""
    return compact(encode_manifest(manifest)).encode()


def version_hash(manifest: Manifest) -> bytes:
    """32 bytes, to be compared with the deployment's hash on chain."""
    return hashlib.sha256(canonical_json(manifest)).digest()
