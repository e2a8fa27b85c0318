"""The command `simulator chaos run`: plays one plan and says what came of it."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from simulator.chaos import named

if TYPE_CHECKING:
    from rich.console import Console

    from simulator.chaos.plan import Plan
    from simulator.chaos.run import Run
    from simulator.chaos.stage import Stage

_VIOLATED, _BAD_PLAN, _VACUOUS, _FAILED, _INTERRUPTED = 1, 2, 3, 4, 130
_WIDTH_WITHOUT_TERMINAL = 150
_QUIET_SECONDS = 1.0
"""So long nobody needs to be told that it goes on."""

_TOLD_SECONDS = 0.2
"""Between two lines that say that it does."""

EPILOG = """\b
Example, a plan of one lease that is closed while the answer to its deploy gets lost:
  name: lost-answer
  leases: [{name: A}]
  actions:
    - {do: open, lease: A, at: 5}
    - {do: close, lease: A, after: lost, plus: 2}
  faults:
    - {what: answer-lost, name: lost, kind: deployments, lease: A}
  heal_at: 120
"""


def run(
    plan: Annotated[
        str,
        typer.Argument(metavar="PLAN", help="A plan file, or the name of a plan that comes along."),
    ],
    *,
    seed: Annotated[
        int | None, typer.Option(help="Another course of events than the plan's own.", min=0)
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Keep everything that happened, for `simulator chaos show`."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """
    Play one plan in virtual time and judge it by every invariant.

    Prints the seed and a trace hash: the same plan and seed make the same trace in every process.
    Exit code 0 if nothing was violated, 1 if something was, 2 for a plan that makes no sense, 3 if a
    fault of the plan never struck, so that the run says nothing, 4 for an error of this program.
    """
    from rich.console import Console

    from simulator.chaos import planfile
    from simulator.chaos.entries import PlanError
    from simulator.chaos.run import play

    try:
        found = planfile.load(find(plan))
        with _Progress(found) as progress:
            played = play(found, seed=seed, observer=progress)
    except PlanError as error:
        typer.echo(f"{plan}: {error}", err=True)
        raise typer.Exit(_BAD_PLAN) from error
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    if trace is not None:
        from simulator.chaos.report import tracefile

        replay = f"python -m simulator chaos run {plan} --seed {played.outcome.seed}"
        tracefile.write(played, trace, replay=replay)
    if as_json:
        import orjson

        typer.echo(orjson.dumps(played.outcome.as_json(), option=orjson.OPT_INDENT_2))
    else:
        console = Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)
        show(console, found, played)
    raise typer.Exit(_status(played))


def find(plan: str) -> Path:
    """The file of a plan; names without a folder or an ending are looked up among those that come along."""
    path = Path(plan)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    return named.file(plan)


def _status(played: "Run") -> int:
    outcome = played.outcome
    if outcome.failure:
        return _FAILED
    if outcome.violations:
        return _VIOLATED
    return _VACUOUS if outcome.vacuous else 0


def show(console: "Console", plan: "Plan", played: "Run") -> None:
    """Print what came of a run of a plan."""
    from rich.table import Table
    from rich.text import Text

    outcome, evidence = played.outcome, played.evidence
    console.print(f"plan   {outcome.plan}", markup=False)
    console.print(f"seed   {outcome.seed}")
    console.print(f"trace  {outcome.trace}")
    console.print(
        f"{outcome.seconds:g} virtual seconds, {outcome.leases} leases, {outcome.requests} requests, "
        f"{outcome.commits} commits, {len(evidence.lives)} lives, {outcome.crashes} killed"
    )
    if evidence.faults:
        table = Table("fault", "name", "met", "fired", "at", box=None, header_style="bold")
        for fault in evidence.faults:
            times = ", ".join(f"{at:g}" for at in fault.times[:5])
            more = ", …" if len(fault.times) > 5 else ""
            fired = Text(str(fault.fired), style="" if fault.fired else "bold yellow")
            table.add_row(
                Text(fault.plan.what), Text(fault.name), str(fault.met), fired, times + more
            )
        console.print(table)
    if outcome.failure:
        console.print(f"error of this program: {outcome.failure}", style="bold red", markup=False)
    if outcome.vacuous:
        names = ", ".join(outcome.vacuous)
        console.print(f"vacuous: never struck: {names}", style="bold yellow", markup=False)
    if outcome.violations:
        table = Table("violated", "at", "lease", "what", box=None, header_style="bold red")
        for one in outcome.violations:
            table.add_row(one.invariant, f"{one.time:g}", Text(one.lease), Text(one.text))
        console.print(table)
    elif not outcome.failure:
        console.print("no invariant was violated", style="green")
    if plan.expects:
        console.print(_expected(plan, played), markup=False)


def _expected(plan: "Plan", played: "Run") -> str:
    """Whether what the plan was saved for came again."""
    found = {one.invariant for one in played.outcome.violations}
    lacking = [name for name in plan.expects if name not in found]
    commit = f" at commit {plan.commit}" if plan.commit else ""
    if lacking:
        return f"not as expected: {', '.join(lacking)} was violated{commit}, and is not here"
    return f"as expected: {', '.join(plan.expects)} is violated, as it was{commit}"


class _Progress:
    """A line on the terminal that says how far the run is; looks on, and changes nothing."""

    def __init__(self, plan: "Plan") -> None:
        self._plan = plan
        self._began = self._last = time.perf_counter()
        self._has_told = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._has_told:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def begin(self, stage: "Stage") -> None:
        """Look on from here, where somebody watches."""
        if not sys.stderr.isatty():
            return
        import trio

        progress = self

        class Passes(trio.abc.Instrument):
            def before_io_wait(self, timeout: float) -> None:  # noqa: ARG002
                progress.tell(trio.current_time(), len(stage.evidence.lives))

        trio.lowlevel.add_instrument(Passes())

    def deed(self, action: object) -> None:
        """Nothing to be done."""

    def rest(self, stage: "Stage") -> None:
        """Nothing to be done."""

    def tell(self, virtual: float, lives: int) -> None:
        """Write the line anew, if it is time."""
        now = time.perf_counter()
        if now - self._began < _QUIET_SECONDS or now - self._last < _TOLD_SECONDS:
            return
        self._last, self._has_told = now, True
        healed = " (healed)" if virtual >= self._plan.heal_at else ""
        sys.stderr.write(
            f"\r\033[K{now - self._began:.0f} s: at {virtual:.0f} virtual seconds{healed}, "
            f"faults end at {self._plan.heal_at:.0f}, life {lives} of the daemon"
        )
        sys.stderr.flush()
