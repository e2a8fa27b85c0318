"""
Cluster addresses and node ports of Services: given out at random from a fixed range, kept through
changes, and taken back.

How a verb uses it, after defaults and managedFields:

    create:   validate; service = allocator.allocated(service)            → AllocationError: 422
    change:   service = kept(service, old); validate; service = allocator.allocated(service, old)
    delete:   allocator.release(service)

Source: pkg/registry/core/service/storage/alloc.go, as of 1.36.
"""

import random
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import attrs

from simulator.admission.causes import Cause, invalid
from simulator.jsontypes import JSONObject

SERVICE_NETWORK = ip_network("10.96.0.0/16")
NODE_PORTS = range(30000, 32768)

_WITH_ADDRESS = ("ClusterIP", "LoadBalancer", "NodePort")
_WITH_NODE_PORTS = ("LoadBalancer", "NodePort")
_FULL = "failed to allocate a {}: range is full"


class AllocationError(Exception):
    """What was asked for cannot be had; nothing has been taken."""

    def __init__(self, causes: tuple[Cause, ...]) -> None:
        super().__init__(causes)
        self.causes = causes


class Allocator:
    """Which addresses and node ports of one cluster are in use."""

    def __init__(self, rng_ips: random.Random, rng_ports: random.Random) -> None:
        self._rng_ips = rng_ips
        self._rng_ports = rng_ports
        self._addresses: set[str] = set()
        self._ports: set[tuple[str, int]] = set()

    def allocated(
        self, service: JSONObject, old: JSONObject | None = None, *, dry_run: bool = False
    ) -> JSONObject:
        """
        The Service with the address, IP families and node ports that its type has.

        What it no longer needs of `old` is free again. A dry run shows what would be given out and
        gives out nothing.

        Raises:
            AllocationError: an address or port that it names is taken, or out of range.
        """
        before = _held(old) if old is not None else _NOTHING
        spec = service["spec"]
        causes = list(_refused_families(spec)) or [
            *self._refused_address(spec, before),
            *self._refused_ports(spec, before),
        ]
        if causes:
            raise AllocationError(tuple(causes))
        if dry_run:
            dice = self._rng_ips.getstate(), self._rng_ports.getstate()
            service = self._completed(service)
            self._rng_ips.setstate(dice[0])
            self._rng_ports.setstate(dice[1])
            return service
        service = self._completed(service)
        after = _held(service)
        self._addresses -= before.addresses
        self._addresses |= after.addresses
        self._ports -= before.ports
        self._ports |= after.ports
        return service

    def release(self, service: JSONObject) -> None:
        """Take back what a deleted Service held."""
        held = _held(service)
        self._addresses -= held.addresses
        self._ports -= held.ports

    def _refused_address(self, spec: JSONObject, before: "_Held") -> Iterator[Cause]:
        address = _address(spec)
        if not address or address in before.addresses:
            return
        reason = "provided IP is already allocated" if address in self._addresses else ""
        if ip_address(address) not in SERVICE_NETWORK:
            reason = f"provided IP is not in the valid range. The range of valid IPs is {SERVICE_NETWORK}"
        if reason:
            why = f"failed to allocate IP {address}: {reason}"
            yield invalid("spec.clusterIPs", [address], why)

    def _refused_ports(self, spec: JSONObject, before: "_Held") -> Iterator[Cause]:
        if spec["type"] not in _WITH_NODE_PORTS:
            return
        for index, port in enumerate(spec.get("ports", ())):
            number = port.get("nodePort")
            key = (port["protocol"], number)
            if not number or key in before.ports:
                continue
            field = f"spec.ports[{index}].nodePort"
            if number not in NODE_PORTS:
                low, high = NODE_PORTS[0], NODE_PORTS[-1]
                why = (
                    "provided port is not in the valid range. The range of valid ports is "
                    f"{low}-{high}"
                )
                yield invalid(field, number, why)
            elif key in self._ports:
                yield invalid(field, number, "provided port is already allocated")

    def _completed(self, service: JSONObject) -> JSONObject:
        return {**service, "spec": self._with_ports(self._with_address(service["spec"]))}

    def _with_address(self, spec: JSONObject) -> JSONObject:
        if spec["type"] not in _WITH_ADDRESS:
            return {key: value for key, value in spec.items() if key not in _ADDRESS_FIELDS}
        address = spec.get("clusterIP") or self._free_address()
        policy = _family_policy(spec)
        families = ["IPv4", "IPv6"] if _is_free(spec) and policy != "SingleStack" else ["IPv4"]
        given = {"ipFamilies": families, "ipFamilyPolicy": policy}
        if _is_free(spec) and policy != "SingleStack" and spec.get("ipFamilies"):
            first = spec["ipFamilies"][0]
            spec = {**spec, "ipFamilies": [first, "IPv6" if first == "IPv4" else "IPv4"]}
        return {**given, **spec, "clusterIP": address, "clusterIPs": [address]}

    def _free_address(self) -> str:
        """Neither the network's own address nor its first, which is the API server's."""
        offsets = range(2, SERVICE_NETWORK.num_addresses - 1)
        if len(self._addresses) >= len(offsets):
            raise AllocationError((invalid("spec.clusterIPs", [], _FULL.format("clusterIP")),))
        while True:
            address = str(SERVICE_NETWORK[self._rng_ips.choice(offsets)])
            if address not in self._addresses:
                return address

    def _with_ports(self, spec: JSONObject) -> JSONObject:
        if not _wants_node_ports(spec):
            return spec
        ports, given = [], {port["nodePort"] for port in spec["ports"] if "nodePort" in port}
        for port in spec["ports"]:
            number = port.get("nodePort") or self._free_port(given)
            given.add(number)
            ports.append({**port, "nodePort": number})
        return {**spec, "ports": ports}

    def _free_port(self, given: set[int]) -> int:
        taken = {number for _, number in self._ports} | given
        free = [number for number in NODE_PORTS if number not in taken]
        if not free:
            # The real server calls this an error of its own (500).
            raise AllocationError((invalid("spec.ports", None, _FULL.format("nodePort")),))
        return self._rng_ports.choice(free)


_ADDRESS_FIELDS = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")


@attrs.frozen
class _Held:
    """What a Service holds."""

    addresses: frozenset[str] = frozenset()
    ports: frozenset[tuple[str, int]] = frozenset()


_NOTHING = _Held()


def _held(service: JSONObject) -> _Held:
    spec = service["spec"]
    address = _address(spec)
    ports = spec.get("ports", ()) if spec["type"] in _WITH_NODE_PORTS else ()
    return _Held(
        frozenset([address] if address else []),
        frozenset((port["protocol"], port["nodePort"]) for port in ports if "nodePort" in port),
    )


def _address(spec: JSONObject) -> str:
    address = str(spec.get("clusterIP", ""))
    return "" if address == "None" or spec["type"] not in _WITH_ADDRESS else address


def _is_free(spec: JSONObject) -> bool:
    """Headless and without selector: its addresses are whatever somebody writes into slices."""
    return spec.get("clusterIP") == "None" and not spec.get("selector")


def _family_policy(spec: JSONObject) -> str:
    """`ipFamilyPolicy`, or what the rest of a Service implies."""
    given = spec.get("ipFamilyPolicy")
    if given is not None:
        return str(given)
    dual = len(spec.get("ipFamilies", ())) == 2 or len(spec.get("clusterIPs", ())) == 2
    return "RequireDualStack" if dual or _is_free(spec) else "SingleStack"


def _refused_families(spec: JSONObject) -> Iterator[Cause]:
    """What a cluster with addresses of one family cannot give."""
    if spec["type"] not in _WITH_ADDRESS:
        return
    policy, at = _family_policy(spec), "spec.ipFamilyPolicy"
    if policy == "SingleStack":
        need = "must be RequireDualStack or PreferDualStack when multiple"
        if len(spec.get("clusterIPs", ())) == 2:
            yield invalid(at, policy, f"{need} cluster IPs are specified")
        if len(spec.get("ipFamilies", ())) == 2:
            yield invalid(at, policy, f"{need} IP families are specified")
    address = spec.get("clusterIP", "")
    if address and address != "None" and not spec.get("ipFamilies"):
        for index, each in enumerate(spec.get("clusterIPs") or [address]):
            if ip_address(each).version == 6:
                shown = spec.get("clusterIPs") or [address]
                why = "IPv6 is not configured on this cluster"
                yield invalid(f"spec.clusterIPs[{index}]", shown, why)
    if _is_free(spec):
        return
    if policy == "RequireDualStack":
        yield invalid(at, policy, "this cluster is not configured for dual-stack services")
    for index, family in enumerate(spec.get("ipFamilies", ())):
        if family != "IPv4":
            yield invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")


def _wants_node_ports(spec: JSONObject) -> bool:
    allocates = spec.get("allocateLoadBalancerNodePorts", True) or spec["type"] == "NodePort"
    return spec["type"] in _WITH_NODE_PORTS and allocates and bool(spec.get("ports"))


def kept(service: JSONObject, old: JSONObject) -> JSONObject:
    """
    A changed Service with what the old one was given and the change does not speak of: addresses,
    node ports, the second spelling of an address; and without what its new type has no use for.
    """
    before, spec = old["spec"], dict(service["spec"])
    if before["type"] in _WITH_ADDRESS and spec["type"] in _WITH_ADDRESS:
        if not spec.get("clusterIP") and not spec.get("clusterIPs"):
            for field in _ADDRESS_FIELDS[:2]:
                if field in before:
                    spec[field] = before[field]
        for field in _ADDRESS_FIELDS[2:]:
            if field in before:
                spec.setdefault(field, before[field])
    _synchronise(spec, before)
    _keep_node_ports(spec, before)
    _drop_unused(spec, before)
    return service if spec == service["spec"] else {**service, "spec": spec}


def _synchronise(spec: JSONObject, before: JSONObject) -> None:
    """`clusterIP` and `clusterIPs` say the same: who changes one changes the other."""
    single, many = spec.get("clusterIP", ""), spec.get("clusterIPs", [])
    if single != before.get("clusterIP", "") and many == before.get("clusterIPs", []):
        if single:
            spec["clusterIPs"] = [single]
        else:
            spec.pop("clusterIPs", None)


def _keep_node_ports(spec: JSONObject, before: JSONObject) -> None:
    if spec["type"] not in _WITH_NODE_PORTS or before["type"] not in _WITH_NODE_PORTS:
        return
    used = {port.get("nodePort") for port in spec.get("ports", ())}
    by_port = {
        (port["protocol"], port["port"]): port["nodePort"]
        for port in before.get("ports", ())
        if port.get("nodePort") and port["nodePort"] not in used
    }
    spec["ports"] = [
        {**port, "nodePort": by_port[port["protocol"], port["port"]]}
        if not port.get("nodePort") and (port["protocol"], port["port"]) in by_port
        else port
        for port in spec.get("ports", ())
    ]


def _drop_unused(spec: JSONObject, before: JSONObject) -> None:
    """What the old type had and the new one has not goes, unless the change brings it anew."""
    if spec["type"] not in _WITH_NODE_PORTS and before["type"] in _WITH_NODE_PORTS:
        same = [port.get("nodePort") for port in spec.get("ports", ())] == [
            port.get("nodePort") for port in before.get("ports", ())
        ]
        if same:
            spec["ports"] = [
                {key: value for key, value in port.items() if key != "nodePort"}
                for port in spec.get("ports", ())
            ]
        _drop_same(spec, before, "externalTrafficPolicy")
        _drop_same(spec, before, "healthCheckNodePort")
    if spec["type"] != "LoadBalancer" and before["type"] == "LoadBalancer":
        _drop_same(spec, before, "allocateLoadBalancerNodePorts")
        _drop_same(spec, before, "loadBalancerClass")
    if spec["type"] == "ExternalName" and before["type"] != "ExternalName":
        for field in _ADDRESS_FIELDS:
            _drop_same(spec, before, field)
        _drop_same(spec, before, "internalTrafficPolicy")
    if spec["type"] != "ExternalName" and before["type"] == "ExternalName":
        _drop_same(spec, before, "externalName")


def _drop_same(spec: JSONObject, before: JSONObject, field: str) -> None:
    if spec.get(field) == before.get(field):
        spec.pop(field, None)
