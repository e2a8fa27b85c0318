"""`provider sdl`: what becomes of a stack definition, and whether it is one."""

from typing import Annotated

import typer

from provider.cli.files import failure, is_terminal, read_text, write_text
from provider.jsontypes import JSONValue
from provider.lease.codec import encode_manifest
from provider.lease.gojson import indented
from provider.lease.groups import encode_groups
from provider.lease.version import version_hash
from provider.sdl.compile import Compiled, compile_sdl
from provider.sdl.errors import SdlError

sdl = typer.Typer(
    no_args_is_help=True,
    help="Compile and check stack definitions (SDL) as tenants write them.",
    epilog="Example: provider sdl manifest deploy.yaml > manifest.json",
)

File = Annotated[
    str, typer.Argument(metavar="FILE", help="A stack definition; - reads standard input.")
]


@sdl.command(epilog="Example: provider sdl manifest deploy.yaml > manifest.json")
def manifest(file: File) -> None:
    """Print the manifest as JSON: what a tenant sends to the provider."""
    _print_json(encode_manifest(_compile(file).manifest))


@sdl.command(epilog="Example: curl -s https://example.com/deploy.yaml | provider sdl groups -")
def groups(file: File) -> None:
    """Print the group specs as JSON: what a tenant asks the market for."""
    _print_json(encode_groups(_compile(file).groups))


@sdl.command(epilog="Example: provider sdl validate deploy.yaml")
def validate(file: File) -> None:
    """
    Check a definition and print the version hash of its manifest.

    An error is printed as FILE:LINE:COLUMN: path: rule, and the exit code is 1.

    Keys that have no effect are only warned of.
    """
    compiled = _compile(file)
    services = sum(len(group.services) for group in compiled.manifest)
    write_text(
        f"{file}: valid, {_count(len(compiled.groups), 'group')}, {_count(services, 'service')}, "
        f"version {version_hash(compiled.manifest).hex()}\n"
    )


def _compile(file: str) -> Compiled:
    try:
        compiled = compile_sdl(read_text(file))
    except SdlError as error:
        raise failure(f"{file}:{error}") from error
    for warning in compiled.warnings:
        typer.echo(f"{file}:{warning}", err=True)
    return compiled


def _print_json(value: JSONValue) -> None:
    """As the reference writes its files, without a line end; only a terminal gets one."""
    write_text(indented(value) + ("\n" if is_terminal() else ""))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
