"""
Admission webhooks: which of the configured ones look at a write, and what their answers do; pure.

No webhook is called over a network. Who stands behind one is a function in this process, planted by
its name; where none is, the call fails as it does on a cluster in which nobody answers.

Source: apiserver pkg/admission/plugin/webhook (rules, predicates, errors, dispatchers).
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import attrs

from simulator import failures
from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue
from simulator.ports import Refused
from simulator.storage.label_selectors import selects

VALIDATING = "admissionregistration.k8s.io/validatingwebhookconfigurations"
MUTATING = "admissionregistration.k8s.io/mutatingwebhookconfigurations"


@attrs.frozen(kw_only=True)
class Write:
    """A write as webhooks see it."""

    operation: str
    """`CREATE`, `UPDATE` or `DELETE`."""
    group: str
    version: str
    resource: str
    subresource: str = ""
    namespace: str
    """Empty for the whole cluster."""
    name: str
    object: JSONObject | None
    """None for a deletion."""
    old: JSONObject | None = None
    user: str = ""
    dry_run: bool = False


@attrs.frozen
class Allowed:
    """The webhook has nothing against it; a mutating one may say what to change."""

    patch: tuple[JSONValue, ...] = ()
    """Operations of a JSON patch."""


@attrs.frozen
class Denied:
    """The webhook refuses."""

    message: str
    code: int = 403
    reason: str = "Forbidden"


@attrs.frozen
class Unreachable:
    """The call fails; why, as an HTTP client of Go says it."""

    why: str = "context deadline exceeded"


Verdict: TypeAlias = Allowed | Denied | Unreachable
Backend: TypeAlias = Callable[[Write], Verdict]
"""Who stands behind a webhook."""


def looks_at(webhook: FrozenJSON, write: Write, namespace_labels: Mapping[str, str] | None) -> bool:
    """
    Whether a webhook is called for a write.

    Args:
        webhook: one entry of a configuration.
        write: what is about to happen.
        namespace_labels: of the write's namespace, or of the Namespace that is written; None for
            what is in no namespace.
    """
    if f"{write.group}/{write.resource}" in (VALIDATING, MUTATING):
        return False  # or nobody could ever repair one that refuses everything
    if not any(_matches(rule, write) for rule in webhook.get("rules") or ()):
        return False
    selector = webhook.get("namespaceSelector")
    if selector and namespace_labels is not None and not selects(selector, namespace_labels):
        return False
    chosen = webhook.get("objectSelector")
    objects = [obj for obj in (write.object, write.old) if obj is not None]
    return not chosen or any(selects(chosen, _labels(obj)) for obj in objects)


def _labels(obj: JSONObject) -> Mapping[str, str]:
    labels: Mapping[str, str] = obj["metadata"].get("labels") or {}
    return labels


def _matches(rule: FrozenJSON, write: Write) -> bool:
    scope = "Namespaced" if write.namespace and write.resource != "namespaces" else "Cluster"
    return (
        _any(rule.get("operations"), write.operation)
        and _any(rule.get("apiGroups"), write.group)
        and _any(rule.get("apiVersions"), write.version)
        and rule.get("scope", "*") in ("*", scope)
        and any(_resource(pattern, write) for pattern in rule.get("resources") or ())
    )


def _any(allowed: JSONValue, value: str) -> bool:
    return "*" in (allowed or ()) or value in (allowed or ())


def _resource(pattern: str, write: Write) -> bool:
    resource, _, subresource = pattern.partition("/")
    return resource in ("*", write.resource) and subresource in (
        ("*", write.subresource) if subresource else (write.subresource,)
    )


def outcome(webhook: FrozenJSON, write: Write, verdict: Verdict) -> Refused | None:
    """What becomes of a write after a webhook's answer; None lets it go on."""
    name = webhook["name"]
    if write.dry_run and webhook.get("sideEffects") not in ("None", "NoneOnDryRun"):
        return failures.bad_request(f'admission webhook "{name}" does not support dry run')
    match verdict:
        case Denied():
            head = f'admission webhook "{name}" denied the request'
            text = (
                f"{head}: {verdict.message}" if verdict.message else f"{head} without explanation"
            )
            return failures.failure(max(verdict.code, 400), verdict.reason, text)
        case Unreachable() if webhook.get("failurePolicy", "Fail") == "Fail":
            why = f'failed calling webhook "{name}": failed to call webhook: {verdict.why}'
            details: JSONObject = {"causes": [{"message": why}]}
            text = f"Internal error occurred: {why}"
            return failures.failure(500, "InternalError", text, details)
        case _:
            return None


def nobody(webhook: FrozenJSON, service: FrozenJSON | None, *, ready: bool) -> Unreachable:
    """
    How a call fails behind which nobody was planted.

    Args:
        webhook: one entry of a configuration.
        service: the Service that it names, if there is one.
        ready: whether that has endpoints.
    """
    client = webhook["clientConfig"]
    timeout = f"timeout={webhook.get('timeoutSeconds', 10)}s"
    named = client.get("service")
    if named is None:
        url = client.get("url", "")
        host = url.partition("//")[2].partition("/")[0].partition(":")[0]
        return Unreachable(f'Post "{url}?{timeout}": dial tcp: lookup {host}: no such host')
    port = named.get("port", 443)
    host = f"{named['name']}.{named['namespace']}.svc:{port}"
    post = f'Post "https://{host}{named.get("path") or "/"}?{timeout}"'
    if service is None:
        return Unreachable(f'{post}: service "{named["name"]}" not found')
    if not ready:
        return Unreachable(f'{post}: no endpoints available for service "{named["name"]}"')
    address = service["spec"].get("clusterIP", "")
    return Unreachable(f"{post}: dial tcp {address}:{port}: connect: connection refused")
