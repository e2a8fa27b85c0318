"""
The token that guards the operators' listener: a file that only its owner can read.

Whoever can read it can do what the operator can. It is made at the first start, never logged, and
never part of a settings file, a flag or an environment variable, which other processes could see.
"""

import contextlib
import hmac
import os
import secrets
import stat
from pathlib import Path

import attrs

from provider.errors import ProviderError

_LENGTH_MIN = 16
_READ_MAX = 4096


class TokenError(ProviderError):
    """A token file that cannot be used; says what to do."""


@attrs.frozen
class Token:
    """A secret that shows itself to nobody."""

    _value: str = attrs.field(repr=False)

    def __str__(self) -> str:
        return "<token>"

    def matches(self, authorization: str) -> bool:
        """Compare with an Authorization header in constant time."""
        scheme, _, given = authorization.partition(" ")
        mine = self._value.encode()
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), mine)

    @property
    def header(self) -> str:
        """What a client sends as Authorization."""
        return f"Bearer {self._value}"


def read_token(path: Path) -> Token:
    """
    Read a token file.

    Raises:
        TokenError: not there, not readable, readable by others, or no token.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_READ_MAX + 1)
    except FileNotFoundError as error:
        raise TokenError(
            f"{path}: no token here; `provider run` makes it at its first start"
        ) from error
    except OSError as error:
        raise TokenError(
            f"{path}: cannot be read ({error.strerror}); run this as the user of the daemon"
        ) from error
    if not stat.S_ISREG(mode):
        raise TokenError(f"{path}: expected a regular file")
    if stat.S_IMODE(mode) & 0o077:
        raise TokenError(
            f"{path}: others can read or write it (mode {stat.S_IMODE(mode):04o}); "
            f"remove it, so that the next start makes a new one"
        )
    value = content.decode("ascii", errors="replace").strip()
    if not (_LENGTH_MIN <= len(value) <= _READ_MAX and value.isascii() and value.isprintable()):
        raise TokenError(f"{path}: expected one line of {_LENGTH_MIN} or more ASCII characters")
    return Token(value)


def open_token(path: Path) -> Token:
    """
    Read a token file, made with mode 0600 when there is none.

    Two processes that start at once end up with one token: the file appears whole or not at all.

    Raises:
        TokenError: it cannot be made, or what is there cannot be used.
    """
    if not path.exists():
        try:
            _make(path)
        except OSError as error:
            raise TokenError(f"{path}: cannot be made ({error.strerror})") from error
    return read_token(path)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
