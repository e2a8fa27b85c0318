"""Masks by place and, in every text, by value. Pure."""

import re
from collections.abc import Iterable

import attrs

from simulator.chaos.report.masking import MASK, masked
from simulator.chaos.report.spellings import Spellings
from simulator.jsontypes import JSONValue

KNOWN_MIN = 4
"""Letters of the shortest value that is looked for in free text: `1` and `on` are everywhere."""

_EVERYDAY = re.compile(
    r"(?i)[\d.]+|true|false|none|null|debug|info|warning|error|production|localhost"
)
"""Values that would mask half of every text, and give nothing away."""


@attrs.frozen
class Masker:
    """Knows what was found in secret places, and finds it where it is quoted."""

    _spellings: Spellings

    @classmethod
    def knowing(cls, values: Iterable[str], public: Iterable[str] = ()) -> "Masker":
        """
        Make one.

        Args:
            values: secrets, as `secrets_in` finds them; short ones are masked by place only.
            public: what everybody may read although a tenant has put it into a secret place too:
                names of leases, hostnames, names of services.
        """
        long = {value for value in values if len(value) >= KNOWN_MIN}
        known = {value for value in long if not _EVERYDAY.fullmatch(value)} - set(public) - {MASK}
        return cls(Spellings.of(known, MASK))

    def text(self, text: str) -> str:
        """A text without tokens, passwords and known values, however they are encoded."""
        return self._spellings.masked(text)

    def json(self, value: JSONValue, kind: str = "") -> JSONValue:
        """A copy of a value with secret places masked, and known values wherever they are quoted."""
        return self._texts(masked(value, kind))

    def _texts(self, value: JSONValue) -> JSONValue:
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self._texts(key): self._texts(item) for key, item in value.items()}
            case list():
                return [self._texts(item) for item in value]
            case _:
                return value
