"""
Rules for where pods may run: affinity, spread, gates; and for the names they see.

Source: pkg/apis/core/validation/validation.go, validateAffinity, validatePodDNSConfig,
validateTopologySpreadConstraints and their neighbours, as of 1.36.
"""

from simulator.admission import names
from simulator.admission.causes import (
    Causes,
    duplicate,
    each_invalid,
    forbidden,
    invalid,
    not_supported,
    one_of,
    required,
)
from simulator.admission.metadata import selector
from simulator.jsontypes import JSONObject

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_NOT_AN_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_NAMESERVERS_MAX = 3
_WEIGHT_MAX = 100


def affinity(value: JSONObject, path: str) -> Causes:
    """`affinity` of a pod."""
    if "nodeAffinity" in value:
        yield from _node_affinity(value["nodeAffinity"], f"{path}.nodeAffinity")
    for field in ("podAffinity", "podAntiAffinity"):
        if field in value:
            yield from _pod_affinity(value[field], f"{path}.{field}")


def _node_affinity(value: JSONObject, path: str) -> Causes:
    if _REQUIRED in value:
        terms, at = value[_REQUIRED].get("nodeSelectorTerms"), f"{path}.{_REQUIRED}"
        if not terms:
            yield required(f"{at}.nodeSelectorTerms", "must have at least one node selector term")
        for index, term in enumerate(terms or ()):
            yield from _node_term(term, f"{at}.nodeSelectorTerms[{index}]")
    for index, term in enumerate(value.get(_PREFERRED, ())):
        at = f"{path}.{_PREFERRED}[{index}]"
        yield from _weight(term, at)
        yield from _node_term(term.get("preference") or {}, f"{at}.preference")


def _weight(term: JSONObject, path: str) -> Causes:
    if not 1 <= term["weight"] <= _WEIGHT_MAX:
        yield invalid(f"{path}.weight", term["weight"], "must be in the range 1-100")


def _node_term(term: JSONObject, path: str) -> Causes:
    for index, requirement in enumerate(term.get("matchExpressions", ())):
        yield from _node_requirement(requirement, f"{path}.matchExpressions[{index}]")


def _node_requirement(requirement: JSONObject, path: str) -> Causes:
    values = requirement.get("values", ())
    match requirement["operator"]:
        case "In" | "NotIn":
            if not values:
                why = "must be specified when `operator` is 'In' or 'NotIn'"
                yield required(f"{path}.values", why)
        case "Exists" | "DoesNotExist":
            if values:
                why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                yield forbidden(f"{path}.values", why)
        case "Gt" | "Lt":
            if len(values) != 1:
                why = "must be specified single value when `operator` is 'Lt' or 'Gt'"
                yield required(f"{path}.values", why)
        case other:
            yield invalid(f"{path}.operator", other, "not a valid selector operator")
    key = requirement["key"]
    yield from each_invalid(f"{path}.key", key, names.qualified_name(key))
    for index, value in enumerate(values):
        yield from each_invalid(f"{path}.values[{index}]", value, names.label_value(value))


def _pod_affinity(value: JSONObject, path: str) -> Causes:
    for index, term in enumerate(value.get(_REQUIRED, ())):
        yield from _pod_term(term, f"{path}.{_REQUIRED}[{index}]")
    for index, term in enumerate(value.get(_PREFERRED, ())):
        at = f"{path}.{_PREFERRED}[{index}]"
        yield from _weight(term, at)
        yield from _pod_term(term["podAffinityTerm"], f"{at}.podAffinityTerm")


def _pod_term(term: JSONObject, path: str) -> Causes:
    for field in ("labelSelector", "namespaceSelector"):
        if field in term:
            yield from selector(term[field], f"{path}.{field}")
    key = term["topologyKey"]
    if not key:
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from each_invalid(f"{path}.topologyKey", key, names.qualified_name(key))


def spread(constraints: tuple[JSONObject, ...], path: str) -> Causes:
    """`topologySpreadConstraints` of a pod."""
    seen = set()
    for index, each in enumerate(constraints):
        at, key, action = f"{path}[{index}]", each["topologyKey"], each["whenUnsatisfiable"]
        if each["maxSkew"] <= 0:
            yield invalid(f"{at}.maxSkew", each["maxSkew"], "must be greater than zero")
        if not key:
            yield required(f"{at}.topologyKey", "can not be empty")
        else:
            yield from each_invalid(f"{at}.topologyKey", key, names.qualified_name(key))
        actions = ("DoNotSchedule", "ScheduleAnyway")
        yield from one_of(f"{at}.whenUnsatisfiable", action, actions)
        if (key, action) in seen:
            pair = f"{{{key}, {action}}}"
            yield duplicate(f"{at}.{{topologyKey, whenUnsatisfiable}}", pair)
        seen.add((key, action))
        least = each.get("minDomains")
        if least is not None and least <= 0:
            yield invalid(f"{at}.minDomains", least, "must be greater than zero")
        if "labelSelector" in each:
            yield from selector(each["labelSelector"], f"{at}.labelSelector")


def gates(spec: JSONObject, path: str) -> Causes:
    """What a pod waits for, before it is scheduled and before it is ready."""
    for index, gate in enumerate(spec.get("readinessGates", ())):
        kind = gate["conditionType"]
        at = f"{path}.readinessGates[{index}].conditionType"
        yield from each_invalid(at, kind, names.qualified_name(kind))
    seen = set()
    for index, gate in enumerate(spec.get("schedulingGates", ())):
        at, name = f"{path}.schedulingGates[{index}]", gate["name"]
        yield from each_invalid(at, name, names.qualified_name(name))
        if name in seen:
            yield duplicate(at, name)
        seen.add(name)


def resolution(spec: JSONObject, path: str) -> Causes:
    """`dnsConfig` and `hostAliases` of a pod."""
    config, at = spec.get("dnsConfig"), f"{path}.dnsConfig"
    servers = (config or {}).get("nameservers", [])
    if spec["dnsPolicy"] == "None":
        if config is None:
            yield required(at, "must provide `dnsConfig` when `dnsPolicy` is None")
        elif not servers:
            why = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            yield required(f"{at}.nameservers", why)
    if len(servers) > _NAMESERVERS_MAX:
        why = f"must not have more than {_NAMESERVERS_MAX} nameservers"
        yield invalid(f"{at}.nameservers", servers, why)
    for index, server in enumerate(servers):
        if not names.is_ip(server):
            yield invalid(f"{at}.nameservers[{index}]", server, _NOT_AN_IP)
    for index, alias in enumerate(spec.get("hostAliases", ())):
        below = f"{path}.hostAliases[{index}]"
        if not names.is_ip(alias["ip"]):
            yield invalid(f"{below}.ip", alias["ip"], _NOT_AN_IP)
        for place, name in enumerate(alias.get("hostnames", ())):
            yield from each_invalid(f"{below}.hostnames[{place}]", name, names.dns_subdomain(name))


def system(spec: JSONObject, path: str) -> Causes:
    """`os` of a pod."""
    if "os" in spec:
        name = spec["os"].get("name", "")
        if not name:
            yield required(f"{path}.os.name", "cannot be empty")
        elif name not in ("linux", "windows"):
            yield not_supported(f"{path}.os.name", name, ("linux", "windows"))
