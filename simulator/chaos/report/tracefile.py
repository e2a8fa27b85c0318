"""
Traces on file: JSON lines, the header first, then what happened by time; gzip where the name ends in .gz.

    {"trace": 1, "name": "one-node-dark", "seed": 7, "plan": "…", "outcome": {…}, …}
    {"t": 12.25, "what": "request", "lease": "A", "daemon": 1, "verb": "apply", "kind": "deployments", …}

Written without a clock in it: the same trace is the same file, byte for byte.
"""

import gzip
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

import attrs
import orjson

from simulator.chaos.outcome import Outcome
from simulator.chaos.report.gathering import Played, gather
from simulator.chaos.report.trace import (
    FORMAT,
    SHAPES,
    Entry,
    Header,
    Trace,
    TracedFault,
    TracedLease,
)
from simulator.jsontypes import JSONObject, JSONValue

_BYTES_MAX = 512 * 1024 * 1024
"""Of a trace, unpacked; a planted file must not fill the memory."""

_COMMON = ("t", "what", "lease", "daemon")


class TraceError(Exception):
    """A file is no trace: `<path>, line <n>: <rule>`."""


def write(run: Played, path: Path, *, replay: str = "") -> Trace:
    """
    Keep what a run left behind, masked.

    Args:
        run: what `run.play` returned.
        path: of the file; one that is there is replaced.
        replay: the command that plays it again; "" for one made of the plan's name and seed.

    Returns:
        What `read` gives back.

    Raises:
        OSError: it cannot be written.
    """
    trace = gather(run, replay=replay)
    put(trace, path)
    return trace


def put(trace: Trace, path: Path) -> None:
    """
    Write a trace.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("wb") as file:
        if path.suffix == ".gz":
            # Level 6 is half as large again as nothing at all would be quick; no name, no time.
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                packed.writelines(_lines(trace))
        else:
            file.writelines(_lines(trace))


def read(path: Path) -> Trace:
    """
    Read a trace back.

    Raises:
        TraceError: it is none; says in which line, and what is wrong there.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        source = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file
        try:
            return _parsed(path, _numbered(path, source))
        except (gzip.BadGzipFile, EOFError) as error:
            raise TraceError(f"{path}, line 1: not whole as gzip: {error}") from error


def _lines(trace: Trace) -> Iterator[bytes]:
    header = {"trace": FORMAT, **attrs.asdict(trace.header)}
    header["outcome"] = trace.header.outcome.as_json()
    yield orjson.dumps(header, option=orjson.OPT_APPEND_NEWLINE)
    for entry in trace.entries:
        line: JSONObject = {"t": entry.time, "what": entry.what}
        if entry.lease:
            line["lease"] = entry.lease
        if entry.daemon:
            line["daemon"] = entry.daemon
        yield orjson.dumps({**line, **entry.fields}, option=orjson.OPT_APPEND_NEWLINE)


def _numbered(path: Path, source: BinaryIO) -> Iterator[tuple[int, JSONObject]]:
    left = _BYTES_MAX
    for number, line in enumerate(source, 1):
        left -= len(line)
        if left < 0:
            raise TraceError(f"{path}, line {number}: a trace has at most {_BYTES_MAX} bytes")
        try:
            found: JSONValue = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise TraceError(f"{path}, line {number}: not JSON: {error}") from error
        if not isinstance(found, dict):
            raise TraceError(f"{path}, line {number}: not an object")
        yield number, found


def _parsed(path: Path, lines: Iterator[tuple[int, JSONObject]]) -> Trace:
    first = next(lines, None)
    if first is None:
        raise TraceError(f"{path}, line 1: empty")
    _, head = first
    if head.pop("trace", None) != FORMAT:
        raise TraceError(f'{path}, line 1: does not begin with "trace": {FORMAT}')
    try:
        header = _header(head)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise TraceError(f"{path}, line 1: not a header: {error}") from error
    entries: list[Entry] = []
    for number, line in lines:
        entry = _entry(line, entries[-1].time if entries else 0.0)
        if isinstance(entry, str):
            raise TraceError(f"{path}, line {number}: {entry}")
        entries.append(entry)
    return Trace(header, tuple(entries))


def _header(found: JSONObject) -> Header:
    made = Header(
        **{
            **found,
            "outcome": Outcome.from_json(found["outcome"]),
            "leases": tuple(TracedLease(**one) for one in found.get("leases", ())),
            "faults": tuple(TracedFault(**one) for one in found.get("faults", ())),
        }
    )
    for name in ("plan", "name", "about", "commit", "replay"):
        if not isinstance(getattr(made, name), str):
            raise TypeError(f"{name} is no text")
    if not isinstance(found.get("ended_at"), int | float):
        raise TypeError("ended_at is no number")
    if not isinstance(found.get("thinned"), dict):
        raise TypeError("thinned is no object")
    return made


def _entry(line: JSONObject, after: float) -> Entry | str:
    """An entry, or the rule that it breaks."""
    time, what = line.get("t"), line.get("what")
    if not isinstance(time, int | float) or isinstance(time, bool):
        return "t is no number"
    if time < after:
        return f"t is {time}, before the {after} of the line above"
    shape = SHAPES.get(str(what))
    if shape is None:
        return f"what is none of {', '.join(SHAPES)}"
    lease, daemon = line.get("lease", ""), line.get("daemon", 0)
    if not isinstance(lease, str):
        return "lease is no text"
    if not isinstance(daemon, int):
        return "daemon is no number"
    fields = {key: value for key, value in line.items() if key not in _COMMON}
    rule = _wrong(fields, shape.needed, shape.possible)
    return rule or Entry(time=time, what=str(what), lease=lease, daemon=daemon, fields=fields)


def _wrong(fields: JSONObject, needed: Mapping[str, type], possible: Mapping[str, type]) -> str:
    missing: Iterable[str] = (key for key in needed if key not in fields)
    if (key := next(iter(missing), None)) is not None:
        return f"{key} is missing"
    types = {**needed, **possible}
    for key, value in fields.items():
        wanted = types.get(key)
        if wanted is None:
            return f"{key} is no field of it"
        is_right = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
        if not is_right or (wanted is int and isinstance(value, bool)):
            return f"{key} is no {wanted.__name__}"
    return ""
