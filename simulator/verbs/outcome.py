"""What a verb gives back: an answer that has its JSON already, or can make it once."""

from typing import Self

import attrs

from simulator.jsontypes import JSONObject
from simulator.storage.versions import Version


@attrs.frozen
class Outcome:
    """The answer to a write or a read of one object."""

    version: Version
    code: int = 200
    warnings: tuple[str, ...] = ()
    """One `Warning` header each, without code and agent."""

    @property
    def object(self) -> JSONObject:
        """The object or Status; shared, never to be changed."""
        return self.version.object

    @classmethod
    def of(cls, obj: JSONObject, code: int = 200) -> Self:
        """An answer that is not in the store: a Status, a Scale, what a dry run would have made."""
        return cls(Version("", obj, 0), code)
