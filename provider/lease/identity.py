"""
Identities on the market and the names derived from them.

A lease is known by five values; its string form is what every derived name hashes. The vectors in
`tests/unit/lease/test_identity.py` come from public logs of running providers.
"""

import base64
import hashlib
import re
import uuid
from functools import cached_property
from typing import Self

import attrs

from provider.errors import ProviderError

_PLAIN_ENDPOINT = re.compile(r"[a-z0-9-]+")


class IdentityError(ProviderError):
    """A text or object that names no lease."""


def _base32hex(digest: bytes) -> str:
    return base64.b32hexencode(digest).decode().rstrip("=").lower()


@attrs.frozen(order=True, slots=False)
class LeaseID:
    """One lease: `owner/dseq/gseq/oseq/provider`."""

    owner: str
    """Tenant's address, bech32 with prefix `akash`."""
    dseq: int
    """Deployment sequence, by convention the block height at creation; uint64."""
    gseq: int
    """Group sequence, from 1; uint32."""
    oseq: int
    """Order sequence, from 1; uint32."""
    provider: str
    """Provider's address."""

    def __str__(self) -> str:
        return f"{self.owner}/{self.dseq}/{self.gseq}/{self.oseq}/{self.provider}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read the string form back.

        Raises:
            IdentityError: not five parts, or a sequence that is no positive decimal number.
        """
        parts = text.split("/")
        if len(parts) != 5:
            raise IdentityError(f"a lease is owner/dseq/gseq/oseq/provider, got {text!r}")
        owner, dseq, gseq, oseq, provider = parts
        if not owner or not provider:
            raise IdentityError(f"owner and provider must not be empty in {text!r}")
        for name, value in (("dseq", dseq), ("gseq", gseq), ("oseq", oseq)):
            if not (value.isascii() and value.isdigit() and int(value) > 0):
                raise IdentityError(f"{name} must be a positive number in {text!r}")
        return cls(owner, int(dseq), int(gseq), int(oseq), provider)

    @cached_property
    def namespace(self) -> str:
        """
        Name of the tenant namespace and of the record: 45 characters of base32hex.

        Source: Akash, `LidNS`: lowercase unpadded base32hex of the SHA-224 of the string form.
        """
        return _base32hex(hashlib.sha224(str(self).encode()).digest())

    def static_host(self, service: str) -> str:
        """First label of a service's generated hostname (26 characters); source: Akash `IngressHost`."""
        return _base32hex(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self}{service}").bytes)


def sharing_key(owner: str, endpoint: str) -> str:
    """
    Which address a tenant's named endpoint gets: the same for all deployments of one owner.

    Source: Akash `MakeIPSharingKey`; a name that is no part of an object's name is hashed.
    """
    if not _PLAIN_ENDPOINT.fullmatch(endpoint):
        endpoint = _base32hex(hashlib.sha256(endpoint.encode()).digest()[:15])
    return f"{owner}-ip-{endpoint}"
