"""
What is looked at before the daemon relies on an API server: its version, its kinds, our rights.

Each answer is a value: what is missing, or that it could not be seen. Nothing here changes anything.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

import attrs
import orjson

from provider.http.lanes import Lane
from provider.jsontypes import JSONObject, JSONValue
from provider.kubernetes.kinds import Kind
from provider.kubernetes.outcomes import Refusal, Unknown, Unseen, Verdict
from provider.kubernetes.requests import Requests, unseen_after

OLDEST = (1, 27)
"""The oldest version whose answers the daemon's rules were written for."""

_RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


class Needed(Protocol):
    """One verb on one resource."""

    @property
    def group(self) -> str:
        """API group, "" for core."""
        ...

    @property
    def resource(self) -> str:
        """Plural, with a subresource behind a slash."""
        ...

    @property
    def verb(self) -> str:
        """As RBAC names it."""
        ...


_NeededT = TypeVar("_NeededT", bound=Needed)


@attrs.frozen
class ServerVersion:
    """What the API server says that it is."""

    text: str
    """For instance `v1.36.1`."""
    number: tuple[int, int] | None
    """Major and minor; None when it does not say."""

    @property
    def too_old(self) -> bool:
        """True for one that is known to be older than `OLDEST`."""
        return self.number is not None and self.number < OLDEST


async def read_version(requests: Requests) -> ServerVersion | Unseen:
    """Ask for the version; one request."""
    answer = await requests.read("get", "version", "/version", (), Lane.STATUS)
    match answer:
        case Unseen():
            return answer
        case Refusal():
            return unseen_after(answer)
        case {"gitVersion": str(text)}:
            major, minor = (_digits(answer.get(name)) for name in ("major", "minor"))
            return ServerVersion(text, (major, minor) if major and minor is not None else None)
        case _:
            return Unseen("the answer is no version")


async def missing_kinds(requests: Requests, kinds: Iterable[Kind]) -> tuple[Kind, ...] | Unseen:
    """Ask which of the kinds are not served; one request for each group and version."""
    wanted: dict[str, list[Kind]] = {}
    for kind in kinds:
        wanted.setdefault(kind.api_version, []).append(kind)
    missing: list[Kind] = []
    for api_version, some in wanted.items():
        root = "/apis" if some[0].group else "/api"
        answer = await requests.read(
            "get", "apiresources", f"{root}/{api_version}", (), Lane.STATUS
        )
        match answer:
            case Unseen():
                return answer
            case Refusal(verdict=Verdict.NOT_INSTALLED):
                missing += some
            case Refusal():
                return unseen_after(answer)
            case {"kind": "APIResourceList", "resources": list(resources)}:
                served = {_field(resource, "name") for resource in resources}
                missing += [kind for kind in some if kind.plural not in served]
            case _:
                return Unseen(f"the answer is no list of what {api_version} serves")
    return tuple(missing)


async def missing_rights(
    requests: Requests, needed: Iterable[_NeededT], namespace: str
) -> tuple[_NeededT, ...] | Unseen:
    """
    Ask which of the rights we lack in a namespace; one request, about ourselves.

    What is granted for the whole cluster holds in every namespace, and counts. A server that cannot name
    all of its rules, since not all of them are RBAC's, leaves open what it does not name.
    """
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    answer = await requests.ask(
        "ask", "rules", "POST", _RULES, (), Lane.STATUS, orjson.dumps(body), "application/json"
    )
    match answer:
        case Unknown(why):
            return Unseen(why)
        case Refusal():
            return unseen_after(answer)
        case {"status": {"resourceRules": list() | None, **status}}:
            rules = [rule for rule in answer["status"]["resourceRules"] or () if _names(rule)]
            lacked = tuple(each for each in needed if not any(_grants(r, each) for r in rules))
            if lacked and status.get("incomplete"):
                return Unseen("the server does not name all of its rules")
            return lacked
        case _:
            return Unseen("the answer names no rules")


def _names(rule: JSONValue) -> bool:
    """True for a rule about every object: one about named objects grants no right to a kind."""
    return isinstance(rule, dict) and not rule.get("resourceNames")


def _grants(rule: JSONObject, needed: Needed) -> bool:
    groups, resources, verbs = (rule.get(n) or () for n in ("apiGroups", "resources", "verbs"))
    resource, slash, subresource = needed.resource.partition("/")
    spellings = {"*", needed.resource, *([f"*/{subresource}"] if slash and resource else [])}
    return (
        bool({"*", needed.group}.intersection(groups))
        and bool(spellings.intersection(resources))
        and bool({"*", needed.verb}.intersection(verbs))
    )


def _field(value: JSONValue, name: str) -> JSONValue:
    return value.get(name) if isinstance(value, dict) else None


def _digits(value: JSONValue) -> int | None:
    """A number that may be followed by something, as the `27+` of managed servers."""
    text = value.rstrip("+") if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() else None
