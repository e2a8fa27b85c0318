"""The docs list what the code has: no more, no less, in the same words."""

from pathlib import Path

import pytest

from tests.unit.configuration import reference

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("file", "heading", "rows"),
    [
        ("configuration.md", "## Every setting", reference.settings_rows),
        ("configuration.md", "## Flags of the Go provider", reference.flag_rows),
        ("metrics.md", "## Every metric", reference.metric_rows),
    ],
)
def test_the_docs_list_what_the_code_has(file, heading, rows):
    text = (DOCS / file).read_text()
    section = text.partition(f"{heading}\n")[2].partition("\n## ")[0]
    listed = [line for line in section.splitlines() if line.startswith("| `")]

    assert listed == list(rows())
