"""
Exec plugins: programs that print credentials as an `ExecCredential`.

What a plugin prints is shown to nobody; what it says on its standard error is, since that is where it
tells why it failed.

Source: `client.authentication.k8s.io/v1`; client-go `plugin/pkg/client/auth/exec`.
"""

import base64
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime

import attrs
import orjson
import trio

from provider.http.authorization import AuthorizationError
from provider.jsontypes import JSONObject
from provider.kubernetes.kubeconfig import Cluster, ExecPlugin

RUN_SECONDS = 60.0
"""A plugin may sign in somewhere far away; one that takes longer waits for a person."""
OUTPUT_MAX_BYTES = 1024 * 1024
_STDERR_SHOWN = 500


@attrs.frozen
class Printed:
    """What a plugin gave."""

    token: str = attrs.field(default="", repr=False)
    certificate: bytes = attrs.field(default=b"", repr=False)
    key: bytes = attrs.field(default=b"", repr=False)
    expires_at: float | None = None
    """Wall time, seconds since 1970; None for as long as the server takes it."""


def check_installed(plugin: ExecPlugin, env: Mapping[str, str]) -> None:
    """
    Look for the plugin's program.

    Raises:
        AccessError: it is not there, or cannot be run.
    """
    if shutil.which(plugin.command, path=env.get("PATH")) is None:
        hint = f"; {plugin.install_hint.strip()}" if plugin.install_hint else ""
        raise plugin.part.get("command").error(f"{plugin.command!r} cannot be run here{hint}")


async def run_plugin(plugin: ExecPlugin, cluster: Cluster, env: Mapping[str, str]) -> Printed:
    """
    Run a plugin and read what it prints.

    Raises:
        AuthorizationError: it could not be run, failed, took too long or printed something else.

    Cancellation:
        Ends the program.
    """
    place = f"exec plugin {plugin.command}"
    asked = {
        "apiVersion": plugin.api_version,
        "kind": "ExecCredential",
        "spec": {
            "interactive": False,
            **({"cluster": _cluster_info(cluster)} if plugin.provide_cluster_info else {}),
        },
    }
    environment = {**env, **dict(plugin.env), "KUBERNETES_EXEC_INFO": orjson.dumps(asked).decode()}
    done: subprocess.CompletedProcess[bytes] | None = None
    with trio.move_on_after(RUN_SECONDS):
        try:
            done = await trio.run_process(
                [plugin.command, *plugin.args],
                env=environment,
                capture_stdout=True,
                capture_stderr=True,
                check=False,
            )
        except OSError as error:
            raise AuthorizationError(f"{place}: {error.strerror}") from None
    if done is None:
        raise AuthorizationError(f"{place}: not done within {RUN_SECONDS:g} s")
    if done.returncode != 0:
        said = " ".join(done.stderr.decode(errors="replace").split())[-_STDERR_SHOWN:]
        raise AuthorizationError(f"{place}: exit code {done.returncode}: {said or 'says nothing'}")
    return read_printed(done.stdout, plugin.api_version, place)


def read_printed(output: bytes, api_version: str, place: str) -> Printed:
    """
    Read an ExecCredential; pure.

    Raises:
        AuthorizationError: it is none of that version, or holds no credentials.
    """
    try:
        answer = orjson.loads(output) if len(output) <= OUTPUT_MAX_BYTES else None
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or answer.get("kind") != "ExecCredential":
        raise AuthorizationError(f"{place}: printed no ExecCredential")
    if answer.get("apiVersion") != api_version:
        raise AuthorizationError(f"{place}: printed an ExecCredential of another version")
    status = answer.get("status")
    if not isinstance(status, dict):
        raise AuthorizationError(f"{place}: printed an ExecCredential without a status")
    printed = Printed(
        token=_text(status, "token", place),
        certificate=_text(status, "clientCertificateData", place).encode(),
        key=_text(status, "clientKeyData", place).encode(),
        expires_at=_time(_text(status, "expirationTimestamp", place), place),
    )
    if bool(printed.certificate) != bool(printed.key):
        raise AuthorizationError(f"{place}: gave a client certificate or a key, but not both")
    if not printed.token and not printed.certificate:
        raise AuthorizationError(f"{place}: gave neither a token nor a client certificate")
    return printed


def _cluster_info(cluster: Cluster) -> JSONObject:
    authority = cluster.authority_data
    if not authority and cluster.authority is not None:
        try:
            authority = cluster.authority.read_bytes()
        except OSError as error:
            raise AuthorizationError(f"{cluster.authority}: {error.strerror}") from None
    info: JSONObject = {
        "server": cluster.server,
        "tls-server-name": cluster.server_name,
        "insecure-skip-tls-verify": cluster.insecure,
        "certificate-authority-data": base64.b64encode(authority).decode(),
        "proxy-url": cluster.proxy_url,
        "config": cluster.exec_config,
    }
    return {name: value for name, value in info.items() if value}


def _text(status: JSONObject, name: str, place: str) -> str:
    value = status.get(name)
    if value is not None and not isinstance(value, str):
        raise AuthorizationError(f"{place}: {name} is no text")
    return value or ""


def _time(text: str, place: str) -> float | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise AuthorizationError(f"{place}: expirationTimestamp is no time") from None
    if time.tzinfo is None:
        raise AuthorizationError(f"{place}: expirationTimestamp has no time zone")
    return time.timestamp()
