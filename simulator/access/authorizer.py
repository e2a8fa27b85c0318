"""
RBAC: whether the roles of a cluster let a user do something, and what they let it do.

Source: plugin/pkg/auth/authorizer/rbac/rbac.go, pkg/registry/rbac/validation/rule.go.
"""

from collections.abc import Iterator, Sequence

import attrs

from simulator import failures
from simulator.access.attributes import Attributes, forbidden
from simulator.access.rules import allows
from simulator.access.users import User, account_name
from simulator.jsontypes import FrozenJSON, JSONObject
from simulator.ports import Refused
from simulator.storage.label_selectors import selects
from simulator.storage.store import Store

GROUP = "rbac.authorization.k8s.io"
ROLES = f"{GROUP}/roles"
CLUSTER_ROLES = f"{GROUP}/clusterroles"
ROLE_BINDINGS = f"{GROUP}/rolebindings"
CLUSTER_ROLE_BINDINGS = f"{GROUP}/clusterrolebindings"


@attrs.frozen
class Decision:
    """Whether something is allowed, and what the server says to that."""

    allowed: bool
    reason: str = ""


@attrs.frozen
class Granted:
    """The rules that one binding gives to a user."""

    rules: Sequence[FrozenJSON]
    by: str
    """`RoleBinding "b/n" of Role "r" to User "u"`."""


class MissingRoleError(Exception):
    """A binding names a role that is not there; str() is what the server says."""

    def __init__(self, resource: str, name: str) -> None:
        super().__init__(f'{resource}.{GROUP} "{name}" not found')


@attrs.frozen(eq=False)
class Authorizer:
    """The roles and bindings of one cluster, read anew for each question."""

    store: Store

    def check(self, user: User, asked: Attributes) -> None:
        """
        Let a request through.

        Raises:
            Refused: 403.
        """
        decision = self.decide(user, asked)
        if not decision.allowed:
            raise forbidden(user, asked, decision.reason)

    def decide(self, user: User, asked: Attributes) -> Decision:
        """Whether a user may do that."""
        if user.privileged:
            return Decision(allowed=True)
        missing = []
        for granted in self.granted(user, asked.namespace):
            if isinstance(granted, MissingRoleError):
                missing.append(str(granted))
            elif any(allows(rule, asked) for rule in granted.rules):
                return Decision(allowed=True, reason=f"RBAC: allowed by {granted.by}")
        return Decision(allowed=False, reason=_unseen(missing))

    def rules(self, user: User, namespace: str) -> list[FrozenJSON]:
        """Every rule that holds for a user: in one namespace, or (empty) everywhere."""
        return [
            rule
            for granted in self.granted(user, namespace)
            if isinstance(granted, Granted)
            for rule in granted.rules
        ]

    def granted(self, user: User, namespace: str) -> Iterator[Granted | MissingRoleError]:
        """What each binding gives to a user, those of the whole cluster first."""
        for version in self.store.items(CLUSTER_ROLE_BINDINGS):
            yield from self._from(version.object, user, "")
        if namespace:
            for version in self.store.items(ROLE_BINDINGS, namespace):
                yield from self._from(version.object, user, namespace)

    def _from(
        self, binding: JSONObject, user: User, namespace: str
    ) -> Iterator[Granted | MissingRoleError]:
        subject = _subject(binding, user, namespace)
        if subject is None:
            return
        reference = binding["roleRef"]
        try:
            rules = self.role_rules(reference, namespace)
        except MissingRoleError as missing:
            yield missing
            return
        name = binding["metadata"]["name"]
        head = f'RoleBinding "{name}/{namespace}"' if namespace else f'ClusterRoleBinding "{name}"'
        by = f'{head} of {reference["kind"]} "{reference["name"]}" to {subject}'
        yield Granted(rules, by)

    def role_rules(self, reference: FrozenJSON, namespace: str) -> Sequence[FrozenJSON]:
        """
        The rules of a role that a binding of this namespace (empty: of the cluster) names.

        Raises:
            MissingRoleError: there is no such role.
        """
        name = reference["name"]
        if reference["kind"] == "Role":
            found = self.store.get(ROLES, namespace, name)
            if found is None:
                raise MissingRoleError("role", name)
            return found.object.get("rules") or ()
        found = self.store.get(CLUSTER_ROLES, "", name)
        if found is None:
            raise MissingRoleError("clusterrole", name)
        return self._aggregated(found.object)

    def _aggregated(self, role: JSONObject) -> Sequence[FrozenJSON]:
        """
        The rules of a ClusterRole, with those of the roles that its aggregation rule selects.

        On a real cluster a controller writes them into the role; here they are gathered when asked.
        """
        pending, seen, rules = [role], {role["metadata"]["name"]}, list[FrozenJSON]()
        while pending:
            role = pending.pop()
            rules += [rule for rule in role.get("rules") or () if rule not in rules]
            selectors = (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or ()
            for version in self.store.items(CLUSTER_ROLES) if selectors else ():
                metadata = version.object["metadata"]
                labels = metadata.get("labels") or {}
                if metadata["name"] not in seen and any(selects(s, labels) for s in selectors):
                    seen.add(metadata["name"])
                    pending.append(version.object)
        return rules


def _unseen(missing: Sequence[str]) -> str:
    """What the server says of roles that it did not find; equal texts once."""
    texts = list(dict.fromkeys(missing))
    if not texts:
        return ""
    return f"RBAC: {texts[0]}" if len(texts) == 1 else f"RBAC: [{', '.join(texts)}]"


def _subject(binding: JSONObject, user: User, namespace: str) -> str | None:
    """The first subject of a binding that is this user, as reasons print it."""
    for subject in binding.get("subjects") or ():
        name = subject["name"]
        match subject["kind"]:
            case "User":
                if name == user.name:
                    return f'User "{name}"'
            case "Group":
                if name in user.groups:
                    return f'Group "{name}"'
            case "ServiceAccount":
                home = subject.get("namespace") or namespace
                if account_name(home, name) == user.name:
                    return f'ServiceAccount "{name}/{home}"'
            case _:
                pass
    return None


@attrs.frozen
class _Role:
    plural: str
    group: str = GROUP
    kind: str = ""


def not_found(reference: FrozenJSON) -> Refused:
    """404 for the role that a new binding names."""
    plural = "roles" if reference["kind"] == "Role" else "clusterroles"
    return failures.not_found(_Role(plural), reference["name"])
