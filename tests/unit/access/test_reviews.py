"""Questions about access, as `kubectl auth can-i` and `whoami` ask them."""

import pytest

from tests.unit.access.conftest import Granting, Http, rule
from tests.unit.access.test_authenticator import ROOT, token
from tests.unit.verbs.asking import Asking

AUTHORIZATION = "/apis/authorization.k8s.io/v1"
SELF = f"{AUTHORIZATION}/selfsubjectaccessreviews"
ADAM = {"authorization": "Bearer adam"}
LIST_PODS = {"verb": "list", "resource": "pods", "namespace": "n"}


async def test_everybody_may_ask_what_he_may(http: Http, grant: Granting) -> None:
    question = {"spec": {"resourceAttributes": LIST_PODS}}
    code, answer = await http.send("POST", SELF, question, **ADAM)
    assert (code, answer["status"]) == (201, {"allowed": False})
    grant.role("r", rule("core", "pods", "list"))
    grant.bind("r", "adam", name="b")
    _, answer = await http.send("POST", SELF, question, **ADAM)
    reason = 'RBAC: allowed by RoleBinding "b/n" of Role "r" to User "adam"'
    assert answer["status"] == {"allowed": True, "reason": reason}
    assert answer["spec"] == question["spec"]
    assert answer["metadata"]["managedFields"][0]["manager"] == "test"


async def test_paths_can_be_asked_about(http: Http) -> None:
    question = {"spec": {"nonResourceAttributes": {"verb": "get", "path": "/version"}}}
    _, answer = await http.send("POST", SELF, question, **ADAM)
    assert answer["status"]["allowed"] is True


async def test_only_who_may_asks_about_others(http: Http) -> None:
    target = f"{AUTHORIZATION}/subjectaccessreviews"
    question = {"spec": {"user": "adam", "resourceAttributes": LIST_PODS}}
    assert (await http.send("POST", target, question, **ADAM))[0] == 403
    code, answer = await http.send("POST", target, question, peer=ROOT)
    assert (code, answer["status"]["allowed"]) == (201, False)


async def test_groups_can_be_asked_about(http: Http) -> None:
    target = f"{AUTHORIZATION}/subjectaccessreviews"
    question = {"spec": {"groups": ["system:masters"], "resourceAttributes": LIST_PODS}}
    _, answer = await http.send("POST", target, question, peer=ROOT)
    assert answer["status"]["allowed"] is True


async def test_a_local_review_stays_in_its_namespace(http: Http) -> None:
    target = f"{AUTHORIZATION}/namespaces/n/localsubjectaccessreviews"
    question = {"spec": {"user": "adam", "resourceAttributes": LIST_PODS}}
    code, answer = await http.send("POST", target, question, peer=ROOT)
    assert (code, answer["metadata"]["namespace"]) == (201, "n")
    elsewhere = target.replace("/n/", "/default/")
    assert (await http.send("POST", elsewhere, question, peer=ROOT))[0] == 422


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "exactly one of nonResourceAttributes or resourceAttributes must be specified"),
        (
            {"resourceAttributes": LIST_PODS, "nonResourceAttributes": {"verb": "get"}},
            "cannot be specified in combination with resourceAttributes",
        ),
    ],
)
async def test_a_question_has_one_subject_matter(
    http: Http, spec: dict[str, object], words: str
) -> None:
    code, answer = await http.send("POST", SELF, {"spec": spec}, **ADAM)
    assert (code, words in answer["message"]) == (422, True)


async def test_a_user_or_a_group_has_to_be_named(http: Http) -> None:
    target = f"{AUTHORIZATION}/subjectaccessreviews"
    question = {"spec": {"resourceAttributes": LIST_PODS}}
    code, answer = await http.send("POST", target, question, peer=ROOT)
    assert (code, "at least one of user or group" in answer["message"]) == (422, True)


async def test_the_rules_of_a_namespace_can_be_listed(http: Http, grant: Granting) -> None:
    grant.allow("adam", rule("core", "secrets", "get", "s"))
    target = f"{AUTHORIZATION}/selfsubjectrulesreviews"
    _, answer = await http.send("POST", target, {"spec": {"namespace": "n"}}, **ADAM)
    status = answer["status"]
    given = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["s"]}
    assert given in status["resourceRules"]
    assert any("/version" in each["nonResourceURLs"] for each in status["nonResourceRules"])
    assert status["incomplete"] is False


async def test_a_token_can_be_shown_to_be_good(http: Http, ask: Asking) -> None:
    ask.create("v1/serviceaccounts", "sa")
    target = "/apis/authentication.k8s.io/v1/tokenreviews"
    spec = {"token": await token(http, audiences=["vault"]), "audiences": ["vault", "other"]}
    _, answer = await http.send("POST", target, {"spec": spec}, peer=ROOT)
    status = answer["status"]
    assert (status["authenticated"], status["audiences"]) == (True, ["vault"])
    assert status["user"]["username"] == "system:serviceaccount:n:sa"
    _, answer = await http.send("POST", target, {"spec": {"token": "wrong"}}, peer=ROOT)
    assert ("authenticated" in answer["status"], bool(answer["status"]["error"])) == (False, True)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_reviews_are_only_asked(http: Http, method: str) -> None:
    assert (await http.send(method, SELF, {}, peer=ROOT))[0] == 405
