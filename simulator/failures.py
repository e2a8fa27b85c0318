"""
`metav1.Status` answers, one constructor per way to refuse; texts as kube-apiserver 1.36 writes them.

Each returns a `Refused` to raise. Source: apimachinery pkg/api/errors/errors.go, and recordings.
"""

from collections.abc import Sequence
from typing import Protocol

import attrs

from simulator.jsontypes import JSONObject
from simulator.ports import Refused


class Named(Protocol):
    """What a message needs of a resource."""

    @property
    def group(self) -> str:
        """Empty for the core group."""

    @property
    def kind(self) -> str:
        """`ConfigMap`."""

    @property
    def plural(self) -> str:
        """`configmaps`."""


class CauseLike(Protocol):
    """One entry of `details.causes`."""

    @property
    def reason(self) -> str:
        """`FieldValueInvalid`, `FieldValueRequired` …"""

    @property
    def message(self) -> str:
        """What is wrong, without the path."""

    @property
    def field(self) -> str:
        """Path such as `spec.ports[0].port`."""


@attrs.frozen
class Cause:
    """One entry of `details.causes`."""

    reason: str
    """`FieldValueInvalid`, `FieldValueRequired` …"""
    message: str
    field: str
    """Path such as `spec.ports[0].port`."""


def failure(code: int, reason: str, message: str, details: JSONObject | None = None) -> Refused:
    """Any refusal; an empty `reason` and details of None are left out."""
    status: JSONObject = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
    }
    if reason:
        status["reason"] = reason
    if details is not None:
        status["details"] = details
    status["code"] = code
    return Refused(status)


def _qualified(name: str, group: str) -> str:
    return f"{name}.{group}" if group else name


def _details(resource: Named, name: str, *, kind: str = "") -> JSONObject:
    details: JSONObject = {}
    if name:
        details["name"] = name
    if resource.group:
        details["group"] = resource.group
    details["kind"] = kind or resource.plural
    return details


def _subject(resource: Named, name: str) -> str:
    return f'{_qualified(resource.plural, resource.group)} "{name}"'


def bad_request(message: str) -> Refused:
    """400: the request cannot be understood."""
    return failure(400, "BadRequest", message)


def unauthorized() -> Refused:
    """401: the bearer token is none of the server's."""
    return failure(401, "Unauthorized", "Unauthorized")


def forbidden(resource: Named, name: str, why: str, causes: Sequence[CauseLike] = ()) -> Refused:
    """403 by admission."""
    details = _details(resource, name)
    if causes:
        details["causes"] = _causes(causes)
    return failure(403, "Forbidden", f"{_subject(resource, name)} is forbidden: {why}", details)


def namespace_terminating(resource: Named, name: str, namespace: str) -> Refused:
    """403: nothing new in a namespace that is on its way out."""
    cause = Cause(
        "NamespaceTerminating", f"namespace {namespace} is being terminated", "metadata.namespace"
    )
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    return forbidden(resource, name, why, [cause])


def not_found(resource: Named, name: str) -> Refused:
    """404 for an object."""
    return failure(
        404, "NotFound", f"{_subject(resource, name)} not found", _details(resource, name)
    )


def resource_not_found() -> Refused:
    """404 for a resource that a known group does not have."""
    return failure(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> Refused:
    """405: the path exists, the verb on it does not."""
    message = "the server does not allow this method on the requested resource"
    return failure(405, "MethodNotAllowed", message, {})


def not_acceptable(offered: Sequence[str]) -> Refused:
    """406: none of the media types asked for is served."""
    message = f"406: Not Acceptable\n\nAvailable representations: {', '.join(offered)}"
    return failure(406, "NotAcceptable", message, {})


def unsupported_media_type(accepted: Sequence[str]) -> Refused:
    """415 that names what is accepted."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        + ", ".join(accepted)
    )
    return failure(415, "UnsupportedMediaType", message)


def unsupported_patch_type() -> Refused:
    """415 for a patch whose media type is no patch type at all."""
    return failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})


def already_exists(resource: Named, name: str) -> Refused:
    """409 on create."""
    message = f"{_subject(resource, name)} already exists"
    return failure(409, "AlreadyExists", message, _details(resource, name))


def being_deleted(resource: Named, name: str) -> Refused:
    """409 on create over an object that is on its way out."""
    message = f"object is being deleted: {_subject(resource, name)} already exists"
    return failure(409, "AlreadyExists", message, _details(resource, name))


def conflict(resource: Named, name: str, why: str, *, kind: str = "") -> Refused:
    """
    409 on a write to an existing object.

    `kind` replaces the plural in text and details, as preconditions of a DELETE have it.
    """
    subject = f'{kind} "{name}"' if kind else _subject(resource, name)
    message = f"Operation cannot be fulfilled on {subject}: {why}"
    return failure(409, "Conflict", message, _details(resource, name, kind=kind))


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def stale(resource: Named, name: str) -> Refused:
    """409: the resourceVersion sent is not the object's."""
    return conflict(resource, name, MODIFIED)


def apply_conflict(message: str, causes: Sequence[CauseLike]) -> Refused:
    """409 of a server-side apply without force: one cause per field that is another manager's."""
    return failure(409, "Conflict", message, {"causes": _causes(causes)})


def expired(message: str, continue_token: str = "") -> Refused:
    """410: the revision asked for is no longer kept; `continue_token` lets a list go on anyway."""
    refused = failure(410, "Expired", message)
    if continue_token:
        refused.status["metadata"] = {"continue": continue_token}
    return refused


def too_old(asked: int, oldest: int) -> Refused:
    """410 of a watch that starts before the history kept."""
    return expired(f"too old resource version: {asked} ({oldest})")


def too_large(message: str) -> Refused:
    """413: the body exceeds the limit."""
    return failure(413, "RequestEntityTooLarge", message)


def invalid(resource: Named, name: str, causes: Sequence[CauseLike]) -> Refused:
    """
    422 with one cause per broken rule.

    The message repeats no cause (an aggregate error prints each text once), the details do.
    """
    details: JSONObject = {}
    if name:
        details["name"] = name
    if resource.group:
        details["group"] = resource.group
    details["kind"] = resource.kind
    details["causes"] = _causes(causes)
    texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    message = f'{_qualified(resource.kind, resource.group)} "{name}" is invalid: {text}'
    return failure(422, "Invalid", message, details)


@attrs.frozen
class _Options:
    kind: str
    group: str = "meta.k8s.io"
    plural: str = ""


def invalid_option(options_kind: str, cause: Cause) -> Refused:
    """422 for a query parameter; `options_kind` is `PatchOptions`, `ListOptions` …"""
    return invalid_options(options_kind, [cause])


def invalid_options(options_kind: str, causes: Sequence[Cause]) -> Refused:
    """422 for query parameters that break several rules."""
    return invalid(_Options(options_kind), "", causes)


def spoiled(patched: str, why: str) -> Refused:
    """422 of a patch after which the object, given as JSON, is no longer one of its kind."""
    cause = Cause("FieldValueInvalid", f"Invalid value: {_quoted(patched)}: {why}", "patch")
    return invalid(_Options("", group=""), "", [cause])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unprocessable_patch() -> Refused:
    """422 of a JSON patch that does not fit the object; says nothing about why, as the real one."""
    message = "the server rejected our request due to an error in our request"
    return failure(422, "Invalid", message, {})


def internal(message: str) -> Refused:
    """500 of an unclassified error: no reason, no details."""
    return failure(500, "", message)


def not_implemented(message: str) -> Refused:
    """501: this server does not do that, and says so."""
    return failure(501, "NotImplemented", message)


def too_large_revision(asked: int, current: int, retry_after_seconds: int = 1) -> Refused:
    """504: a list at least as new as a revision that the store has not reached."""
    details: JSONObject = {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": retry_after_seconds,
    }
    message = f"Too large resource version: {asked}, current: {current}"
    return failure(504, "Timeout", message, details)


def success(resource: Named, name: str, uid: str) -> JSONObject:
    """The Status of a deletion that is complete."""
    details: JSONObject = {"name": name}
    if resource.group:
        details["group"] = resource.group
    details |= {"kind": resource.plural, "uid": uid}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }


def created() -> JSONObject:
    """The Status of a subresource that made something, such as a binding."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _causes(causes: Sequence[CauseLike]) -> list[JSONObject]:
    return [
        {"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes
    ]
