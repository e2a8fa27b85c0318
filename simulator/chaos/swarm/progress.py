"""What a campaign says while it runs."""

import attrs
import trio

from simulator.chaos.bar import Bar
from simulator.chaos.swarm.tally import Tally

_GROUPS_SHOWN = 3


@attrs.define(eq=False)
class Progress:
    """Seeds played, seeds a second, and what failed, in a bar."""

    bar: Bar
    _began: tuple[float, int] | None = attrs.field(init=False, default=None)
    """When the first seed of this start began, and how many earlier starts had played."""

    def told(self, tally: Tally) -> None:
        """Show what there is by now; inside the campaign, whose clock it reads."""
        if self._began is None:
            self._began = (trio.current_time(), tally.runs)
        began, earlier = self._began
        seconds = trio.current_time() - began
        played = tally.runs - earlier
        rate = f"{played / seconds:.2f} seeds/s" if played and seconds else ""
        self.bar.told(tally.runs, _found(tally), rate=rate)


def _found(tally: Tally) -> str:
    worst = tally.worst()
    names = [f"{failures.count} × {group}" for group, failures in worst[:_GROUPS_SHOWN]]
    more = [f"… {len(worst) - _GROUPS_SHOWN} more"] if len(worst) > _GROUPS_SHOWN else []
    return f"{tally.counted} counted, {tally.below} below the floor  " + ", ".join(names + more)
