"""
Rules for Services.

Source: pkg/apis/core/validation/validation.go, ValidateService and ValidateServiceUpdate, 1.36.
"""

from ipaddress import ip_address

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
    if kind == "LoadBalancer":
        yield from _kubelet_port(ports)
    if kind in ("LoadBalancer", "NodePort") and headless:
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    if kind == "ExternalName":
        yield from _external(spec)
    yield from _ports(ports)
    yield from labels(spec.get("selector", {}), "spec.selector")
    yield from _affinity(spec)
    if kind != "ExternalName":
        yield from addresses(spec)
    for index, address in enumerate(spec.get("externalIPs", ())):
        yield from _external_address(address, f"spec.externalIPs[{index}]")
    yield from one_of("spec.type", kind, _TYPES)
    if kind == "ClusterIP":
        for index, each in enumerate(ports):
            if each.get("nodePort"):
                why = "may not be used when `type` is 'ClusterIP'"
                yield forbidden(f"spec.ports[{index}].nodePort", why)
    yield from _repeated(ports)
    yield from _balanced(spec)
    yield from _traffic(spec)


_NOT_AN_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_NOT_A_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_KUBELET_PORT = 10250
_DAY_SECONDS = 86400


def _kubelet_port(ports: list[JSONObject]) -> Causes:
    for index, each in enumerate(ports):
        if each["port"] == _KUBELET_PORT:
            why = f"may not expose port {_KUBELET_PORT} externally since it is used by kubelet"
            yield invalid(f"spec.ports[{index}]", _KUBELET_PORT, why)


def _external(spec: JSONObject) -> Causes:
    given = spec.get("clusterIPs") or spec.get("clusterIP")
    for field, value in (
        ("clusterIPs", given),
        ("ipFamilies", spec.get("ipFamilies")),
        ("ipFamilyPolicy", spec.get("ipFamilyPolicy")),
    ):
        if value:
            yield forbidden(f"spec.{field}", "may not be set for ExternalName services")
    name = spec.get("externalName", "").rstrip(".")
    if name:
        yield from each_invalid("spec.externalName", name, names.dns_subdomain(name))
    else:
        yield required("spec.externalName")


def _affinity(spec: JSONObject) -> Causes:
    kind = spec["sessionAffinity"]
    yield from one_of("spec.sessionAffinity", kind, ("ClientIP", "None"))
    config = spec.get("sessionAffinityConfig")
    if kind == "ClientIP":
        seconds = ((config or {}).get("clientIP") or {}).get("timeoutSeconds")
        if seconds is not None and not 0 < seconds <= _DAY_SECONDS:
            at = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
            yield invalid(at, seconds, f"must be greater than 0 and less than {_DAY_SECONDS}")
    elif kind == "None" and config is not None:
        why = "must not be set when session affinity is None"
        yield forbidden("spec.sessionAffinityConfig", why)


def addresses(spec: JSONObject) -> Causes:
    """Addresses and families of a Service that may have a cluster address."""
    first, many = spec.get("clusterIP", ""), spec.get("clusterIPs", [])
    if first and many and many[0] != first:
        yield invalid("spec.clusterIPs", many, "first value must match `clusterIP`")
    elif many and not first:
        why = "must be empty when `clusterIP` is not specified"
        yield invalid("spec.clusterIPs", many, why)
    yield from _families(spec)
    many = many or ([first] if first else [])
    wrong = list(_cluster_addresses(many))
    yield from wrong
    if len(many) > 2:
        yield invalid("spec.clusterIPs", many, "may only hold up to 2 values")
    if wrong or many == ["None"]:
        return
    versions = [ip_address(each).version for each in many]
    if len(set(versions)) < len(versions):
        why = "may specify no more than one IP for each IP family"
        yield invalid("spec.clusterIPs", many, why)
    for index, (family, version) in enumerate(zip(spec.get("ipFamilies", ()), versions)):  # noqa: B905  # either may be longer
        if family in _IP_FAMILIES and family != f"IPv{version}":
            why = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            yield invalid(f"spec.clusterIPs[{index}]", many[index], why)


def _families(spec: JSONObject) -> Causes:
    given = spec.get("ipFamilies", [])
    for index, family in enumerate(given):
        at = f"spec.ipFamilies[{index}]"
        yield from one_of(at, family, _IP_FAMILIES)
        if family in given[:index]:
            yield duplicate(at, family)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None:
        yield from one_of("spec.ipFamilyPolicy", policy, _IP_POLICIES)


_IP_FAMILIES = ("IPv4", "IPv6")
_IP_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")


def _cluster_addresses(many: list[str]) -> Causes:
    for index, address in enumerate(many):
        if index == 0 and address == "None":
            if len(many) > 1:
                yield invalid("spec.clusterIPs", many, "'None' must be the first and only value")
        elif not names.is_ip(address):
            yield invalid(f"spec.clusterIPs[{index}]", address, _NOT_AN_IP)


def _external_address(address: str, path: str) -> Causes:
    """One that traffic from outside may have: of no special use."""
    if not names.is_ip(address):
        yield invalid(path, address, _NOT_AN_IP)
        return
    value = ip_address(address)
    local = "169.254.0.0/16, fe80::/10"
    for special, why in (
        (value.is_unspecified, f"may not be unspecified ({address})"),
        (value.is_loopback, "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (value.is_link_local, f"may not be in the link-local range ({local})"),
    ):
        if special:
            yield invalid(path, address, why)


def _balanced(spec: JSONObject) -> Causes:
    """What only load balancers may have."""
    why = "may only be used when `type` is 'LoadBalancer'"
    balanced = spec["type"] == "LoadBalancer"
    ranges, at = spec.get("loadBalancerSourceRanges", ()), "spec.LoadBalancerSourceRanges"
    if ranges and not balanced:
        yield forbidden(at, why)
    for index, each in enumerate(ranges):
        if names.network(each.strip()) is None:
            yield invalid(f"{at}[{index}]", each.strip(), _NOT_A_CIDR)
    for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
        if field in spec and not balanced:
            yield forbidden(f"spec.{field}", why)
    if balanced and spec.get("loadBalancerClass") is not None:
        name = spec["loadBalancerClass"]
        yield from each_invalid("spec.loadBalancerClass", name, names.qualified_name(name))


def _traffic(spec: JSONObject) -> Causes:
    """Where traffic goes: policies and preferences."""
    outer = spec.get("externalTrafficPolicy", "")
    reachable = spec["type"] in ("LoadBalancer", "NodePort") or bool(
        spec["type"] == "ClusterIP" and spec.get("externalIPs")
    )
    if reachable:
        yield from one_of("spec.externalTrafficPolicy", outer, ("Cluster", "Local"))
    elif outer:
        why = "may only be set for externally-accessible services"
        yield invalid("spec.externalTrafficPolicy", outer, why)
    check = spec.get("healthCheckNodePort")
    if check and not (spec["type"] == "LoadBalancer" and outer == "Local"):
        why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid("spec.healthCheckNodePort", check, why)
    inner = spec.get("internalTrafficPolicy")
    if inner is not None:
        yield from one_of("spec.internalTrafficPolicy", inner, ("Cluster", "Local"))
    near = spec.get("trafficDistribution")
    if near is not None:
        choices = ("PreferClose", "PreferSameNode", "PreferSameZone")
        yield from one_of("spec.trafficDistribution", near, choices)


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
        if "appProtocol" in each:
            use = each["appProtocol"]
            yield from each_invalid(f"{at}.appProtocol", use, names.qualified_name(use))


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
    had, has = before.get("ipFamilies", []), after.get("ipFamilies", [])
    if had and has and had[0] != has[0] and before.get("clusterIP") != "None":
        yield invalid("spec.ipFamilies[0]", has, "may not change once set")
