"""
The subresource `token` of a ServiceAccount: a token for it, for a while, bound to an object or not.

Source: pkg/registry/core/serviceaccount/storage/token.go, pkg/apis/authentication/validation.
"""

import attrs

from simulator import failures
from simulator.access.tokens import ISSUER, Bound, Claims, encode
from simulator.failures import Cause
from simulator.jsontypes import JSONObject
from simulator.timestamps import timestamp
from simulator.verbs.cluster import Cluster

_DEFAULT_SECONDS = 3600
_LEAST_SECONDS = 600
_MOST_SECONDS = 2**32
_BINDABLE = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


@attrs.frozen
class _Kind:
    group: str
    kind: str
    plural: str


_REQUEST = _Kind("authentication.k8s.io", "TokenRequest", "tokenrequests")


def issue(
    cluster: Cluster, namespace: str, name: str, request: JSONObject, *, dry_run: bool = False
) -> JSONObject:
    """
    Answer a TokenRequest: itself, with the token.

    Raises:
        Refused: 404, there is no such account or no such object to bind to; 409, that object has
            another uid; 422, it asks for less than ten minutes.
    """
    path = "v1/serviceaccounts"
    served = cluster.registry.find(path)
    assert served is not None, "built-in kinds are served from the beginning"
    account = cluster.store.get("serviceaccounts", namespace, name)
    if account is None:
        raise failures.not_found(served.resource, name)
    spec = request.get("spec") or {}
    seconds = spec.get("expirationSeconds")
    if seconds is None:
        seconds = _DEFAULT_SECONDS
    _check_seconds(seconds)
    reference = spec.get("boundObjectRef")
    now = int(cluster.clock.now())
    claims = Claims(
        namespace=namespace,
        account=Bound("serviceaccount", name, account.uid),
        audiences=tuple(spec.get("audiences") or ()) or (ISSUER,),
        issued_at=now,
        expires_at=now + seconds,
        id=cluster.new_token_id(),
        bound_to=None if reference is None else _bound(cluster, namespace, reference),
    )
    token = "" if dry_run else encode(claims, cluster.authenticator.key)
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": cluster.now()},
        "spec": {
            "audiences": list(claims.audiences),
            "expirationSeconds": seconds,
            "boundObjectRef": reference,
        },
        "status": {"token": token, "expirationTimestamp": timestamp(now + seconds)},
    }


def _check_seconds(seconds: int) -> None:
    if seconds < _LEAST_SECONDS:
        why = f"Invalid value: {seconds}: may not specify a duration less than 10 minutes"
    elif seconds > _MOST_SECONDS:
        why = f"Invalid value: {seconds}: may not specify a duration larger than 2^32 seconds"
    else:
        return
    raise failures.invalid(
        _REQUEST, "", [Cause("FieldValueInvalid", why, "spec.expirationSeconds")]
    )


def _bound(cluster: Cluster, namespace: str, reference: JSONObject) -> Bound:
    kind, name = reference.get("kind", ""), reference.get("name", "")
    plural = _BINDABLE.get(kind)
    if plural is None:
        text = f"cannot bind token for serviceaccount to object of type /v1, Kind={kind}"
        raise failures.bad_request(text)
    served = cluster.registry.find(f"v1/{plural}")
    assert served is not None, "built-in kinds are served from the beginning"
    found = cluster.store.get(plural, namespace if served.resource.namespaced else "", name)
    if found is None:
        raise failures.not_found(served.resource, name)
    uid = reference.get("uid") or found.uid
    if uid != found.uid:
        why = f"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
        raise failures.conflict(served.resource, name, why)
    return Bound(kind.lower(), name, uid)
