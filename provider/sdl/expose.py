"""
The `expose` list of a service: its ports and who may reach them.

Source: Akash chain-sdk, `go/sdl/expose.go` and `v2HTTPOptions` in `go/sdl/v2.go`.
"""

from collections.abc import Iterator

import attrs

from provider.lease.manifest import Expose, HTTPOptions
from provider.lease.rules import expose_order
from provider.sdl.errors import SdlWarning
from provider.sdl.node import Node, shortened

_BODY_SIZE_DEFAULT = 1_048_576
_BODY_SIZE_MAX = 104_857_600
_PROXY_BUFFER_SIZE_MAX = 1_048_576
_TIMEOUT_MAX = 60_000
"""In milliseconds; also the default."""
_MOST = {
    "max_body_size": _BODY_SIZE_MAX,
    "proxy_buffer_size": _PROXY_BUFFER_SIZE_MAX,
    "read_timeout": _TIMEOUT_MAX,
    "send_timeout": _TIMEOUT_MAX,
}
"""Limits of what a tenant may ask of the ingress that all tenants share."""
_TRIES_DEFAULT = 3
_CASES_DEFAULT = ("error", "timeout")
_CASES = (*_CASES_DEFAULT, "500", "502", "503", "504", "403", "404", "429", "off")


@attrs.frozen
class ExposeAt:
    """One expose of the manifest and the list item that it stems from."""

    expose: Expose
    node: Node


def read_exposes(node: Node) -> tuple[ExposeAt, ...]:
    """
    The exposes of a service in the manifest's order: one for each target.

    The sequence numbers of leased IPs are still 0: they depend on the other services.
    """
    exposes = [ExposeAt(expose, item) for item in node.items() for expose in _expand(item)]
    return tuple(sorted(exposes, key=lambda at: expose_order(at.expose)))


def _expand(node: Node) -> list[Expose]:
    base = Expose(
        port=node.get("port").integer(),
        external_port=node.get("as").integer(),
        proto=_protocol(node.get("proto")),
        hosts=node.get("accept").texts(),
        http_options=_read_http_options(
            node.get("http_options"), has_own_address=_has_own_address(node)
        ),
    )
    return [
        attrs.evolve(
            base,
            service=to.get("service").text(),
            global_=to.get("global").flag(),
            ip=to.get("ip").text(),
        )
        for to in node.get("to").items()
    ] or [base]


def _protocol(node: Node) -> str:
    protocol = node.text().upper() or "TCP"
    if protocol not in ("TCP", "UDP"):
        raise node.error(f"expected tcp or udp, got {shortened(node.text())}")
    return protocol


def _has_own_address(node: Node) -> bool:
    """True when every target of an expose has a leased IP: nothing of it needs the ingress."""
    targets = list(node.get("to").items())
    return bool(targets) and all(to.get("ip").text() for to in targets)


def _read_http_options(node: Node, *, has_own_address: bool) -> HTTPOptions:
    asked = {name: node.get(name).integer() for name in _MOST}
    for name, value in asked.items():
        if value > _MOST[name] and not has_own_address:
            raise node.get(name).error(f"expected at most {_MOST[name]}, got {value}")
    held = {name: min(value, _MOST[name]) for name, value in asked.items()}
    return HTTPOptions(
        # 0 stands for the default.
        max_body_size=held["max_body_size"] or _BODY_SIZE_DEFAULT,
        read_timeout=held["read_timeout"] or _TIMEOUT_MAX,
        send_timeout=held["send_timeout"] or _TIMEOUT_MAX,
        next_tries=node.get("next_tries").integer() or _TRIES_DEFAULT,
        next_timeout=node.get("next_timeout").integer(),
        next_cases=_read_cases(node.get("next_cases")) or _CASES_DEFAULT,
        proxy_buffer_size=held["proxy_buffer_size"],
    )


def held_to_limits(service: Node) -> Iterator[SdlWarning]:
    """
    Options above the shared ingress's limits, where the tenant has an address of its own.

    The reference refuses them there too, and with them a definition that tenants deploy; the port
    is served at the leased address, where no option counts, so the limit itself is put in.
    """
    for expose in service.get("expose").items():
        for name, most in _MOST.items():
            option = expose.get("http_options").get(name)
            if _has_own_address(expose) and option.integer() > most:
                yield option.warning(f"held to {most}, and has no effect at a leased address")


def _read_cases(node: Node) -> tuple[str, ...]:
    cases = node.texts() or ()
    for item, case in zip(node.items(), cases, strict=True):
        if case not in _CASES:
            raise item.error(f"expected one of {', '.join(_CASES)}, got {shortened(case)}")
    if "off" in cases and len(cases) > 1:
        raise node.error("expected 'off' alone, or the other cases without it")
    return cases
