"""
What a campaign leaves in its folder: one file of JSON lines an index, and plans that failed.

    results-0007.jsonl     {"seed": 3500, "outcome": {…}, "cpu_seconds": 0.9, "rss_megabytes": 180, "worker": 41}
    failing/seed-3512.yaml the plan of a seed that failed, as it was drawn
    found-i1-….yaml        the smallest plan of one group of failures

Lines are appended and flushed one by one, so that whatever ends a campaign leaves what was done. A
line that was cut off by that is passed over and written anew by the next start, which goes on after it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

import attrs
import orjson

from simulator.chaos.outcome import Outcome
from simulator.jsontypes import JSONObject

_FILE = re.compile(r"results-(\d+)\.jsonl")


class ResultsError(Exception):
    """A folder holds something that is no result of a campaign."""


@attrs.frozen(kw_only=True)
class Result:
    """One seed of a campaign."""

    seed: int
    outcome: Outcome
    cpu_seconds: float = 0.0
    """Real ones, of the worker."""
    rss_megabytes: float = 0.0
    """What the worker held afterwards."""
    worker: int = 0
    """Its process id."""

    def as_json(self) -> JSONObject:
        """What `from_json` reads back."""
        return {**attrs.asdict(self, recurse=False), "outcome": self.outcome.as_json()}

    @classmethod
    def from_json(cls, found: JSONObject) -> Self:
        """
        Read what a worker or a file says.

        Raises:
            TypeError: a field that this version does not know.
        """
        return cls(**{**found, "outcome": Outcome.from_json(found["outcome"])})


def file_of(folder: Path, index: int) -> Path:
    """Where the results of one index are."""
    return folder / f"results-{index:04}.jsonl"


def read(path: Path) -> Iterator[Result]:
    """
    The results of one file, in the order in which they came; none if there is no such file.

    Raises:
        ResultsError: a whole line is no result.
    """
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Result.from_json(orjson.loads(line))
            except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
                raise ResultsError(f"{path}, line {number}: {error}") from error


def read_all(folder: Path) -> Iterator[Result]:
    """
    The results of every index, by index; a seed that several of them have is told once.

    Raises:
        ResultsError: a file holds something else, or there is no file at all.
    """
    paths = sorted(path for path in folder.glob("results-*.jsonl") if _FILE.fullmatch(path.name))
    if not paths:
        raise ResultsError(f"{folder} holds no results-*.jsonl")
    seen: set[int] = set()
    for path in paths:
        for result in read(path):
            if result.seed not in seen:
                seen.add(result.seed)
                yield result


@attrs.define(eq=False)
class ResultsFile:
    """A file that grows; use as a context manager."""

    path: Path
    _file: BinaryIO = attrs.field(init=False)

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("r+b" if self.path.exists() else "w+b")
        self._file.truncate(self._end_of_lines())
        self._file.seek(0, 2)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, result: Result) -> None:
        """Write one result through to the file."""
        self._file.write(orjson.dumps(result.as_json()) + b"\n")
        self._file.flush()

    def _end_of_lines(self) -> int:
        return sum(len(line) for line in self._file if line.endswith(b"\n"))
