"""
The tables of docs/chaos.md, as the code has them; a test holds the page to them.

Bring the page up to date: python -m tests.unit.docs.chaos_tables
"""

import re

from simulator.chaos import expectations, named
from simulator.chaos.actions import DEEDS
from simulator.chaos.faults.catalog import CATALOG
from tests.unit.docs.pages import ROOT

PAGE = ROOT / "docs/chaos.md"


def coded(words):
    return ", ".join(f"`{word}`" for word in words)


def expectation_rows():
    """One row a sort of expectation."""
    for what, kind in expectations.CATALOG.items():
        keys = [*sorted(kind.needs), *sorted(kind.one_of), *sorted(kind.may)]
        yield f"| `{what}` | {coded(keys)} | {kind.about} |"


def deed_rows():
    """One row a deed."""
    for name, deed in DEEDS.items():
        keys = (*(("lease",) if deed.of_lease else ()), *deed.values)
        yield f"| `{name}` | {coded(keys)} | {deed.help} |"


def fault_rows():
    """One row a kind of fault."""
    for kind in CATALOG.values():
        values = ", ".join(f"`{value.name}` {value.help}" for value in kind.values)
        many = "all keys of requests" if len(kind.where) > 5 else coded(kind.where)
        yield f"| `{kind.what}` | {many} | {values} | {kind.help} |"


def scenario_rows():
    """One row a plan of the thirty."""
    for one in named.plans():
        if one.sort == "incident":
            born = ", ".join(one.plan.born_from)
            yield f"| {int(one.file[:2])} | `{one.file}` | {one.plan.about} | {born} |"


TABLES = {
    "| what | keys | it holds when |": expectation_rows,
    "| do | keys | what happens |": deed_rows,
    "| what | told by | values | what happens |": fault_rows,
    "| | plan | what must come of it | born from |": scenario_rows,
}
"""By the heads of the tables."""


def rows_below(text, head):
    """Rows of the table with this head."""
    below = text.partition(f"{head}\n")[2].splitlines()[1:]
    count = next(
        (place for place, line in enumerate(below) if not line.startswith("|")), len(below)
    )
    return below[:count]


def written(text):
    """The page with every table as it should be."""
    for head, rows in TABLES.items():
        table = "".join(f"{row}\n" for row in rows())
        pattern = rf"({re.escape(head)}\n\|[ -|]*\n)(\|.*\n)*"
        text = re.sub(pattern, lambda match, table=table: match[1] + table, text)
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
