"""Who a request comes from, once that is known."""

import attrs

MASTERS = "system:masters"
"""Members may do everything, whatever the roles say."""
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
_ACCOUNT = "system:serviceaccount:"
_ACCOUNTS = "system:serviceaccounts"


@attrs.frozen
class User:
    """A name with groups, as an authenticator found them."""

    name: str
    groups: tuple[str, ...] = ()
    """In the order in which refusals list them."""
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What the authenticator knows beside: the pod that a token is bound to, for instance."""

    @property
    def privileged(self) -> bool:
        """Whether nothing is forbidden to it."""
        return MASTERS in self.groups


ADMIN = User("system:admin", (MASTERS, AUTHENTICATED))
"""Who comes without credentials over plain HTTP, as behind `kubectl proxy`."""

ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))
"""Who comes without credentials over TLS."""


def authenticated(name: str, groups: tuple[str, ...] = (), uid: str = "") -> User:
    """A user that proved its name; every one of them is in one more group."""
    return User(name, (*groups, AUTHENTICATED), uid)


def service_account(
    namespace: str, name: str, uid: str = "", extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
) -> User:
    """A ServiceAccount as a user."""
    groups = (_ACCOUNTS, f"{_ACCOUNTS}:{namespace}", AUTHENTICATED)
    return User(account_name(namespace, name), groups, uid, extra)


def account_name(namespace: str, name: str) -> str:
    """The user name of a ServiceAccount."""
    return f"{_ACCOUNT}{namespace}:{name}"


def account_of(user: str) -> tuple[str, str] | None:
    """Namespace and name of the ServiceAccount behind a user name; None if there is none behind it."""
    if not user.startswith(_ACCOUNT):
        return None
    namespace, _, name = user.removeprefix(_ACCOUNT).partition(":")
    return (namespace, name) if namespace and name else None
