"""
Rules for the smaller kinds: Namespace, Node, Endpoints, EndpointSlice, Event, Lease,
RuntimeClass and ControllerRevision.

Source: the `validation.go` files under pkg/apis of kube-apiserver 1.36.
"""

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
from simulator.jsontypes import JSONObject


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
