"""What is looked at before the daemon relies on an API server."""

import attrs
import orjson
import pytest

from provider.kubernetes.kinds import MANIFEST, NAMESPACE, POD, PROVIDER_HOST
from provider.kubernetes.outcomes import Unseen
from provider.kubernetes.preflight import (
    ServerVersion,
    missing_kinds,
    missing_rights,
    read_version,
)
from simulator.wire.messages import Response
from tests.unit.kubernetes.server import Script, json_answer, open_client, refusal

PLAIN_404 = Response(404, (("content-type", "text/plain"),), b"404 page not found\n")


async def asked(question, *answers):
    script = Script(list(answers))
    async with open_client(script.handle) as (client, _):
        return await question(client.requests), script.requests


@pytest.mark.parametrize(
    ("answer", "version", "too_old"),
    [
        ({"gitVersion": "v1.36.1", "major": "1", "minor": "36"}, (1, 36), False),
        ({"gitVersion": "v1.26.9-eks", "major": "1", "minor": "26+"}, (1, 26), True),
        ({"gitVersion": "v1.27.0", "major": "1", "minor": "27"}, (1, 27), False),
        ({"gitVersion": "v0.0.0-master", "major": "", "minor": ""}, None, False),
    ],
)
async def test_the_version_is_read_and_an_old_one_known(answer, version, too_old):
    found, [request] = await asked(read_version, json_answer(200, answer))

    assert request.path == "/version"
    assert found == ServerVersion(answer["gitVersion"], version)
    assert found.too_old is too_old


@pytest.mark.parametrize(
    "answer", [refusal(403, "Forbidden"), json_answer(200, {"x": 1}), json_answer(200, [])]
)
async def test_what_is_no_version_is_unseen(answer):
    found, _ = await asked(read_version, answer)
    assert isinstance(found, Unseen)


def served(*plurals: str) -> Response:
    resources = [{"name": plural} for plural in plurals]
    return json_answer(200, {"kind": "APIResourceList", "resources": resources})


async def test_kinds_are_looked_for_once_a_group():
    kinds = (POD, NAMESPACE, MANIFEST, PROVIDER_HOST)
    found, requests = await asked(
        lambda r: missing_kinds(r, kinds), served("pods", "namespaces"), served("manifests")
    )

    assert found == (PROVIDER_HOST,)
    assert [request.path for request in requests] == ["/api/v1", "/apis/akash.network/v2beta2"]


async def test_a_group_that_is_not_served_has_none_of_its_kinds():
    found, _ = await asked(lambda r: missing_kinds(r, (MANIFEST, PROVIDER_HOST)), PLAIN_404)
    assert found == (MANIFEST, PROVIDER_HOST)


@pytest.mark.parametrize("answer", [refusal(403, "Forbidden"), json_answer(200, {"kind": "Pod"})])
async def test_a_group_that_cannot_be_seen_is_not_missing(answer):
    found, _ = await asked(lambda r: missing_kinds(r, (MANIFEST,)), answer)
    assert isinstance(found, Unseen)


@attrs.frozen
class Right:
    group: str
    resource: str
    verb: str


PODS = Right("", "pods", "list")
LOGS = Right("", "pods/log", "get")
APPLY = Right("apps", "deployments", "patch")


def rule(groups, resources, verbs, **more):
    return {"apiGroups": groups, "resources": resources, "verbs": verbs, **more}


@pytest.mark.parametrize(
    ("rules", "lacked"),
    [
        ([], (PODS, LOGS, APPLY)),
        (None, (PODS, LOGS, APPLY)),
        ([rule(["*"], ["*"], ["*"])], ()),
        ([rule([""], ["pods", "pods/log"], ["get", "list"])], (APPLY,)),
        ([rule([""], ["*/log"], ["get"]), rule(["apps"], ["deployments"], ["patch"])], (PODS,)),
        ([rule(["apps"], ["*"], ["*"])], (PODS, LOGS)),
        ([rule([""], ["*"], ["*"])], (APPLY,)),
        ([rule([""], ["pods"], ["*"], resourceNames=["one"])], (PODS, LOGS, APPLY)),
        ([rule([""], ["pods"], ["get"])], (PODS, LOGS, APPLY)),
        (["nonsense", {}], (PODS, LOGS, APPLY)),
    ],
)
async def test_rights_are_those_that_the_rules_grant(rules, lacked):
    answer = json_answer(201, {"status": {"resourceRules": rules, "incomplete": False}})

    found, [request] = await asked(
        lambda r: missing_rights(r, (PODS, LOGS, APPLY), "lease"), answer
    )

    assert found == lacked
    assert request.path == "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    assert orjson.loads(request.body)["spec"] == {"namespace": "lease"}


@pytest.mark.parametrize(
    "answer",
    [
        json_answer(201, {"status": {"resourceRules": [], "incomplete": True}}),
        json_answer(201, {}),
        refusal(403, "Forbidden"),
        refusal(503),
    ],
)
async def test_rights_that_are_not_named_are_not_known_to_be_missing(answer):
    found, _ = await asked(lambda r: missing_rights(r, (PODS,), "lease"), answer)
    assert isinstance(found, Unseen)


async def test_rules_that_grant_everything_may_be_incomplete():
    everything = [rule(["*"], ["*"], ["*"])]
    answer = json_answer(201, {"status": {"resourceRules": everything, "incomplete": True}})
    found, _ = await asked(lambda r: missing_rights(r, (PODS,), "lease"), answer)
    assert found == ()
