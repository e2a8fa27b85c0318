"""
Requests whose objects are answered and never stored: access reviews, and tokens of ServiceAccounts.

Source: pkg/registry/authorization, pkg/registry/core/serviceaccount/storage/token.go.
"""

from simulator import failures
from simulator.access import reviews
from simulator.access.reviews import REVIEWS, Asked, Review
from simulator.access.users import User
from simulator.admission import strict
from simulator.api import answers, bodies, options
from simulator.api.decoding import decoded
from simulator.api.negotiation import Form, negotiate
from simulator.api.routing import Route
from simulator.jsontypes import JSONObject
from simulator.kinds.schemas import type_of
from simulator.kinds.types import Struct
from simulator.patches import structured
from simulator.verbs.caller import Caller
from simulator.verbs.cluster import Cluster
from simulator.verbs.tokens import issue
from simulator.wire.messages import Request, Response

_BY_PATH = {(review.api_version, review.plural): review for review in REVIEWS}
_TOKEN = ("authentication.k8s.io/v1", "TokenRequest")


def answers_to(route: Route) -> bool:
    """Whether a path belongs here."""
    return (route.api_version, route.plural) in _BY_PATH or _is_token(route)


def _is_token(route: Route) -> bool:
    return (route.api_version, route.plural, route.subresource) == (
        "v1",
        "serviceaccounts",
        "token",
    )


def respond(
    cluster: Cluster, user: User, caller: Caller, request: Request, route: Route
) -> Response:
    """
    Answer a review, or a request for a token.

    Raises:
        Refused: 400, 404, 405, 406, 415, 422.
    """
    review = _BY_PATH.get((route.api_version, route.plural))
    if review is not None and (route.name or bool(route.namespace) is not review.namespaced):
        raise failures.resource_not_found()
    if request.method != "POST":
        raise failures.method_not_allowed()
    form = negotiate(request.headers.get("accept", ""), ())
    if review is None:
        return _token(cluster, caller, request, route, form)
    asked = options.write_options(request, "CreateOptions", caller.agent)
    obj, type_ = _body(request, review.api_version, review.kind)
    obj = _placed(obj, route)
    status = reviews.status(
        Asked(
            cluster.authorizer,
            cluster.authenticator,
            user,
            review,
            route.namespace,
            obj.get("spec") or {},
        )
    )
    answer = _managed(cluster, review, type_, obj, asked.manager)
    return answers.document(answer | {"status": status}, form, 201)


def _body(request: Request, api_version: str, kind: str) -> tuple[JSONObject, Struct]:
    """The body, without what its type does not know."""
    body = decoded(request.body, request.headers.get("content-type", ""), kind)
    type_ = type_of(api_version, kind)
    typed = bodies.part(body, api_version, kind)
    head = {"kind": kind, "apiVersion": api_version}
    known = strict.decode(type_, head | {**typed, **head}).object
    return known | {"metadata": dict(known.get("metadata") or {})}, type_


def _placed(obj: JSONObject, route: Route) -> JSONObject:
    """The object in the namespace of its path."""
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    given = metadata.get("namespace", "")
    if given not in ("", route.namespace):
        text = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise failures.bad_request(text)
    if route.namespace:
        metadata["namespace"] = route.namespace
    return {key: value for key, value in obj.items() if key != "status"} | {"metadata": metadata}


def _managed(
    cluster: Cluster, review: Review, type_: Struct, obj: JSONObject, manager: str
) -> JSONObject:
    """Even what is not stored says who owns its fields."""
    return structured.update(
        None,
        obj,
        type_,
        manager=manager,
        api_version=review.api_version,
        now=cluster.now(),
        ignored={"f:status": {}},
    )


def _token(
    cluster: Cluster, caller: Caller, request: Request, route: Route, form: Form
) -> Response:
    asked = options.write_options(request, "CreateOptions", caller.agent)
    obj, _ = _body(request, *_TOKEN)
    answer = issue(cluster, route.namespace, route.name, obj, dry_run=asked.dry_run)
    return answers.document(answer, form, 201)
