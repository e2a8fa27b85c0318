"""
The file in which a server keeps its world between two runs.

It holds secrets (keys of certificates and tokens, Secrets of the cluster) and can be read by its owner
alone. A save puts a whole new file in the place of the old one; a server that is killed loses what
happened since the last one.
"""

import secrets
from pathlib import Path

import attrs
import orjson

from simulator.access.users import MASTERS
from simulator.cli.certificates import Certificates, restored
from simulator.cli.kubeconfig import replace
from simulator.jsontypes import JSONObject
from simulator.market import saved as saved_chain
from simulator.market.chain import Chain
from simulator.verbs import saved as saved_cluster
from simulator.verbs.cluster import Cluster

ADMIN = "kubernetes-admin"
"""Whom the admin's certificate names."""

_FORMAT = 1
_BAD = (KeyError, TypeError, ValueError, AttributeError)


class StateError(Exception):
    """A file that cannot be gone on from; str() says what to do."""


@attrs.frozen
class Credentials:
    """What a server recognizes, and what makes it recognizable."""

    token: str = attrs.field(repr=False)
    """The admin's."""
    key: bytes = attrs.field(repr=False)
    """Signs the tokens of ServiceAccounts."""
    certificates: Certificates | None = None

    def saved(self) -> JSONObject:
        """As JSON; see `_credentials`."""
        made: JSONObject = {"token": self.token, "key": self.key.hex()}
        if self.certificates is not None:
            made["certificates"] = self.certificates.saved()
        return made


def _credentials(saved: JSONObject) -> Credentials:
    certificates = saved.get("certificates")
    return Credentials(
        token=saved["token"],
        key=bytes.fromhex(saved["key"]),
        certificates=None if certificates is None else restored(certificates),
    )


def new_credentials() -> Credentials:
    """Credentials that nobody can guess, whatever the seed is."""
    return Credentials(secrets.token_urlsafe(24), secrets.token_bytes(32))


def with_certificates(credentials: Credentials, now: float) -> Credentials:
    """The same with certificates, new ones if there are none; `now` in seconds since 1970."""
    if credentials.certificates is not None:
        return credentials
    # Here and not above, so that a server without TLS starts sooner.
    from simulator.cli.authority import issued

    return attrs.evolve(credentials, certificates=issued(now, ADMIN, MASTERS))


@attrs.frozen
class Saved:
    """What a file holds."""

    now: float
    """Wall time of the save, seconds since 1970."""
    credentials: Credentials
    cluster: JSONObject
    chain: JSONObject


def read(path: Path) -> Saved | None:
    """
    What an earlier run has left; None if there is no file.

    Raises:
        StateError: it cannot be read, or is none of ours.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if not path.parent.is_dir():
            text = f"{path.parent} is no folder; make it first: mkdir -p {path.parent}"
            raise StateError(text) from None
        return None
    except OSError as error:
        raise StateError(f"{path} cannot be read: {error.strerror}") from None
    try:
        document = orjson.loads(content)
        if document["simulator"] != _FORMAT:
            raise ValueError(f"format {document['simulator']}")
        return Saved(
            float(document["now"]),
            _credentials(document["credentials"]),
            document["cluster"],
            document["chain"],
        )
    except _BAD as error:
        raise _foreign(path, error) from None


def load(path: Path, saved: Saved, cluster: Cluster, chain: Chain) -> None:
    """
    Fill a new cluster and a new chain.

    Raises:
        StateError: the file does not hold what it should.
    """
    try:
        saved_cluster.load(cluster, saved.cluster)
        saved_chain.load(chain, saved.chain)
    except _BAD as error:
        raise _foreign(path, error) from None


def _foreign(path: Path, error: Exception) -> StateError:
    why = f"{path} is no state that this simulator has saved ({type(error).__name__}: {error})"
    return StateError(f"{why}; name another file, or move it away to begin anew")


@attrs.define(eq=False)
class StateFile:
    """Saves one world."""

    path: Path
    cluster: Cluster
    chain: Chain
    credentials: Credentials
    _last: tuple[int, bytes] | None = attrs.field(init=False, default=None)
    """Revision and chain of the last save."""

    def save(self) -> bool:
        """
        Save, unless nothing has changed since the last time; tells whether it did.

        Raises:
            OSError: the file cannot be written; the one that was there is as it was.
        """
        chain = orjson.dumps(saved_chain.dump(self.chain))
        state = (self.cluster.store.revision, chain)
        if state == self._last:
            return False
        document = {
            "simulator": _FORMAT,
            "now": self.cluster.clock.now(),
            "credentials": self.credentials.saved(),
            "cluster": saved_cluster.dump(self.cluster),
            "chain": orjson.Fragment(chain),
        }
        replace(self.path, orjson.dumps(document) + b"\n")
        self._last = state
        return True
