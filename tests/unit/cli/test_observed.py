"""What `provider run --observe` prints."""

import attrs
import pytest

from provider.cli.observed import complete, essence, print_observation, summary, troubles
from provider.cluster.observation import Change, Observation, Observed
from provider.ledger.capacity import Capacity
from provider.market.market import EndpointStatus
from tests.unit.gateway.fakes import LEASE, NODE


def looked(*leases, **changes):
    empty = Observation(
        unseen=(),
        stopped="",
        market="",
        endpoints=(),
        leases=leases,
        quarantined=(),
        capacity=Capacity((NODE,), 1, ()),
    )
    return attrs.evolve(empty, **changes)


def endpoint(age):
    return EndpointStatus(
        url="http://m",
        ok=True,
        why="",
        in_use=True,
        height=7,
        age_seconds=age,
        answered_seconds_ago=age,
    )


FULL = Observed(
    LEASE,
    action="deploy",
    proof="active at block 7",
    applied=(Change("Deployment ns/web", ("spec.replicas",)), Change("Service ns/web", ())),
    pruned=("Service ns/old",),
    purged=("ProviderHost lease/a.example.com",),
    torn_down=("Namespace ns",),
    closed="image, since yesterday",
    missing="cpu",
    refused="hostname b.example.com is in use",
    held_by_operator=True,
)


def test_every_single_thing_is_printed_with_its_reason(capsys):
    print_observation(looked(FULL))

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "LEASE WOULD WHAT PROOF",
        f"{str(LEASE).rpartition('/')[0]} deploy (held by the operator) active at block 7",
        "refuse hostname b.example.com is in use",
        "wait for room cpu",
        "apply Deployment ns/web differs in spec.replicas",
        "apply Service ns/web is not there",
        "prune Service ns/old is ours and not wanted any more",
        "purge ProviderHost lease/a.example.com is declared and not wanted any more",
        "delete Namespace ns the lease is over",
        "close on the market image, since yesterday",
        "1 lease; a daemon would write or delete 5 objects; nothing was written",
    ]


@pytest.mark.parametrize(
    ("changes", "line", "whole"),
    [
        ({"unseen": ("pods: 403",)}, "not seen: pods: 403", False),
        ({"stopped": "change routes"}, "a daemon would stop here: change routes", False),
        ({"market": "silent"}, "market unknown: silent", False),
        ({"quarantined": (("r", "no group"),)}, "record in quarantine: r: no group", True),
        (
            {"capacity": Capacity((attrs.evolve(NODE, overfull=True),), 1, ())},
            "node node-1 is overfull: nothing new is placed there",
            True,
        ),
    ],
)
def test_what_stands_in_the_way_is_told_first(changes, line, whole):
    observation = looked(**changes)

    assert troubles(observation) == [line]
    assert complete(observation) is whole


def test_without_a_whole_look_nothing_is_said_of_leases():
    assert summary(looked(unseen=("pods",))) == "nothing can be said of leases; nothing was written"
    assert summary(looked()).startswith("0 leases; a daemon would write or delete 0 objects")


def test_a_look_that_differs_only_in_ages_is_the_same():
    first, second = (looked(FULL, endpoints=(endpoint(age),)) for age in (1.0, 2.0))

    assert essence(first) == essence(second)
    assert essence(first) != essence(looked())
