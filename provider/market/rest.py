"""Where `Market` was before it had more than one endpoint."""

from provider.market.market import Market

__all__ = ["Market"]
