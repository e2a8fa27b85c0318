"""
Which fields of which resource a field selector may name, and what an absent one counts as.

Source: the `ToSelectableFields` and `AddFieldLabelConversionFunc` functions of the built-in kinds.
"""

from collections.abc import Mapping

import attrs


@attrs.frozen
class Fields:
    """The selectable fields of one resource."""

    defaults: Mapping[str, str]
    """Path to the value an absent field has."""
    named: bool = False
    """Whether the refusal of another field names the resource's own conversion function."""

    def refusal(self, path: str) -> str:
        """What the server says about a field that is not selectable."""
        if self.named:
            return f"field label not supported: {path}"
        known = ", ".join(f'"{name}"' for name in self.defaults)
        return f'"{path}" is not a known field selector: only {known}'


def _fields(*paths: str, **defaults: str) -> Fields:
    everywhere = {"metadata.name": "", "metadata.namespace": ""}
    own = dict.fromkeys(paths, "") | {name.replace("__", "."): v for name, v in defaults.items()}
    return Fields(everywhere | own, named=True)


NAME_AND_NAMESPACE = Fields({"metadata.name": "", "metadata.namespace": ""})

_EVENT = _fields(
    *(
        f"involvedObject.{part}"
        for part in (
            "kind",
            "namespace",
            "name",
            "uid",
            "apiVersion",
            "resourceVersion",
            "fieldPath",
        )
    ),
    "reason",
    "reportingComponent",
    "source",
    "type",
)

_BY_RESOURCE: Mapping[str, Fields] = {
    "pods": _fields(
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
        "status.podIPs",
        "status.nominatedNodeName",
        spec__hostNetwork="false",
    ),
    "events": _EVENT,
    "secrets": _fields("type"),
    "namespaces": _fields("status.phase"),
    "nodes": _fields(spec__unschedulable="false"),
    "replicationcontrollers": _fields(status__replicas="0"),
    "services": _fields("spec.clusterIP", "spec.type"),
    "apps/replicasets": _fields(status__replicas="0"),
    "batch/jobs": _fields(status__successful="0"),
}


def selectable(resource: str, extra: tuple[str, ...] = ()) -> Fields:
    """
    The selectable fields of a resource.

    Args:
        resource: `group/plural`, or the plural alone for the core group.
        extra: paths that a CustomResourceDefinition adds, without the leading dot.
    """
    if extra:
        return _fields(*extra)
    return _BY_RESOURCE.get(resource, NAME_AND_NAMESPACE)
