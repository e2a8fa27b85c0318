"""Which seeds a part of a campaign plays: parts are numbered, and no two share a seed. Pure."""

from collections.abc import Collection, Iterator

import attrs


@attrs.frozen(kw_only=True)
class Share:
    """Seeds of one index."""

    first_seed: int
    """Of the whole campaign, 0 or more."""
    count: int
    """Seeds of each index, 1 or more."""
    index: int = 0
    """From 0, as `JOB_COMPLETION_INDEX` counts."""

    @property
    def seeds(self) -> range:
        """Its seeds: index 0 begins at the first, and each index where the one before ends."""
        start = self.first_seed + self.index * self.count
        return range(start, start + self.count)

    def left(self, done: Collection[int]) -> Iterator[int]:
        """Those that are still to be played."""
        return (seed for seed in self.seeds if seed not in done)
