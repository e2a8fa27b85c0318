"""
Rules for PersistentVolumeClaims, PersistentVolumes and StorageClasses.

Source: pkg/apis/core/validation/validation.go and pkg/apis/storage/validation, as of 1.36.
"""

from fractions import Fraction

from simulator.admission import names
from simulator.admission.causes import (
    Causes,
    each_invalid,
    forbidden,
    invalid,
    one_of,
    required,
    unchanged,
)
from simulator.admission.godiff import claim_spec_diff
from simulator.admission.metadata import selector
from simulator.jsontypes import JSONObject
from simulator.kinds import quantities
from simulator.kinds.storage_classes import class_of

_ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_POSITIVE = "must be greater than zero"


def claim(obj: JSONObject) -> Causes:
    """A PersistentVolumeClaim, new or changed."""
    spec = obj["spec"]
    modes = spec.get("accessModes", ())
    if not modes:
        yield required("spec.accessModes", "at least 1 access mode is required")
    if "selector" in spec:
        yield from selector(spec["selector"], "spec.selector")
    for mode in modes:
        yield from one_of("spec.accessModes", mode, _ACCESS_MODES)
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        why = "may not use ReadWriteOncePod with other access modes"
        yield forbidden("spec.accessModes", why)
    storage = spec["resources"].get("requests", {}).get("storage")
    if storage is None:
        yield required("spec.resources[storage]")
    elif quantities.parse(storage) <= 0:
        yield invalid("spec.resources.requests[storage]", storage, _POSITIVE)
    name = spec.get("storageClassName")
    if name:
        yield from each_invalid("spec.storageClassName", name, names.dns_subdomain(name))
    yield from one_of("spec.volumeMode", spec["volumeMode"], ("Block", "Filesystem"))


def changed_claim(new: JSONObject, old: JSONObject) -> Causes:
    """Its spec is fixed, but that it may be bound and get a class, once, and then ask for more."""
    before, after = old["spec"], new["spec"]
    kept = dict(after)
    if "volumeName" not in before:
        kept.pop("volumeName", None)  # The binder sets it, once.
    if class_of(old) is None:
        kept.pop("storageClassName", None)  # So does it the default class, when there is one.
    bound = old["status"].get("phase") == "Bound" and new["status"].get("phase") == "Bound"
    if bound:
        kept["resources"] = before["resources"]
    if kept != before:
        yield forbidden("spec", _ONLY + "\n" + claim_spec_diff(before, kept))
    if bound:
        smaller = _storage(after) < _storage(before)
        if smaller and _storage(after) < quantities.parse(_capacity(old)):
            why = "field can not be less than status.capacity"
            yield forbidden("spec.resources.requests.storage", why)


_ONLY = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
    "bound claims"
)


def _storage(spec: JSONObject) -> Fraction:
    return quantities.parse(spec["resources"].get("requests", {}).get("storage", "0"))


def _capacity(obj: JSONObject) -> str:
    return str(obj["status"].get("capacity", {}).get("storage", "0"))


def volume(obj: JSONObject) -> Causes:
    """A PersistentVolume, new or changed."""
    spec = obj["spec"]
    if not spec.get("accessModes"):
        yield required("spec.accessModes")
    for mode in spec.get("accessModes", ()):
        yield from one_of("spec.accessModes", mode, _ACCESS_MODES)
    capacity = spec.get("capacity", {})
    if not capacity:
        yield required("spec.capacity")
    if capacity and list(capacity) != ["storage"]:
        yield from one_of("spec.capacity", capacity, ("storage",))
    elif capacity and quantities.parse(capacity["storage"]) <= 0:
        yield invalid("spec.capacity[storage]", capacity["storage"], _POSITIVE)
    policies = ("Delete", "Recycle", "Retain")
    policy = spec["persistentVolumeReclaimPolicy"]
    yield from one_of("spec.persistentVolumeReclaimPolicy", policy, policies)
    if not spec.keys() - _NOT_SOURCES:
        yield required("spec", "must specify a volume type")


_NOT_SOURCES = frozenset(
    {
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    }
)


def storage_class(obj: JSONObject) -> Causes:
    """A StorageClass, new or changed."""
    provisioner = obj["provisioner"]
    if provisioner:
        yield from each_invalid(
            "provisioner", provisioner, names.qualified_name(provisioner.lower())
        )
    else:
        yield required("provisioner")
    yield from one_of("reclaimPolicy", obj["reclaimPolicy"], ("Delete", "Retain"))
    modes = ("Immediate", "WaitForFirstConsumer")
    yield from one_of("volumeBindingMode", obj["volumeBindingMode"], modes)


def changed_storage_class(new: JSONObject, old: JSONObject) -> Causes:
    """Where its volumes come from is fixed."""
    for field in ("parameters", "provisioner"):
        if new.get(field) != old.get(field):
            yield forbidden(field, f"updates to {field} are forbidden.")
    if new["reclaimPolicy"] != old["reclaimPolicy"]:
        yield forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden.")
    yield from unchanged("volumeBindingMode", new["volumeBindingMode"], old["volumeBindingMode"])
