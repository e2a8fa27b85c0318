"""Answers of an API server that a hook gives in its stead."""

import orjson

from simulator.wire.messages import Response


def status(code, reason, message, *, headers=(), **more):
    """A Status as a real server words it."""
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        **more,
        "code": code,
    }
    return Response(code, (("content-type", "application/json"), *headers), orjson.dumps(body))


def invalid():
    """A 422 as a validating policy gives it."""
    causes = [{"reason": "FieldValueForbidden", "message": "no", "field": "spec"}]
    return status(
        422,
        "Invalid",
        'Deployment.apps "web" is invalid: spec: Forbidden: not on this cluster',
        details={"name": "web", "causes": causes},
    )


def conflict():
    """A 409 as a server gives it whose object is always newer than ours."""
    return status(
        409,
        "Conflict",
        "the object has been modified; please apply your changes to the latest version",
    )


def forbidden(why):
    """A 403 for the Deployment."""
    return status(
        403,
        "Forbidden",
        f'deployments.apps "web" is forbidden: {why}',
        details={"name": "web", "group": "apps", "kind": "deployments"},
    )
