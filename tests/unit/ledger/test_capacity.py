from collections import Counter

import hypothesis.strategies as st
import pytest
from hypothesis import given

from provider.lease.manifest import Attribute, Storage
from provider.lease.scheduling import GPUParams, SchedulerParams
from provider.ledger.capacity import CapacityLedger, NoRoom, Placement
from provider.ledger.nodes import read_node, read_pod
from provider.workload.options import RenderOptions
from tests.unit.ledger.nodes import GI, gpu_labels, group, lease, node, pod, service, tenant_pod

A100 = SchedulerParams("nvidia", GPUParams("nvidia", "a100"))


def book(*nodes, pods=(), options=None):
    ledger = CapacityLedger(options or RenderOptions())
    look(ledger, *nodes, pods=pods)
    return ledger


def look(ledger, *nodes, pods=()):
    ledger.update(map(read_node, nodes), [use for use in map(read_pod, pods) if use])


def missing(outcome):
    assert isinstance(outcome, NoRoom), outcome
    return outcome.missing


def available(ledger, name="node-1", resource="cpu"):
    return next(n for n in ledger.report().nodes if n.name == name).available.get(resource, 0)


def test_a_replica_goes_to_the_first_node_that_has_room():
    ledger = book(node("a", cpu="1"), node("b", cpu="4"))
    assert ledger.reserve(lease(1), group(service(cpu=500))).nodes == {"web": ("a",)}
    assert ledger.reserve(lease(2), group(service(cpu=600))).nodes == {"web": ("b",)}


def test_services_are_placed_from_the_last_to_the_first():
    ledger = book(node("a", cpu="1"), node("b", cpu="4"))
    placed = ledger.reserve(lease(), group(service("aa", cpu=1000), service("zz", cpu=1000)))
    assert placed.nodes == {"zz": ("a",), "aa": ("b",)}


def test_replicas_spread_over_nodes_as_far_as_each_has_room():
    ledger = book(node("a", cpu="2"), node("b", cpu="4"))
    assert ledger.reserve(lease(), group(service(count=5))).nodes == {
        "web": ("a", "a", "b", "b", "b")
    }


def test_a_refusal_names_resource_what_is_wanted_and_the_largest_free():
    ledger = book(node("a", cpu="2"), node("b", cpu="3"))
    said = missing(ledger.reserve(lease(), group(service(cpu=3500))))
    assert said == "service web: no room; cpu: wants 3500m, largest free on one node 3000m"


def test_a_refusal_says_which_replica_found_no_room():
    ledger = book(node("a", cpu="2"))
    assert "for replica 3 of 3" in missing(ledger.reserve(lease(), group(service(count=3))))


def test_a_refusal_for_a_mixture_says_that_no_node_has_all_of_it():
    ledger = book(node("a", cpu="1", memory="9Gi"), node("b", cpu="9", memory="1Gi"))
    said = missing(ledger.reserve(lease(), group(service(cpu=2000, memory=2 * GI))))
    assert "no node has all of it free at once" in said


def test_a_refusal_takes_nothing():
    ledger = book(node())
    missing(ledger.reserve(lease(), group(service("a"), service("b", cpu=9000))))
    assert available(ledger) == 4000
    assert not ledger.holds(lease())


def test_volumes_in_memory_count_as_memory():
    ram = Storage("shm", 2 * GI, (Attribute("class", "ram"), Attribute("persistent", "false")))
    ledger = book(node())
    ledger.reserve(lease(), group(service(memory=GI, volumes=(ram,))))
    assert available(ledger, resource="memory") == 5 * GI


def test_a_pod_more_than_the_node_runs_finds_no_room():
    ledger = book(node(cpu="100", memory="100Gi", pods="2"))
    assert "pods" not in str(ledger.reserve(lease(1), group(service(count=2))))
    missing(ledger.reserve(lease(2), group(service())))


def test_a_persistent_volume_needs_a_node_with_its_class():
    volume = Storage("data", GI, (Attribute("class", "beta3"), Attribute("persistent", "true")))
    label = {"akash.network/capabilities.storage.class.beta3": "1"}
    wanted = group(service(volumes=(volume,)))
    assert "storage class beta3" in missing(book(node("a")).reserve(lease(), wanted))
    zero = {"akash.network/capabilities.storage.class.beta3": "0"}
    assert "storage class" in missing(book(node("a", labels=zero)).reserve(lease(), wanted))
    assert book(node("a"), node("b", labels=label)).reserve(lease(), wanted).nodes == {
        "web": ("b",)
    }


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda n: n["metadata"]["labels"].clear(), "not labelled"),
        (lambda n: n["spec"].update(unschedulable=True), "cordoned"),
        (lambda n: n["spec"].update(taints=[{"key": "x", "effect": "NoSchedule"}]), "tainted x"),
        (lambda n: n["status"]["conditions"].clear(), "not ready"),
        (lambda n: n["status"]["allocatable"].update(cpu="-1"), "reports -1 of cpu"),
        (
            lambda n: n["status"]["allocatable"].update({"nvidia.com/gpu": str(2**64 - 1)}),
            "reports 18446744073709551615",
        ),
        (lambda n: n["status"]["allocatable"].update(memory="lots"), "reports lots of memory"),
    ],
)
def test_a_node_that_cannot_be_used_takes_nothing_and_says_why(change, why):
    one = node()
    change(one)
    ledger = book(one)
    assert "no node takes new replicas" in missing(ledger.reserve(lease(), group()))
    assert why in ledger.report().nodes[0].closed


def test_requests_of_pods_that_are_not_ours_are_not_free():
    ledger = book(node(), pods=[pod(cpu="1500m"), pod(cpu="500m", phase="Succeeded"), pod(node="")])
    assert available(ledger) == 2500


@pytest.mark.parametrize(("percent", "left"), [(0.0, 3000), (50.0, 3333), (100.0, 3500)])
def test_what_is_sold_more_than_once_is_committed_in_part(percent, left):
    ledger = book(node(), options=RenderOptions(overcommit_cpu_pct=percent))
    ledger.reserve(lease(), group(service(cpu=1000)))
    assert available(ledger) == left


# ── GPUs ────────────────────────────────────────────────────────────────────────────────────────


def test_a_gpu_is_found_by_the_labels_of_its_node():
    ledger = book(
        node("a", labels=gpu_labels("t4", 1)),
        node("b", labels=gpu_labels("a100", 2), **{"nvidia.com_gpu": "2"}),
    )
    placed = ledger.reserve(lease(), group(service(gpus=1, kinds=("vendor/nvidia/model/a100",))))
    assert placed == Placement({"web": ("b",)}, {"web": A100})
    assert available(ledger, "b", "nvidia.com/gpu") == 1


def test_gpus_of_a_lease_that_runs_without_ever_having_been_placed_are_counted():
    ledger = book(node("a", labels=gpu_labels("a100", 2), **{"nvidia.com_gpu": "2"}))
    ledger.adopt(lease(), group(service(gpus=1, kinds=("vendor/nvidia/model/a100",))), {})
    assert available(ledger, "a", "nvidia.com/gpu") == 1


def test_memory_and_interface_of_a_gpu_must_match_and_are_named_as_the_label_does():
    labels = gpu_labels("a100", 1, "ram.80Gi", "interface.SXM4")
    nodes = [
        node("a", labels=gpu_labels("a100", 1, "ram.40Gi"), **{"nvidia.com_gpu": "1"}),
        node("b", labels=labels, **{"nvidia.com_gpu": "1"}),
    ]
    kind = "vendor/nvidia/model/a100/ram/80Gi/interface/sxm"
    placed = book(*nodes).reserve(lease(), group(service(gpus=1, kinds=(kind,))))
    assert placed.nodes == {"web": ("b",)}
    assert placed.scheduling["web"].gpu == GPUParams("nvidia", "a100", "80Gi", "SXM4")


def test_all_replicas_of_a_service_get_the_same_kind_of_gpu():
    nodes = [
        node("a", labels=gpu_labels("t4", 1), **{"nvidia.com_gpu": "1"}),
        node("b", labels=gpu_labels("a100", 1), **{"nvidia.com_gpu": "1"}),
        node("c", labels=gpu_labels("a100", 1), **{"nvidia.com_gpu": "1"}),
    ]
    placed = book(*nodes).reserve(
        lease(), group(service(gpus=1, count=2, kinds=("vendor/nvidia/model/*",)))
    )
    assert placed == Placement({"web": ("b", "c")}, {"web": A100})


def test_a_wildcard_does_not_take_another_vendors_gpu():
    one = node("a", labels=gpu_labels("mi100", 1, vendor="amd"), **{"amd.com_gpu": "1"})
    wanted = group(service(gpus=1, kinds=("vendor/nvidia/model/*",)))
    assert "no node has 1 GPU nvidia/*" in missing(book(one).reserve(lease(), wanted))
    wanted = group(service(gpus=1, kinds=("vendor/amd/model/*",)))
    params = book(one).reserve(lease(), wanted).scheduling["web"]
    assert params == SchedulerParams("", GPUParams("amd", "mi100"))


def test_a_gpu_that_is_taken_is_not_sold_again():
    ledger = book(node(labels=gpu_labels("a100", 1), **{"nvidia.com_gpu": "1"}))
    wanted = group(service(gpus=1, kinds=("vendor/nvidia/model/a100",)))
    ledger.reserve(lease(1), wanted)
    said = missing(ledger.reserve(lease(2), wanted))
    assert "nvidia.com/gpu: wants 1, largest free on one node 0" in said


def test_an_update_keeps_the_gpu_that_still_serves():
    nodes = [
        node("a", labels=gpu_labels("t4", 4), **{"nvidia.com_gpu": "4"}),
        node("b", labels=gpu_labels("a100", 4), **{"nvidia.com_gpu": "4"}),
    ]
    ledger = book(*nodes)
    any_kind = ("vendor/nvidia/model/*",)
    ledger.adopt(lease(), group(service(gpus=1, kinds=any_kind)), {"web": A100})
    placed = ledger.reserve(lease(), group(service(gpus=2, kinds=any_kind)))
    assert placed == Placement({"web": ("b",)}, {"web": A100})
    other = ("vendor/nvidia/model/t4",)
    assert ledger.reserve(lease(), group(service(gpus=1, kinds=other))).nodes == {"web": ("a",)}


# ── updates and adoption ────────────────────────────────────────────────────────────────────────


def test_the_same_group_again_gets_the_same_place():
    ledger = book(node("a", cpu="1"), node("b"))
    first = ledger.reserve(lease(), group())
    assert ledger.reserve(lease(), group()) == first
    assert available(ledger, "a") == 0


def test_an_update_without_room_keeps_the_old_place():
    ledger = book(node())
    ledger.reserve(lease(), group(service(cpu=1000)))
    missing(ledger.reserve(lease(), group(service(cpu=5000))))
    assert available(ledger) == 3000


def test_an_update_may_use_the_room_that_it_frees():
    ledger = book(node())
    ledger.reserve(lease(), group(service(cpu=3000)))
    assert ledger.reserve(lease(), group(service(cpu=4000))).nodes == {"web": ("node-1",)}
    assert available(ledger) == 0


def test_an_update_that_asks_for_no_more_stays_even_on_an_overfull_or_closed_node():
    ledger = book(node(cpu="1", ready=False), node("zz", cpu="8"))
    ledger.adopt(lease(), group(service(cpu=2000)))
    look(
        ledger,
        node(cpu="1", ready=False),
        node("zz", cpu="8"),
        pods=[tenant_pod(lease(), cpu="2")],
    )
    placed = ledger.reserve(lease(), group(service(cpu=2000, image="nginx:2")))
    assert placed.nodes == {"web": ("node-1",)}


def test_the_same_demand_stays_whatever_became_of_its_node():
    ledger = book(node("a"), node("b"))
    first = ledger.reserve(lease(), group(service(count=2)))
    look(ledger)
    again = ledger.reserve(lease(), group(service(count=2, image="nginx:2")))
    assert isinstance(again, Placement)
    assert ledger.reserve(lease(), group(service(count=1, cpu=500))).nodes == {"web": ("",)}
    assert first.nodes == {"web": ("a", "a")}


def test_nothing_new_is_placed_before_the_nodes_were_seen():
    ledger = CapacityLedger(RenderOptions())
    assert "not seen yet" in missing(ledger.reserve(lease(), group()))
    ledger.adopt(lease(), group())
    assert isinstance(ledger.reserve(lease(), group(service(image="nginx:2"))), Placement)


def test_what_runs_is_adopted_where_its_pods_are_and_counted_once():
    pods = [tenant_pod(lease(), node="b"), tenant_pod(lease(), node="b")]
    ledger = book(node("a"), node("b"), pods=pods)
    assert available(ledger, "b") == 2000
    ledger.adopt(lease(), group(service(count=2)))
    assert available(ledger, "a") == 4000
    assert available(ledger, "b") == 2000


def test_adopting_again_or_reserving_the_same_group_counts_nothing_twice():
    ledger = book(node(), pods=[tenant_pod(lease())])
    for _ in range(2):
        ledger.adopt(lease(), group())
        ledger.reserve(lease(), group())
        look(ledger, node(), pods=[tenant_pod(lease())])
    assert available(ledger) == 3000


def test_what_runs_is_adopted_although_it_does_not_fit_and_then_nothing_new_comes():
    ledger = book(node(cpu="2"))
    assert isinstance(ledger.adopt(lease(1), group(service(cpu=5000))), Placement)
    one = ledger.report().nodes[0]
    assert one.overfull
    assert one.available["cpu"] == -3000
    small = group(service(cpu=0, memory=1))
    assert "no node takes new replicas" in missing(ledger.reserve(lease(2), small))


def test_a_booking_follows_its_pods():
    ledger = book(node("a"), node("b"))
    ledger.reserve(lease(), group(service(count=2)))
    look(ledger, node("a"), node("b"), pods=[tenant_pod(lease(), node="b")])
    assert (available(ledger, "a"), available(ledger, "b")) == (3000, 3000)


def test_a_booking_on_a_node_that_is_gone_moves_to_one_with_room():
    ledger = book(node("a"), node("b"))
    ledger.reserve(lease(), group())
    look(ledger, node("b"))
    assert available(ledger, "b") == 3000
    look(ledger)
    assert ledger.report().unplaced == (lease(),)


def test_pods_of_a_lease_that_is_not_booked_any_more_still_take_their_room():
    ledger = book(node(), pods=[tenant_pod(lease(), cpu="1")])
    ledger.adopt(lease(), group())
    ledger.release(lease())
    assert available(ledger) == 3000
    look(ledger, node())
    assert available(ledger) == 4000


def test_a_pod_beyond_what_is_booked_takes_room_as_long_as_it_is_there():
    ledger = book(node())
    ledger.reserve(lease(1), group(service(cpu=1000)))
    old, new = tenant_pod(lease(1), cpu="1"), tenant_pod(lease(1), cpu="1")
    look(ledger, node(), pods=[old, new])
    assert available(ledger) == 2000
    look(ledger, node(), pods=[new])
    assert available(ledger) == 3000
    look(ledger, node(), pods=[old, new])
    ledger.release(lease(1))
    assert available(ledger) == 2000
    look(ledger, node())
    assert available(ledger) == 4000


def test_a_lease_does_not_wait_for_the_room_that_its_own_pods_take():
    ledger = book(node(cpu="1"), pods=[tenant_pod(lease(), cpu="1")])
    assert isinstance(ledger.reserve(lease(), group()), Placement)


def test_who_waits_is_told_once_when_room_may_have_come():
    ledger = book(node(cpu="1"))
    told = []
    ledger.reserve(lease(1), group())
    missing(ledger.reserve(lease(2), group()))
    ledger.wake_on_change(lambda: told.append("released"))
    look(ledger, node(cpu="1"))
    assert told == []
    ledger.release(lease(1))
    ledger.release(lease(1))
    assert told == ["released"]
    ledger.wake_on_change(lambda: told.append("grown"))
    look(ledger, node(cpu="2"))
    assert told == ["released", "grown"]


def test_each_request_and_each_release_is_counted_by_its_result():
    told = []
    ledger = CapacityLedger(RenderOptions(), lambda *what: told.append(what))
    look(ledger, node(cpu="1"))
    ledger.reserve(lease(1), group())
    ledger.reserve(lease(1), group())
    ledger.reserve(lease(2), group())
    ledger.release(lease(1))
    ledger.release(lease(1))
    assert told == [
        ("reserve", "create"),
        ("reserve", "insufficient-capacity"),
        ("unreserve", "destroyed"),
        ("unreserve", "not-found"),
    ]


# ── laws ────────────────────────────────────────────────────────────────────────────────────────

SERVICES = st.builds(
    service,
    name=st.sampled_from(["a", "b", "c"]),
    cpu=st.integers(0, 5000),
    memory=st.integers(0, 9 * GI),
    count=st.integers(0, 4),
    gpus=st.integers(0, 2),
    kinds=st.just(("vendor/nvidia/model/*",)),
)
GROUPS = st.lists(SERVICES, min_size=1, max_size=3, unique_by=lambda s: s.name).map(
    lambda services: group(*services)
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["reserve", "reserve", "release"]), st.integers(1, 4), GROUPS),
    max_size=12,
)
NODES = [
    node("a", **{"nvidia.com_gpu": "2"}, labels=gpu_labels("t4", 2)),
    node("b", cpu="6", memory="4Gi"),
    node("c", memory="16Gi", **{"nvidia.com_gpu": "3"}, labels=gpu_labels("a100", 3)),
]


def balance(ledger):
    return {n.name: Counter(n.available) for n in ledger.report().nodes}


@given(STEPS)
def test_no_sequence_of_reservations_takes_more_than_there_is_and_all_of_it_comes_back(steps):
    ledger = book(*NODES, pods=[pod("a"), pod("c", cpu="2")])
    whole = balance(ledger)
    for action, dseq, wanted in steps:
        if action == "reserve":
            ledger.reserve(lease(dseq), wanted)
        else:
            ledger.release(lease(dseq))
        assert not any(n.overfull for n in ledger.report().nodes)
    for dseq in range(1, 5):
        ledger.release(lease(dseq))
    assert balance(ledger) == whole


@given(STEPS, GROUPS)
def test_whatever_was_adopted_nothing_new_makes_it_worse(steps, running):
    ledger = book(*NODES)
    ledger.adopt(lease(9), running)
    before = {n.name: n.overfull for n in ledger.report().nodes}
    for _, dseq, wanted in steps:
        placed = ledger.reserve(lease(dseq), wanted)
        if isinstance(placed, Placement):
            for names in placed.nodes.values():
                assert not any(before[name] for name in names)
    assert {n.name: n.overfull for n in ledger.report().nodes} == before


@given(STEPS)
def test_the_order_of_looking_changes_nothing(steps):
    ledger = book(*NODES)
    for _, dseq, wanted in steps:
        ledger.reserve(lease(dseq), wanted)
        once = balance(ledger)
        look(ledger, *reversed(NODES))
        assert balance(ledger) == once
