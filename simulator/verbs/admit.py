"""
Admission that looks at the cluster: what it adds to a new object, and what it refuses.

The order is that of kube-apiserver's plugins: limits, ServiceAccount, default class, mutating
webhooks; the rules of the kind in between; then limits again, validating webhooks, quota.
"""

from simulator import failures
from simulator.admission import limits, priorities, service_accounts, webhooks
from simulator.admission.webhooks import MUTATING, VALIDATING, Allowed, Verdict, Write
from simulator.jsontypes import FrozenJSON, JSONObject
from simulator.patches import json_patch
from simulator.patches.errors import PatchError
from simulator.verbs import quota
from simulator.verbs.caller import Caller
from simulator.verbs.checks import with_defaults
from simulator.verbs.claims import with_default_class
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import NAMESPACES, Served

_PRIORITY_CLASSES = "scheduling.k8s.io/priorityclasses"
_LIMITED = ("pods", "persistentvolumeclaims")


def completed(cluster: Cluster, served: Served, obj: JSONObject) -> JSONObject:
    """
    A new object with what the cluster adds to it.

    Raises:
        Refused: 403, the pod's ServiceAccount or PriorityClass is not there.
    """
    if served.storage == "pods":
        obj = _with_priority(cluster, served, obj)
        obj = limits.with_defaults(obj, _ranges(cluster, obj))
        obj = _with_account(cluster, served, obj)
    return with_default_class(cluster, served, obj)


def _with_priority(cluster: Cluster, served: Served, obj: JSONObject) -> JSONObject:
    classes = [version.object for version in cluster.store.items(_PRIORITY_CLASSES)]
    try:
        return obj | {"spec": priorities.prioritised(obj["spec"], classes)}
    except ValueError as error:
        name = obj["metadata"].get("name", "")
        raise failures.forbidden(served.resource, name, str(error)) from None


def _ranges(cluster: Cluster, obj: JSONObject) -> list[JSONObject]:
    namespace = obj["metadata"]["namespace"]
    return [version.object for version in cluster.store.items("limitranges", namespace)]


def _with_account(cluster: Cluster, served: Served, obj: JSONObject) -> JSONObject:
    if not cluster.service_accounts:
        return obj
    metadata, spec = obj["metadata"], obj["spec"]
    name = service_accounts.account_name(spec)
    found = cluster.store.get("serviceaccounts", metadata["namespace"], name)
    if found is None:
        why = (
            f"error looking up service account {metadata['namespace']}/{name}: "
            f'serviceaccount "{name}" not found'
        )
        raise failures.forbidden(served.resource, metadata.get("name", ""), why)
    volume = ""
    if service_accounts.mounts_token(spec, found.object):
        volume = cluster.generated_name(service_accounts.VOLUME)
    return obj | {"spec": service_accounts.with_account(spec, found.object, volume)}


def mutated(cluster: Cluster, served: Served, obj: JSONObject, write: Write) -> JSONObject:
    """
    The object of a write as mutating webhooks want it.

    Raises:
        Refused: one of them refuses, or cannot be asked; 500, its patch does not fit.
    """
    for webhook in _called(cluster, MUTATING, write):
        verdict = _asked(cluster, webhook, write)
        if isinstance(verdict, Allowed) and verdict.patch:
            try:
                obj = with_defaults(served, json_patch.apply(obj, list(verdict.patch)))
            except PatchError as error:
                raise failures.internal(error.message) from error
    return obj


def validated(cluster: Cluster, served: Served, write: Write) -> None:
    """
    Let a write pass that the rules of its kind have passed.

    Raises:
        Refused: 403, limits or quota; whatever a webhook says, 500 when one cannot be asked.
    """
    new = write.object
    if new is not None and write.old is None and served.storage in _LIMITED:
        why = limits.refusal(new, _ranges(cluster, new))
        if why:
            raise failures.forbidden(served.resource, write.name, why)
    for webhook in _called(cluster, VALIDATING, write):
        _asked(cluster, webhook, write)
    if new is not None and not write.subresource:
        quota.admit(cluster, served, new, write.old)


def _called(cluster: Cluster, configurations: str, write: Write) -> list[FrozenJSON]:
    """The webhooks that look at a write, by the names of their configurations."""
    found = cluster.store.items(configurations)
    if not found:
        return []
    labels = _namespace_labels(cluster, write)
    return [
        webhook
        for version in found
        for webhook in version.object.get("webhooks") or ()
        if webhooks.looks_at(webhook, write, labels)
    ]


def _namespace_labels(cluster: Cluster, write: Write) -> dict[str, str] | None:
    if write.resource == NAMESPACES and not write.group:
        obj = write.object or write.old or {"metadata": {}}
        return dict(obj["metadata"].get("labels") or {})
    if not write.namespace:
        return None
    found = cluster.store.get(NAMESPACES, "", write.namespace)
    return dict((found.object["metadata"].get("labels") if found else None) or {})


def _asked(cluster: Cluster, webhook: FrozenJSON, write: Write) -> Verdict:
    backend = cluster.webhooks.get(webhook["name"])
    verdict = backend(write) if backend else _nobody(cluster, webhook)
    refused = webhooks.outcome(webhook, write, verdict)
    if refused is not None:
        raise refused
    return verdict


def _nobody(cluster: Cluster, webhook: FrozenJSON) -> Verdict:
    named = webhook["clientConfig"].get("service") or {}
    place = named.get("namespace", ""), named.get("name", "")
    service = cluster.store.get("services", *place)
    endpoints = cluster.store.get("endpoints", *place)
    subsets = endpoints.object.get("subsets") if endpoints else None
    ready = any(subset.get("addresses") for subset in subsets or ())
    return webhooks.nobody(webhook, service.object if service else None, ready=ready)


def write_of(
    caller: Caller,
    served: Served,
    operation: str,
    new: JSONObject | None,
    old: JSONObject | None = None,
    *,
    subresource: str = "",
    dry_run: bool = False,
) -> Write:
    """A write as webhooks and quotas see it."""
    resource = served.resource
    metadata = (new or old or {"metadata": {}})["metadata"]
    return Write(
        operation=operation,
        group=resource.group,
        version=resource.version,
        resource=resource.plural,
        subresource=subresource,
        namespace=metadata.get("namespace", ""),
        name=metadata.get("name", ""),
        object=new,
        old=old,
        user=caller.user,
        dry_run=dry_run,
    )
