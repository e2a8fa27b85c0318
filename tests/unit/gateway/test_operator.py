"""The operators' listener, request by request."""

import orjson
import pytest
import trio

from provider.cluster.shown import Brake, Obligation, Reason
from provider.cluster.submission import (
    Accepted,
    Closing,
    MarketUnknown,
    NoLease,
    Rejected,
    Transferred,
)
from provider.deployment.phases import Phase
from provider.deployment.status import DeploymentStatus
from provider.gateway.messages import Request
from provider.lease.codec import encode_manifest
from provider.ledger.capacity import Capacity
from provider.market.market import EndpointStatus
from provider.telemetry.metrics import Metrics
from tests.sim import tenants
from tests.unit.gateway.fakes import LEASE, NODE, OWNER, PATH, FakeDaemon, asked, operator, told

MANIFEST = orjson.dumps(encode_manifest(tenants.manifest(tenants.web())))


def put(body=MANIFEST, **headers):
    return asked("PUT", f"{PATH}/manifest", body, **headers)


# ── who may ask ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic a-token-of-more-than-16-characters"],
)
async def test_without_the_token_nothing_is_answered_and_nothing_done(header):
    daemon = FakeDaemon()
    headers = {"content-type": "application/json"}
    if header is not None:
        headers["authorization"] = header

    for method, path in (("GET", "/status"), ("PUT", f"{PATH}/manifest"), ("GET", "/nowhere")):
        answer = await operator(daemon).handle(Request(method, path, headers, MANIFEST))
        assert answer.status == 401
        assert ("www-authenticate", "Bearer") in answer.headers

    assert daemon.accepted == []


async def test_an_unknown_path_is_told_which_there_are():
    answer = await operator().handle(asked("GET", "/nowhere"))

    assert answer.status == 404
    assert "GET /status" in told(answer)["message"]


async def test_a_wrong_method_is_told_which_it_takes():
    answer = await operator().handle(asked("DELETE", f"{PATH}/manifest"))

    assert answer.status == 405
    assert ("allow", "PUT") in answer.headers


# ── manifests ───────────────────────────────────────────────────────────────────────────────────


async def test_an_accepted_manifest_is_answered_with_its_generation():
    daemon = FakeDaemon(submission=Accepted(7, True))

    answer = await operator(daemon).handle(put())

    assert answer.status == 200
    assert told(answer) == {"generation": 7, "new": True}
    assert daemon.accepted == [(LEASE, tenants.manifest(tenants.web()))]


OUTCOMES = [
    (Accepted(7, True), 200, "accepted"),
    (Accepted(7, False), 200, "unchanged"),
    (Rejected("[0].name", "expected a name"), 422, "rejected"),
    (Closing("the lease is closed"), 409, "closing"),
    (NoLease("no such lease"), 404, "no-lease"),
    (MarketUnknown("no endpoint answers", 5.2), 503, "market-unknown"),
]


@pytest.mark.parametrize(("outcome", "status", "counted"), OUTCOMES)
async def test_each_outcome_has_a_status_and_a_count(outcome, status, counted):
    metrics = Metrics()

    answer = await operator(FakeDaemon(submission=outcome), metrics).handle(put())

    assert answer.status == status
    value = metrics.registry.get_sample_value("provider_manifests_total", {"result": counted})
    assert value == 1


async def test_a_rejected_manifest_is_told_path_and_rule():
    daemon = FakeDaemon(submission=Rejected("[0].services[1].image", "expected an image"))

    answer = await operator(daemon).handle(put())

    assert told(answer) == {
        "message": "[0].services[1].image: expected an image",
        "path": "[0].services[1].image",
        "rule": "expected an image",
    }


async def test_while_the_market_is_unknown_one_is_told_when_to_come_back():
    daemon = FakeDaemon(submission=MarketUnknown("no endpoint answers", 5.2))

    answer = await operator(daemon).handle(put())

    assert ("retry-after", "6") in answer.headers


@pytest.mark.parametrize(
    ("body", "path"),
    [(b"{", ""), (b"{}", ""), (b'[{"services": 1}]', "[0].services"), (b"\xff", "")],
)
async def test_a_body_that_is_no_manifest_is_refused_with_its_place(body, path):
    daemon = FakeDaemon()

    answer = await operator(daemon).handle(put(body))

    assert answer.status == 422
    assert told(answer)["path"] == path
    assert told(answer)["rule"]
    assert daemon.accepted == []


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "text/yaml"}, {"content-type": ""}, {"content-encoding": "gzip"}],
)
async def test_another_media_type_is_refused(headers):
    answer = await operator().handle(put(**headers))

    assert answer.status == 415


async def test_a_charset_does_not_change_the_media_type():
    answer = await operator().handle(put(**{"content-type": "Application/JSON; charset=utf-8"}))

    assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        f"/leases/{OWNER}/0/1/1",
        f"/leases/{OWNER}/x/1/1",
        f"/leases/{OWNER}/-1/1/1",
        f"/leases/{OWNER}/{'9' * 5000}/1/1",
        f"/leases/{OWNER}%2F1/1/1/1",
    ],
)
async def test_a_path_that_can_name_no_lease_is_refused(path):
    for method, tail in (("GET", ""), ("PUT", "/manifest")):
        answer = await operator().handle(asked(method, path + tail, MANIFEST))
        assert answer.status == 400
        assert told(answer)["message"]


# ── looking ─────────────────────────────────────────────────────────────────────────────────────


def full():
    return FakeDaemon(
        shown={
            "statuses": (
                DeploymentStatus(LEASE, Phase.DEPLOY_COMPLETE, 3, hostnames=("a.example.com",)),
            ),
            "readiness": (Reason("market", "no endpoint answers"),),
            "brakes": (Brake("losses", True, "4 leases lost", (LEASE,)),),
            "obligations": (Obligation(LEASE, "image", 1.0, False, "no closer"),),
            "market": (
                EndpointStatus(
                    url="http://m:1317",
                    ok=False,
                    why="silent",
                    in_use=True,
                    height=7,
                    age_seconds=1.5,
                    answered_seconds_ago=None,
                ),
            ),
            "capacity": Capacity((NODE,), 1, ()),
        }
    )


async def test_status_shows_everything_an_operator_asks_first():
    answer = told(await operator(full()).handle(asked("GET", "/status")))

    (row,) = answer["leases"]
    assert row["lease"] == str(LEASE)
    assert (row["phase"], row["generation"]) == ("deploy-complete", 3)
    assert row["hostnames"] == ["a.example.com"]
    assert answer["ready"] is False
    assert answer["reasons"] == [{"name": "market", "text": "no endpoint answers"}]
    assert answer["brakes"][0]["waiting"] == [str(LEASE)]
    assert answer["obligations"][0]["cause"] == "image"
    assert answer["market"][0]["url"] == "http://m:1317"
    assert [node["name"] for node in answer["capacity"]["nodes"]] == ["node-1"]


async def test_ten_thousand_leases_do_not_hold_up_everybody_else(nursery):
    daemon, turns = full(), 0
    (row,) = daemon.statuses()
    daemon.shown["statuses"] = (row,) * 10_000

    async def somebody_else():
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    nursery.start_soon(somebody_else)
    answer = await operator(daemon).handle(asked("GET", "/status"))

    assert len(told(answer)["leases"]) == 10_000
    assert turns > 50


async def test_a_lease_is_shown_with_what_it_owes_and_where_it_lives():
    answer = told(await operator(full()).handle(asked("GET", PATH)))

    assert answer["lease"] == str(LEASE)
    assert answer["namespace"] == LEASE.namespace
    assert [owed["cause"] for owed in answer["obligations"]] == ["image"]


async def test_an_unknown_lease_is_404():
    answer = await operator(full()).handle(asked("GET", f"/leases/{OWNER}/1001/1/1"))

    assert answer.status == 404


# ── commands ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [f"{OWNER}/1000/1/1", str(LEASE)])
async def test_a_hostname_is_transferred_to_a_lease_named_in_either_form(name):
    daemon = FakeDaemon(transferred=Transferred("a.example.com", LEASE))
    body = orjson.dumps({"lease": name})

    answer = await operator(daemon).handle(asked("POST", "/hostnames/A.example.com/transfer", body))

    assert told(answer) == {"transferred": "a.example.com", "lease": str(LEASE)}
    assert daemon.moved == [("a.example.com", LEASE)]


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"lease": 1}', b"null"])
async def test_a_transfer_that_names_no_lease_is_refused(body):
    answer = await operator().handle(asked("POST", "/hostnames/a.example.com/transfer", body))

    assert answer.status == 422


@pytest.mark.parametrize(("outcome", "status", "_"), OUTCOMES[2:])
async def test_a_refused_transfer_is_answered_like_a_refused_manifest(outcome, status, _):
    body = orjson.dumps({"lease": str(LEASE)})
    daemon = FakeDaemon(transferred=outcome)

    answer = await operator(daemon).handle(asked("POST", "/hostnames/a.example.com/transfer", body))

    assert answer.status == status


async def test_a_brake_is_released_by_name():
    daemon = full()

    answer = await operator(daemon).handle(asked("POST", "/brakes/losses/release"))

    assert answer.status == 200
    assert daemon.released == ["losses"]


async def test_a_brake_that_is_none_is_told_which_there_are():
    answer = await operator(full()).handle(asked("POST", "/brakes/hand/release"))

    assert answer.status == 404
    assert "losses" in told(answer)["message"]
