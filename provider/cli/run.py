"""`provider run`: the daemon."""

import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import trio
import typer

from provider.cli import observing
from provider.cli.options import taking_settings
from provider.cli.serving import Start, serve
from provider.cli.state import state_of
from provider.cluster.leadership import LeadershipLost
from provider.concurrency.clock import SystemClock
from provider.configuration.effective import Effective
from provider.configuration.table import MAIN
from provider.errors import ProviderError
from provider.gateway.listening import Address
from provider.kubernetes.access import load_access
from provider.telemetry.logs import LEVELS, open_log, sink_for

UNSEEN = 1
"""Of one look that could not see everything."""
USAGE = 2
"""Exit code of a start that settings, credentials or a taken port prevent."""
TAKEN_OVER = 3
"""Another daemon writes for this provider now."""
INTERRUPTED = 130
"""After a second Ctrl-C, as shells count it."""


Observe = Annotated[
    bool,
    typer.Option(
        "--observe",
        help="Write nothing: print what a daemon would adopt, apply, prune, tear down and close, with the "
        "proof for each, and again whenever that changes.",
        rich_help_panel=MAIN,
    ),
]
Once = Annotated[
    bool,
    typer.Option(
        "--once",
        help="With --observe: look once; exit code 1 when something could not be seen.",
        rich_help_panel=MAIN,
    ),
]
AsJSON = Annotated[
    bool, typer.Option("--json", help="With --observe: print JSON.", rich_help_panel=MAIN)
]


@taking_settings
def run(
    *, observe: Observe = False, once: Once = False, json: AsJSON = False, effective: Effective
) -> None:
    """
    Run the daemon until SIGTERM or SIGINT; it leaves the cluster as it is.

    The first signal drains: what is on the wire settles, nothing new begins. The second ends the process at
    once. Either way the next start goes on from what the cluster shows.

    Every option is also a variable LEASEKEEPER_… and a key of the file; flags count more than variables, these
    more than the file. The Go provider's flags and AP_… variables are taken where they mean the same.

    Exit codes: 0 drained · 1 unexpected error, or something was not seen by --observe --once · 2 settings, credentials or addresses that cannot be used ·
    3 another daemon writes for this provider now · 130, 143 ended by a second signal.
    """
    if effective.problems:
        for problem in effective.problems:
            typer.echo(f"error: {problem}", err=True)
        typer.echo("`provider config check` takes the same and shows what holds", err=True)
        raise typer.Exit(USAGE)
    try:
        start = start_of(effective)
    except ProviderError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(USAGE) from error
    for warning in effective.warnings:
        start.log.warning("setting", what=warning)
    if observe:
        raise typer.Exit(_run(partial(_observe, start, once=once, json=json)))
    raise typer.Exit(_run(partial(serve, start)))


async def _observe(start: Start, *, once: bool, json: bool) -> int:
    return 0 if await observing.observe(start, once=once, json=json) else UNSEEN


def _run(main: Callable[[], Awaitable[int | None]]) -> int:
    ending = 0
    try:
        ending = trio.run(main) or 0
    except* KeyboardInterrupt:
        ending = INTERRUPTED
    except* LeadershipLost as errors:
        ending = _tell(errors, TAKEN_OVER)
    except* ProviderError as errors:
        ending = _tell(errors, USAGE)
    return ending


def _tell(errors: BaseExceptionGroup[ProviderError], ending: int) -> int:
    for error in _leaves(errors):
        typer.echo(f"error: {error}", err=True)
    return ending


def _leaves(group: BaseExceptionGroup[ProviderError]) -> list[ProviderError]:
    found: list[ProviderError] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def start_of(effective: Effective) -> Start:
    """
    Everything that a start needs.

    Raises:
        ProviderError: credentials that cannot be used.
    """
    kubeconfig = effective.text("kubernetes.kubeconfig")
    access = load_access(
        Path(kubeconfig).expanduser() if kubeconfig else None,
        effective.text("kubernetes.context") or None,
        os.environ,
    )
    settings = effective.settings(access.url)
    state = state_of(settings.provider, effective.text("gateway.state_dir"), os.environ)
    token = effective.text("gateway.token_file")
    sink = sink_for(sys.stderr, effective.text("log.format"))
    return Start(
        settings=settings,
        options=effective.options(),
        access=access,
        log=open_log(SystemClock(), sink, level=LEVELS[effective.text("log.level")]),
        listen=Address.parse(effective.text("gateway.listen")),
        probes=Address.parse(effective.text("gateway.probes")),
        state=state,
        token_file=Path(token).expanduser() if token else state.token,
        market_close=effective.text("market.close"),
    )
