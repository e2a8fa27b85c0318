"""
The `expose` list of a service: its ports and who may reach them.

Source: Akash chain-sdk, `go/sdl/expose.go` and `v2HTTPOptions` in `go/sdl/v2.go`.
"""

import attrs

from provider.lease.manifest import Expose, HTTPOptions
from provider.lease.rules import expose_order
from provider.sdl.node import Node, shortened

_BODY_SIZE_DEFAULT = 1_048_576
_BODY_SIZE_MAX = 104_857_600
_PROXY_BUFFER_SIZE_MAX = 1_048_576
_TIMEOUT_MAX = 60_000
"""In milliseconds; also the default."""
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
        http_options=_read_http_options(node.get("http_options")),
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


def _read_http_options(node: Node) -> HTTPOptions:
    return HTTPOptions(
        max_body_size=_bounded(node.get("max_body_size"), _BODY_SIZE_MAX) or _BODY_SIZE_DEFAULT,
        read_timeout=_bounded(node.get("read_timeout"), _TIMEOUT_MAX) or _TIMEOUT_MAX,
        send_timeout=_bounded(node.get("send_timeout"), _TIMEOUT_MAX) or _TIMEOUT_MAX,
        next_tries=node.get("next_tries").integer() or _TRIES_DEFAULT,
        next_timeout=node.get("next_timeout").integer(),
        next_cases=_read_cases(node.get("next_cases")) or _CASES_DEFAULT,
        proxy_buffer_size=_bounded(node.get("proxy_buffer_size"), _PROXY_BUFFER_SIZE_MAX),
    )


def _bounded(node: Node, most: int) -> int:
    """A number; 0 stands for the default."""
    value = node.integer()
    if value > most:
        raise node.error(f"expected at most {most}, got {value}")
    return value


def _read_cases(node: Node) -> tuple[str, ...]:
    cases = node.texts() or ()
    for item, case in zip(node.items(), cases, strict=True):
        if case not in _CASES:
            raise item.error(f"expected one of {', '.join(_CASES)}, got {shortened(case)}")
    if "off" in cases and len(cases) > 1:
        raise node.error("'off' must stand alone")
    return cases
