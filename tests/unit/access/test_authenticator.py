"""Who a request comes from: tokens, certificates, impersonation, and nobody at all."""

import base64

import orjson
import pytest

from simulator.access.tokens import ISSUER
from simulator.access.users import ADMIN
from simulator.verbs.cluster import Cluster
from simulator.wire.messages import Peer
from tests.unit.access.conftest import RBAC, Granting, Http, rule
from tests.unit.verbs.asking import Asking
from tests.unit.verbs.conftest import StoppedClock

WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
TOKENS = "/api/v1/namespaces/n/serviceaccounts/sa/token"
PODS = "/api/v1/namespaces/n/pods"
ROOT = Peer("root", ("system:masters",))


async def who(http: Http, *, peer: Peer | None = None, **headers: str) -> dict[str, object]:
    code, answer = await http.send("POST", WHO, {}, peer=peer, **headers)
    assert code == 201, answer
    return answer["status"]["userInfo"]


async def token(http: Http, **spec: object) -> str:
    code, answer = await http.send("POST", TOKENS, {"spec": spec}, peer=ROOT)
    assert code == 201, answer
    return answer["status"]["token"]


@pytest.fixture(autouse=True)
def account(ask: Asking) -> None:
    ask.create("v1/serviceaccounts", "sa")


@pytest.mark.parametrize("value", ["Bearer wrong", "Bearer a.b.c", "bearer nobody"])
async def test_a_token_of_nobody_is_refused(http: Http, value: str) -> None:
    code, status = await http.send("GET", PODS, authorization=value)
    assert (code, status["message"]) == (401, "Unauthorized")


async def test_behind_a_proxy_nobody_is_admin_unless_he_shows_a_wrong_token(
    cluster: Cluster, http: Http
) -> None:
    cluster.authenticator.anonymous = ADMIN
    assert (await http.send("GET", PODS))[0] == 200
    assert (await http.send("GET", PODS, authorization="Bearer wrong"))[0] == 401
    assert (await http.send("GET", PODS, authorization="Basic YTpi"))[0] == 401


async def test_a_certificate_names_user_and_groups(http: Http) -> None:
    info = await who(http, peer=ROOT)
    assert info == {"username": "root", "groups": ["system:masters", "system:authenticated"]}
    assert (await http.send("GET", PODS, peer=ROOT))[0] == 200
    assert (await http.send("GET", PODS, peer=Peer("someone")))[0] == 403


async def test_an_account_is_known_by_its_token(http: Http, ask: Asking) -> None:
    info = await who(http, authorization=f"Bearer {await token(http)}")
    uid = ask.get("v1/serviceaccounts", "sa")["metadata"]["uid"]
    assert (info["username"], info["uid"]) == ("system:serviceaccount:n:sa", uid)
    assert info["groups"] == [
        "system:serviceaccounts",
        "system:serviceaccounts:n",
        "system:authenticated",
    ]


async def test_a_token_is_a_signed_statement_with_the_usual_claims(
    http: Http, clock: StoppedClock
) -> None:
    parts = (await token(http, expirationSeconds=1200)).split(".")
    head, body = (orjson.loads(base64.urlsafe_b64decode(part + "==")) for part in parts[:2])
    assert (head["typ"], len(parts)) == ("JWT", 3)
    assert (body["iss"], body["aud"]) == (ISSUER, [ISSUER])
    assert body["sub"] == "system:serviceaccount:n:sa"
    assert (body["iat"], body["exp"] - body["iat"]) == (clock.now(), 1200)
    assert body["kubernetes.io"]["serviceaccount"]["name"] == "sa"


async def test_a_token_with_another_body_is_refused(http: Http) -> None:
    head, body, signature = (await token(http)).split(".")
    claims = orjson.loads(base64.urlsafe_b64decode(body + "=="))
    claims["kubernetes.io"]["serviceaccount"]["name"] = "other"
    forged = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=").decode()
    value = f"Bearer {head}.{forged}.{signature}"
    assert (await http.send("GET", PODS, authorization=value))[0] == 401


async def test_a_token_ends_in_world_time(http: Http, clock: StoppedClock) -> None:
    value = f"Bearer {await token(http, expirationSeconds=600)}"
    clock.seconds += 599
    assert (await http.send("GET", PODS, authorization=value))[0] == 403
    clock.seconds += 1
    assert (await http.send("GET", PODS, authorization=value))[0] == 401


async def test_a_token_ends_with_its_account(http: Http, ask: Asking) -> None:
    value = f"Bearer {await token(http)}"
    ask.delete("v1/serviceaccounts", "sa")
    assert (await http.send("GET", PODS, authorization=value))[0] == 401
    ask.create("v1/serviceaccounts", "sa")
    assert (await http.send("GET", PODS, authorization=value))[0] == 401


async def test_a_token_ends_with_what_it_is_bound_to(http: Http, ask: Asking) -> None:
    ask.create("v1/secrets", "s")
    reference = {"kind": "Secret", "apiVersion": "v1", "name": "s"}
    value = f"Bearer {await token(http, boundObjectRef=reference)}"
    assert (await http.send("GET", PODS, authorization=value))[0] == 403
    ask.delete("v1/secrets", "s")
    assert (await http.send("GET", PODS, authorization=value))[0] == 401


async def test_a_token_for_somebody_else_is_none_here(http: Http) -> None:
    value = f"Bearer {await token(http, audiences=['vault'])}"
    assert (await http.send("GET", PODS, authorization=value))[0] == 401


@pytest.mark.parametrize(
    ("target", "spec", "code", "words"),
    [
        (TOKENS, {"expirationSeconds": 599}, 422, "less than 10 minutes"),
        (TOKENS, {"expirationSeconds": 2**32 + 1}, 422, "larger than 2^32"),
        (TOKENS, {"boundObjectRef": {"kind": "Pod", "name": "gone"}}, 404, '"gone" not found'),
        (TOKENS, {"boundObjectRef": {"kind": "Role", "name": "r"}}, 400, "cannot bind token"),
        (
            TOKENS,
            {"boundObjectRef": {"kind": "Secret", "name": "s", "uid": "another"}},
            409,
            "does not match the UID in record",
        ),
        (TOKENS.replace("sa/", "gone/"), {}, 404, 'serviceaccounts "gone" not found'),
    ],
)
async def test_a_request_for_a_token_that_cannot_be_is_refused(
    http: Http, ask: Asking, target: str, spec: dict[str, object], code: int, words: str
) -> None:
    ask.create("v1/secrets", "s")
    answered, status = await http.send("POST", target, {"spec": spec}, peer=ROOT)
    assert (answered, words in status["message"]) == (code, True), status


async def test_a_token_is_asked_for_by_who_may(http: Http, grant: Granting) -> None:
    code, status = await http.send("POST", TOKENS, {}, authorization="Bearer adam")
    assert code == 403
    assert 'cannot create resource "serviceaccounts/token"' in status["message"]
    grant.allow("adam", rule("core", "serviceaccounts/token", "create", "sa"))
    assert (await http.send("POST", TOKENS, {}, authorization="Bearer adam"))[0] == 201


async def test_who_may_impersonate_is_taken_for_somebody_else(http: Http, grant: Granting) -> None:
    as_eve = {"impersonate_user": "eve", "impersonate_group": "ops"}
    code, status = await http.send("POST", WHO, {}, authorization="Bearer adam", **as_eve)
    assert (code, status["message"]) == (
        403,
        (
            'users "eve" is forbidden: User "adam" cannot impersonate resource "users" in API group "" '
            "at the cluster scope"
        ),
    )
    grant.allow("adam", rule("core", "users groups", "impersonate"), namespace="")
    info = await who(http, authorization="Bearer adam", **as_eve)
    assert info == {"username": "eve", "groups": ["ops", "system:authenticated"]}


async def test_an_impersonated_account_has_the_groups_of_accounts(http: Http) -> None:
    info = await who(http, peer=ROOT, impersonate_user="system:serviceaccount:n:sa")
    assert "system:serviceaccounts:n" in info["groups"]


async def test_the_journal_names_the_user(http: Http, cluster: Cluster) -> None:
    value = f"Bearer {await token(http)}"
    target = "/api/v1/namespaces/n/configmaps"
    await http.send("POST", target, {"metadata": {"name": "c"}}, authorization=value)
    await http.send("POST", target, {"metadata": {"name": "c"}}, peer=ROOT)
    await http.send("GET", target, authorization="Bearer wrong")
    users = [entry.user for entry in cluster.journal.requests[-3:]]
    assert users == ["system:serviceaccount:n:sa", "root", ""]
    assert cluster.journal.commits[-1].user == "root"


async def test_a_role_can_be_given_to_an_account(http: Http, grant: Granting) -> None:
    grant.role("r", rule("core", "pods", "list"))
    subject = {"kind": "ServiceAccount", "name": "sa", "namespace": "n"}
    reference = {"apiGroup": RBAC, "kind": "Role", "name": "r"}
    fields = {"roleRef": reference, "subjects": [subject]}
    grant.ask.create(f"{RBAC}/v1/rolebindings", "b", fields)
    value = f"Bearer {await token(http)}"
    assert (await http.send("GET", PODS, authorization=value))[0] == 200
