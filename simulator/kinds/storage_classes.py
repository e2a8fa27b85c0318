"""
Which StorageClass a claim gets that names none.

Source: kubernetes pkg/volume/util/storageclass.go, pkg/apis/core/v1/helper/helpers.go.
"""

from collections.abc import Iterable

from simulator.jsontypes import JSONObject

_IS_DEFAULT = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_CLAIM_CLASS = "volume.beta.kubernetes.io/storage-class"


def is_default(storage_class: JSONObject) -> bool:
    """Whether claims that name no class may get this one."""
    annotations = storage_class["metadata"].get("annotations") or {}
    return any(annotations.get(key) == "true" for key in _IS_DEFAULT)


def default_class(classes: Iterable[JSONObject]) -> JSONObject | None:
    """The default one; of several the newest, of those the first by name."""
    defaults = sorted(filter(is_default, classes), key=lambda item: str(item["metadata"]["name"]))
    return max(defaults, key=lambda item: str(item["metadata"]["creationTimestamp"]), default=None)


def class_of(claim: JSONObject) -> str | None:
    """The class that a claim names, if by its old annotation; None for none, empty for no class."""
    annotations = claim["metadata"].get("annotations") or {}
    name: str | None = annotations.get(_CLAIM_CLASS, claim["spec"].get("storageClassName"))
    return name
