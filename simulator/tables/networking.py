"""The columns of what connects: services, endpoints, routes and policies."""

from simulator.jsontypes import JSONObject
from simulator.tables.cells import NONE, label_selector, labels, status
from simulator.tables.columns import column, columns, wide

_HOSTS_SHOWN = 3
_ENDPOINTS_SHOWN = 3


def _external(service: JSONObject) -> str:
    spec = service["spec"]
    if spec["type"] == "ExternalName":
        return str(spec.get("externalName", ""))
    given = list(spec.get("externalIPs") or ())
    if spec["type"] != "LoadBalancer":
        return ",".join(given) or NONE
    balanced = [
        point.get("ip") or point.get("hostname", "")
        for point in (status(service).get("loadBalancer") or {}).get("ingress") or ()
    ]
    return ",".join([*balanced, *given]) or "<pending>"


def _ports(service: JSONObject) -> str:
    texts = []
    for port in service["spec"].get("ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        texts.append(f"{port['port']}{node}/{port['protocol']}")
    return ",".join(texts) or NONE


SERVICES = columns(
    column("Type", lambda service: service["spec"]["type"]),
    column("Cluster-IP", lambda service: service["spec"].get("clusterIP") or NONE),
    column("External-IP", _external),
    column("Port(s)", _ports),
    wide_=(wide("Selector", lambda service: labels(service["spec"].get("selector"))),),
)


def _shortened(items: list[str], shown: int) -> str:
    more = f" + {len(items) - shown} more..." if len(items) > shown else ""
    return (",".join(items[:shown]) or NONE) + more


def _endpoints(endpoints: JSONObject) -> str:
    found = []
    for subset in endpoints.get("subsets") or ():
        numbers = [f":{port['port']}" for port in subset.get("ports") or ()] or [""]
        addresses = [address["ip"] for address in subset.get("addresses") or ()]
        found += [f"{address}{number}" for number in numbers for address in addresses]
    return _shortened(found, _ENDPOINTS_SHOWN)


ENDPOINTS = columns(column("Endpoints", _endpoints))


def _slice_ports(slice_: JSONObject) -> str:
    numbers = [str(port.get("port", "*")) for port in slice_.get("ports") or ()]
    return _shortened(numbers, _ENDPOINTS_SHOWN) if numbers else "<unset>"


def _slice_addresses(slice_: JSONObject) -> str:
    found = [a for point in slice_.get("endpoints") or () for a in point["addresses"]]
    return _shortened(found, _ENDPOINTS_SHOWN) if found else "<unset>"


ENDPOINT_SLICES = columns(
    column("AddressType", lambda slice_: slice_["addressType"]),
    column("Ports", _slice_ports),
    column("Endpoints", _slice_addresses),
)


def _hosts(ingress: JSONObject) -> str:
    hosts = [rule["host"] for rule in ingress["spec"].get("rules") or () if rule.get("host")]
    return _shortened(hosts, _HOSTS_SHOWN) if hosts else "*"


def _address(ingress: JSONObject) -> str:
    points = (status(ingress).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(point.get("ip") or point.get("hostname", "") for point in points)


INGRESSES = columns(
    column("Class", lambda ingress: ingress["spec"].get("ingressClassName") or NONE),
    column("Hosts", _hosts),
    column("Address", _address),
    column("Ports", lambda ingress: "80, 443" if ingress["spec"].get("tls") else "80"),
)


def _parameters(ingress_class: JSONObject) -> str:
    given = ingress_class["spec"].get("parameters")
    if not given:
        return NONE
    group = f".{given['apiGroup']}" if given.get("apiGroup") else ""
    return f"{given['kind']}{group}/{given['name']}"


INGRESS_CLASSES = columns(
    column("Controller", lambda ingress_class: ingress_class["spec"].get("controller", "")),
    column("Parameters", _parameters),
)

NETWORK_POLICIES = columns(
    column("Pod-Selector", lambda policy: label_selector(policy["spec"].get("podSelector")))
)
