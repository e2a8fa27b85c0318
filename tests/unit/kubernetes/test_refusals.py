"""`refusals.json` holds answers that a real API server (1.36) gave, and what each means to us."""

import json
from pathlib import Path

import orjson
import pytest

from provider.kubernetes.outcomes import Verdict
from provider.kubernetes.refusals import classify, may_have_effect

RECORDED = json.loads((Path(__file__).parent / "refusals.json").read_text())
JSON = {"content-type": "application/json"}


def status(code: int, message: str, reason: str = "", **details: object) -> bytes:
    return orjson.dumps(
        {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": details,
            "code": code,
        }
    )


@pytest.mark.parametrize("recorded", RECORDED, ids=[one["name"] for one in RECORDED])
def test_a_recorded_answer_means(recorded):
    body = recorded["body"]
    sent = body.encode() if isinstance(body, str) else orjson.dumps(body)

    refusal = classify(recorded["status"], {"content-type": recorded["type"]}, sent)

    assert refusal.verdict is Verdict[recorded["verdict"]]
    assert refusal.status == recorded["status"]
    if isinstance(body, dict):
        assert refusal.reason == body.get("reason", "")
        assert refusal.message == body.get("message", f"{sent.decode()}")
        causes = body.get("details", {}).get("causes", [])
        assert [(c.get("field", ""), c["reason"], c["message"]) for c in causes] == list(
            refusal.causes
        )


# What the recorded server had no occasion to say; texts as in the source of Kubernetes 1.36 and of
# ingress-nginx 1.11.
@pytest.mark.parametrize(
    ("code", "body", "verdict"),
    [
        (
            403,
            status(403, 'pods "p" is forbidden: exceeded quota: q, requested: cpu=2', "Forbidden"),
            Verdict.WAIT,
        ),
        (
            403,
            status(403, 'pods is forbidden: User "u" cannot list resource "pods"', "Forbidden"),
            Verdict.FORBIDDEN,
        ),
        (
            409,
            status(409, 'object is being deleted: namespaces "x" already exists', "AlreadyExists"),
            Verdict.TERMINATING,
        ),
        (
            400,
            status(
                400,
                'admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: '
                'host "a.b" and path "/" is already defined in ingress x/a.b',
                "BadRequest",
            ),
            Verdict.WAIT,
        ),
        (
            400,
            status(400, 'admission webhook "policy.example.com" denied the request: no ingress'),
            Verdict.MANIFEST,
        ),
        (
            500,
            status(
                500,
                "Internal error occurred: failed calling webhook "
                '"validate.nginx.ingress.kubernetes.io": failed to call webhook: connection refused',
                "InternalError",
            ),
            Verdict.WAIT,
        ),
        (
            500,
            status(500, "failed to create typed patch object (a/b; apps/v1, Kind=Deployment): x"),
            Verdict.RENDERING,
        ),
        (413, status(413, "Request entity too large: limit is 3145728"), Verdict.RENDERING),
        (
            404,
            status(404, "the server could not find the requested resource", "NotFound"),
            Verdict.NOT_INSTALLED,
        ),
        (404, b"<html>not here</html>", Verdict.NOT_INSTALLED),
        (429, status(429, "too many requests", "TooManyRequests"), Verdict.BUSY),
        (500, status(500, "etcdserver: request timed out", "InternalError"), Verdict.BUSY),
        (502, b"<html>bad gateway</html>", Verdict.BUSY),
        (503, b"", Verdict.BUSY),
        (504, status(504, "Timeout: request did not complete", "Timeout"), Verdict.BUSY),
        (302, b"", Verdict.BUSY),
        (400, b"[1, 2", Verdict.MANIFEST),
        (403, b'{"kind": "Status", "details": "odd", "message": 5}', Verdict.FORBIDDEN),
    ],
)
def test_an_answer_means(code, body, verdict):
    assert classify(code, JSON, body).verdict is verdict


@pytest.mark.parametrize("causes", [5, True, "odd", {"field": "spec"}, [5, None, "odd"]])
def test_causes_that_are_no_list_of_causes_name_no_field_and_break_nothing(causes):
    refusal = classify(422, JSON, status(422, "no", "Invalid", causes=causes))

    assert refusal.verdict is Verdict.MANIFEST
    assert (refusal.reason, refusal.message) == ("Invalid", "no")
    assert {field for field, _, _ in refusal.causes} <= {""}


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7"}, b"", 7.0),
        ({"retry-after": "7"}, status(429, "", retryAfterSeconds=9), 7.0),
        ({}, status(429, "", retryAfterSeconds=9), 9.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"", None),
        ({}, status(429, "", retryAfterSeconds=0), None),
        ({}, b"", None),
    ],
)
def test_the_pause_that_the_server_asks_for_is_read(headers, body, seconds):
    assert classify(429, headers, body).retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("code", "message", "open_end"),
    [
        (500, "etcdserver: request timed out", True),
        (504, "Timeout: request did not complete within the allotted timeout", True),
        (502, "bad gateway", True),
        (503, "service unavailable", False),
        (501, "not implemented", False),
        (429, "too many requests", False),
        (409, "conflict", False),
        (500, "failed to create typed patch object (x)", False),
        (500, 'failed calling webhook "w": connection refused', False),
    ],
)
def test_only_some_refusals_leave_open_whether_the_write_took_effect(code, message, open_end):
    assert may_have_effect(classify(code, JSON, status(code, message))) is open_end


def test_a_long_message_is_cut():
    assert len(classify(500, {}, b"x" * 100_000).message) == 2000
