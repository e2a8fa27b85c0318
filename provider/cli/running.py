"""One request to a running daemon, and a clear line about what to do when it does not succeed."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import attrs
import orjson
import trio
import typer

from provider.cli.files import failure
from provider.cli.state import StateDir, StateError, only_state, state_of
from provider.gateway.token import TokenError, read_token
from provider.http.client import Answer, open_http
from provider.http.errors import AnswerLostError, HttpError
from provider.jsontypes import JSONObject
from provider.lease.identity import IdentityError, LeaseID

_DEADLINE_SECONDS = 90.0
"""Above the daemon's own for one request."""
_FINDING = "Which daemon"

Provider = Annotated[
    str,
    typer.Option(
        "--provider",
        metavar="ADDR",
        envvar="LEASEKEEPER_PROVIDER",
        help="Address of the provider, when more than one daemon runs here.",
        rich_help_panel=_FINDING,
    ),
]
Gateway = Annotated[
    str,
    typer.Option(
        "--gateway",
        metavar="URL",
        envvar="LEASEKEEPER_GATEWAY",
        help="Where it listens; default: what it wrote into its state directory.",
        rich_help_panel=_FINDING,
    ),
]
StateDirectory = Annotated[
    str,
    typer.Option(
        "--state-dir",
        metavar="DIR",
        envvar="LEASEKEEPER_STATE_DIR",
        help="Its state directory; default: that of the only daemon of this user.",
        rich_help_panel=_FINDING,
    ),
]
TokenFile = Annotated[
    str,
    typer.Option(
        "--token-file",
        metavar="FILE",
        envvar="LEASEKEEPER_TOKEN_FILE",
        help="Its token; default: `token` in its state directory.",
        rich_help_panel=_FINDING,
    ),
]
AsJSON = Annotated[bool, typer.Option("--json", help="Print the daemon's answer as JSON.")]


@attrs.frozen
class Found:
    """Where a daemon is and how to be let in."""

    url: str
    token_file: Path


def find(provider: str, gateway: str, state_dir: str, token_file: str) -> Found:
    """
    Find the daemon to talk to.

    Raises:
        typer.Exit: there is none, or more than one; standard error has said what to do.
    """
    try:
        if gateway and token_file:
            return Found(gateway, Path(token_file))
        state = _state(provider, state_dir)
        return Found(gateway or state.read_url(), Path(token_file) if token_file else state.token)
    except StateError as error:
        raise failure(str(error)) from error


def _state(provider: str, state_dir: str) -> StateDir:
    if provider or state_dir:
        return state_of(provider, state_dir, os.environ)
    return only_state(os.environ)


@attrs.frozen
class Running:
    """A daemon that is asked; every method exits with a clear line when the answer is no."""

    found: Found

    def get(self, path: str) -> JSONObject:
        """Ask for something."""
        return self._ask("GET", path, b"")

    def put(self, path: str, body: bytes) -> JSONObject:
        """Hand something in."""
        return self._ask("PUT", path, body)

    def post(self, path: str, body: JSONObject | None = None) -> JSONObject:
        """Give a command."""
        return self._ask("POST", path, orjson.dumps(body) if body is not None else b"")

    def lease(self, text: str) -> LeaseID:
        """
        The lease that an operator means: four or five parts, or its dseq alone when there is only one.

        Raises:
            typer.Exit: it names none, or several.
        """
        parts = text.split("/")
        if len(parts) > 1:
            return _parse(text if len(parts) == 5 else f"{text}/-")
        names = [str(row["lease"]) for row in self.get("/status")["leases"]]
        meant = [name for name in names if name.split("/")[1] == text]
        if len(meant) != 1:
            listed = f": {', '.join(meant)}" if meant else "; `provider leases` lists them"
            raise failure(f"{len(meant) or 'no'} leases have dseq {text}{listed}")
        return _parse(meant[0])

    @staticmethod
    def path_of(lease: LeaseID) -> str:
        """Path of a lease in the daemon's API."""
        return f"/leases/{quote(lease.owner, safe='')}/{lease.dseq}/{lease.gseq}/{lease.oseq}"

    def _ask(self, method: str, path: str, body: bytes) -> JSONObject:
        try:
            authorization = read_token(self.found.token_file).header
            answer = trio.run(partial(self._request, method, path, body, authorization))
        except TokenError as error:
            raise failure(str(error)) from error
        except HttpError as error:
            raise failure(self._silence(error)) from error
        return self._read(answer)

    async def _request(self, method: str, path: str, body: bytes, authorization: str) -> Answer:
        headers = {"authorization": authorization}
        async with open_http(self.found.url, headers=headers) as http:
            return await http.request(
                method,
                path,
                body=body,
                content_type="application/json" if body else "",
                deadline_seconds=_DEADLINE_SECONDS,
            )

    def _read(self, answer: Answer) -> JSONObject:
        try:
            body = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            body = None
        if not isinstance(body, dict):
            raise failure(f"{self.found.url}: no daemon of this kind answers there; see --gateway")
        if answer.status < 300:
            return body
        message = str(body.get("message", answer.status))
        if answer.status == 401:
            message += f"; {self.found.token_file} is not its token, see --token-file"
        if answer.status == 503 and (seconds := answer.headers.get("retry-after")):
            message += f"; try again in {seconds} s"
        raise failure(message)

    def _silence(self, error: HttpError) -> str:
        if isinstance(error, AnswerLostError):
            return f"{error}; what was sent may have taken effect: look with `provider leases`"
        return f"{error}; is the daemon running? Start it with `provider run`, or see --gateway"


def _parse(text: str) -> LeaseID:
    try:
        return LeaseID.parse(text)
    except IdentityError as error:
        raise failure(f"{error}; or give the dseq alone") from error
