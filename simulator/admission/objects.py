"""
Rules for the smaller kinds: Namespace, Node, Endpoints, EndpointSlice, Event, Lease,
RuntimeClass, ControllerRevision and CustomResourceDefinition.

Source: the `validation.go` files under pkg/apis of kube-apiserver 1.36.
"""

import re

from simulator.admission import names
from simulator.admission.causes import (
    Causes,
    at_least,
    duplicate,
    each_invalid,
    invalid,
    one_of,
    required,
    unchanged,
)
from simulator.jsontypes import JSONObject, JSONValue


def node(obj: JSONObject) -> Causes:
    """A Node, new or changed."""
    seen = set()
    for index, taint in enumerate(obj["spec"].get("taints", ())):
        at = f"spec.taints[{index}]"
        yield from each_invalid(f"{at}.key", taint["key"], names.qualified_name(taint["key"]))
        effects = ("NoSchedule", "PreferNoSchedule", "NoExecute")
        yield from one_of(f"{at}.effect", taint["effect"], effects)
        if (taint["key"], taint["effect"]) in seen:
            yield duplicate(at, taint)
        seen.add((taint["key"], taint["effect"]))


def endpoint_slice(obj: JSONObject) -> Causes:
    """An EndpointSlice, new or changed."""
    yield from one_of("addressType", obj["addressType"], ("FQDN", "IPv4", "IPv6"))
    for index, endpoint in enumerate(obj["endpoints"] or ()):
        at = f"endpoints[{index}].addresses"
        addresses = endpoint["addresses"]
        if not addresses:
            yield required(at, "must contain at least 1 item")
        for place, address in enumerate(addresses or ()):
            if obj["addressType"] == "FQDN":
                yield from each_invalid(f"{at}[{place}]", address, names.dns_subdomain(address))
            elif not names.is_ip(address):
                why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
                yield invalid(f"{at}[{place}]", address, why)
    seen = set()
    for index, port in enumerate(obj["ports"] or ()):
        if port["name"] in seen:
            yield duplicate(f"ports[{index}].name", port["name"])
        seen.add(port["name"])


def changed_endpoint_slice(new: JSONObject, old: JSONObject) -> Causes:
    """What its addresses are is fixed."""
    yield from unchanged("addressType", new["addressType"], old["addressType"])


def event(obj: JSONObject) -> Causes:
    """An Event, new or changed."""
    namespace = obj["metadata"].get("namespace", "")
    involved = obj["involvedObject"].get("namespace", "")
    expected = (namespace,) if involved else ("", "default")
    if (involved or namespace) not in expected:
        yield invalid("involvedObject.namespace", involved, "does not match event.namespace")


def lease(obj: JSONObject) -> Causes:
    """A Lease, new or changed."""
    spec = obj["spec"]
    duration = spec.get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        yield invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")
    transitions = spec.get("leaseTransitions")
    yield from at_least("spec.leaseTransitions", transitions, 0)


def runtime_class(obj: JSONObject) -> Causes:
    """A RuntimeClass, new or changed."""
    yield from each_invalid("handler", obj["handler"], names.dns_label(obj["handler"]))


def changed_runtime_class(new: JSONObject, old: JSONObject) -> Causes:
    """Its handler is fixed."""
    yield from unchanged("handler", new["handler"], old["handler"])


def controller_revision(obj: JSONObject) -> Causes:
    """A ControllerRevision, new or changed."""
    yield from at_least("revision", obj["revision"], 0)


def changed_controller_revision(new: JSONObject, old: JSONObject) -> Causes:
    """Its data is fixed."""
    yield from unchanged("data", new.get("data"), old.get("data"))


def definition(obj: JSONObject) -> Causes:
    """A CustomResourceDefinition, new or changed."""
    spec, name = obj["spec"], obj["metadata"].get("name", "")
    expected = f"{spec['names']['plural']}.{spec['group']}"
    if name != expected:
        why = 'must be spec.names.plural+"."+spec.group'
        yield invalid("metadata.name", name, why)
    for field in ("group", "scope"):
        if not spec[field]:
            yield required(f"spec.{field}")
    if spec["scope"]:
        yield from one_of("spec.scope", spec["scope"], ("Cluster", "Namespaced"))
    for field in ("plural", "kind"):
        if not spec["names"][field]:
            yield required(f"spec.names.{field}")
    yield from _versions(spec["versions"] or [])


def _versions(versions: list[JSONObject]) -> Causes:
    if not versions:
        yield required("spec.versions", "must have exactly one version marked as storage version")
        return
    if sum(bool(version["storage"]) for version in versions) != 1:
        why = "must have exactly one version marked as storage version"
        yield invalid("spec.versions", [version["name"] for version in versions], why)
    seen = set()
    for index, version in enumerate(versions):
        at = f"spec.versions[{index}]"
        yield from each_invalid(f"{at}.name", version["name"], names.dns_label(version["name"]))
        if version["name"] in seen:
            yield invalid("spec.versions", version["name"], "must contain unique version names")
        seen.add(version["name"])
        schema = version.get("schema", {}).get("openAPIV3Schema")
        if schema is None:
            yield required(f"{at}.schema.openAPIV3Schema", "schemas are required")
        else:
            yield from _schema(schema, f"{at}.schema.openAPIV3Schema")


def _schema(schema: JSONValue, path: str) -> Causes:
    """Patterns anywhere in a schema can be compiled."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from _schema(item, f"{path}[{index}]")
    if not isinstance(schema, dict):
        return
    for name, inner in schema.items():
        if name == "properties" and isinstance(inner, dict):
            for field, each in inner.items():
                yield from _schema(each, f"{path}.properties[{field}]")
        elif name in _INNER:
            yield from _schema(inner, f"{path}.{name}")
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        try:
            re.compile(pattern)
        except re.error as error:
            why = f"must be a valid regular expression, but isn't: {error}"
            yield invalid(f"{path}.pattern", pattern, why)


_INNER = ("additionalProperties", "allOf", "anyOf", "items", "not", "oneOf")


def changed_definition(new: JSONObject, old: JSONObject) -> Causes:
    """How its resources are named is fixed."""
    before, after = old["spec"], new["spec"]
    for field in ("group", "scope"):
        yield from unchanged(f"spec.{field}", after[field], before[field])
    for field in ("kind", "plural"):
        yield from unchanged(f"spec.names.{field}", after["names"][field], before["names"][field])
