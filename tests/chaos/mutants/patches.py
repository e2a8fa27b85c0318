"""
Planted faults as files: a header that says what is wrong, then a unified diff.

    invariant: I7
    trap: one sentence on the mistake and on when it shows.
    found by: run trap-late-route
    verified: which tests without chaos were seen to pass with it, and how they were chosen

    --- a/provider/…
    +++ b/provider/…
    @@ -12,3 +12,2 @@

A hunk goes where its own lines are found word for word; an edit further up in the file does not stop
it, an edit of those lines does, and then the patch has to be made anew.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

FOLDER = Path(__file__).resolve().parent

_FIELDS = ("invariant", "trap", "found by", "verified")
_INVARIANT = re.compile(r"I([1-9]|1[0-6])")
_FINDER = re.compile(r"(run|explore) [a-z0-9-]+|swarm --count [1-9]\d*( --first-seed \d+)?")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class PatchError(Exception):
    """A patch that cannot be read, or that does not fit the tree any more."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


@attrs.frozen
class Hunk:
    """Lines, without their ends, and what they become."""

    number: int
    """Place in its file's part of the patch, from 1."""
    line: int
    """Where the old lines were when the patch was made, from 1."""
    old: tuple[str, ...]
    new: tuple[str, ...]


@attrs.frozen
class Change:
    """What is done to one file."""

    path: str
    """From the project's root."""
    hunks: tuple[Hunk, ...]


@attrs.frozen
class Mutant:
    """One planted fault."""

    name: str
    """The file's, without its ending: `07-second-lost-answer`."""
    invariant: str
    """The one that has to be violated."""
    trap: str
    found_by: str
    """What finds it, as words after `simulator chaos`."""
    verified: str
    """Which tests without chaos were seen to pass with it."""
    changes: tuple[Change, ...]


def read_all(folder: Path = FOLDER) -> tuple[Mutant, ...]:
    """
    Every planted fault, sorted by name.

    Raises:
        PatchError: one cannot be read.
    """
    return tuple(
        parse(path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.patch"))
    )


def parse(name: str, text: str) -> Mutant:
    """
    Read one.

    Raises:
        PatchError: a field is missing or says nothing that can be used, or the diff is none.
    """
    header, found, diff = text.partition("\n--- a/")
    if not found:
        raise PatchError(name, "there is no diff in it")
    fields = _fields(name, header)
    if not _INVARIANT.fullmatch(fields["invariant"]):
        raise PatchError(name, f"invariant must be I1 to I16, got {fields['invariant']!r}")
    if not _FINDER.fullmatch(fields["found by"]):
        raise PatchError(name, f"found by: no such command: {fields['found by']!r}")
    changes = tuple(_changes(name, f"--- a/{diff}".splitlines()))
    return Mutant(
        name, fields["invariant"], fields["trap"], fields["found by"], fields["verified"], changes
    )


def _fields(name: str, header: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    last = ""
    for line in header.splitlines():
        key, colon, value = line.partition(":")
        if colon and key in _FIELDS:
            last = key
            fields[key] = value.strip()
        elif line.startswith(" ") and last:
            fields[last] = f"{fields[last]} {line.strip()}"
        elif line.strip():
            raise PatchError(name, f"the header has no field for {line!r}")
    for key in _FIELDS:
        if not fields.get(key):
            raise PatchError(name, f"the header does not say {key!r}")
    return fields


def _changes(name: str, lines: list[str]) -> Iterator[Change]:
    path, hunks = "", list[Hunk]()
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("--- a/"):
            if path:
                yield Change(path, tuple(hunks))
            path, hunks = line.removeprefix("--- a/"), []
            if at + 1 == len(lines) or lines[at + 1] != f"+++ b/{path}":
                raise PatchError(name, f"{path}: a planted fault changes files, and nothing else")
            at += 2
        elif found := _HUNK.match(line):
            count, wanted = (int(n) if n is not None else 1 for n in found.group(2, 3))
            body = list(_body(lines[at + 1 :], count, wanted))
            if (_count(body, " -"), _count(body, " +")) != (count, wanted):
                raise PatchError(
                    name, f"{path}: hunk {len(hunks) + 1} has fewer lines than it says"
                )
            hunks.append(
                Hunk(
                    number=len(hunks) + 1,
                    line=int(found[1]),
                    old=tuple(one[1:] for one in body if one[:1] in " -"),
                    new=tuple(one[1:] for one in body if one[:1] in " +"),
                )
            )
            at += 1 + len(body)
        else:
            raise PatchError(name, f"{path}: neither file nor hunk: {line!r}")
    yield Change(path, tuple(hunks))


def _body(lines: Iterable[str], old: int, new: int) -> Iterator[str]:
    """The lines of one hunk; editors strip the space of an empty one."""
    for line in lines:
        if old <= 0 and new <= 0:
            return
        full = line or " "
        old -= full[0] in " -"
        new -= full[0] in " +"
        yield full


def _count(body: Iterable[str], marks: str) -> int:
    return sum(line[0] in marks for line in body)


def apply(mutant: Mutant, root: Path) -> None:
    """
    Plant a fault into a copy of the project; all of it, or nothing.

    Raises:
        PatchError: it does not fit; names the file and the hunk.
    """
    planted = {root / path: text for path, text in planted_files(mutant, root).items()}
    for path, text in planted.items():
        path.write_text(text, encoding="utf-8")


def planted_files(mutant: Mutant, root: Path) -> dict[str, str]:
    """
    What the changed files would be; writes nothing.

    Raises:
        PatchError: as `apply`.
    """
    found: dict[str, str] = {}
    for change in mutant.changes:
        path = root / change.path
        if not path.is_file():
            raise PatchError(mutant.name, f"{change.path}: there is no such file")
        lines = path.read_text(encoding="utf-8").splitlines()
        drift = 0
        for hunk in change.hunks:
            at = _find(lines, hunk, hunk.line - 1 + drift)
            if at is None:
                why = f"{change.path}: hunk {hunk.number} does not apply any more"
                raise PatchError(mutant.name, f"{why}: {_telling(hunk)!r}")
            lines[at : at + len(hunk.old)] = hunk.new
            drift = at - (hunk.line - 1) + len(hunk.new) - len(hunk.old)
        found[change.path] = "\n".join(lines) + "\n"
    return found


def _find(lines: list[str], hunk: Hunk, wanted: int) -> int | None:
    """Where a hunk's old lines are: as near as can be to where they were, `None` for nowhere."""
    size = len(hunk.old)
    places = [at for at in range(len(lines) - size + 1) if tuple(lines[at : at + size]) == hunk.old]
    return min(places, key=lambda at: abs(at - wanted), default=None)


def _telling(hunk: Hunk) -> str:
    """The line of a hunk that tells most: the first that it takes away."""
    gone = [line for line in hunk.old if line not in hunk.new]
    return (gone or list(hunk.old))[0].strip()
