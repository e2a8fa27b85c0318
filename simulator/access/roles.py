"""
The roles and bindings that kube-apiserver makes when it starts, as far as anything here needs them.

Source: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go.
"""

from simulator.jsontypes import JSONObject

_API = "rbac.authorization.k8s.io/v1"
_RBAC = "rbac.authorization.k8s.io"
_READ = ("get", "list", "watch")
_WRITE = ("create", "delete", "deletecollection", "patch", "update")

_APPS = (
    "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets "
    "statefulsets/scale"
)
_NETWORK = "ingresses networkpolicies"

_VIEW = (
    (
        "",
        (
            "configmaps endpoints events limitranges namespaces namespaces/status persistentvolumeclaims "
            "persistentvolumeclaims/status pods pods/log pods/status replicationcontrollers "
            "replicationcontrollers/scale replicationcontrollers/status resourcequotas "
            "resourcequotas/status serviceaccounts services services/status bindings"
        ),
        _READ,
    ),
    ("discovery.k8s.io", "endpointslices", _READ),
    (
        "apps",
        (
            f"controllerrevisions {_APPS} daemonsets/status deployments/status replicasets/status "
            "statefulsets/status"
        ),
        _READ,
    ),
    ("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", _READ),
    ("batch", "cronjobs cronjobs/status jobs jobs/status", _READ),
    ("networking.k8s.io", f"{_NETWORK} ingresses/status", _READ),
    ("policy", "poddisruptionbudgets poddisruptionbudgets/status", _READ),
)
_EDIT = (
    (
        "",
        "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy",
        _READ,
    ),
    ("", "serviceaccounts", ("impersonate",)),
    ("", "pods pods/attach pods/exec pods/portforward pods/proxy", _WRITE),
    ("", "pods/eviction serviceaccounts/token", ("create",)),
    (
        "",
        (
            "configmaps events persistentvolumeclaims replicationcontrollers "
            "replicationcontrollers/scale secrets serviceaccounts services services/proxy"
        ),
        _WRITE,
    ),
    ("apps", f"{_APPS} deployments/rollback", _WRITE),
    ("autoscaling", "horizontalpodautoscalers", _WRITE),
    ("batch", "cronjobs jobs", _WRITE),
    ("networking.k8s.io", _NETWORK, _WRITE),
    ("policy", "poddisruptionbudgets", _WRITE),
    ("coordination.k8s.io", "leases", (*_WRITE, *_READ)),
)
_OWN = (
    ("authorization.k8s.io", "localsubjectaccessreviews", ("create",)),
    (_RBAC, "rolebindings roles", (*_WRITE, *_READ)),
)


def _rule(group: str, resources: str, verbs: tuple[str, ...]) -> JSONObject:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": list(verbs)}


def _rules(rows: tuple[tuple[str, str, tuple[str, ...]], ...]) -> list[JSONObject]:
    return [_rule(*row) for row in rows]


_MARKS = {
    "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
}


def _role(name: str, rules: list[JSONObject], *, gathers: str = "", feeds: str = "") -> JSONObject:
    """A ClusterRole; `gathers` and `feeds` name the roles that it is made of and that it goes into."""
    labels = dict(_MARKS["labels"])
    if feeds:
        labels[f"{_RBAC}/aggregate-to-{feeds}"] = "true"
    role: JSONObject = {
        "kind": "ClusterRole",
        "apiVersion": _API,
        "metadata": {"name": name, **_MARKS, "labels": labels},
        "rules": rules,
    }
    if gathers:
        selector = {"matchLabels": {f"{_RBAC}/aggregate-to-{gathers}": "true"}}
        role["aggregationRule"] = {"clusterRoleSelectors": [selector]}
    return role


def _binding(name: str, *subjects: JSONObject) -> JSONObject:
    return {
        "kind": "ClusterRoleBinding",
        "apiVersion": _API,
        "metadata": {"name": name, **_MARKS},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name},
        "subjects": list(subjects),
    }


def _group(name: str) -> JSONObject:
    return {"kind": "Group", "apiGroup": _RBAC, "name": name}


_BASICS = [
    _rule(
        "authorization.k8s.io",
        "selfsubjectaccessreviews selfsubjectrulesreviews",
        ("create",),
    ),
    _rule("authentication.k8s.io", "selfsubjectreviews", ("create",)),
]
_EVERYTHING = [
    _rule("*", "*", ("*",)),
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
]
_DISCOVERY = [
    {
        "nonResourceURLs": [
            "/api",
            "/api/*",
            "/apis",
            "/apis/*",
            "/healthz",
            "/livez",
            "/openapi",
            "/openapi/*",
            "/readyz",
            "/version",
            "/version/",
        ],
        "verbs": ["get"],
    }
]
_PUBLIC = [
    {
        "nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"],
        "verbs": ["get"],
    }
]
_DELEGATOR = [
    _rule("authentication.k8s.io", "tokenreviews", ("create",)),
    _rule("authorization.k8s.io", "subjectaccessreviews", ("create",)),
]

CLUSTER_ROLES: tuple[JSONObject, ...] = (
    _role("admin", _rules((*_OWN, *_EDIT, *_VIEW)), gathers="admin"),
    _role("cluster-admin", _EVERYTHING),
    _role("edit", _rules((*_EDIT, *_VIEW)), gathers="edit", feeds="admin"),
    _role("system:aggregate-to-admin", _rules(_OWN), feeds="admin"),
    _role("system:aggregate-to-edit", _rules(_EDIT), feeds="edit"),
    _role("system:aggregate-to-view", _rules(_VIEW), feeds="view"),
    _role("system:auth-delegator", _DELEGATOR),
    _role("system:basic-user", _BASICS),
    _role("system:discovery", _DISCOVERY),
    _role("system:public-info-viewer", _PUBLIC),
    _role("view", _rules(_VIEW), gathers="view", feeds="edit"),
)
"""Each of `admin`, `edit` and `view` gathers what its label selects, the next smaller one included."""

CLUSTER_ROLE_BINDINGS: tuple[JSONObject, ...] = (
    _binding("cluster-admin", _group("system:masters")),
    _binding("system:basic-user", _group("system:authenticated")),
    _binding("system:discovery", _group("system:authenticated")),
    _binding(
        "system:public-info-viewer",
        _group("system:authenticated"),
        _group("system:unauthenticated"),
    ),
)
