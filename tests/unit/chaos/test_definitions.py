import json

import pytest

from provider.lease.codec import decode_manifest
from provider.lease.identity import LeaseID
from provider.lease.version import version_hash
from provider.workload.bundle import render
from provider.workload.options import RenderOptions
from simulator.chaos import definitions
from simulator.chaos.plan import LeasePlan

LEASE = LeaseID(definitions.OWNERS["alice"], 1000, 1, 1, definitions.PROVIDER)


def objects(plan, generation):
    (group,) = decode_manifest(definitions.deployable(plan, generation).manifest)
    bundle = render(LEASE, group, RenderOptions(leased_ips=True))
    return {
        (
            f"{o['kind'].lower()}s".replace("ys", "ies").replace("sss", "sses"),
            o["metadata"]["name"],
        ): o
        for o in bundle.objects
        if o["kind"] not in ("Namespace", "Manifest")
    }


@pytest.mark.parametrize("name", definitions.NAMES)
def test_what_has_to_come_of_a_definition_is_what_the_daemon_makes_of_it(name):
    plan = LeasePlan(name="A", definition=name)

    assert definitions.deployable(plan, 1).wanted == set(objects(plan, 1))


@pytest.mark.parametrize("name", definitions.NAMES)
def test_every_object_that_has_a_content_of_its_own_differs_in_each_generation(name):
    plan = LeasePlan(name="A", definition=name)
    first, second = objects(plan, 1), objects(plan, 2)

    same = {key for key in first if first[key] == second[key]}

    # What says no more than whose it is, is the same for as long as the lease lives.
    fixed = {"providerhosts", "serviceaccounts", "roles", "rolebindings", "networkpolicies"}
    assert {plural for plural, _ in same} <= fixed | {"providerleasedips"}
    assert ("networkpolicies", "akash-web-np") not in same or name == "everything"


@pytest.mark.parametrize("name", definitions.NAMES)
def test_every_service_says_its_generation_and_has_a_secret(name):
    manifest = json.loads(definitions.deployable(LeasePlan(name="A", definition=name), 3).manifest)

    for service in manifest[0]["services"]:
        assert "GENERATION=3" in service["env"]
        assert any("=topsecret-" in entry for entry in service["env"])


@pytest.mark.parametrize("name", definitions.NAMES)
def test_the_groups_of_a_deployment_stay_the_same(name):
    plan = LeasePlan(name="A", definition=name)
    first, second = (definitions.deployable(plan, generation) for generation in (1, 2))

    assert first.groups == second.groups
    assert first.hash != second.hash
    assert version_hash(decode_manifest(first.manifest)) == first.hash


def test_changes_hold_from_their_generation_on():
    plan = LeasePlan(name="A", changes={2: {"image": "crash"}, 3: {"host": "b.example.com"}})

    at = [definitions.at_generation(plan, generation) for generation in (1, 2, 3, 4)]

    assert [one["image"] for one in at] == ["web", "crash", "crash", "crash"]
    assert [one["host"] for one in at] == ["a.example.com"] * 2 + ["b.example.com"] * 2


def test_a_lease_without_a_hostname_has_no_route():
    wanted = definitions.deployable(LeasePlan(name="A", host="none"), 1).wanted

    assert not {plural for plural, _ in wanted} & {"ingresses", "providerhosts"}
