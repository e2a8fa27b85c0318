"""Help of a command with many options: names whole in any terminal, under headings, to read from the top."""

import textwrap
from typing import Any

import typer
from typer.core import TyperCommand

from provider.configuration.table import TUNING

_NAME_WIDTH = 4
"""Longer names, which is all of them, have a line of their own, with the help below."""


class PanelledCommand(TyperCommand):
    """Prints plain text; what is rarely changed is only named."""

    def format_help(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write everything."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_options(ctx, formatter)
        self.format_epilog(ctx, formatter)

    def format_options(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write the options under their headings, in the order of the table."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            panel = getattr(option, "rich_help_panel", None) or "Help"
            name = " ".join([", ".join(option.opts), getattr(option, "metavar", None) or ""])
            panels.setdefault(panel, []).append((name.rstrip(), getattr(option, "help", "") or ""))
        tuning = panels.pop(TUNING, [])
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows, col_max=_NAME_WIDTH)
        if tuning:
            with formatter.section(TUNING):
                names = ", ".join(name.partition(" ")[0] for name, _ in tuning)
                indent = " " * formatter.current_indent
                formatter.write(
                    textwrap.fill(
                        names,
                        formatter.width,
                        initial_indent=indent,
                        subsequent_indent=indent,
                        break_on_hyphens=False,
                    )
                    + "\n"
                )
                formatter.write_paragraph()
                formatter.write_text(
                    "`provider config check` shows their values, docs/configuration.md explains each."
                )
