"""
From what a request carries to a user: a bearer token, a client certificate, headers that impersonate.

Source: apiserver authentication/request (bearertoken, x509, union), endpoints/filters/impersonation.go.
"""

from collections.abc import Callable, Mapping, Sequence

import attrs

from simulator import failures
from simulator.access import tokens
from simulator.access.attributes import Attributes
from simulator.access.authorizer import Authorizer
from simulator.access.tokens import Bound, Claims, TokenError
from simulator.access.users import (
    ADMIN,
    ANONYMOUS,
    AUTHENTICATED,
    UNAUTHENTICATED,
    User,
    account_of,
    authenticated,
    service_account,
)
from simulator.storage.store import Store

_PLURALS = {"pod": "pods", "secret": "secrets", "serviceaccount": "serviceaccounts"}
_IMPERSONATE = "impersonate-"
_EXTRA = "impersonate-extra-"
_AUTHENTICATION = "authentication.k8s.io"


@attrs.frozen
class Identified:
    """A token that holds."""

    user: User
    audiences: tuple[str, ...]
    """Those it is meant for, of those asked about."""


@attrs.define(eq=False)
class Authenticator:
    """The credentials that one server knows."""

    store: Store
    now: Callable[[], float]
    """Wall time, seconds since 1970."""
    key: bytes
    """Signs and checks the tokens of ServiceAccounts."""
    static: dict[str, User] = attrs.field(factory=dict)
    """Tokens that hold for as long as the server runs."""
    anonymous: User = ADMIN
    """Whom a request without credentials comes from. Anything but loopback wants `ANONYMOUS`."""

    def user(self, headers: Mapping[str, str], peer: User | None) -> User:
        """
        Who a request comes from.

        Args:
            headers: names in lower case.
            peer: who the client's certificate says it is, if it showed one.

        Raises:
            Refused: 401, it carries credentials that are none of the server's.
        """
        if peer is not None:
            return peer
        if "authorization" not in headers:
            return self.anonymous
        scheme, _, token = headers["authorization"].strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            # No server looks for another scheme; but who sends credentials wants them looked at,
            # so they do not make him admin.
            if self.anonymous is ANONYMOUS:
                return ANONYMOUS
            raise failures.unauthorized()
        found = self.identify(token.strip(), (tokens.ISSUER,))
        if found is None:
            raise failures.unauthorized()
        return found.user

    def identify(self, token: str, audiences: Sequence[str]) -> Identified | None:
        """Whom a token stands for; None if it is unknown, ended, or meant for somebody else."""
        if token in self.static:
            meant = tuple(each for each in audiences if each == tokens.ISSUER)
            return Identified(self.static[token], meant) if meant else None
        try:
            claims = tokens.decode(token, self.key)
        except TokenError:
            return None
        meant = tokens.intended(claims, audiences)
        if not meant or not self._holds(claims):
            return None
        return Identified(self._account_user(claims), meant)

    def _account_user(self, claims: Claims) -> User:
        extra = [("authentication.kubernetes.io/credential-id", (f"JTI={claims.id}",))]
        if claims.bound_to is not None and claims.bound_to.kind == "pod":
            extra += [
                ("authentication.kubernetes.io/pod-name", (claims.bound_to.name,)),
                ("authentication.kubernetes.io/pod-uid", (claims.bound_to.uid,)),
            ]
        account = claims.account
        return service_account(
            claims.namespace, account.name, account.uid, tuple(extra) if claims.id else ()
        )

    def _holds(self, claims: Claims) -> bool:
        """Whether a token has not ended, by time or with what it is bound to."""
        if claims.expires_at is not None and self.now() >= claims.expires_at:
            return False
        bound = [claims.account] + ([claims.bound_to] if claims.bound_to else [])
        return all(self._exists(claims.namespace, each) for each in bound)

    def _exists(self, namespace: str, bound: Bound) -> bool:
        place = namespace if bound.kind in _PLURALS else ""
        found = self.store.get(_PLURALS.get(bound.kind, "nodes"), place, bound.name)
        return found is not None and found.uid == bound.uid


def certified(common_name: str, organizations: Sequence[str]) -> User:
    """The user that a client certificate names."""
    return authenticated(common_name, tuple(organizations))


def impersonated(authorizer: Authorizer, user: User, headers: Mapping[str, str]) -> User:
    """
    Whom a request wants to be taken for; the user itself unless it says otherwise.

    Raises:
        Refused: 403, the user may not; 500, it names groups or extras but no user.
    """
    # Nearly no request does, and a look-up per header of each would cost more than its authorization.
    if not any(key.startswith(_IMPERSONATE) for key in headers):
        return user
    name = headers.get("impersonate-user", "")
    groups = tuple(g.strip() for g in headers.get("impersonate-group", "").split(",") if g.strip())
    extra = {key: value for key, value in headers.items() if key.startswith(_EXTRA)}
    uid = headers.get("impersonate-uid", "")
    if not name:
        if groups or extra or uid:
            raise failures.internal("requested groups, uid or extras without impersonating a user")
        return user
    for asked in _questions(name, groups, uid, extra):
        authorizer.check(user, asked)
    account = account_of(name)
    if account is not None and not groups:
        return service_account(*account, uid)
    everyone = UNAUTHENTICATED if name == ANONYMOUS.name else AUTHENTICATED
    if everyone not in groups:
        groups = (*groups, everyone)
    pairs = tuple((key.removeprefix(_EXTRA), (value,)) for key, value in sorted(extra.items()))
    return User(name, groups, uid, pairs)


def _questions(
    name: str, groups: Sequence[str], uid: str, extra: Mapping[str, str]
) -> list[Attributes]:
    """What the user must be allowed to do, one question per thing that it wants to be."""
    account = account_of(name)
    if account is not None:
        namespace, short = account
        first = Attributes(
            verb="impersonate",
            version="v1",
            resource="serviceaccounts",
            namespace=namespace,
            name=short,
        )
    else:
        first = Attributes(verb="impersonate", resource="users", name=name)
    asked = [first]
    asked += [Attributes(verb="impersonate", resource="groups", name=group) for group in groups]
    if uid:
        asked.append(
            Attributes(
                verb="impersonate", group=_AUTHENTICATION, version="v1", resource="uids", name=uid
            )
        )
    asked += [
        Attributes(
            verb="impersonate",
            group=_AUTHENTICATION,
            version="v1",
            resource="userextras",
            subresource=key.removeprefix(_EXTRA),
            name=value,
        )
        for key, value in sorted(extra.items())
    ]
    return asked
