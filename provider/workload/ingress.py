"""
Hostnames of a lease and one Ingress for each.

The timeouts of the manifest are milliseconds, those of ingress-nginx whole seconds, rounded up.
Source: Akash, `cluster/kube/builder`, the annotations of ingress-nginx.
"""

import attrs

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Expose, Group, HTTPOptions
from provider.workload import labels
from provider.workload.options import RenderOptions

_NGINX = "nginx.ingress.kubernetes.io"

_LEGACY_OPTIONS = HTTPOptions(
    max_body_size=1048576,
    read_timeout=60000,
    send_timeout=60000,
    next_tries=3,
    next_timeout=60000,
    next_cases=("error", "timeout"),
)
"""What the Go provider takes when a record of an older version holds no options."""


@attrs.frozen
class Route:
    """Where the requests for one hostname go."""

    hostname: str
    service: str
    port: int
    """Port of the Service object, 1–65535."""
    options: HTTPOptions


def routes(lease: LeaseID, group: Group, options: RenderOptions) -> tuple[Route, ...]:
    """All routes of a group, sorted by hostname; of two for one hostname the later expose wins."""
    found: dict[str, Route] = {}
    for service in group.services:
        for expose in service.expose or ():
            if expose.is_ingress:
                for hostname in _hostnames(lease, service.name, expose, options):
                    found[hostname] = Route(
                        hostname, service.name, expose.effective_port, expose.http_options
                    )
    return tuple(found[hostname] for hostname in sorted(found))


def ingress(lease: LeaseID, route: Route, options: RenderOptions) -> JSONObject:
    """The Ingress of one hostname; it has no TLS section, the controller's certificate serves."""
    backend = {"service": {"name": route.service, "port": {"number": route.port}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": route.hostname,
            "namespace": lease.namespace,
            "labels": labels.managed(lease),
            "annotations": _annotations(route.options),
        },
        "spec": {
            "ingressClassName": options.ingress_class,
            "rules": [
                {
                    "host": route.hostname,
                    "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
                }
            ],
        },
    }


def _hostnames(
    lease: LeaseID, service: str, expose: Expose, options: RenderOptions
) -> tuple[str, ...]:
    declared = tuple(host.lower() for host in expose.hosts or ())
    if not options.static_hosts_domain:
        return declared
    return (f"{lease.static_host(service)}.{options.static_hosts_domain}", *declared)


def _annotations(options: HTTPOptions) -> dict[str, str]:
    effective = options if options.max_body_size else _LEGACY_OPTIONS
    return {
        f"{_NGINX}/proxy-body-size": str(effective.max_body_size),
        f"{_NGINX}/proxy-read-timeout": str(_seconds(effective.read_timeout)),
        f"{_NGINX}/proxy-send-timeout": str(_seconds(effective.send_timeout)),
        f"{_NGINX}/proxy-next-upstream": " ".join(_case(case) for case in effective.next_cases),
        f"{_NGINX}/proxy-next-upstream-timeout": str(_seconds(effective.next_timeout)),
        f"{_NGINX}/proxy-next-upstream-tries": str(effective.next_tries),
    }


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)


def _case(case: str) -> str:
    """A status code is written `http_503`, a word such as `error` as it is."""
    return f"http_{case}" if case[:1] in "12345" else case
