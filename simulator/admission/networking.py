"""
Rules for Ingresses, IngressClasses and NetworkPolicies.

Source: pkg/apis/networking/validation/validation.go, as of 1.36.
"""

from ipaddress import ip_address

from simulator.admission import names
from simulator.admission.causes import (
    Causes,
    each_invalid,
    forbidden,
    in_range,
    invalid,
    one_of,
    required,
    unchanged,
)
from simulator.admission.containers import PORT_MAX, PROTOCOLS, port
from simulator.admission.metadata import selector
from simulator.jsontypes import JSONObject

_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def ingress(obj: JSONObject) -> Causes:
    """An Ingress, new or changed."""
    spec = obj["spec"]
    rules, default = spec.get("rules", ()), spec.get("defaultBackend")
    if not rules and default is None:
        yield invalid("spec", spec, "either `defaultBackend` or `rules` must be specified")
    if default is not None:
        yield from _backend(default, "spec.defaultBackend")
    for index, rule in enumerate(rules):
        yield from _rule(rule, f"spec.rules[{index}]")
    for index, entry in enumerate(spec.get("tls", ())):
        for place, host in enumerate(entry.get("hosts", ())):
            yield from _host(host, f"spec.tls[{index}].hosts[{place}]")
        secret = entry.get("secretName", "")
        if secret:
            at = f"spec.tls[{index}].secretName"
            yield from each_invalid(at, secret, names.dns_subdomain(secret))
    annotation = (obj["metadata"].get("annotations") or {}).get(_CLASS_ANNOTATION)
    if annotation is not None and annotation != spec.get("ingressClassName", annotation):
        why = "must match `ingressClassName` when both are specified"
        yield invalid(f"annotations.{_CLASS_ANNOTATION}", annotation, why)
    if "ingressClassName" in spec:
        name = spec["ingressClassName"]
        yield from each_invalid("spec.ingressClassName", name, names.dns_subdomain(name))


def _rule(rule: JSONObject, path: str) -> Causes:
    host = rule.get("host", "")
    if host:
        yield from _host(host, f"{path}.host", ip_text="must be a DNS name, not an IP address")
    if "http" not in rule:
        return
    paths = rule["http"]["paths"]
    if not paths:
        yield required(f"{path}.http.paths")
    for index, each in enumerate(paths or ()):
        yield from _path(each, f"{path}.http.paths[{index}]")


def _host(host: str, path: str, *, ip_text: str = "") -> Causes:
    if ip_text and names.is_ip(host):
        yield invalid(path, host, ip_text)
        return
    rule = names.wildcard_subdomain if "*" in host else names.dns_subdomain
    yield from each_invalid(path, host, rule(host))


_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_FORBIDDEN_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_FORBIDDEN_ENDS = ("/..", "/.")


def _path(each: JSONObject, path: str) -> Causes:
    kind, value = each["pathType"], each.get("path", "")
    match kind:
        case None:
            yield required(f"{path}.pathType", "pathType must be specified")
        case "Exact" | "Prefix":
            if not value.startswith("/"):
                yield invalid(f"{path}.path", value, "must be an absolute path")
            if value:
                for part in _FORBIDDEN_PARTS:
                    if part in value:
                        yield invalid(f"{path}.path", value, f"must not contain '{part}'")
                for end in _FORBIDDEN_ENDS:
                    if value.endswith(end):
                        yield invalid(f"{path}.path", value, f"cannot end with '{end}'")
        case "ImplementationSpecific":
            if value and not value.startswith("/"):
                yield invalid(f"{path}.path", value, "must be an absolute path")
        case _:
            yield from one_of(f"{path}.pathType", kind, _PATH_TYPES)
    yield from _backend(each["backend"], f"{path}.backend")


def _backend(backend: JSONObject, path: str) -> Causes:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        yield invalid(path, "", "cannot set both resource and service backends")
    elif service is not None:
        yield from _service(service, path)
    elif resource is not None:
        for field in ("kind", "name"):
            if not resource.get(field):
                yield required(f"{path}.resource.{field}")
    else:
        yield invalid(path, "", "resource or service backend is required")


def _service(service: JSONObject, path: str) -> Causes:
    name = service["name"]
    if name:
        yield from each_invalid(f"{path}.service.name", name, names.dns_label(name))
    else:
        yield required(f"{path}.service.name")
    named, number = service["port"].get("name", ""), service["port"].get("number", 0)
    if named and number:
        yield invalid(path, "", "cannot set both port name & port number")
    elif named:
        yield from each_invalid(f"{path}.service.port.name", named, names.port_name(named))
    elif number:
        yield from in_range(f"{path}.service.port.number", number, 1, PORT_MAX)
    else:
        yield required(path, "port name or number is required")


def ingress_class(obj: JSONObject) -> Causes:
    """An IngressClass, new or changed."""
    controller = obj["spec"].get("controller", "")
    if len(controller) > 250:
        yield invalid("spec.controller", controller, "must be no more than 250 characters")
    if controller and "/" not in controller:
        why = 'must be a domain-prefixed path (such as "acme.io/foo")'
        yield invalid("spec.controller", controller, why)


def changed_ingress_class(new: JSONObject, old: JSONObject) -> Causes:
    """Its controller is fixed."""
    before, after = old["spec"].get("controller", ""), new["spec"].get("controller", "")
    yield from unchanged("spec.controller", after, before)


def network_policy(obj: JSONObject) -> Causes:
    """A NetworkPolicy, new or changed."""
    spec = obj["spec"]
    yield from selector(spec["podSelector"], "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction, ())):
            at = f"spec.{direction}[{index}]"
            for place, each in enumerate(rule.get("ports", ())):
                yield from _policy_port(each, f"{at}.ports[{place}]")
            for place, peer in enumerate(rule.get(peers, ())):
                yield from _peer(peer, f"{at}.{peers}[{place}]")
    types = spec.get("policyTypes", ())
    if len(types) > 2:
        why = "may not specify more than two policyTypes"
        yield invalid("spec.policyTypes", list(types), why)
    for index, each in enumerate(types):
        yield from one_of(f"spec.policyTypes[{index}]", each, ("Egress", "Ingress"))


def _policy_port(each: JSONObject, path: str) -> Causes:
    yield from one_of(f"{path}.protocol", each["protocol"], PROTOCOLS)
    number, end = each.get("port"), each.get("endPort")
    if number is None:
        if end is not None:
            yield required(f"{path}.port", "must be specified when `endPort` is specified")
        return
    yield from port(number, f"{path}.port")
    if end is None:
        return
    if isinstance(number, str):
        yield invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric")
    else:
        if end < number:
            yield invalid(f"{path}.endPort", end, "must be greater than or equal to `port`")
        yield from in_range(f"{path}.endPort", end, 1, PORT_MAX)


def _peer(peer: JSONObject, path: str) -> Causes:
    if not peer:
        yield required(path, "must specify a peer")
    for field in ("podSelector", "namespaceSelector"):
        if field in peer:
            yield from selector(peer[field], f"{path}.{field}")
    if "ipBlock" in peer:
        if len(peer) > 1:
            why = "may not be specified when both ipBlock and another peer are specified"
            yield forbidden(path, why)
        yield from _block(peer["ipBlock"], f"{path}.ipBlock")


def _block(block: JSONObject, path: str) -> Causes:
    cidr = block["cidr"]
    if not cidr:
        yield required(f"{path}.cidr")
        return
    network = names.network(cidr)
    if network is None:
        yield invalid(f"{path}.cidr", cidr, _CIDR)
        return
    for index, text in enumerate(block.get("except", ())):
        at = f"{path}.except[{index}]"
        inner = names.network(text)
        if inner is None:
            yield invalid(at, text, _CIDR)
        elif ip_address(text.split("/")[0]) not in network or inner.prefixlen <= network.prefixlen:
            yield invalid(at, text, f'must be a strict subset of `cidr`: "{cidr}"')
