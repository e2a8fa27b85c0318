"""Requests told apart by what they mean."""

import pytest
import trio

from provider.lease.identity import LeaseID
from provider.workload import labels
from tests.unit.chaos.faults.tiny import fault, play

RECORDS = "/apis/akash.network/v2beta2/namespaces/lease"
APPLY = "application/apply-patch+yaml"


def lease_id(name):
    return LeaseID(name.owner, name.dseq, name.gseq, name.oseq, name.provider)


def route(name, host):
    spec = {
        "owner": name.owner,
        "provider": name.provider,
        "hostname": host,
        "dseq": name.dseq,
        "gseq": name.gseq,
        "oseq": name.oseq,
        "service_name": "web",
        "external_port": 80,
    }
    return {
        "apiVersion": "akash.network/v2beta2",
        "kind": "ProviderHost",
        "metadata": {"name": host, "labels": labels.managed(lease_id(name))},
        "spec": spec,
    }


def befallen(*requests, **where):
    """Which of some requests a fault befalls: (lease, method, path, body) each."""
    found = []

    async def story(tiny):
        await trio.sleep(2)
        leases = {name: facts.name for name, facts in tiny.evidence.leases.items()}
        for name, host in (("A", "a.example.com"), ("B", "b.example.com")):
            await tiny.user.create(
                "akash.network/v2beta2/providerhosts", "lease", route(leases[name], host)
            )
        await trio.sleep(1)
        for number, request in enumerate(requests):
            method, path, *rest = request(leases, tiny)
            before = tiny.fired.fired
            await tiny.ask(method, path, *rest, daemon=1 + number % 2)
            found.append(tiny.fired.fired > before)

    play(story, fault("answer-late", delay=0.0, times=None, **where))
    return found


def in_namespace(name):
    return lambda _, tiny: (
        "GET",
        f"/api/v1/namespaces/{tiny.evidence.leases[name].namespace}/configmaps",
    )


def namespace(name):
    return lambda _, tiny: ("GET", f"/api/v1/namespaces/{tiny.evidence.leases[name].namespace}")


def record(name):
    return lambda _, tiny: (
        "DELETE",
        f"{RECORDS}/manifests/{tiny.evidence.leases[name].namespace}",
    )


def declare(name, host):
    return lambda leases, _: (
        "PATCH",
        f"{RECORDS}/providerhosts/{host}?fieldManager=x",
        route(leases[name], host),
    )


def drop(host):
    return lambda *_: ("DELETE", f"{RECORDS}/providerhosts/{host}")


def listed(name):
    def made(leases, _):
        selector = labels.lease_selector(lease_id(leases[name])).replace("=", "%3D")
        return "GET", f"{RECORDS}/providerhosts?labelSelector={selector}"

    return made


@pytest.mark.parametrize(
    "make",
    [
        in_namespace,
        namespace,
        record,
        listed,
        lambda name: drop(f"{name.lower()}.example.com"),
        lambda name: declare(name, "new.example.com"),
    ],
)
def test_a_lease_s_requests_are_those_for_whatever_is_its_own(make):
    assert befallen(make("A"), make("B"), lease="A") == [True, False]


def test_a_process_is_known_by_its_cable():
    assert befallen(in_namespace("A"), in_namespace("A"), daemon=2) == [False, True]


def test_a_generation_is_what_the_tenant_has_sent_last():
    async def story(tiny):
        await trio.sleep(2)
        for generation in (1, 2, 2, 3):
            tiny.lease.sent.append((trio.current_time(), generation))
            status = (await tiny.create(f"c{len(tiny.lease.sent)}", ns=tiny.lease.namespace)).status
            assert (status == 500) is (len(tiny.lease.sent) == 3)

    play(story, fault("refused", lease="A", generation=2, nth=2))


@pytest.mark.parametrize(
    ("where", "hit"),
    [
        ({"verb": "write"}, True),
        ({"verb": "read"}, False),
        ({"kind": "configmaps"}, True),
        ({"kind": "pods"}, False),
        ({"namespace": "default"}, True),
        ({"namespace": "lease"}, False),
        ({"dry_run": True}, False),
        ({"dry_run": False}, True),
        ({"subresource": "status"}, False),
    ],
)
def test_verb_kind_namespace_trial_and_subresource_tell_too(where, hit):
    async def story(tiny):
        await trio.sleep(2)
        assert ((await tiny.create("c")).status == 500) is hit

    play(story, fault("refused", **where))


@pytest.mark.parametrize(("where", "hit"), [("A", True), ("B", False)])
def test_the_market_is_asked_about_leases_too(where, hit):
    async def story(tiny):
        await trio.sleep(2)
        assert ((await tiny.info()).status == 503) is hit
        assert (await tiny.info("market-2")).status == 200

    play(story, fault("refused", host="market", kind="leases", lease=where, code=503))


def test_a_volume_is_whose_claim_it_is_bound_to():
    async def story(tiny):
        await trio.sleep(2)
        for lease in ("A", "B"):
            claim = {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": tiny.evidence.leases[lease].namespace,
                "name": "data",
            }
            spec = {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/x"},
                "claimRef": claim,
            }
            volume = {"metadata": {"name": f"pv-{lease.lower()}"}, "spec": spec}
            await tiny.user.create("v1/persistentvolumes", "", volume)
        path = "/api/v1/persistentvolumes/pv-{}"
        assert (await tiny.ask("GET", path.format("b"))).status == 200
        assert (await tiny.ask("GET", path.format("a"))).status == 500

    play(story, fault("refused", lease="A"))
