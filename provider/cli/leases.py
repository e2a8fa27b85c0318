"""`provider leases`, `provider lease show` and `provider status`: what a running daemon knows."""

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from provider.cli.files import write_text
from provider.cli.running import (
    AsJSON,
    Gateway,
    Provider,
    Running,
    StateDirectory,
    TokenFile,
    find,
)
from provider.jsontypes import JSONObject, JSONValue

lease = typer.Typer(no_args_is_help=True, help="One lease of a running daemon.")

LeaseArgument = Annotated[
    str,
    typer.Argument(
        metavar="LEASE",
        help="owner/dseq/gseq/oseq, with the provider behind or without; or the dseq alone.",
    ),
]

_WIDTH = 200
"""Of tables that no terminal shows: nothing is folded away from a program."""


def leases(
    *,
    as_json: AsJSON = False,
    provider: Provider = "",
    gateway: Gateway = "",
    state_dir: StateDirectory = "",
    token_file: TokenFile = "",
) -> None:
    """
    List the leases of a running daemon.

    Generation is what was accepted whole, and behind an arrow what is newer and being brought about.
    """
    status = Running(find(provider, gateway, state_dir, token_file)).get("/status")
    if as_json:
        print_json(status["leases"])
        return
    table = Table("LEASE", "PHASE", "GENERATION", "HEALTH", "READY", "HOSTNAMES", "LAST", box=None)
    for row in status["leases"]:
        table.add_row(
            _short(row["lease"]),
            row["phase"],
            _generation(row),
            _health(row),
            f"{row['ready']}/{row['wanted']}",
            ", ".join(row["hostnames"]),
            row["refusal"] or row["missing"] or row["event"],
        )
    _print(table)
    if not status["ready"]:
        for reason in status["reasons"]:
            typer.echo(f"not ready: {reason['name']}: {reason['text']}", err=True)


@lease.callback()
def _commands() -> None:
    """Keep `show` a subcommand."""


@lease.command(epilog="Example: provider lease show akash1h24…/1000/1/1")
def show(
    lease: LeaseArgument,
    *,
    as_json: AsJSON = False,
    provider: Provider = "",
    gateway: Gateway = "",
    state_dir: StateDirectory = "",
    token_file: TokenFile = "",
) -> None:
    """Show everything that the daemon knows of one lease."""
    running = Running(find(provider, gateway, state_dir, token_file))
    found = running.get(running.path_of(running.lease(lease)))
    if as_json:
        print_json(found)
        return
    _print(_facts(found))


def status(
    *,
    as_json: AsJSON = False,
    provider: Provider = "",
    gateway: Gateway = "",
    state_dir: StateDirectory = "",
    token_file: TokenFile = "",
) -> None:
    """Show the daemon itself: readiness, market, brakes, what must be closed, room in the cluster."""
    found = Running(find(provider, gateway, state_dir, token_file)).get("/status")
    if as_json:
        print_json(found)
        return
    for table in _status(found):
        _print(table)


def print_json(value: JSONValue) -> None:
    """Print a value for a program."""
    write_text(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def _status(found: JSONObject) -> list[Table]:
    """The daemon in a few tables; those without a row are left out."""
    ready = "yes" if found["ready"] else "no"
    head: JSONObject = {"provider": found["provider"], "ready": ready}
    head |= {f"not ready, {one['name']}": one["text"] for one in found["reasons"]}
    head["leases"] = len(found["leases"])
    market = Table("MARKET", "OK", "BLOCK", "WHY", box=None)
    for one in found["market"]:
        market.add_row(one["url"], _text(one["ok"]), _text(one["height"]), one["why"])
    brakes = Table("BRAKE", "HOLDS UP", "WHY", box=None)
    for one in found["brakes"]:
        waiting = "\n".join(_short(name) for name in one["waiting"])
        brakes.add_row(one["name"], waiting or "nothing", one["why"])
    owed = Table("TO BE CLOSED", "CAUSE", "SENT", "WAITS FOR", box=None)
    for one in found["obligations"]:
        owed.add_row(_short(one["lease"]), one["cause"], _text(one["sent"]), one["why"])
    nodes = Table("NODE", "RESOURCE", "FREE", "OF", "", box=None)
    for node in found["capacity"]["nodes"]:
        state = node["closed"] or ("overfull" if node["overfull"] else "")
        for name, amount in node["allocatable"].items():
            free = node["available"].get(name, 0)
            nodes.add_row(node["name"], name, _amount(name, free), _amount(name, amount), state)
    return [_facts(head), *(table for table in (market, brakes, owed, nodes) if table.row_count)]


def _amount(resource: str, amount: int) -> str:
    """Cores, GiB or pieces."""
    if resource == "cpu":
        return f"{amount / 1000:g}"
    if resource in ("memory", "ephemeral-storage"):
        return f"{amount / 2**30:.1f} GiB"
    return str(amount)


def _facts(found: JSONObject) -> Table:
    """A name and a value on each line; what is empty is left out."""
    table = Table(box=None, show_header=False)
    for key, value in found.items():
        if value not in ("", [], {}, None):
            table.add_row(key.replace("_", " "), _text(value))
    return table


def _text(value: JSONValue) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return "\n".join(_text(item) for item in value)
        case dict():
            pairs = ((key, item) for key, item in value.items() if item not in ("", [], {}, None))
            return "  ".join(f"{key.replace('_', ' ')} {_text(item)}" for key, item in pairs)
        case float():
            return f"{value:.1f}"
        case _:
            return str(value)


def _short(lease: str) -> str:
    """Without the provider, which is the same in every line."""
    return lease.rpartition("/")[0]


def _generation(row: JSONObject) -> str:
    accepted, newest = row["accepted_generation"], row["newest_generation"]
    return str(newest) if accepted == newest else f"{accepted} → {newest}"


def _health(row: JSONObject) -> str:
    return f"{row['health']} ({row['cause']})" if row["cause"] else str(row["health"])


def _print(table: Table) -> None:
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(table)
