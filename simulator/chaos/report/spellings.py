"""Finds known values and what looks like a credential in free text, however it is encoded. Pure."""

import base64
import re
from collections.abc import Iterable
from typing import Self
from urllib.parse import quote, quote_plus

import attrs
import orjson

_SHOWN_MAX = 16
"""Messages cut long values short; so many first letters give one away."""

_BASE64 = r"[A-Za-z0-9+/_=-]"

_CREDENTIALS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|$)", re.DOTALL), "{}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "{}"),
    (re.compile(r"(?i)\b(authorization['\"]?\s*[:=,]\s*b?['\"]?)(\w+\s+)?[^\s,'\";]+"), r"\1{}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+(?=\S*[\d._=])[\w.~+/=-]{8,}"), r"\1 {}"),
    (re.compile(r"(?i)\b(pass(?:word|wd|phrase)|(?:access_|refresh_|id_)?token|api[_-]?key|client_secret)"
                r"(['\"]?\s*[:=]\s*b?['\"]?)[^\s'\",;&)}\]]+"), r"\1\2{}"),
    (re.compile(r"(?<=://)[^/@\s]+(?=@)"), "{}"),
    # JSON, and what zlib packs, both in base64.
    (re.compile(r"\b(?:eyJ|eJ|eN|eA|eF)" + _BASE64 + r"{24,}"), "{}"),
)  # fmt: skip


@attrs.frozen
class Spellings:
    """What to look for."""

    mask: str
    _written: tuple[str, ...]
    """Every way in which a value may be written, the longest first."""
    _encoded: tuple[str, ...]
    """Middles of the values in base64, at each of its three offsets."""
    _seen: dict[str, str] = attrs.field(init=False, factory=dict, eq=False, repr=False)

    @classmethod
    def of(cls, values: Iterable[str], mask: str) -> Self:
        """Take in values; each has at least a few letters."""
        written: set[str] = set()
        encoded: set[str] = set()
        for value in values:
            for one in (value, value[:_SHOWN_MAX]):
                quoted = orjson.dumps(one).decode()[1:-1]
                written |= {
                    one,
                    quoted,
                    repr(one)[1:-1],
                    quote(one),
                    quote(one, ""),
                    quote_plus(one),
                }
                written.add(ascii(one)[1:-1])
            encoded |= _middles(value)
        by_length = sorted(written, key=lambda one: (-len(one), one))
        return cls(mask, tuple(by_length), tuple(sorted(encoded)))

    def masked(self, text: str) -> str:
        """The text with all of that masked; the same text for one that holds nothing."""
        found = self._seen.get(text)
        if found is None:
            found = self._seen[text] = self._masked(text)
        return found

    def _masked(self, text: str) -> str:
        for middle in self._encoded:
            if middle in text:
                text = re.sub(_BASE64 + "*" + re.escape(middle) + _BASE64 + "*", self.mask, text)
        for one in self._written:
            if one in text:
                text = text.replace(one, self.mask)
        for pattern, put in _CREDENTIALS:
            text = pattern.sub(put.format(self.mask), text)
        return text


def _middles(value: str) -> set[str]:
    """
    What of a value is the same in base64 whatever stands around it.

    Three bytes become four letters: at each offset the letters that lie wholly inside are fixed.
    """
    found = set()
    data = value.encode()
    for offset in range(3):
        inside = base64.b64encode(bytes(offset) + data).decode().rstrip("=")
        whole = (offset + len(data)) // 3 * 4
        middle = inside[4 if offset else 0 : whole]
        if len(middle) >= 8:
            found |= {middle, middle.replace("+", "-").replace("/", "_")}
    return found
