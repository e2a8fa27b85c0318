"""A search as its page shows it. Pure."""

from simulator.chaos.explore import strikes
from simulator.chaos.explore.tally import Tally
from simulator.chaos.report.exploration import Exploration, Struck, Trouble

_SAYS = {**strikes.AT_STEPS, **strikes.AT_REQUESTS}
PAIR = "the lease is lost, and the daemon dies at a request of its teardown"


def about(kind: str) -> str:
    """What a kind of strike does, in words."""
    return _SAYS.get(kind, PAIR)


def command(plan: str, strike: str) -> str:
    """The command that plays one run of a search; of the undisturbed one, the plan's."""
    if not strike:
        return f"simulator chaos run {plan}"
    return f"simulator chaos explore {plan} --only '{strike}'"


def exploration(tally: Tally, seconds: float, jobs: int) -> Exploration:
    """
    What a page is made of.

    Args:
        tally: of all runs.
        seconds: real ones that the search took.
        jobs: worker processes.
    """
    counted = tally.search.counted
    more = {"took": f"{seconds:.0f} s on {jobs} processes"}
    if tally.search.pairs_stride > 1:
        more["pairs"] = f"one in {tally.search.pairs_stride}"
    troubles = []
    for trouble, found in tally.by_strike():
        strike = str(found.smallest) if found.smallest.kind else ""
        troubles.append(
            Trouble(
                invariant=trouble.invariant,
                key=trouble.key,
                runs=found.count,
                strike=strike,
                there=found.what,
                text=found.text,
                replay=command(tally.plan, strike),
            )
        )
    return Exploration(
        title=f"explore {tally.plan}",
        steps=len(counted.steps),
        requests=len(counted.requests),
        tasks=dict(counted.tasks.most_common()),
        struck=tuple(
            Struck(
                kind=kind,
                about=about(kind),
                runs=one.runs,
                fell=one.fell,
                end_states=len(one.end_states),
                sequences=len(one.sequences),
                violated=one.violated,
            )
            for kind, one in sorted(tally.kinds.items())
        ),
        end_states=len(tally.end_states),
        sequences=len(tally.sequences),
        troubles=tuple(troubles),
        failures=tuple(tally.failures),
        failed=tally.failed,
        about=more,
    )
