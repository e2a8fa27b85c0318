"""
Plays one plan: a safety phase with everything that goes wrong, healing, and what has to come of it.

    0 … heal_at       deeds and faults of the plan, each at its moment
    heal_at           all faults end; a daemon is started if none runs
    … bound_seconds   until nothing is owed any more; whatever is left then is a violation
    rest              until nothing that was sent can still land, and an idle minute in which nothing
                      may be written
    the end           the daemons are told to leave; journals and states are judged
"""

import gc
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import attrs
import trio

from simulator import deterministic
from simulator.chaos import actions, digests, looks, planfile, refusing, verdict
from simulator.chaos.checks import liveness, obligations
from simulator.chaos.evidence import Evidence, Rest
from simulator.chaos.outcome import Outcome
from simulator.chaos.plan import Action, NodesPlan, Plan
from simulator.chaos.plancheck import check
from simulator.chaos.process import install
from simulator.chaos.scheduler import TaskSteps
from simulator.chaos.stage import Stage
from simulator.controllers.settings import ControllerSettings, NodeShape, gpu_label
from simulator.jsontypes import JSONObject
from simulator.world import open_world

LAND_SECONDS = 75.0
"""What was sent can still land for 70 s: the server's own limit, and some."""
IDLE_SECONDS = 60.0
LEAVE_SECONDS = 120.0
"""What has not ended by then, after it was cancelled, never will."""
HEAL_SECONDS = 10.0
"""Longest time that faults take to end."""
_OBJECTS = 20_000
"""New ones between two collections."""
_POLL_SECONDS = 5.0
"""Between two looks at what is owed."""
_MORE_SECONDS = 3600.0
"""Of virtual time above everything that a run may take: then its harness hangs."""


class Observer(Protocol):
    """Hangs in a run, called inside it, between task steps; what it does is no part of the plan."""

    def begin(self, stage: Stage) -> None:
        """World, leases and faults are ready; no daemon has started."""

    def deed(self, action: Action) -> None:
        """This deed comes next."""

    def rest(self, stage: Stage) -> None:
        """Nothing is left to do or can still land; an idle minute follows."""


@attrs.frozen
class Run:
    """What is left of one run."""

    outcome: Outcome
    evidence: Evidence
    steps: int
    """Of all tasks together."""


def play(plan: Plan, *, seed: int | None = None, observer: Observer | None = None) -> Run:
    """
    Play a plan in virtual time; the same plan, seed and program make the same trace.

    Args:
        plan: what is played.
        seed: another one than the plan's.
        observer: looks on, or disturbs.

    Raises:
        PlanError: it makes no sense.
        Exception: a fault of the world or this program, before there was anything to be judged.
    """
    check(plan)
    play_seed = plan.seed if seed is None else seed
    performance = _Performance(plan, play_seed, observer)
    try:
        with _collecting_less():
            deterministic.run(play_seed, performance.run)
    except BaseExceptionGroup as group:
        # Trio wraps what ends a nursery; an impatient operator is no fault of the plan.
        if (interrupt := group.subgroup((KeyboardInterrupt, SystemExit))) is not None:
            raise _leaf(interrupt) from None
        return performance.failed(group)
    except deterministic.AbandonedError as error:
        # Whoever would not end is named by the checks, if the run came that far.
        return performance.judged() if performance.is_judged else performance.failed(error)
    except Exception as error:  # noqa: BLE001  # the harness's own fault says so in the outcome
        return performance.failed(error)
    return performance.judged()


@contextmanager
def _collecting_less() -> Iterator[None]:
    """A sixth of a run would go to looking for garbage among what it keeps anyway."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def work(item: JSONObject) -> JSONObject:
    """What a worker process does: play the text of a plan file; its outcome as JSON."""
    plan = planfile.loads(str(item["plan"]))
    seed = item.get("seed")
    return play(plan, seed=None if seed is None else int(str(seed))).outcome.as_json()


def _leaf(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@attrs.define(eq=False)
class _Performance:
    plan: Plan
    seed: int
    observer: Observer | None
    _stage: Stage | None = attrs.field(init=False, default=None)
    _steps: TaskSteps = attrs.field(init=False)
    _scope: trio.CancelScope = attrs.field(init=False, factory=trio.CancelScope)
    _timed: int = attrs.field(init=False, default=0)
    """How many deeds that have a time are still to be done; others may never come."""
    _outcome: Outcome | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        plan = self.plan
        usual = plan.heal_at + plan.bound_seconds + LAND_SECONDS + IDLE_SECONDS
        self._scope.deadline = usual + _MORE_SECONDS
        self._steps = TaskSteps(self._scope, leave_at=self._scope.deadline + LEAVE_SECONDS)

    # ── the phases ──────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        plan = self.plan
        with self._scope:
            trio.lowlevel.add_instrument(self._steps)
            async with (
                open_world(
                    seed=self.seed,
                    controllers=ControllerSettings(**plan.world.controllers),  # type: ignore[arg-type]
                    nodes=[shape for nodes in plan.world.nodes for shape in _shapes(nodes)],
                    market_nodes=plan.world.market_nodes,
                    latency_seconds=plan.world.latency_seconds,
                    jitter_seconds=plan.world.jitter_seconds,
                ) as world,
                trio.open_nursery() as nursery,
            ):
                await install(world)
                evidence = Evidence(plan=plan, seed=self.seed, world=world)
                stage = self._stage = Stage(world, evidence, plan, nursery, obligations.owed)
                if (policy := refusing.policy(plan)) is not None:
                    world.rules.add(policy)
                nursery.start_soon(looks.look_on, stage, name="looks")
                await self._safety(stage)
                await self._heal(stage)
                await self._liveness(stage)
                await self._rest(stage)
                self._outcome = self._judge(stage)
                self._steps.leave_at = trio.current_time() + LEAVE_SECONDS
                nursery.cancel_scope.cancel(reason="the run is over")
        if self._steps.stuck and self._stage is not None:
            # Judged here, where there is still a clock.
            self._outcome = self._judge(self._stage)

    async def _safety(self, stage: Stage) -> None:
        if self.observer is not None:
            self.observer.begin(stage)
        await stage.nursery.start(stage.faults.run, name="faults")
        moments = [action.when for action in self.plan.actions if action.do == "start"]
        if not any(when.at == 0 and not when.after for when in moments):
            await stage.start()
        timed = sorted(
            (action for action in self.plan.actions if not action.when.after),
            key=lambda action: action.when.at,
        )
        self._timed = len(timed)
        stage.nursery.start_soon(self._timeline, stage, timed, name="deeds")
        for action in self.plan.actions:
            if action.when.after:
                stage.nursery.start_soon(self._later, stage, action, name=f"{action.do} later")
        await trio.sleep_until(self.plan.heal_at)

    async def _timeline(self, stage: Stage, timed: list[Action]) -> None:
        for action in timed:
            await trio.sleep_until(action.when.at)
            # Those of one moment begin in the order of the plan, whatever they wait for.
            await stage.nursery.start(self._do, stage, action, name=f"deed {action.do}")

    async def _later(self, stage: Stage, action: Action) -> None:
        await stage.faults.first_fired(action.when.after)
        await trio.sleep(action.when.at)
        await self._do(stage, action)

    async def _do(
        self,
        stage: Stage,
        action: Action,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        if self.observer is not None:
            self.observer.deed(action)
        takes_time = actions.DEEDS[action.do].takes_time
        if takes_time:
            task_status.started()
        await actions.carry_out(stage, action)
        if not takes_time:
            task_status.started()
        self._timed -= not action.when.after

    async def _heal(self, stage: Stage) -> None:
        stage.mark("heal")
        stage.is_healed = True
        stage.faults.heal()
        with trio.move_on_after(HEAL_SECONDS):
            await stage.faults.wait_over()
        for name in dict.fromkeys(
            str(action.values["node"])
            for action in self.plan.actions
            if action.do in ("drain-node", "cordon")
        ):
            await actions.uncordon(stage, name)
        if not stage.running:
            await stage.start()
        stage.evidence.healed_at = trio.current_time()

    async def _liveness(self, stage: Stage) -> None:
        """Wait until all is done, for as long as the plan allows."""
        with trio.move_on_after(self.plan.bound_seconds):
            while not self._is_done(stage):
                await trio.sleep(_POLL_SECONDS)
                if not stage.running:
                    await stage.start()

    def _is_done(self, stage: Stage) -> bool:
        return (
            not any(tenant.busy for tenant in stage.tenants.values())
            and not self._timed
            and not liveness.undone(stage.evidence)
        )

    async def _rest(self, stage: Stage) -> None:
        await trio.sleep(LAND_SECONDS)
        evidence = stage.evidence
        if self.observer is not None:
            self.observer.rest(stage)
        evidence.quiet_at = trio.current_time()
        self._note_tasks(stage)
        await trio.sleep(IDLE_SECONDS)
        self._note_tasks(stage)
        await looks.look(stage)
        for process in tuple(stage.running):
            await stage.sigterm(process.number)
        evidence.ended_at = trio.current_time()

    def _note_tasks(self, stage: Stage) -> None:
        now = trio.current_time()
        for process in stage.running:
            stage.evidence.rests.append(Rest(now, process.number, process.tasks()))

    # ── the end ─────────────────────────────────────────────────────────────────────────────────

    def _judge(self, stage: Stage) -> Outcome:
        evidence, world = stage.evidence, stage.world
        evidence.ended_at = evidence.ended_at or self._steps.instant
        verdict.fill_closings(evidence)
        fired: Counter[str] = Counter()
        for fault in evidence.faults:
            fired[fault.plan.what] += fault.fired
        return Outcome(
            plan=self.plan.name,
            seed=self.seed,
            trace=self._trace(evidence),
            violations=verdict.violations(evidence, self._steps.stuck),
            vacuous=(*stage.faults.vacuous(), *(() if self.plan.lenient else stage.missed)),
            requests=verdict.requests(evidence),
            commits=len(world.journal.commits),
            fired={what: number for what, number in sorted(fired.items()) if number},
            faults_fired=sum(1 for fault in evidence.faults if fault.fired),
            crashes=sum(1 for life in evidence.lives if life.end == "kill"),
            leases=len(world.chain.leases()),
            seconds=evidence.ended_at,
            end_state=digests.end_state(evidence),
            sequence=digests.sequence(evidence),
        )

    @property
    def is_judged(self) -> bool:
        """True once the run came to its end, whatever became of its tasks."""
        return self._outcome is not None

    def judged(self) -> Run:
        """The run as it ended, or as far as it came."""
        stage = self._stage
        assert stage is not None, "the world was opened"
        if self._outcome is None:
            return self.failed(RuntimeError("it took too much virtual time"))
        return Run(self._outcome, stage.evidence, self._steps.count)

    def failed(self, error: BaseException) -> Run:
        """The run that a fault of the harness ended; raises the error when there is nothing to show."""
        if self._stage is None:
            raise error
        evidence = self._stage.evidence
        evidence.ended_at = evidence.ended_at or self._steps.instant
        leaf = _leaf(error)
        outcome = Outcome(
            plan=self.plan.name,
            seed=self.seed,
            trace=self._trace(evidence),
            failure=f"{type(leaf).__name__}: {leaf}",
            seconds=evidence.ended_at,
        )
        return Run(outcome, evidence, self._steps.count)

    def _trace(self, evidence: Evidence) -> str:
        both = evidence.world.trace_hash() + self._steps.trace()
        return hashlib.sha256(both.encode()).hexdigest()


def _shapes(nodes: NodesPlan) -> list[NodeShape]:
    labels = {"akash.network": "true"}
    extended = {}
    if nodes.gpu:
        labels[gpu_label("nvidia", "a100")] = str(nodes.gpu)
        extended["nvidia.com/gpu"] = str(nodes.gpu)
    shape = NodeShape(
        cpu=nodes.cpu, memory=nodes.memory, pods=nodes.pods, labels=labels, extended=extended
    )
    return [shape] * nodes.count
