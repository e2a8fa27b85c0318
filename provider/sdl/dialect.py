"""
The versions of the format.

Source: Akash chain-sdk, `go/sdl/sdl.go`; versions are read as `semver.ParseTolerant` does.
"""

import re
from enum import Enum

from provider.sdl.node import Node, shortened

_VERSION = re.compile(
    r"v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9})(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?",
    re.ASCII,
)
_TOP_LEVEL = (
    "version", "include", "services", "profiles", "deployment", "endpoints", "reclamation",
)  # fmt: skip


class Dialect(Enum):
    """Which of the two readers of the reference applies."""

    V2_0 = "2.0"
    """Each service has resource units of its own."""
    V2_1 = "2.1"
    """Services with the same profile in a placement share a unit. Also every later version."""


def read_dialect(root: Node) -> Dialect:
    """The dialect of a document, by its version."""
    version = root.get("version")
    if not version.present:
        raise version.error('missing: expected `version: "2.0"` or "2.1"')
    match = _VERSION.fullmatch(version.text().strip())
    if match is None:
        raise version.error(f'expected "2.0" or "2.1", got {shortened(version.text())}')
    number = tuple(int(part or 0) for part in match.group(1, 2, 3))
    is_prerelease = match[4] is not None
    if number == (2, 0, 0) and not is_prerelease:
        return Dialect.V2_0
    if number > (2, 1, 0) or (number == (2, 1, 0) and not is_prerelease):
        return Dialect.V2_1
    raise version.error(f'expected "2.0", or "2.1" and later, got {shortened(version.text())}')


def check_top_level(root: Node) -> None:
    """Refuse keys that the format does not have; further down they are only warned of."""
    for key, value in root.entries():
        if key not in _TOP_LEVEL:
            raise value.error(f"no such key here: expected one of {', '.join(_TOP_LEVEL)}")
