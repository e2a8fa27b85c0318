"""
Whether an object may be stored: every rule of its kind.

Called with objects that are complete: defaulted, admitted, with the metadata that the server sets.
Verbs answer 422 with all causes; the message of that Status names equal ones once. Custom resources
get the rules for metadata here, those of their schema in `crd`.

On the real server metadata is looked at more than once during an update, by the generic registry and
by the kind's own strategy; its mistakes are told that often, and so they are here.

Source: registry/rest/{create,update}.go of apiserver; the strategies under pkg/registry.
"""

from collections.abc import Callable, Mapping

import attrs

from simulator.admission import (
    access,
    batch,
    claims,
    configuration,
    definitions,
    names,
    networking,
    objects,
    pods,
    policies,
    services,
    workloads,
)
from simulator.admission.causes import Cause, Causes
from simulator.admission.metadata import NameRule, changed_metadata, new_metadata
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource

_Rule = Callable[[JSONObject], Causes]
_ChangeRule = Callable[[JSONObject, JSONObject], Causes]


def _nothing(*_objects: JSONObject) -> Causes:
    yield from ()


@attrs.frozen
class _Rules:
    """What a kind asks of its objects."""

    any: _Rule = _nothing
    """Of a new object and of a changed one."""
    change: _ChangeRule = _nothing
    """Of a changed one and what it was before."""
    status: _ChangeRule = _nothing
    """Of a status."""
    name: NameRule = names.dns_subdomain
    fixed: bool = False
    """A changed object is not held to `any` again."""
    metadata_checked_again: bool = False
    """The kind's strategy checks the metadata of a changed object as if it were new."""


_KINDS: Mapping[str, _Rules] = {
    "ClusterRole": _Rules(access.cluster_role, name=names.path_segment),
    "ClusterRoleBinding": _Rules(
        access.cluster_binding, access.changed_binding, name=names.path_segment
    ),
    "ConfigMap": _Rules(
        configuration.config_map, configuration.changed_config_map, metadata_checked_again=True
    ),
    "ControllerRevision": _Rules(objects.controller_revision, objects.changed_controller_revision),
    "CronJob": _Rules(batch.cron_job),
    "CustomResourceDefinition": _Rules(definitions.definition, definitions.changed_definition),
    "DaemonSet": _Rules(workloads.daemon_set, workloads.changed_deployment),
    "Deployment": _Rules(
        workloads.deployment, workloads.changed_deployment, workloads.deployment_status
    ),
    "EndpointSlice": _Rules(objects.endpoint_slice, objects.changed_endpoint_slice),
    "Event": _Rules(objects.event),
    "HorizontalPodAutoscaler": _Rules(policies.autoscaler),
    "Ingress": _Rules(networking.ingress, metadata_checked_again=True),
    "IngressClass": _Rules(networking.ingress_class, networking.changed_ingress_class),
    "Job": _Rules(batch.job, batch.changed_job),
    "Lease": _Rules(objects.lease),
    "Namespace": _Rules(name=names.dns_label),
    "NetworkPolicy": _Rules(networking.network_policy),
    "Node": _Rules(objects.node),
    "PersistentVolume": _Rules(claims.volume),
    "PersistentVolumeClaim": _Rules(claims.claim, claims.changed_claim),
    "Pod": _Rules(pods.pod, pods.changed_pod, fixed=True),
    "PodDisruptionBudget": _Rules(policies.disruption_budget),
    "PodTemplate": _Rules(workloads.pod_template),
    "PriorityClass": _Rules(policies.priority_class, policies.changed_priority_class),
    "ReplicaSet": _Rules(
        workloads.replica_set, workloads.changed_deployment, workloads.replica_set_status
    ),
    "ReplicationController": _Rules(workloads.replication_controller),
    "Role": _Rules(access.role, name=names.path_segment),
    "RoleBinding": _Rules(access.binding, access.changed_binding, name=names.path_segment),
    "RuntimeClass": _Rules(objects.runtime_class, objects.changed_runtime_class),
    "Secret": _Rules(
        configuration.secret, configuration.changed_secret, metadata_checked_again=True
    ),
    "Service": _Rules(
        services.service,
        services.changed_service,
        name=names.dns_label,
        metadata_checked_again=True,
    ),
    "StatefulSet": _Rules(
        workloads.stateful_set, workloads.changed_stateful_set, workloads.stateful_set_status
    ),
    "StorageClass": _Rules(
        claims.storage_class, claims.changed_storage_class, metadata_checked_again=True
    ),
}

_OTHERS = _Rules()


def _rules(resource: Resource) -> _Rules:
    return _OTHERS if resource.custom else _KINDS.get(resource.kind, _OTHERS)


def validate_create(resource: Resource, obj: JSONObject) -> tuple[Cause, ...]:
    """Every rule that a new object breaks, in the order in which they are told."""
    rules = _rules(resource)
    metadata = new_metadata(obj["metadata"], resource, rules.name)
    return (*metadata, *rules.any(obj))


def validate_update(
    resource: Resource, new: JSONObject, old: JSONObject, *, status_only: bool = False
) -> tuple[Cause, ...]:
    """
    Every rule that a changed object breaks.

    Args:
        resource: what it is one of.
        new: the changed object.
        old: the stored one.
        status_only: the write cannot have changed more than metadata and status.
    """
    return tuple(_update_causes(resource, new, old, status_only=status_only))


def _update_causes(
    resource: Resource, new: JSONObject, old: JSONObject, *, status_only: bool
) -> Causes:
    rules = _rules(resource)
    before, after = old["metadata"], new["metadata"]
    yield from new_metadata(after, resource, names.path_segment)
    yield from changed_metadata(after, before)
    yield from changed_metadata(after, before)
    if rules.metadata_checked_again:
        yield from new_metadata(after, resource, rules.name)
    if not status_only:
        if not rules.fixed:
            yield from rules.any(new)
        yield from rules.change(new, old)
    if new.get("status") != old.get("status"):
        yield from rules.status(new, old)
