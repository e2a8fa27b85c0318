"""
The `reclamation` section: the notice that a provider must give before it takes its resources back.

It belongs to the deployment on chain and not to its groups, so it is checked here and goes no further.

Source: Akash chain-sdk, `go/sdl/reclamation.go`; durations as Go's `time.ParseDuration` reads them.
"""

import re
from decimal import Decimal

from provider.sdl.node import Node, shortened

_NANOSECONDS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6,
    "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_PART = re.compile(r"([0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(ns|us|µs|μs|ms|s|m|h)")
_DURATION = re.compile(rf"\+?(?:{_PART.pattern}){{1,20}}")
_DURATION_MAX = 2**63 - 1


def check_reclamation(node: Node) -> None:
    """Check the window."""
    window = node.get("min_window")
    text = window.text()
    parts = _PART.findall(text) if _DURATION.fullmatch(text) else ()
    total = sum(Decimal(number) * _NANOSECONDS[unit] for number, unit in parts)
    if not 1 <= total <= _DURATION_MAX:
        raise window.error(
            f"expected a duration above 0 such as 24h or 1h30m, got {shortened(text)}"
        )
