"""
Reading a configuration file with the place at hand, so that a refusal says where and what to do.

A field is text, a flag, base64, an object or a list; anything else than what is asked for is refused,
as kubectl does. Absent and null are the same.
"""

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path

import attrs
import yaml

from provider.errors import ProviderError
from provider.jsontypes import JSONObject, JSONValue


class AccessError(ProviderError):
    """The API server cannot be reached with what is configured; at start only, exit code 2."""


@attrs.frozen
class Part:
    """One value inside a file; the methods raise `AccessError` with file and field."""

    value: JSONValue = attrs.field(repr=False)
    file: Path
    field: str = ""

    def error(self, rule: str) -> AccessError:
        """The refusal of this value, to be raised by the caller."""
        place = f"{self.file}: {self.field}" if self.field else str(self.file)
        return AccessError(f"{place}: {rule}")

    @property
    def present(self) -> bool:
        """False for null and for an absent key."""
        return self.value is not None

    def get(self, key: str) -> "Part":
        """The value under a key."""
        found = self.mapping().get(key)
        return Part(found, self.file, f"{self.field}.{key}" if self.field else key)

    def mapping(self) -> JSONObject:
        """An object; empty for null."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.error("expected an object")
        return self.value

    def each(self) -> Iterator["Part"]:
        """The elements of a list; none for null."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.error("expected a list")
        for number, item in enumerate(self.value):
            yield Part(item, self.file, f"{self.field}[{number}]")

    def text(self) -> str:
        """A text; "" for null."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            raise self.error("expected text; put it in quotes")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """A list of texts; empty for null."""
        return tuple(item.text() for item in self.each())

    def flag(self) -> bool:
        """A boolean; False for null."""
        if self.value is None:
            return False
        if not isinstance(self.value, bool):
            raise self.error("expected true or false")
        return self.value

    def data(self) -> bytes:
        """Bytes in base64; empty for null."""
        try:
            return base64.b64decode("".join(self.text().split()), validate=True)
        except (binascii.Error, ValueError):
            raise self.error("expected base64 in one line") from None

    def path(self) -> Path | None:
        """A path, relative to the file that names it; None for null and ""."""
        named = self.text()
        return self.file.absolute().parent / named if named else None


def read_document(file: Path) -> Part:
    """
    Read a YAML or JSON file whose top is an object; an empty file is an empty one.

    Raises:
        AccessError: not readable, or something else.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise AccessError(f"{file}: {error.strerror}; is the path right?") from None
    except UnicodeDecodeError:
        raise AccessError(f"{file}: is no text file") from None
    try:
        value = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        # The error's own text quotes the lines around it, which may hold a key.
        why = getattr(error, "problem", None) or "cannot be read"
        raise AccessError(f"{file}{line}: is no YAML: {why}") from None
    document = Part(value, file)
    document.mapping()
    return document
