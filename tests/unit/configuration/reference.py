"""
The tables of docs/configuration.md and docs/metrics.md, as the code has them; tests hold the docs to them.

Print one: python -m tests.unit.configuration.reference settings | flags | metrics
"""

import sys

from provider.configuration.table import OPTIONS
from provider.configuration.upstream import FLAGS
from provider.telemetry.metrics import Metrics


def settings_rows():
    """One row a setting."""
    for option in OPTIONS:
        default = option.default
        if isinstance(default, tuple):
            default = ",".join(default)
        if isinstance(default, bool):
            default = str(default).lower()
        shown = (
            "required" if option.required else f"`{default}`" if default not in ("", None) else ""
        )
        help_text = option.help.replace("|", "\\|")
        yield f"| `{option.key}` | `--{option.flag}` | {shown} | {help_text} |"


def flag_rows():
    """One row a flag of the Go provider."""
    for flag in FLAGS:
        yield f"| `{flag.name}` | {flag.fate.value} | {flag.note} |"


def metric_rows():
    """One row a metric."""
    for family in Metrics().families:
        arms = ", ".join(" ".join(arm) for arm in family.arms)
        labels = ", ".join(family.labels)
        yield f"| `{family.name}` | {family.kind} | {labels} | {arms} | {family.help} |"


if __name__ == "__main__":
    rows = {"settings": settings_rows, "flags": flag_rows, "metrics": metric_rows}
    print("\n".join(rows[sys.argv[1]]()))
