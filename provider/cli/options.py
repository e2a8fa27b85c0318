"""The settings as options of a command: made from the one table, so that none can be forgotten."""

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from provider.configuration.effective import resolve
from provider.configuration.option import Option
from provider.configuration.table import MAIN, OPTIONS

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="LEASEKEEPER_CONFIG",
        help="A TOML file of settings.",
        rich_help_panel=MAIN,
    ),
]

LEFTOVERS = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Context settings of a command that takes the Go provider's flags too."""


def taking_settings(command: Callable[..., None]) -> Callable[..., None]:
    """
    Give a command every setting as an option.

    It is called with its own parameters and `effective`: the settings from flags, environment and the file
    of --config. Arguments that no option takes count as the Go provider's flags.
    """
    own = inspect.signature(command, eval_str=True)
    kept = [p for p in own.parameters.values() if p.name != "effective"]
    names = {option.flag.replace("-", "_"): option for option in OPTIONS}
    added = [_parameter(name, option) for name, option in names.items()]

    def run(ctx: typer.Context, **arguments: Any) -> None:
        given = {option: arguments.pop(name) for name, option in names.items()}
        flags = {option.flag: one for option, one in given.items() if one is not None}
        effective = resolve(flags, ctx.args, os.environ, arguments.pop("config"))
        command(**arguments, effective=effective)

    context = inspect.Parameter(
        "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    config = inspect.Parameter(
        "config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ConfigFile
    )
    parameters = [context, *kept, config, *added]
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    run.__doc__ = command.__doc__
    run.__name__ = command.__name__
    return run


def _parameter(name: str, option: Option) -> inspect.Parameter:
    shown = option.default
    if isinstance(shown, tuple):
        shown = ",".join(shown)
    if isinstance(shown, bool):
        shown = str(shown).lower()
    default = f" [default: {shown}]" if shown not in (None, "") else ""
    given = typer.Option(
        f"--{option.flag}",
        metavar=option.metavar or option.kind.metavar,
        help=option.help + default,
        rich_help_panel=option.panel,
        show_default=False,
    )
    annotation: Any = Annotated[str | None, given]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )
