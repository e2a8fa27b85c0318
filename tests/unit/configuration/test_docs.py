"""The docs list what the code has: no more, no less, in the same words."""

import pytest

from tests.unit.configuration.reference import DOCS, TABLES, rows_under


@pytest.mark.parametrize(("file", "heading", "rows"), TABLES)
def test_the_docs_list_what_the_code_has(file, heading, rows):
    assert rows_under((DOCS / file).read_text(), heading) == list(rows())
