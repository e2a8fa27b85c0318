"""Who a request is from: headers asked for before each, and again once they were rejected."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from provider.errors import ProviderError


class AuthorizationError(ProviderError):
    """There are no credentials at the moment; says why, and holds nothing secret."""


@attrs.frozen(eq=False)
class Authorization:
    """What one request carried; two are the same only if they are one object."""

    headers: Mapping[str, str] = attrs.field(repr=False)
    """Names in lower case."""


class Authorizer(Protocol):
    """Gives credentials, from wherever they come; used by many tasks at once."""

    async def authorize(self) -> Authorization:
        """
        Credentials for a request that is about to be sent.

        Raises:
            AuthorizationError: there are none.
        """
        ...

    async def refresh(self, rejected: Authorization) -> bool:
        """
        Look for other credentials than those that the server did not take (401).

        Returns:
            True when there are, and the request is worth repeating.

        Raises:
            AuthorizationError: there are none.
        """
        ...


NOTHING = Authorization({})
"""A request without credentials."""
