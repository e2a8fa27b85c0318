"""
Questions about access: who am I, may I, what may I, is this token any good.

The objects of these kinds are answered and never stored.
Source: pkg/registry/authorization, pkg/registry/authentication, pkg/apis/authorization/validation.
"""

from collections.abc import Callable, Mapping

import attrs

from simulator import failures
from simulator.access import tokens
from simulator.access.attributes import Attributes
from simulator.access.authenticator import Authenticator
from simulator.access.authorizer import Authorizer
from simulator.access.users import User
from simulator.failures import Cause
from simulator.jsontypes import JSONObject
from simulator.ports import Refused


@attrs.frozen
class Review:
    """One kind of question."""

    group: str
    kind: str
    plural: str
    namespaced: bool = False

    @property
    def api_version(self) -> str:
        """`authorization.k8s.io/v1`."""
        return f"{self.group}/v1"


_AUTHENTICATION = "authentication.k8s.io"
_AUTHORIZATION = "authorization.k8s.io"

REVIEWS: tuple[Review, ...] = (
    Review(_AUTHENTICATION, "SelfSubjectReview", "selfsubjectreviews"),
    Review(_AUTHENTICATION, "TokenReview", "tokenreviews"),
    Review(
        _AUTHORIZATION, "LocalSubjectAccessReview", "localsubjectaccessreviews", namespaced=True
    ),
    Review(_AUTHORIZATION, "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
    Review(_AUTHORIZATION, "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
    Review(_AUTHORIZATION, "SubjectAccessReview", "subjectaccessreviews"),
)


@attrs.frozen
class Asked:
    """What a review is answered from."""

    authorizer: Authorizer
    authenticator: Authenticator
    user: User
    """Who asks."""
    review: Review
    namespace: str
    """Of the path."""
    spec: JSONObject


def status(asked: Asked) -> JSONObject:
    """
    The `status` of a review.

    Raises:
        Refused: 400 or 422, the question is none.
    """
    return _ANSWERS[asked.review.kind](asked)


def _self_subject(asked: Asked) -> JSONObject:
    return {"userInfo": _info(asked.user)}


def _info(user: User) -> JSONObject:
    info: JSONObject = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    if user.groups:
        info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra}
    return info


def _token(asked: Asked) -> JSONObject:
    token = asked.spec.get("token", "")
    if not token:
        raise failures.bad_request("token is required for TokenReview in authentication")
    audiences = tuple(asked.spec.get("audiences") or ()) or (tokens.ISSUER,)
    found = asked.authenticator.identify(token, audiences)
    if found is None:
        return {"user": {}, "error": "[invalid bearer token, token lookup failed]"}
    return {
        "authenticated": True,
        "user": _info(found.user),
        "audiences": list(found.audiences),
    }


def _self_access(asked: Asked) -> JSONObject:
    return _decision(asked, asked.user)


def _subject_access(asked: Asked) -> JSONObject:
    spec = asked.spec
    name, groups = spec.get("user", ""), tuple(spec.get("groups") or ())
    if not name and not groups:
        why = 'Invalid value: "": at least one of user or group must be specified'
        raise _invalid(asked, "spec.user", why)
    return _decision(asked, User(name, groups, spec.get("uid", "")))


def _local_access(asked: Asked) -> JSONObject:
    namespace = (asked.spec.get("resourceAttributes") or {}).get("namespace", "")
    if "nonResourceAttributes" in asked.spec:
        why = "Invalid value: {}: disallowed on this kind of request"
        raise _invalid(asked, "spec.nonResourceAttributes", why)
    if namespace != asked.namespace:
        why = f'Invalid value: "{namespace}": must match metadata.namespace'
        raise _invalid(asked, "spec.resourceAttributes.namespace", why)
    return _subject_access(asked)


def _decision(asked: Asked, user: User) -> JSONObject:
    decision = asked.authorizer.decide(user, _attributes(asked))
    answer: JSONObject = {"allowed": decision.allowed}
    if decision.reason:
        answer["reason"] = decision.reason
    return answer


def _attributes(asked: Asked) -> Attributes:
    resource, path = asked.spec.get("resourceAttributes"), asked.spec.get("nonResourceAttributes")
    if resource is not None and path is not None:
        why = "Invalid value: {}: cannot be specified in combination with resourceAttributes"
        raise _invalid(asked, "spec.nonResourceAttributes", why)
    if resource is not None:
        fields = (
            "verb",
            "group",
            "version",
            "resource",
            "subresource",
            "namespace",
            "name",
        )
        return Attributes(**{field: resource.get(field, "") for field in fields})
    if path is not None:
        return Attributes(verb=path.get("verb", ""), path=path.get("path", "") or "/")
    why = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
    raise _invalid(asked, "spec.resourceAttributes", why)


def _invalid(asked: Asked, field: str, why: str) -> Refused:
    return failures.invalid(asked.review, "", [Cause("FieldValueInvalid", why, field)])


_RESOURCE_FIELDS = ("verbs", "apiGroups", "resources", "resourceNames")
_PATH_FIELDS = ("verbs", "nonResourceURLs")


def _self_rules(asked: Asked) -> JSONObject:
    namespace = asked.spec.get("namespace", "")
    if not namespace:
        raise failures.bad_request("no namespace on request")
    rules = asked.authorizer.rules(asked.user, namespace)
    return {
        "resourceRules": [
            {field: list(rule[field]) for field in _RESOURCE_FIELDS if rule.get(field)}
            for rule in rules
            if rule.get("resources")
        ],
        "nonResourceRules": [
            {field: list(rule[field]) for field in _PATH_FIELDS if rule.get(field)}
            for rule in rules
            if rule.get("nonResourceURLs")
        ],
        "incomplete": False,
    }


_ANSWERS: Mapping[str, Callable[[Asked], JSONObject]] = {
    "SelfSubjectReview": _self_subject,
    "TokenReview": _token,
    "LocalSubjectAccessReview": _local_access,
    "SelfSubjectAccessReview": _self_access,
    "SelfSubjectRulesReview": _self_rules,
    "SubjectAccessReview": _subject_access,
}
