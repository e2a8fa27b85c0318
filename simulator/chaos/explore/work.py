"""
What worker processes do for a search: JSON in, JSON out.

`strike` plays the plan once, and goes on from each of its points in a copy of the process; the copies
answer. What is played before a point is so played once for many.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

import attrs

from simulator.chaos import planfile
from simulator.chaos.explore import forks, strikes
from simulator.chaos.explore.points import Met, Points
from simulator.chaos.explore.steps import Step
from simulator.chaos.explore.strikes import Strike
from simulator.chaos.plan import ExplorePlan, Plan
from simulator.chaos.process import AGENT
from simulator.chaos.run import Run, play
from simulator.chaos.stage import Stage
from simulator.jsontypes import JSONObject
from simulator.market.proofs import losses

SECONDS_MAX = 120
"""Real ones that one copy may take."""


def count(item: JSONObject) -> JSONObject:
    """
    Play a plan undisturbed and write down its points.

    Args:
        item: `plan` as YAML.

    Returns:
        `steps`: [task, ordinal, time, prefix, possible kinds] each; `requests`: [what, time, prefix,
        possible kinds, steps before it] each; `outcome`.
    """
    plan = planned(item["plan"])
    steps: list[object] = []
    requests: list[object] = []

    def at_step(stage: Stage, step: Step) -> None:
        kinds = strikes.possible(stage, window(plan).lease)
        steps.append([step.task, step.ordinal, step.time, step.prefix, kinds])

    def at_request(stage: Stage, met: Met) -> str:
        kinds = strikes.possible_at_request(stage, window(plan).lease)
        requests.append([met.what, met.time, met.prefix, kinds, met.steps])
        return ""

    points = Points(window(plan), at_step, at_request, strikes.at_request)
    run = play(plan, observer=points)
    points.raise_broken()
    return {"steps": steps, "requests": requests, "outcome": run.outcome.as_json()}


def strike(item: JSONObject) -> JSONObject:
    """
    Play a plan up to each of some points, and strike there.

    Args:
        item: `plan` as YAML, and `strikes`: [kind, at, what the point was when it was counted] each;
            for pairs `stride` and `shift` too: of the requests after each loss, numbered from 1, those
            are struck for which number + loss + shift is divisible by the stride.

    Returns:
        `runs`: `strike` as text, `task` or request, `fell` (whether it was the point that was counted),
        `outcome` and `seconds`, or `failure`; in the order of the points.
    """
    plan = planned(item["plan"])
    wanted = [(Strike(kind, at), expected) for kind, at, expected in item["strikes"]]
    pairs = (item["stride"], item["shift"]) if "stride" in item else None
    return {"runs": forks.gather(partial(_strike_all, plan, wanted, pairs))}


def replay(plan: Plan, wanted: Strike) -> Run:
    """
    Play a plan with one strike, in this process from the beginning.

    Raises:
        LookupError: the run has no such point.
    """
    striker = _Striker(window(plan), [(wanted, None)], None, None)
    run = play(plan, observer=striker.points)
    striker.points.raise_broken()
    if striker.struck is None or (wanted.crash and not striker.is_crashed):
        raise LookupError(f"the run has no point for {wanted}")
    return run


def planned(text: str) -> Plan:
    """A plan with a window; what it claims besides the invariants, and needs, is of undisturbed runs."""
    return attrs.evolve(planfile.loads(text), asserts=(), lenient=True)


def window(plan: Plan) -> ExplorePlan:
    """
    Where to strike.

    Raises:
        ValueError: the plan does not say.
    """
    if plan.explore is None:
        raise ValueError(f"the plan {plan.name} has no `explore`")
    return plan.explore


Expected = Sequence[object] | None
"""What was counted at a point: [name, ordinal or 0, time, prefix]; None where nobody counted."""


def _strike_all(
    plan: Plan,
    wanted: list[tuple[Strike, Expected]],
    pairs: tuple[int, int] | None,
    answers: forks.Answers,
) -> None:
    striker = _Striker(window(plan), wanted, pairs, answers)
    run = play(plan, observer=striker.points)
    striker.finish(run)


@attrs.define(eq=False)
class _Striker:
    """Strikes when a point is reached: in copies of this process where there are `answers`."""

    window: ExplorePlan
    wanted: list[tuple[Strike, Expected]]
    pairs: tuple[int, int] | None
    answers: forks.Answers | None
    points: Points = attrs.field(init=False)
    struck: Strike | None = attrs.field(default=None, init=False)
    """What this process has struck."""
    is_crashed: bool = attrs.field(default=False, init=False)
    _what: str = attrs.field(default="", init=False)
    _fell: bool = attrs.field(default=True, init=False)
    _began: float = attrs.field(default=0.0, init=False)
    _after: int = attrs.field(default=0, init=False)
    """How many requests came after the daemon knew of the loss that was struck."""
    _waiting: Mapping[tuple[bool, int], list[tuple[Strike, Expected]]] = attrs.field(init=False)
    _left: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        waiting = defaultdict(list)
        for one, expected in self.wanted:
            waiting[one.is_at_request, one.at].append((one, expected))
        self._waiting, self._left = dict(waiting), len(self.wanted)
        self.points = Points(
            self.window,
            self._at_step,
            self._at_request,
            strikes.at_request,
            self._at_rest,
            lambda number: (False, number) in self._waiting,
        )

    # ── at a point ──────────────────────────────────────────────────────────────────────────────

    def _at_step(self, stage: Stage, step: Step) -> None:
        if self.struck is None:
            found = [step.task, step.ordinal, step.time, step.prefix]
            for one, expected in self._waiting.get((False, step.number), ()):
                if self._goes_on_here(one, found, expected):
                    strikes.at_step(stage, self.window.lease, one.kind)
                    return

    def _at_request(self, stage: Stage, met: Met) -> str:
        if self.struck is None:
            found = [met.what, 0, met.time, met.prefix]
            for one, expected in self._waiting.get((True, met.number), ()):
                if self._goes_on_here(one, found, expected):
                    return one.kind
        elif not self.is_crashed and self._knows(stage):
            self._after += 1
            self._crash(stage, met)
        return ""

    def _goes_on_here(self, one: Strike, found: list[object], expected: Expected) -> bool:
        """True in the process that is to strike; False in the one that goes on undisturbed."""
        if self.answers is not None:
            how = forks.branch(SECONDS_MAX * (30 if self.pairs else 1))
            if how is not None:
                if how:
                    self.answers.put({"strike": str(one), "failure": f"the run ended {how}"})
                self._left -= 1
                if not self._left:
                    forks.leave()
                return False
        self.points.forget_steps()
        self.struck, self._what, self._began = one, str(found[0]), time.process_time()
        self._fell = expected is None or list(expected[:4]) == found
        return True

    # ── pairs ───────────────────────────────────────────────────────────────────────────────────

    def _knows(self, stage: Stage) -> bool:
        name = stage.tenants[self.window.lease].facts.name
        return name in losses(stage.world.answers.told, AGENT)

    def _crash(self, stage: Stage, met: Met) -> None:
        assert self.struck is not None, "a loss comes first"
        pair = attrs.evolve(self.struck, crash=self._after)
        if self.answers is None:
            is_wanted = pair == self.wanted[0][0]
        elif self.pairs is not None:
            stride, shift = self.pairs
            is_wanted = (self._after + pair.at + shift) % stride == 0
        else:
            return
        if not is_wanted or stage.live is None:
            return
        if self.answers is not None:
            how = forks.branch(SECONDS_MAX)
            if how is not None:
                if how:
                    self.answers.put({"strike": str(pair), "failure": f"the run ended {how}"})
                return
        self.struck, self._what, self.is_crashed = pair, met.what, True
        strikes.at_step(stage, self.window.lease, strikes.KILL)

    def _at_rest(self, _stage: Stage) -> None:
        # A loss whose crashes have all been played: how it ends alone is another search's.
        if self.pairs is not None and self.struck is not None and not self.is_crashed:
            forks.leave()

    # ── the end ─────────────────────────────────────────────────────────────────────────────────

    def finish(self, run: Run) -> None:
        """Answer, where this is a copy that struck; it ends here."""
        assert self.answers is not None, "a search has somebody who reads"
        broken = self.points.broken
        if self.struck is not None and (self.is_crashed or self.pairs is None):
            result: JSONObject = {
                "strike": str(self.struck),
                "what": self._what,
                "fell": self._fell,
                "outcome": run.outcome.as_json(),
                "seconds": round(time.process_time() - self._began, 3),
            }
            if broken is not None:
                result["failure"] = f"{type(broken).__name__}: {broken}"
            self.answers.put(result)
        elif broken is not None:
            raise broken
        if self.struck is not None:
            forks.leave()
