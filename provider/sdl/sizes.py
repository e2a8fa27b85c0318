"""
Amounts as a stack definition writes them.

The reference multiplies as a 64-bit float and drops the rest, so 1.001 cores are 1000 thousandths. It
is done the same way here: another number would be another version hash. Kubernetes quantities are
another notation and live in `lease/quantity.py`.

Source: Akash chain-sdk, `go/sdl/units.go`.
"""

import re
from collections.abc import Mapping

from provider.sdl.node import Node, shortened

# Bounded, because `1e999999999` must not become a number.
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
_SIZE = re.compile(rf"(?P<number>{_NUMBER.pattern})(?P<suffix>k|[MGTPE]|[KMGTPE]i|)")
_DIGITS = re.compile(r"[0-9]{1,19}")

_BINARY = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}

MEBI = _BINARY["Mi"]
GIBI = _BINARY["Gi"]
TEBI = _BINARY["Ti"]


def cpu_units(node: Node) -> int:
    """Thousandths of a core from `100m`, `0.5` or `2`; 0 when absent."""
    text = node.text()
    if not node.present:
        return 0
    if text.endswith("m") and _DIGITS.fullmatch(text[:-1]):
        return int(text[:-1])
    if _NUMBER.fullmatch(text) and float(text) >= 0:
        return int(float(text) * 1000)
    raise node.error(
        f"expected cores such as 0.5, or thousandths such as 500m, got {shortened(text)}"
    )


def gpu_units(node: Node) -> int:
    """A number of GPUs; 0 when absent."""
    text = node.text()
    if not node.present:
        return 0
    if not _DIGITS.fullmatch(text):
        raise node.error(f"expected a whole number of GPUs, got {shortened(text)}")
    return int(text)


def byte_size(node: Node) -> int:
    """Bytes from `512Mi`, `1.5G` or a bare number; 0 when absent."""
    return _size(node, _BINARY | _DECIMAL)


def memory_of_gpu(node: Node) -> int:
    """Bytes from `80Gi`; binary suffixes only."""
    return _size(node, _BINARY)


def _size(node: Node, suffixes: Mapping[str, int]) -> int:
    text = node.text()
    if not node.present:
        return 0
    match = _SIZE.fullmatch(text)
    if match is None or match["suffix"] not in suffixes or float(match["number"]) < 0:
        names = ", ".join(filter(None, suffixes))
        raise node.error(
            f"expected a size such as 512Mi or 10Gi (suffixes: {names}), got {shortened(text)}"
        )
    return int(float(match["number"]) * suffixes[match["suffix"]])
