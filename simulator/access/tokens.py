"""
Tokens of ServiceAccounts: JSON Web Tokens, bound to objects and ending in world time; pure.

They are signed with a key that only this server has (HS256; a real server signs with RS256 and
publishes the public half), so a token of another server is none here.

Source: pkg/serviceaccount/claims.go.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

import attrs
import orjson

from simulator.jsontypes import JSONObject

ISSUER = "https://kubernetes.default.svc.cluster.local"
"""Who signs, and the audience that the API server itself answers to."""

_HEADER = {"alg": "HS256", "typ": "JWT"}


class TokenError(Exception):
    """A text that is no token of this server, or no longer."""


@attrs.frozen
class Bound:
    """An object by name and uid."""

    kind: str
    """`pod`, `secret`, `node`, `serviceaccount`."""
    name: str
    uid: str


@attrs.frozen
class Claims:
    """What a token says."""

    namespace: str
    account: Bound
    audiences: tuple[str, ...]
    issued_at: int
    """Seconds since 1970."""
    expires_at: int | None
    """None for the token of a Secret, which ends with it."""
    id: str = ""
    bound_to: Bound | None = None
    """The token ends with this object."""


def encode(claims: Claims, key: bytes) -> str:
    """The token that says so."""
    bound = {"name": claims.account.name, "uid": claims.account.uid}
    private: JSONObject = {"namespace": claims.namespace, "serviceaccount": bound}
    if claims.bound_to is not None:
        bound_to = claims.bound_to
        private[bound_to.kind] = {"name": bound_to.name, "uid": bound_to.uid}
    body: JSONObject = {"aud": list(claims.audiences)}
    if claims.expires_at is not None:
        body["exp"] = claims.expires_at
    body |= {"iat": claims.issued_at, "iss": ISSUER}
    if claims.id:
        body["jti"] = claims.id
    body |= {
        "kubernetes.io": private,
        "nbf": claims.issued_at,
        "sub": f"system:serviceaccount:{claims.namespace}:{claims.account.name}",
    }
    signed = f"{_part(orjson.dumps(_HEADER))}.{_part(orjson.dumps(body))}"
    return f"{signed}.{_part(_signature(signed, key))}"


def decode(token: str, key: bytes) -> Claims:
    """
    What a token of this server says; whether it still holds is not looked at.

    Raises:
        TokenError: it is none.
    """
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_part(_signature(signed, key)).encode(), signature.encode()):
        raise TokenError("the signature is not ours")
    body = orjson.loads(_bytes(signed.partition(".")[2]))
    private = body["kubernetes.io"]
    account = private["serviceaccount"]
    kind = next((kind for kind in ("pod", "secret", "node") if kind in private), "")
    return Claims(
        namespace=private["namespace"],
        account=Bound("serviceaccount", account["name"], account["uid"]),
        audiences=tuple(body["aud"]),
        issued_at=body["iat"],
        expires_at=body.get("exp"),
        id=body.get("jti", ""),
        bound_to=Bound(kind, private[kind]["name"], private[kind]["uid"]) if kind else None,
    )


def intended(claims: Claims, audiences: Sequence[str]) -> tuple[str, ...]:
    """Which of the audiences a token is meant for."""
    return tuple(audience for audience in audiences if audience in claims.audiences)


def _signature(text: str, key: bytes) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenError(str(error)) from error
