"""The kubeconfig that a server writes for its admin: readable by its owner alone, and only its own."""

import base64
import os
import tempfile
from pathlib import Path

import attrs
import yaml

from simulator.cli.certificates import Certificates
from simulator.jsontypes import JSONObject

MARKER = "# Written by `simulator serve`, which will overwrite it."
"""First line of every file of ours; a file without it is somebody else's."""

_NAME = "simulator"


class ForeignFileError(Exception):
    """A path that must not, or cannot, be written; str() says what to do."""


@attrs.frozen
class Access:
    """How an admin reaches a server."""

    url: str
    token: str = attrs.field(repr=False)
    certificates: Certificates | None = None
    """Under TLS; the admin then shows its certificate, and the token is for other clients."""


def check(path: Path) -> None:
    """
    Look whether a kubeconfig may be written to a path.

    Raises:
        ForeignFileError: there is a file that we did not write, or no place for ours.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ForeignFileError(f"{path} is no plain file; name another path for the kubeconfig")
    if not path.exists():
        if not path.parent.is_dir():
            raise ForeignFileError(
                f"{path.parent} is no folder; make it first: mkdir -p {path.parent}"
            )
        return
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            ours = file.readline().rstrip("\n") == MARKER
    except OSError as error:
        raise ForeignFileError(f"{path} cannot be read: {error.strerror}") from None
    if not ours:
        why = f"{path} was not written by `simulator serve` and stays as it is"
        raise ForeignFileError(f"{why}; name another path, or move it away first")


def write(path: Path, access: Access) -> None:
    """
    Write the kubeconfig, whole or not at all.

    Raises:
        ForeignFileError: see `check`.
        OSError: the file cannot be written.
    """
    check(path)
    text = f"{MARKER}\n{yaml.safe_dump(document(access), sort_keys=False)}"
    replace(path, text.encode())


def replace(path: Path, content: bytes) -> None:
    """
    Put a file with this content in the place of whatever is at `path`, in one step; mode 0600.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    # mkstemp makes files that only their owner can read.
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def document(access: Access) -> JSONObject:
    """The kubeconfig of one cluster, one user, one context."""
    cluster: JSONObject = {"server": access.url}
    user: JSONObject = {"token": access.token}
    if access.certificates is not None:
        admin = access.certificates.admin
        cluster["certificate-authority-data"] = _data(access.certificates.authority)
        user = {
            "client-certificate-data": _data(admin.certificate),
            "client-key-data": _data(admin.key),
        }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": _NAME, "cluster": cluster}],
        "users": [{"name": _NAME, "user": user}],
        "contexts": [{"name": _NAME, "context": {"cluster": _NAME, "user": _NAME}}],
        "current-context": _NAME,
    }


def _data(text: bytes) -> str:
    return base64.b64encode(text).decode()
