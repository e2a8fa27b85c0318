"""Refusals that a cluster in trouble gives, in the words of a real one."""

import pytest

from simulator.faults import refusals
from simulator.faults.effects import Refuse, refusal
from simulator.wire.messages import Request

WEB = Request("PATCH", "/apis/apps/v1/namespaces/t/deployments/web")
RECORD = Request("GET", "/apis/akash.network/v2beta2/namespaces/lease/manifests/t")


@pytest.mark.parametrize(
    ("make", "code", "reason", "words"),
    [
        (
            refusals.conflict,
            409,
            "Conflict",
            'deployments.apps "web": the object has been modified',
        ),
        (refusals.server_error, 500, None, "etcdserver"),
        (refusals.unavailable, 503, "ServiceUnavailable", "unable to handle"),
        (refusals.too_many, 429, "TooManyRequests", "too many requests"),
        (refusals.expired, 410, "Expired", "too old resource version"),
        (
            refusals.forbidden,
            403,
            "Forbidden",
            'cannot patch resource "deployments" in API group "apps"',
        ),
        (
            refusals.quota_exceeded,
            403,
            "Forbidden",
            'deployments.apps "web" is forbidden: exceeded quota',
        ),
        (refusals.webhook_refused, 400, "BadRequest", "denied the request"),
        (refusals.webhook_failing, 500, "InternalError", "failed calling webhook"),
    ],
)
def test_a_refusal_names_what_it_is_about(make, code, reason, words):
    status = make(WEB)

    assert (status["code"], status.get("reason")) == (code, reason)
    assert words in status["message"]
    assert refusal(Refuse(make), WEB).status == code


def test_a_custom_resource_is_named_by_its_group():
    status = refusals.conflict(RECORD)

    assert 'manifests.akash.network "t"' in status["message"]
    assert status["details"] == {"name": "t", "group": "akash.network", "kind": "manifests"}
