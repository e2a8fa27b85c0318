"""
One table from an answer that is no success to what it means to us; pure.

The number alone does not decide: two kinds of 409 and three of 403 ask for opposite reactions, so
the Status object's reason, causes and, where the API server puts the only difference there, its
message are read. Every row has a test with an answer that a real API server gave.
"""

from collections.abc import Mapping
from typing import Any

import attrs
import orjson

from provider.jsontypes import JSONObject
from provider.kubernetes.outcomes import Refusal, Verdict

_MESSAGE_MAX = 2000
"""Characters kept of a message; the rest of a long one helps nobody in a status line."""


def classify(status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """
    Say what a refusal means.

    Args:
        status: HTTP status, not 2xx.
        headers: names in lower case.
        body: a Status object, or whatever else stood between us and the API server.
    """
    answer = _read_status(body)
    details = _mapping(answer.get("details"))
    refusal = Refusal(
        verdict=Verdict.BUSY,
        status=status,
        reason=str(answer.get("reason") or ""),
        message=str(answer.get("message") or _text(body) or f"HTTP status {status}")[:_MESSAGE_MAX],
        causes=tuple(
            (str(c.get("field", "")), str(c.get("reason", "")), str(c.get("message", "")))
            for c in map(_mapping, _sequence(details.get("causes")))
        ),
        retry_after_seconds=_retry_after(headers, details),
    )
    return attrs.evolve(refusal, verdict=_verdict(refusal, is_status=bool(answer), details=details))


def may_have_effect(refusal: Refusal) -> bool:
    """
    True for an answer that leaves open whether the write took effect, or still may.

    The API server answers 500 and 504 also when its storage timed out after taking the write, and
    a proxy answers 502 when the connection behind it broke. A 503 comes before anything is done.
    """
    return (
        refusal.status >= 500
        and refusal.status not in (501, 503)
        and refusal.verdict is Verdict.BUSY
    )


def _verdict(refusal: Refusal, *, is_status: bool, details: Mapping[str, Any]) -> Verdict:  # noqa: C901
    message = refusal.message
    if _webhook_in_the_way(message):
        return Verdict.WAIT
    match refusal.status:
        case 401:
            return Verdict.FORBIDDEN
        case 403 if _has_cause(refusal, "NamespaceTerminating"):
            return Verdict.TERMINATING
        case 403 if "exceeded quota" in message:
            return Verdict.WAIT
        case 403:
            return Verdict.FORBIDDEN
        case 404:
            # An unserved resource of a served group names no object; an unserved group answers
            # plain text.
            return Verdict.ABSENT if is_status and details.get("name") else Verdict.NOT_INSTALLED
        case 409 if _has_cause(refusal, "FieldManagerConflict"):
            return Verdict.OWNERSHIP
        case 409 if "object is being deleted" in message:
            return Verdict.TERMINATING
        case 409:
            return Verdict.CONFLICT
        case 422 if any(field == "metadata.uid" for field, _, _ in refusal.causes):
            return Verdict.REPLACED
        case 422 if not refusal.causes and "due to an error in our request" in message:
            # What a JSON patch gets whose `test` failed: the object is not what we had seen.
            return Verdict.CONFLICT
        case 422 if str(details.get("kind", "")).endswith("Options"):
            return Verdict.RENDERING
        case 400 | 422:
            return Verdict.MANIFEST
        case 405 | 406 | 413 | 415:
            return Verdict.RENDERING
        case 500 if "failed to create typed patch object" in message:
            return Verdict.RENDERING
        case _:
            return Verdict.BUSY


def _has_cause(refusal: Refusal, reason: str) -> bool:
    return any(each == reason for _, each, _ in refusal.causes)


def _webhook_in_the_way(message: str) -> bool:
    """
    An admission webhook that cannot be reached, or the ingress controller's that says no.

    The latter refuses a host and path that another Ingress still holds, and any Ingress while the
    controller's own configuration is broken: it passes by itself, and the tenant cannot mend it.
    """
    failing = "failed calling webhook" in message
    return failing or ("admission webhook" in message and "ingress" in message.split("denied")[0])


def _retry_after(headers: Mapping[str, str], details: Mapping[str, Any]) -> float | None:
    header = headers.get("retry-after", "")
    if header.isascii() and header.isdigit():
        return float(header)
    seconds = details.get("retryAfterSeconds")
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None


def _read_status(body: bytes) -> JSONObject:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) and answer.get("kind") == "Status" else {}


def _sequence(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(body: bytes) -> str:
    return body.decode(errors="replace").strip()
