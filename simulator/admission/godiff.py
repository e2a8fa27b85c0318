"""
How the server shows what changed in a spec that is fixed: a diff of its internal Go structs.

A struct prints every field, in the order of its declaration and with its Go name, as JSON indented
by one space; the diff has three lines of context. Structs that are seldom set print only what they
hold.

Source: pkg/apis/core/types.go; recordings.
"""

import difflib
import json
from collections.abc import Mapping

from simulator.jsontypes import JSONObject, JSONValue


def pod_spec_diff(old: JSONObject, new: JSONObject) -> str:
    """Of two pod specs."""
    return _diff(_internal(old, "PodSpec"), _internal(new, "PodSpec"))


def claim_spec_diff(old: JSONObject, new: JSONObject) -> str:
    """Of two specs of PersistentVolumeClaims."""
    return _diff(
        _internal(old, "PersistentVolumeClaimSpec"), _internal(new, "PersistentVolumeClaimSpec")
    )


def _diff(old: JSONObject, new: JSONObject) -> str:
    before, after = (json.dumps(value, indent=1).split("\n") for value in (old, new))
    lines = difflib.unified_diff(before, after, lineterm="", n=3)
    return "".join(f"{line}\n" for line in lines if not line.startswith(("---", "+++")))


_STRUCTS: Mapping[str, str] = {
    "Container": (
        'Name="" Image="" Command Args WorkingDir="" Ports EnvFrom Env Resources:Resources '
        "ResizePolicy RestartPolicy RestartPolicyRules VolumeMounts VolumeDevices LivenessProbe "
        'ReadinessProbe StartupProbe Lifecycle TerminationMessagePath="" '
        'TerminationMessagePolicy="" ImagePullPolicy="" SecurityContext Stdin=false '
        "StdinOnce=false TTY=false"
    ),
    "PersistentVolumeClaimSpec": (
        'AccessModes Selector Resources:ClaimResources VolumeName="" StorageClassName VolumeMode '
        "DataSource DataSourceRef VolumeAttributesClassName"
    ),
    "ClaimResources": "Limits Requests",
    "Resources": "Limits Requests Claims",
    "PodSecurityContext": (
        "HostNetwork=false HostPID=false HostIPC=false ShareProcessNamespace HostUsers "
        "SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups "
        "SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls SeccompProfile "
        "AppArmorProfile SELinuxChangePolicy"
    ),
    "PodSpec": (
        "Volumes InitContainers:[]Container Containers:[]Container EphemeralContainers "
        'RestartPolicy="" TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy="" '
        'NodeSelector ServiceAccountName="" AutomountServiceAccountToken NodeName="" '
        'SecurityContext:PodSecurityContext ImagePullSecrets Hostname="" Subdomain="" '
        'SetHostnameAsFQDN Affinity SchedulerName="" Tolerations HostAliases PriorityClassName="" '
        "Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead "
        "EnableServiceLinks TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources "
        "HostnameOverride"
    ),
}
"""Struct → its fields: `Name`, `Name=zero value` (else null), `Name:struct` or `Name:[]struct`."""

_MAPS = ("Limits", "NodeSelector", "Overhead", "Requests")
"""Fields whose keys are free."""

_JSON_NAMES = {
    "DNSConfig": "dnsConfig",
    "DNSPolicy": "dnsPolicy",
    "FSGroup": "fsGroup",
    "FSGroupChangePolicy": "fsGroupChangePolicy",
    "OS": "os",
    "SELinuxChangePolicy": "seLinuxChangePolicy",
    "SELinuxOptions": "seLinuxOptions",
    "TTY": "tty",
}


def _internal(value: JSONObject, struct: str) -> JSONObject:
    if struct == "PodSecurityContext":
        value = value.get("securityContext", {})
    result: JSONObject = {}
    for field in _STRUCTS[struct].split():
        name, zero, inner = _declaration(field)
        json_name = _JSON_NAMES.get(name, name[:1].lower() + name[1:])
        item = value.get(json_name)
        if inner.startswith("[]"):
            items = [_internal(each, inner[2:]) for each in item or ()]
            result[name] = items or None
        elif inner:
            result[name] = _internal(item or {}, inner)
        else:
            result[name] = zero if item is None else item if name in _MAPS else _capitalised(item)
    return result


def _declaration(field: str) -> tuple[str, JSONValue, str]:
    name, assigned, zero = field.partition("=")
    if assigned:
        return name, json.loads(zero), ""
    name, _, inner = field.partition(":")
    return name, None, inner


def _capitalised(value: JSONValue) -> JSONValue:
    """A struct of no known declaration: what it holds, under names that begin with a capital."""
    match value:
        case dict():
            return {_go_name(key): _capitalised(item) for key, item in value.items()}
        case list():
            return [_capitalised(item) for item in value]
        case _:
            return value


def _go_name(key: str) -> str:
    return key[:1].upper() + key[1:] if key.isalnum() else key
