"""
The tables of docs/configuration.md and docs/metrics.md, as the code has them; tests hold the docs to them.

Bring the docs up to date: python -m tests.unit.configuration.reference
"""

from pathlib import Path

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


TABLES = (
    ("configuration.md", "## Every setting", settings_rows),
    ("configuration.md", "## Flags of the Go provider", flag_rows),
    ("metrics.md", "## Every metric", metric_rows),
)
DOCS = Path(__file__).parents[3] / "docs"


def rows_under(text, heading):
    """Rows of the table under a heading, without its head."""
    section = text.partition(f"{heading}\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def write():
    """Replace the rows of every table."""
    for name, heading, rows in TABLES:
        path = DOCS / name
        text = path.read_text()
        before, _, after = text.partition(f"{heading}\n")
        head, rule, rest = after.partition("| --- |")
        rule_line, _, rest = rest.partition("\n")
        kept = rest.splitlines(keepends=True)
        while kept and kept[0].startswith("| `"):
            del kept[0]
        table = "".join(f"{row}\n" for row in rows())
        path.write_text(f"{before}{heading}\n{head}{rule}{rule_line}\n{table}{''.join(kept)}")


if __name__ == "__main__":
    write()
