"""What the pages number is whole, and the one rule that a search can hold is held."""

import re

from tests.unit.docs.pages import ROOT, TEXTS, codes, section


def numbered(page, heading, letter):
    rows = section(TEXTS[page], heading).splitlines()
    return {number: row for row in rows for number in re.findall(rf"^\| ({letter}\d+) \|", row)}


def test_all_sixteen_invariants_are_there_each_with_a_check():
    found = numbered("docs/concurrency.md", "What always holds", "I")

    assert list(found) == [f"I{n}" for n in range(1, 17)]
    checks = [row.rstrip(" |").split(" | ")[2] for row in found.values()]
    source = (ROOT / "tests/sim/checks.py").read_text()
    for name in [code for check in checks for code in codes(check)]:
        assert name.startswith("test_") or f"def {name}(" in source, name
    assert all(checks)


def test_all_fourteen_quirks_are_there_each_with_a_test():
    found = numbered("docs/differences.md", "Its state machine", "Q")

    assert list(found) == [f"Q{n}" for n in range(1, 15)]
    assert [number for number, row in found.items() if "`test_" not in row] == []


def test_every_other_difference_names_a_test_or_says_that_the_part_is_not_here():
    for heading in ("Its defects, by what they do", "What is written", "What operators see"):
        rows = [
            r for r in section(TEXTS["docs/differences.md"], heading).splitlines() if r[:2] == "| "
        ]
        for row in rows[2:]:
            assert "`test_" in row or "not here" in row or re.search(r"\| Q\d", row), row


def test_shields_are_in_one_file_only():
    """Rule 8 of docs/concurrency.md."""
    files = [
        path for path in (ROOT / "provider").rglob("*.py") if "shield=True" in path.read_text()
    ]

    assert [path.relative_to(ROOT).as_posix() for path in files] == [
        "provider/concurrency/cleanup.py"
    ]
