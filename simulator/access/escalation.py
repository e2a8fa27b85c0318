"""
Nobody gives away what he does not hold: the check on writes of roles and of their bindings.

Source: pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased/storage.go,
pkg/registry/rbac/validation/rule.go (ConfirmNoEscalation).
"""

from collections.abc import Iterable

from simulator.access import rules
from simulator.access.attributes import Attributes, denied
from simulator.access.authorizer import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    GROUP,
    ROLE_BINDINGS,
    ROLES,
    Authorizer,
    MissingRoleError,
    not_found,
)
from simulator.access.users import User
from simulator.jsontypes import FrozenJSON, JSONObject

_ROLES = (ROLES, CLUSTER_ROLES)
_BINDINGS = (ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS)


def check(
    authorizer: Authorizer, user: User, storage: str, new: JSONObject, old: JSONObject | None = None
) -> None:
    """
    Let a new or changed object pass; only roles and bindings are looked at.

    Args:
        authorizer: of the cluster.
        user: who writes.
        storage: `group/plural` of the object.
        new: the object as it would be stored.
        old: as it is stored; None for a new one.

    Raises:
        Refused: 403, it would give more than the user has; 404, a binding names no role.
    """
    if storage not in (*_ROLES, *_BINDINGS) or user.privileged:
        return
    if old is not None and _same_grant(new, old):
        return
    if storage in _ROLES:
        _check_role(authorizer, user, storage, new)
    else:
        _check_binding(authorizer, user, storage, new)


def _same_grant(new: JSONObject, old: JSONObject) -> bool:
    """Whether a write leaves alone everything but what the garbage collector needs to change."""
    return _without_references(new) == _without_references(old)


def _without_references(obj: JSONObject) -> JSONObject:
    kept = ("labels", "annotations")
    metadata = {key: value for key, value in obj["metadata"].items() if key in kept}
    return obj | {"metadata": metadata}


def _check_role(authorizer: Authorizer, user: User, storage: str, role: JSONObject) -> None:
    target = _target(storage, role)
    if authorizer.decide(user, target).allowed:
        return
    wanted = list(role.get("rules") or ())
    if role.get("aggregationRule"):
        # What it will gather is not known, so it counts as everything.
        wanted = list(rules.EVERYTHING)
    _confirm(authorizer, user, storage, role, wanted)


def _check_binding(authorizer: Authorizer, user: User, storage: str, binding: JSONObject) -> None:
    reference = binding["roleRef"]
    namespace = binding["metadata"].get("namespace", "")
    plural = "roles" if reference["kind"] == "Role" else "clusterroles"
    bind = Attributes(
        verb="bind",
        group=GROUP,
        version="v1",
        resource=plural,
        namespace=namespace,
        name=reference["name"],
    )
    if authorizer.decide(user, bind).allowed:
        return
    try:
        wanted = authorizer.role_rules(reference, namespace)
    except MissingRoleError:
        raise not_found(reference) from None
    _confirm(authorizer, user, storage, binding, wanted)


def _target(storage: str, obj: JSONObject) -> Attributes:
    metadata = obj["metadata"]
    return Attributes(
        verb="escalate",
        group=GROUP,
        version="v1",
        resource=storage.rpartition("/")[2],
        namespace=metadata.get("namespace", ""),
        name=metadata.get("name", ""),
    )


def _confirm(
    authorizer: Authorizer, user: User, storage: str, obj: JSONObject, wanted: Iterable[FrozenJSON]
) -> None:
    owned = authorizer.rules(user, obj["metadata"].get("namespace", ""))
    missing = rules.uncovered(owned, wanted)
    if missing:
        lines = "\n".join(sorted(rules.shown(rule) for rule in rules.compact(missing)))
        groups = rules.quoted(user.groups)
        why = (
            f'user "{user.name}" (groups={groups}) is attempting to grant RBAC permissions '
            f"not currently held:\n{lines}"
        )
        raise denied(_target(storage, obj), why)
