"""
Refusals ready to be given: what a real cluster says when it is in trouble.

Each takes the request that it answers and returns a Status. Pure. Source of the texts: apimachinery
pkg/api/errors, kube-apiserver's quota and webhook admission.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import attrs

from simulator import failures
from simulator.faults.asked import Asked, asked
from simulator.jsontypes import FrozenJSON
from simulator.kinds.resources import BUILT_IN
from simulator.wire.messages import Request

Answering: TypeAlias = Callable[[Request], FrozenJSON]

_KINDS = {row.plural: row for row in BUILT_IN}


@attrs.frozen
class _Subject:
    """What a request is about, as messages name it; of custom resources the plural is all there is."""

    plural: str
    group: str = ""
    kind: str = ""


def _about(request: Request) -> tuple[_Subject, Asked]:
    found = asked(request)
    if found is None:
        return _Subject("requests"), Asked("get", "requests", "", "", "", is_dry_run=False)
    row = _KINDS.get(found.plural)
    group = row.group if row is not None else _group_of(request)
    return _Subject(found.plural, group, row.kind if row is not None else found.plural), found


def _group_of(request: Request) -> str:
    parts = request.path.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "apis" else ""


def conflict(request: Request) -> FrozenJSON:
    """409: somebody else wrote meanwhile."""
    subject, found = _about(request)
    return failures.stale(subject, found.name).status


def server_error(_request: Request) -> FrozenJSON:
    """500: the storage behind it is in trouble; the write may or may not have happened."""
    return failures.internal("etcdserver: leader changed").status


def unavailable(_request: Request) -> FrozenJSON:
    """503: nothing was done."""
    message = "the server is currently unable to handle the request"
    return failures.failure(503, "ServiceUnavailable", message, {}).status


def too_many(request: Request) -> FrozenJSON:
    """429 of priority and fairness; give `Refuse` a Retry-After with it."""
    subject, found = _about(request)
    message = "the server has received too many requests and has asked us to try again later"
    details = {"name": found.name, "kind": subject.plural, "retryAfterSeconds": 1}
    if subject.group:
        details["group"] = subject.group
    return failures.failure(429, "TooManyRequests", message, details).status


def expired(_request: Request) -> FrozenJSON:
    """410: what was asked for is no longer kept."""
    return failures.too_old(1, 2).status


def forbidden(request: Request) -> FrozenJSON:
    """403: RBAC lets this user not do that."""
    subject, found = _about(request)
    where = f' in the namespace "{found.namespace}"' if found.namespace else " at the cluster scope"
    why = (
        f'User "system:serviceaccount:akash-services:provider" cannot {found.verb} resource '
        f'"{subject.plural}" in API group "{subject.group}"{where}'
    )
    return failures.forbidden(subject, found.name, why).status


def quota_exceeded(request: Request) -> FrozenJSON:
    """403: a ResourceQuota of the namespace is used up."""
    subject, found = _about(request)
    why = "exceeded quota: tenant, requested: pods=1, used: pods=10, limited: pods=10"
    return failures.forbidden(subject, found.name, why).status


def admission_refused(request: Request) -> FrozenJSON:
    """403: an admission webhook of the operator's says no."""
    subject, found = _about(request)
    message = 'admission webhook "policy.example.com" denied the request: not allowed here'
    return failures.failure(
        403, "Forbidden", message, {"name": found.name, "kind": subject.plural}
    ).status


def webhook_refused(request: Request) -> FrozenJSON:
    """400: the ingress controller's webhook says no."""
    _, found = _about(request)
    message = (
        'admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: '
        f'host "{found.name}" and path "/" is already defined in ingress elsewhere/{found.name}'
    )
    return failures.bad_request(message).status


def webhook_failing(_request: Request) -> FrozenJSON:
    """500: a webhook that must be asked cannot be reached."""
    url = "https://ingress-nginx-controller-admission.ingress-nginx.svc:443/networking/v1/ingresses"
    message = (
        'failed calling webhook "validate.nginx.ingress.kubernetes.io": failed to call webhook: '
        f'Post "{url}?timeout=10s": dial tcp 10.96.0.40:443: connect: connection refused'
    )
    inner = "Internal error occurred: " + message
    details = {"causes": [{"message": message}]}
    return failures.failure(500, "InternalError", inner, details).status


def bad_request(_request: Request) -> FrozenJSON:
    """400: it makes no sense to the server."""
    return failures.bad_request("the server could not understand the request").status


def not_found(request: Request) -> FrozenJSON:
    """404: there is none of this name."""
    subject, found = _about(request)
    return failures.not_found(subject, found.name).status


def invalid(request: Request) -> FrozenJSON:
    """422: its object breaks a rule."""
    subject, found = _about(request)
    cause = failures.Cause("FieldValueInvalid", "Invalid value: refused by a rule", "spec")
    return failures.invalid(subject, found.name, [cause]).status


def bad_gateway(_request: Request) -> FrozenJSON:
    """502: whoever stands before the server did not reach it."""
    message = "an error on the server has prevented the request from succeeding"
    return failures.failure(502, "InternalError", message, {}).status


def too_late(_request: Request) -> FrozenJSON:
    """504: the server gave up; the write may or may not have happened."""
    message = (
        "Timeout: request did not complete within requested timeout - context deadline exceeded"
    )
    return failures.failure(504, "Timeout", message, {}).status


BY_CODE: Mapping[int, Answering] = MappingProxyType(
    {
        400: bad_request,
        403: forbidden,
        404: not_found,
        409: conflict,
        410: expired,
        422: invalid,
        429: too_many,
        500: server_error,
        502: bad_gateway,
        503: unavailable,
        504: too_late,
    }
)
"""What an API server says under each code."""
