"""
Rules for Services.

Source: pkg/apis/core/validation/validation.go, ValidateService and ValidateServiceUpdate, 1.36.
"""

from simulator.admission import names
from simulator.admission.causes import (
    Causes,
    duplicate,
    each_invalid,
    forbidden,
    in_range,
    invalid,
    one_of,
    required,
)
from simulator.admission.containers import PORT_MAX, PROTOCOLS, port
from simulator.admission.metadata import labels
from simulator.jsontypes import JSONObject

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_ADDRESSED = ("ClusterIP", "LoadBalancer", "NodePort")


def service(obj: JSONObject) -> Causes:
    """A Service, new or changed."""
    spec = obj["spec"]
    kind, ports = spec["type"], spec.get("ports", [])
    headless = spec.get("clusterIP") == "None"
    if not ports and not headless and kind != "ExternalName":
        yield required("spec.ports")
    if kind == "LoadBalancer" and headless:
        yield invalid(
            "spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services"
        )
    if kind == "NodePort" and headless:
        yield invalid(
            "spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services"
        )
    if kind == "ExternalName":
        yield from _external(spec)
    yield from _ports(ports)
    yield from labels(spec.get("selector", {}), "spec.selector")
    yield from one_of("spec.sessionAffinity", spec["sessionAffinity"], ("ClientIP", "None"))
    yield from _addresses(spec)
    for index, address in enumerate(spec.get("externalIPs", ())):
        if not names.is_ip(address):
            yield invalid(f"spec.externalIPs[{index}]", address, _NOT_AN_IP)
    yield from one_of("spec.type", kind, _TYPES)
    if kind == "ClusterIP":
        for index, each in enumerate(ports):
            if each.get("nodePort"):
                why = "may not be used when `type` is 'ClusterIP'"
                yield forbidden(f"spec.ports[{index}].nodePort", why)
    yield from _repeated(ports)


_NOT_AN_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def _external(spec: JSONObject) -> Causes:
    if spec.get("clusterIP"):
        yield forbidden("spec.clusterIPs", "may not be set for ExternalName services")
    name = spec.get("externalName", "").rstrip(".")
    if name:
        yield from each_invalid("spec.externalName", name, names.dns_subdomain(name))
    else:
        yield required("spec.externalName")


def _ports(ports: list[JSONObject]) -> Causes:
    seen = set()
    for index, each in enumerate(ports):
        at = f"spec.ports[{index}]"
        name = each.get("name", "")
        if name:
            yield from each_invalid(f"{at}.name", name, names.dns_label(name))
            if name in seen:
                yield duplicate(f"{at}.name", name)
            seen.add(name)
        elif len(ports) > 1:
            yield required(f"{at}.name")
        yield from in_range(f"{at}.port", each["port"], 1, PORT_MAX)
        yield from one_of(f"{at}.protocol", each["protocol"], PROTOCOLS)
        yield from port(each["targetPort"], f"{at}.targetPort")


def _addresses(spec: JSONObject) -> Causes:
    address = spec.get("clusterIP", "")
    if address and address != "None" and not names.is_ip(address):
        yield invalid("spec.clusterIPs[0]", address, _NOT_AN_IP)


def _repeated(ports: list[JSONObject]) -> Causes:
    taken, nodes = set(), set()
    for index, each in enumerate(ports):
        if (key := (each["protocol"], each["port"])) in taken:
            # Only what tells ports apart is shown.
            shown = {"protocol": each["protocol"], "port": each["port"]}
            yield duplicate(f"spec.ports[{index}]", shown)
        taken.add(key)
        if not each.get("nodePort"):
            continue
        if (key := (each["protocol"], each["nodePort"])) in nodes:
            yield duplicate(f"spec.ports[{index}].nodePort", each["nodePort"])
        nodes.add(key)


def changed_service(new: JSONObject, old: JSONObject) -> Causes:
    """Its cluster address is fixed while it has one."""
    before, after = old["spec"], new["spec"]
    if before["type"] not in _ADDRESSED or after["type"] not in _ADDRESSED:
        return
    had, has = before.get("clusterIPs", []), after.get("clusterIPs", [])
    if had and not has:
        yield invalid("spec.clusterIPs[0]", has, "primary clusterIP can not be unset")
    elif had and had[0] != has[0]:
        yield invalid("spec.clusterIPs[0]", has, "may not change once set")
