"""Text in from a file or standard input, text out to standard output; one clear line when it fails."""

import contextlib
import os
import sys
from pathlib import Path

import typer

STANDARD_INPUT = "-"

READ_LENGTH_MAX = 4_000_000
"""In bytes; enough for every text that a reader of this program accepts."""


def read_text(file: str) -> str:
    """
    The UTF-8 text of a file; `-` is standard input.

    Raises:
        typer.Exit: it cannot be read; standard error has said why.
    """
    try:
        data = _read_bytes(file)
    except OSError as error:
        raise failure(f"{file}: {error.strerror or error}") from error
    if len(data) > READ_LENGTH_MAX:
        raise failure(f"{file}: expected at most {READ_LENGTH_MAX} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise failure(f"{file}:{line}: expected UTF-8 text") from error


def _read_bytes(file: str) -> bytes:
    if file != STANDARD_INPUT:
        with Path(file).open("rb") as stream:
            return stream.read(READ_LENGTH_MAX + 1)
    if sys.stdin is None:
        raise failure("standard input is closed")
    return sys.stdin.buffer.read(READ_LENGTH_MAX + 1)


def write_text(text: str) -> None:
    """
    Write a text to standard output as it is.

    Raises:
        typer.Exit: the reader went away, or the disk is full; standard error has said so.
    """
    if sys.stdout is None:
        raise failure("standard output is closed")
    try:
        sys.stdout.buffer.write(text.encode(errors="backslashreplace"))
        sys.stdout.buffer.flush()
    except OSError as error:
        # What is still buffered would fail once more when Python flushes at its end.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise failure(f"standard output: {error.strerror or error}") from error


def is_terminal() -> bool:
    """True when somebody watches standard output."""
    return sys.stdout is not None and sys.stdout.isatty()


def failure(text: str) -> typer.Exit:
    """Say on standard error what went wrong; the caller raises the result, which is exit code 1."""
    typer.echo(text, err=True)
    return typer.Exit(1)
