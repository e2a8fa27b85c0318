"""Planted faults: every patch still fits, says what it breaks, and gives Python."""

import ast

import pytest

from tests.chaos.mutants.hunt import ROOT
from tests.chaos.mutants.patches import PatchError, apply, parse, planted_files, read_all

MUTANTS = read_all()
REQUIRED = {"I1", "I2", "I3", "I4", "I5", "I7", "I8", "I14", "I16"}

PATCH = """\
invariant: I7
trap: A name is given away too early,
  after a lost answer.
found by: run trap-late-route
verified: every test that plays its line

--- a/provider/names.py
+++ b/provider/names.py
@@ -1,3 +1,2 @@
 first
-wait()
 last
"""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_fits_the_daemon_and_is_python(mutant):
    for path, text in planted_files(mutant, ROOT).items():
        assert path.startswith("provider/")
        assert text != (ROOT / path).read_text()
        ast.parse(text)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_that_a_named_plan_finds_names_one_that_is_there(mutant):
    verb, name, *_ = mutant.found_by.split()

    assert verb == "swarm" or (ROOT / f"simulator/chaos/plans/{name}.yaml").is_file()


def test_there_are_enough_of_them_and_every_required_invariant_is_broken_by_one():
    assert len(MUTANTS) >= 25
    assert {mutant.invariant for mutant in MUTANTS} >= REQUIRED


def test_a_header_is_read_with_its_continued_lines():
    mutant = parse("01-early", PATCH)

    assert mutant.invariant == "I7"
    assert mutant.trap == "A name is given away too early, after a lost answer."
    assert mutant.found_by == "run trap-late-route"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("invariant: I7\n", "", "does not say 'invariant'"),
        ("I7", "I17", "must be I1 to I16"),
        ("run trap-late-route", "luck", "no such command: 'luck'"),
        ("-1,3 +1,2", "-1,4 +1,3", "hunk 1 has fewer lines"),
        ("found by", "note", "no field for"),
        ("+++ b/provider/names.py", "+++ /dev/null", "changes files, and nothing else"),
    ],
)
def test_a_patch_that_says_less_is_refused(before, after, why):
    with pytest.raises(PatchError, match=why):
        parse("01-early", PATCH.replace(before, after))


@pytest.mark.parametrize("above", ["", "import this\n" * 9], ids=["as it was", "further down"])
def test_a_hunk_goes_where_its_lines_are(tmp_path, above):
    (tmp_path / "provider").mkdir()
    file = tmp_path / "provider/names.py"
    file.write_text(f"{above}first\nwait()\nlast\n")

    apply(parse("01-early", PATCH), tmp_path)

    assert file.read_text() == f"{above}first\nlast\n"


@pytest.mark.parametrize("text", ["first\nwait(1)\nlast\n", None], ids=["changed", "gone"])
def test_a_patch_that_no_longer_fits_names_the_file_and_changes_nothing(tmp_path, text):
    (tmp_path / "provider").mkdir()
    file = tmp_path / "provider/names.py"
    if text is not None:
        file.write_text(text)
    why = "names.py: (hunk 1 does not apply any more|there is no such file)"

    with pytest.raises(PatchError, match=why):
        apply(parse("01-early", PATCH), tmp_path)

    assert text is None or file.read_text() == text
