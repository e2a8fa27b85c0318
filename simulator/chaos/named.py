"""The plans that come along, by the names of their files; and the command that lists them."""

import sys
from importlib import resources
from pathlib import Path
from typing import Annotated

import attrs
import typer

from simulator.chaos.plan import Plan

_WIDTH_WITHOUT_TERMINAL = 150
_NUMBERED = "0123456789-"


@attrs.frozen
class Named:
    """One of them."""

    file: str
    """Without its ending: `12-hung-apply-then-close`."""
    plan: Plan

    @property
    def sort(self) -> str:
        """incident, explore, trap, found or bench: the first part of the name, or a number."""
        head = self.file.partition("-")[0]
        return "incident" if head.isdigit() else head


def folder() -> Path:
    """Where they are."""
    return Path(str(resources.files("simulator.chaos"))) / "plans"


def plans() -> list[Named]:
    """All of them, in the order of their files."""
    from simulator.chaos import planfile

    return [Named(file.stem, planfile.load(file)) for file in sorted(folder().glob("*.yaml"))]


def file(name: str) -> Path:
    """
    The file of a plan by its name, with or without its number.

    It need not be there: whoever reads it says so.
    """
    found = [one for one in folder().glob("*.yaml") if one.stem.lstrip(_NUMBERED) == name]
    return found[0] if len(found) == 1 else folder() / f"{name}.yaml"


def listed(
    *,
    faults: Annotated[
        bool, typer.Option("--faults", help="The kinds of faults that a plan may name, instead.")
    ] = False,
    deeds: Annotated[
        bool, typer.Option("--deeds", help="The deeds that a plan may name, instead.")
    ] = False,
) -> None:
    """List the plans that come along: what each shows, and which incident it comes from."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if faults:
        table, rows = Table("fault", "told by", "values", "what happens"), _faults()
    elif deeds:
        table, rows = Table("deed", "values", "what happens"), _deeds()
    else:
        table, rows = Table("plan", "born from", "what must come of it"), _plans()
    table.box, table.header_style, table.pad_edge = None, "bold", False
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL).print(table)


def _plans() -> list[tuple[str, ...]]:
    return [(one.file, ", ".join(one.plan.born_from), one.plan.about) for one in plans()]


def _faults() -> list[tuple[str, ...]]:
    from simulator.chaos.faults.catalog import CATALOG

    return [
        (
            kind.what,
            " ".join(kind.where),
            " ".join(f"{value.name}={value.default}" for value in kind.values),
            kind.help,
        )
        for kind in CATALOG.values()
    ]


def _deeds() -> list[tuple[str, ...]]:
    from simulator.chaos.actions import DEEDS

    return [
        (name, " ".join(("lease",) * deed.of_lease + tuple(deed.values)), deed.help)
        for name, deed in DEEDS.items()
    ]
