"""
The kinds that the API serves, one row each: how they are named, in paths, in answers and by kubectl.

Source: discovery of kube-apiserver 1.36 (`/api/v1`, `/apis/apps/v1` …).
"""

from collections.abc import Mapping

import attrs

from simulator.jsontypes import JSONObject


@attrs.frozen
class Resource:
    """One kind in one version."""

    group: str
    """Empty for the core group."""
    version: str
    kind: str
    plural: str
    """As in paths."""
    singular: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    custom: bool = False
    """Defined by a CustomResourceDefinition."""

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def name(self) -> str:
        """`v1/pods`, `apps/v1/deployments`: how the simulator's own clients ask for it."""
        return f"{self.api_version}/{self.plural}"

    @property
    def list_kind(self) -> str:
        """Kind of its lists."""
        return f"{self.kind}List"

    def reset_fields(self, subresource: str = "") -> JSONObject:
        """
        The field set that a write through this endpoint ignores, so that no manager ever owns it:
        the main one ignores `status`, `/status` ignores the rest.

        Source: `GetResetFields` of the registry strategies in kube-apiserver.
        """
        if "status" not in self.subresources:
            return {}
        if subresource == "":
            return {"f:status": {}}
        if self.custom and subresource == "status":
            return {"f:metadata": {}, "f:spec": {}}
        return _RESET_BY_SUBRESOURCE.get((self.kind, subresource), {"f:spec": {}})


_RESET_BY_SUBRESOURCE: Mapping[tuple[str, str], JSONObject] = {
    ("CustomResourceDefinition", "status"): {"f:metadata": {}, "f:spec": {}},
    ("Deployment", "status"): {"f:metadata": {"f:labels": {}}, "f:spec": {}},
    ("Namespace", "finalize"): {"f:status": {}},
    ("Pod", "status"): {
        "f:metadata": {"f:deletionTimestamp": {}, "f:ownerReferences": {}},
        "f:spec": {},
    },
}


def _rows(
    group: str, version: str, *rows: tuple[str, str, bool, str, str, str]
) -> tuple[Resource, ...]:
    return tuple(
        Resource(
            group=group,
            version=version,
            kind=kind,
            plural=plural,
            singular=kind.lower(),
            namespaced=namespaced,
            short_names=tuple(short_names.split()),
            categories=tuple(categories.split()),
            subresources=tuple(subresources.split()),
        )
        for kind, plural, namespaced, short_names, categories, subresources in rows
    )


_POD_PARTS = "attach binding ephemeralcontainers eviction exec log portforward status"
_IN, _OUT = True, False  # inside a namespace, or cluster-scoped

BUILT_IN: tuple[Resource, ...] = (
    *_rows(
        "",
        "v1",
        ("ConfigMap", "configmaps", _IN, "cm", "", ""),
        ("Endpoints", "endpoints", _IN, "ep", "", ""),
        ("Event", "events", _IN, "ev", "", ""),
        ("LimitRange", "limitranges", _IN, "limits", "", ""),
        ("Namespace", "namespaces", _OUT, "ns", "", "finalize status"),
        ("Node", "nodes", _OUT, "no", "", "status"),
        ("PersistentVolumeClaim", "persistentvolumeclaims", _IN, "pvc", "", "status"),
        ("PersistentVolume", "persistentvolumes", _OUT, "pv", "", "status"),
        ("Pod", "pods", _IN, "po", "all", _POD_PARTS),
        ("PodTemplate", "podtemplates", _IN, "", "", ""),
        ("ReplicationController", "replicationcontrollers", _IN, "rc", "all", "scale status"),
        ("ResourceQuota", "resourcequotas", _IN, "quota", "", "status"),
        ("Secret", "secrets", _IN, "", "", ""),
        ("ServiceAccount", "serviceaccounts", _IN, "sa", "", "token"),
        ("Service", "services", _IN, "svc", "all", "status"),
    ),
    *_rows(
        "admissionregistration.k8s.io",
        "v1",
        (
            "MutatingWebhookConfiguration",
            "mutatingwebhookconfigurations",
            _OUT,
            "",
            "api-extensions",
            "",
        ),
        (
            "ValidatingWebhookConfiguration",
            "validatingwebhookconfigurations",
            _OUT,
            "",
            "api-extensions",
            "",
        ),
    ),
    *_rows(
        "apiextensions.k8s.io",
        "v1",
        (
            "CustomResourceDefinition",
            "customresourcedefinitions",
            _OUT,
            "crd crds",
            "api-extensions",
            "status",
        ),
    ),
    *_rows(
        "apps",
        "v1",
        ("ControllerRevision", "controllerrevisions", _IN, "", "", ""),
        ("DaemonSet", "daemonsets", _IN, "ds", "all", "status"),
        ("Deployment", "deployments", _IN, "deploy", "all", "scale status"),
        ("ReplicaSet", "replicasets", _IN, "rs", "all", "scale status"),
        ("StatefulSet", "statefulsets", _IN, "sts", "all", "scale status"),
    ),
    *_rows(
        "autoscaling",
        "v2",
        ("HorizontalPodAutoscaler", "horizontalpodautoscalers", _IN, "hpa", "all", "status"),
    ),
    *_rows(
        "batch",
        "v1",
        ("CronJob", "cronjobs", _IN, "cj", "all", "status"),
        ("Job", "jobs", _IN, "", "all", "status"),
    ),
    *_rows("coordination.k8s.io", "v1", ("Lease", "leases", _IN, "", "", "")),
    *_rows("discovery.k8s.io", "v1", ("EndpointSlice", "endpointslices", _IN, "", "", "")),
    *_rows(
        "networking.k8s.io",
        "v1",
        ("IngressClass", "ingressclasses", _OUT, "", "", ""),
        ("Ingress", "ingresses", _IN, "ing", "", "status"),
        ("NetworkPolicy", "networkpolicies", _IN, "netpol", "", ""),
    ),
    *_rows("node.k8s.io", "v1", ("RuntimeClass", "runtimeclasses", _OUT, "", "", "")),
    *_rows(
        "policy", "v1", ("PodDisruptionBudget", "poddisruptionbudgets", _IN, "pdb", "", "status")
    ),
    *_rows(
        "rbac.authorization.k8s.io",
        "v1",
        ("ClusterRoleBinding", "clusterrolebindings", _OUT, "", "", ""),
        ("ClusterRole", "clusterroles", _OUT, "", "", ""),
        ("RoleBinding", "rolebindings", _IN, "", "", ""),
        ("Role", "roles", _IN, "", "", ""),
    ),
    *_rows("scheduling.k8s.io", "v1", ("PriorityClass", "priorityclasses", _OUT, "pc", "", "")),
    *_rows("storage.k8s.io", "v1", ("StorageClass", "storageclasses", _OUT, "sc", "", "")),
)

(EVENTS_VIEW,) = _rows("events.k8s.io", "v1", ("Event", "events", _IN, "ev", "", ""))
"""Not a kind of its own: the Events of the core group under other names."""

_BY_PATH = {(row.group, row.version, row.plural): row for row in BUILT_IN}
_BY_KIND = {(row.api_version, row.kind): row for row in BUILT_IN}


def by_path(group: str, version: str, plural: str) -> Resource | None:
    """The built-in row behind a path, if there is one."""
    return _BY_PATH.get((group, version, plural))


def by_kind(api_version: str, kind: str) -> Resource | None:
    """The built-in row of a kind, if there is one."""
    return _BY_KIND.get((api_version, kind))
