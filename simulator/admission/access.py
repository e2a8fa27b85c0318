"""
Rules for Roles and their bindings.

Source: pkg/apis/rbac/validation/validation.go, as of 1.36.
"""

from simulator.admission import names
from simulator.admission.causes import Causes, each_invalid, invalid, not_supported, required
from simulator.jsontypes import JSONObject

_GROUP = "rbac.authorization.k8s.io"


def role(obj: JSONObject) -> Causes:
    """A Role, new or changed."""
    yield from _rules(obj, namespaced=True)


def cluster_role(obj: JSONObject) -> Causes:
    """A ClusterRole, new or changed."""
    yield from _rules(obj, namespaced=False)


def _rules(obj: JSONObject, *, namespaced: bool) -> Causes:
    for index, rule in enumerate(obj["rules"] or ()):
        at = f"rules[{index}]"
        if not rule["verbs"]:
            yield required(f"{at}.verbs", "verbs must contain at least one value")
        urls = rule.get("nonResourceURLs", [])
        if urls:
            if namespaced:
                why = "namespaced rules cannot apply to non-resource URLs"
                yield invalid(f"{at}.nonResourceURLs", urls, why)
            if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
                why = "rules cannot apply to both regular resources and non-resource URLs"
                yield invalid(f"{at}.nonResourceURLs", urls, why)
            continue
        if not rule.get("apiGroups"):
            yield required(f"{at}.apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            yield required(f"{at}.resources", "resource rules must supply at least one resource")


def binding(obj: JSONObject) -> Causes:
    """A RoleBinding, new or changed."""
    yield from _reference(obj["roleRef"], ("Role", "ClusterRole"))
    yield from _subjects(obj)


def cluster_binding(obj: JSONObject) -> Causes:
    """A ClusterRoleBinding, new or changed."""
    yield from _reference(obj["roleRef"], ("ClusterRole",))
    yield from _subjects(obj)


def _reference(reference: JSONObject, kinds: tuple[str, ...]) -> Causes:
    if reference["apiGroup"] != _GROUP:
        yield not_supported("roleRef.apiGroup", reference["apiGroup"], (_GROUP,))
    if reference["kind"] not in kinds:
        yield not_supported("roleRef.kind", reference["kind"], kinds)
    if reference["name"]:
        yield from each_invalid(
            "roleRef.name", reference["name"], names.path_segment(reference["name"])
        )
    else:
        yield required("roleRef.name")


def _subjects(obj: JSONObject) -> Causes:
    for index, subject in enumerate(obj.get("subjects", ())):
        at = f"subjects[{index}]"
        if not subject["name"]:
            yield required(f"{at}.name")
        group = subject.get("apiGroup", "")
        match subject["kind"]:
            case "ServiceAccount":
                if group:
                    yield not_supported(f"{at}.apiGroup", group, ("",))
                if not subject.get("namespace"):
                    yield required(f"{at}.namespace")
            case "User" | "Group":
                if group != _GROUP:
                    yield not_supported(f"{at}.apiGroup", group, (_GROUP,))
            case other:
                yield not_supported(f"{at}.kind", other, ("ServiceAccount", "User", "Group"))


def changed_binding(new: JSONObject, old: JSONObject) -> Causes:
    """What it binds is fixed."""
    if new["roleRef"] != old["roleRef"]:
        reference = new["roleRef"]
        shown = {
            "APIGroup": reference["apiGroup"],
            "Kind": reference["kind"],
            "Name": reference["name"],
        }
        yield invalid("roleRef", shown, "cannot change roleRef")
