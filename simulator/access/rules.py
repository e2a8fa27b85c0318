"""
Policy rules: what one allows, and whether some rules cover another; pure.

Source: plugin/pkg/auth/authorizer/rbac/rbac.go (RuleAllows), pkg/apis/rbac/v1/evaluation_helpers.go,
component-helpers auth/rbac/validation/rule.go (Covers), pkg/registry/rbac/validation (CompactRules).
"""

from collections.abc import Iterable, Iterator, Sequence

from simulator.access.attributes import Attributes
from simulator.jsontypes import FrozenJSON, JSONObject

EVERYTHING: tuple[JSONObject, ...] = (
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
)


def allows(rule: FrozenJSON, asked: Attributes) -> bool:
    """Whether a rule lets somebody do that."""
    if not _any(rule, "verbs", asked.verb):
        return False
    if asked.path:
        return any(_path_matches(url, asked.path) for url in rule.get("nonResourceURLs") or ())
    return (
        _any(rule, "apiGroups", asked.group)
        and _resource_matches(rule, asked.resource, asked.subresource)
        and _name_matches(rule, asked.name)
    )


def _any(rule: FrozenJSON, field: str, value: str) -> bool:
    allowed = rule.get(field) or ()
    return "*" in allowed or value in allowed


def _resource_matches(rule: FrozenJSON, resource: str, subresource: str) -> bool:
    allowed = rule.get("resources") or ()
    whole = f"{resource}/{subresource}" if subresource else resource
    if "*" in allowed or whole in allowed:
        return True
    return bool(subresource) and f"*/{subresource}" in allowed


def _name_matches(rule: FrozenJSON, name: str) -> bool:
    names = rule.get("resourceNames") or ()
    return not names or name in names


def _path_matches(url: str, path: str) -> bool:
    return url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*")))


def uncovered(owned: Sequence[FrozenJSON], wanted: Iterable[FrozenJSON]) -> list[JSONObject]:
    """The smallest parts of `wanted` that no rule of `owned` covers alone; [] when all are held."""
    return [
        part
        for rule in wanted
        for part in _parts(rule)
        if not any(_covers(own, part) for own in owned)
    ]


def _parts(rule: FrozenJSON) -> Iterator[JSONObject]:
    """A rule as rules of one verb on one resource, name or path each."""
    verbs = rule.get("verbs") or ()
    names = rule.get("resourceNames") or ()
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in verbs:
                part = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                if not names:
                    yield part
                for name in names:
                    yield part | {"resourceNames": [name]}
    for url in rule.get("nonResourceURLs") or ():
        for verb in verbs:
            yield {"nonResourceURLs": [url], "verbs": [verb]}


def _covers(own: FrozenJSON, part: FrozenJSON) -> bool:
    (verb,) = part["verbs"]
    if not _any(own, "verbs", verb):
        return False
    if urls := part.get("nonResourceURLs"):
        return any(_path_matches(url, urls[0]) for url in own.get("nonResourceURLs") or ())
    (group,), (whole,) = part["apiGroups"], part["resources"]
    resource, _, subresource = whole.partition("/")
    names = own.get("resourceNames") or ()
    return (
        _any(own, "apiGroups", group)
        and _resource_matches(own, resource, subresource)
        and (not names or (part.get("resourceNames") or [""])[0] in names)
    )


def compact(parts: Iterable[FrozenJSON]) -> list[JSONObject]:
    """Parts as `uncovered` gives them, those that differ in their verb alone joined."""
    joined: dict[tuple[str, str, str], JSONObject] = {}
    for part in parts:
        group = (part.get("apiGroups") or [""])[0]
        about = (part.get("resources") or part.get("nonResourceURLs") or [""])[0]
        name = (part.get("resourceNames") or [""])[0]
        # A path is none of a resource's: it starts with a slash or is "*" without a group.
        key = (group if "resources" in part else "/", about, name)
        if key in joined and "resources" in part:
            joined[key]["verbs"].extend(v for v in part["verbs"] if v not in joined[key]["verbs"])
        else:
            key = key if "resources" in part else (*key[:2], part["verbs"][0])
            joined[key] = {**part, "verbs": list(part["verbs"])}
    return list(joined.values())


_SHOWN = {
    "apiGroups": "APIGroups",
    "resources": "Resources",
    "nonResourceURLs": "NonResourceURLs",
    "resourceNames": "ResourceNames",
    "verbs": "Verbs",
}


def shown(rule: FrozenJSON) -> str:
    """A rule as refusals print it."""
    parts = [f"{label}:{quoted(rule[field])}" for field, label in _SHOWN.items() if rule.get(field)]
    return "{" + ", ".join(parts) + "}"


def quoted(texts: Iterable[str]) -> str:
    """A list of strings as Go's `%q` prints it."""
    return "[" + " ".join(f'"{text}"' for text in texts) + "]"
