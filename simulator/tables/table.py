"""Objects as `meta.k8s.io/v1` Table, the form in which kubectl asks for what it prints."""

from collections.abc import Iterable, Mapping, Sequence

from simulator.jsontypes import JSONObject, JSONValue
from simulator.tables import batch, cluster, networking, policies, workloads
from simulator.tables.columns import AGE, NAME, Column
from simulator.tables.pods import PODS

_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "admissionregistration.k8s.io/mutatingwebhookconfigurations": policies.WEBHOOKS,
    "admissionregistration.k8s.io/validatingwebhookconfigurations": policies.WEBHOOKS,
    "apiextensions.k8s.io/customresourcedefinitions": cluster.DEFINITIONS,
    "apps/controllerrevisions": workloads.CONTROLLER_REVISIONS,
    "apps/daemonsets": workloads.DAEMON_SETS,
    "apps/deployments": workloads.DEPLOYMENTS,
    "apps/replicasets": workloads.REPLICA_SETS,
    "apps/statefulsets": workloads.STATEFUL_SETS,
    "autoscaling/horizontalpodautoscalers": policies.AUTOSCALERS,
    "batch/cronjobs": batch.CRON_JOBS,
    "batch/jobs": batch.JOBS,
    "configmaps": cluster.CONFIG_MAPS,
    "coordination.k8s.io/leases": cluster.LEASES,
    "discovery.k8s.io/endpointslices": networking.ENDPOINT_SLICES,
    "endpoints": networking.ENDPOINTS,
    "events": cluster.EVENTS,
    "limitranges": policies.LIMIT_RANGES,
    "namespaces": cluster.NAMESPACES,
    "networking.k8s.io/ingressclasses": networking.INGRESS_CLASSES,
    "networking.k8s.io/ingresses": networking.INGRESSES,
    "networking.k8s.io/networkpolicies": networking.NETWORK_POLICIES,
    "node.k8s.io/runtimeclasses": cluster.RUNTIME_CLASSES,
    "nodes": cluster.NODES,
    "persistentvolumeclaims": cluster.CLAIMS,
    "persistentvolumes": cluster.VOLUMES,
    "pods": PODS,
    "podtemplates": workloads.POD_TEMPLATES,
    "policy/poddisruptionbudgets": policies.DISRUPTION_BUDGETS,
    "rbac.authorization.k8s.io/clusterrolebindings": cluster.BINDINGS,
    "rbac.authorization.k8s.io/clusterroles": cluster.ROLES,
    "rbac.authorization.k8s.io/rolebindings": cluster.BINDINGS,
    "rbac.authorization.k8s.io/roles": cluster.ROLES,
    "replicationcontrollers": workloads.REPLICATION_CONTROLLERS,
    "resourcequotas": policies.QUOTAS,
    "scheduling.k8s.io/priorityclasses": policies.PRIORITY_CLASSES,
    "secrets": cluster.SECRETS,
    "services": networking.SERVICES,
    "storage.k8s.io/storageclasses": cluster.STORAGE_CLASSES,
}


def columns_of(resource: str) -> tuple[Column, ...]:
    """The columns of a built-in resource (`group/plural`); name and age where none are special."""
    return _COLUMNS.get(resource, (NAME, AGE))


def table(
    columns: Sequence[Column],
    objects: Iterable[JSONObject],
    metadata: JSONObject,
    *,
    now: float,
    include: str = "Metadata",
    headed: bool = True,
) -> JSONObject:
    """
    The Table of some objects.

    Args:
        columns: of their kind.
        objects: one row each.
        metadata: of the list, or what is known of a single object.
        now: wall time, seconds since 1970; ages are as of then.
        include: what comes along in each row: `Metadata`, `Object` or `None`.
        headed: whether the columns are described; a watch describes them once.
    """
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": [column.definition() for column in columns] if headed else None,
        "rows": [
            {
                "cells": [column.cell(obj, now) for column in columns],
                "object": _included(obj, include),
            }
            for obj in objects
        ],
    }


def _included(obj: JSONObject, include: str) -> JSONValue:
    match include:
        case "Object":
            return obj
        case "None":
            return None
        case _:
            return partial_metadata(obj)


def partial_metadata(obj: JSONObject) -> JSONObject:
    """An object cut down to its metadata."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }
