"""I1, I2, I7, I14, I16: each is given a journal that violates it, and one in which it holds."""

import pytest

from simulator.chaos.checks import catalog, kinds
from tests.unit.chaos.checks import made
from tests.unit.chaos.checks.made import Run, deployed, torn_down


def found(run, invariant, **when):
    """Texts of one invariant's violations."""
    everything = catalog.violations(run.evidence(**when))
    return [f"{v.key}: {v.text}" for v in everything if v.invariant == invariant]


def silent(run, **when):
    """True when no check says anything of a run."""
    return catalog.violations(run.evidence(**when)) == ()


def test_a_lease_that_stands_and_one_that_was_torn_down_violate_nothing():
    assert silent(deployed())
    assert silent(torn_down(deployed().close(90, "A")))


# ── I1 ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_outlives_a_closed_lease_is_an_orphan():
    run = deployed().close(90, "A")

    assert "outlives the lease" in found(run, "I1")[0]
    assert found(run, "I1", ended=230) == [], "its time is not over yet"


def test_one_object_left_behind_is_enough():
    run = torn_down(deployed().close(90, "A"))
    run.put(200, "A", kinds.HOSTS, "late.example.com")

    assert len(found(run, "I1")) == 1


@pytest.mark.parametrize("where", ["", "A", "B"], ids=["for all", "for A", "for B only"])
def test_the_bound_begins_again_when_a_fault_of_the_lease_ends(where):
    run = deployed().close(90, "A").fault("kubernetes-down", 100, 500, lease=where)
    torn_down(run, time=600)

    assert bool(found(run, "I1")) is (where == "B")


def test_the_bound_begins_when_a_daemon_is_there():
    run = deployed().life(0, "kill", ended=95).close(90, "A").life(400)

    assert found(torn_down(run, time=500), "I1") == []


def test_a_record_that_goes_before_the_namespace_is_an_orphan_in_the_making():
    run = deployed().close(90, "A").put(95, "A", kinds.RECORDS, obj=made.record(1, closing="{}"))
    run.delete(100, "A", kinds.RECORDS)
    run.delete(101, "A", kinds.HOSTS, "a.example.com")
    run.delete(101, "A", kinds.NAMESPACES)

    assert [text.partition(":")[0] for text in found(run, "I1", ended=200)] == [
        "I1 record gone before namespaces"
    ]


def test_a_claim_that_went_to_another_lease_is_no_orphan():
    run = rival_stands().mark(40, "transfer", "B", detail="a.example.com")
    run.put(41, "B", kinds.HOSTS, "a.example.com").delete(42, "A", kinds.INGRESSES, "a.example.com")
    run.close(90, "A").put(91, "A", kinds.RECORDS, obj=made.record(1, closing="{}"))
    run.delete(95, "A", kinds.NAMESPACES).delete(96, "A", kinds.RECORDS)

    assert found(run, "I1", ended=110) == []


# ── I2 ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "by", "expected"),
    [(99, "daemon", 1), (101, "daemon", 0), (99, "kubectl", 0)],
    ids=["before the proof", "after it", "somebody else's"],
)
@pytest.mark.parametrize("resource", [kinds.NAMESPACES, kinds.RECORDS])
def test_a_delete_without_proof_is_a_murder(resource, at, by, expected):
    run = deployed().close(98, "A", told=False).delete(at, "A", resource, by=by)
    run.tell(100, "A", "closed")

    assert len(found(run, "I2", ended=110)) == expected


@pytest.mark.parametrize(
    ("answer", "proves"),
    [
        ({"state": "closed"}, True),
        ({"state": "insufficient_funds"}, True),
        ({"state": "active"}, False),
        ({"state": "closed", "newest": 0}, False),
        ({"state": "closed", "height": 5}, False),
        ({"state": "closed", "newest": 7}, False),
    ],
    ids=[
        "closed",
        "no funds",
        "active",
        "no sound node",
        "below what was heard",
        "from the future",
    ],
)
def test_only_a_word_to_be_believed_is_a_proof(answer, proves):
    run = deployed().tell(50, "A", "active").close(90, "A", told=False).tell(95, "A", **answer)
    run.delete(100, "A", kinds.NAMESPACES)

    assert bool(found(run, "I2", ended=110)) is not proves


def test_a_new_process_need_not_know_what_the_last_one_heard():
    run = deployed().life(0, "kill", ended=60).tell(50, "A", "active").life(70)
    run.close(90, "A", told=False)
    run.tell(95, "A", "closed", height=made.FIRST_HEIGHT + 40, newest=made.FIRST_HEIGHT + 40)

    assert found(run.delete(100, "A", kinds.NAMESPACES), "I2", ended=110) == []


def test_a_new_process_that_hears_of_an_old_block_first_has_no_proof():
    run = deployed().life(0, "kill", ended=60).tell(50, "A", "active").life(70)
    run.close(90, "A", told=False).tell(95, "A", "closed", height=made.FIRST_HEIGHT + 40)

    assert found(run.delete(100, "A", kinds.NAMESPACES), "I2", ended=110) != []


def test_what_the_generation_on_record_wants_is_not_pruned():
    run = deployed().delete(50, "A", kinds.INGRESSES, "a.example.com")

    assert "ingresses" in found(run, "I2")[0]


def test_what_the_generation_on_record_does_not_want_may_go():
    run = deployed(wanted={1: frozenset({("deployments", "web")}), 2: frozenset({("jobs", "x")})})
    run.put(40, "A", kinds.RECORDS, obj=made.record(2)).delete(50, "A", kinds.DEPLOYMENTS, "web")

    assert found(run, "I2") == []


def test_a_refused_first_generation_may_be_undone():
    run = Run().lease("A", refused={1}, wanted={1: frozenset({("services", "web"), ("jobs", "x")})})
    run.put(10, "A", kinds.RECORDS, obj=made.record(1)).put(11, "A", kinds.SERVICES, "web")

    assert found(run.delete(20, "A", kinds.SERVICES, "web"), "I2") == []


@pytest.mark.parametrize(("missing", "expected"), [("web", 1), ("never there", 0)])
def test_a_refused_generation_is_undone_down_to_what_stood_whole(missing, expected):
    wanted = frozenset({("services", "web"), ("deployments", missing)})
    run = Run().lease("A", refused={2}, wanted=dict.fromkeys((1, 2), wanted))
    run.put(10, "A", kinds.RECORDS, obj=made.record(1)).put(11, "A", kinds.SERVICES, "web")
    run.put(11, "A", kinds.DEPLOYMENTS, "web", made.workload(1))
    run.put(15, "A", kinds.RECORDS, obj=made.record(2))

    assert len(found(run.delete(20, "A", kinds.SERVICES, "web"), "I2")) == expected


def test_what_only_the_refused_generation_had_added_goes_with_it():
    wanted = frozenset({("services", "web")})
    both = {1: wanted, 2: wanted | {("services", "more"), ("deployments", "refused")}}
    run = Run().lease("A", refused={2}, wanted=both)
    run.put(10, "A", kinds.RECORDS, obj=made.record(1)).put(11, "A", kinds.SERVICES, "web")
    run.put(15, "A", kinds.RECORDS, obj=made.record(2)).put(16, "A", kinds.SERVICES, "more")

    assert found(run.delete(20, "A", kinds.SERVICES, "more"), "I2") == []


def test_a_hostname_that_an_operator_moves_takes_its_route_along():
    run = deployed().mark(40, "transfer", "B", detail="a.example.com")

    assert found(run.delete(50, "A", kinds.INGRESSES, "a.example.com"), "I2") == []


def test_who_got_the_hostname_does_not_lose_it_to_the_move():
    run = rival_stands().mark(40, "transfer", "B", detail="a.example.com")
    run.put(41, "B", kinds.HOSTS, "a.example.com")
    run.leases["B"].wanted[1] = frozenset({("ingresses", "a.example.com")})

    assert len(found(run.delete(50, "B", kinds.HOSTS, "a.example.com"), "I2")) == 1


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/namespaces/ns-a/pods/web-1",
        "/api/v1/namespaces/ns-a/services",
        "/api/v1/namespaces/kube-system",
    ],
    ids=["a pod", "a collection", "nobody's namespace"],
)
def test_some_things_are_never_a_daemons_to_delete(target):
    assert len(found(deployed().request(50, "DELETE", target), "I2")) == 1


def test_a_trial_and_a_refused_delete_are_no_deletes():
    run = deployed().request(50, "DELETE", "/api/v1/namespaces/ns-a?dryRun=All")

    assert found(run.request(50, "DELETE", "/api/v1/namespaces/ns-a", status=409), "I2") == []


# ── I7 ──────────────────────────────────────────────────────────────────────────────────────────


def rival_stands():
    run = with_rival()
    return run.put(30, "B", kinds.RECORDS, obj=made.record(1))


def with_rival(**rival):
    return deployed().lease("B", **rival)


def test_a_hostname_in_two_namespaces_has_two_owners():
    run = with_rival().put(50, "B", kinds.INGRESSES, "other", made.route("a.example.com"))

    assert "hostname a.example.com" in found(run, "I7")[0]


def test_a_hostname_may_go_from_one_to_the_next():
    run = rival_stands().mark(40, "transfer", "B", detail="a.example.com")
    run.put(41, "B", kinds.HOSTS, "a.example.com").delete(42, "A", kinds.INGRESSES, "a.example.com")

    assert silent(run.put(43, "B", kinds.INGRESSES, "a.example.com", made.route("a.example.com")))


def test_a_hostname_is_not_taken_from_a_holder_that_wants_it():
    run = with_rival().put(41, "B", kinds.HOSTS, "a.example.com")

    assert "taken from its holder" in found(run, "I7")[0]


def test_no_route_is_made_for_a_hostname_that_another_one_holds():
    run = with_rival().delete(40, "A", kinds.INGRESSES, "a.example.com", by="kubectl")
    run.put(41, "B", kinds.INGRESSES, "a.example.com", made.route("a.example.com"))

    assert "beside its holder" in found(run, "I7")[0]


def test_a_port_or_an_address_of_two_leases_has_two_owners():
    port = {"spec": {"ports": [{"nodePort": 30000}]}}
    address = {"spec": {"sharing_key": "k", "external_port": 80, "protocol": "TCP"}}
    run = with_rival().put(50, "A", kinds.SERVICES, "np", port)
    run.put(50, "A", kinds.ADDRESSES, "one", address)

    assert found(run, "I7") == []
    run.put(60, "B", kinds.SERVICES, "np", port).put(61, "B", kinds.ADDRESSES, "two", address)
    assert [text.split()[1] for text in found(run, "I7")] == ["port", "address"]


# ── I14 ─────────────────────────────────────────────────────────────────────────────────────────


def went(*generations, **facts):
    run = deployed(**facts)
    for number, generation in enumerate(generations):
        run.put(50 + number, "A", kinds.RECORDS, obj=made.record(max(generations)))
        run.put(50 + number, "A", kinds.DEPLOYMENTS, "web", made.workload(generation))
    return run


def test_an_older_generation_after_a_newer_one_goes_back():
    assert found(went(2, 3), "I14") == []
    assert "went back from generation 2 to 1" in found(went(2, 1), "I14")[0]
    assert found(went(2, 1, refused={2}), "I14") == []


def test_what_was_refused_is_undone_no_further_than_to_what_stood_whole():
    run = deployed(refused={3})
    run.leases["A"].wanted = dict.fromkeys((1, 2, 3), frozenset({("deployments", "web")}))
    for time, generation in ((50, 2), (100, 3)):
        run.put(time, "A", kinds.RECORDS, obj=made.record(generation))
        run.put(time + 1, "A", kinds.DEPLOYMENTS, "web", made.workload(generation))
    run.put(110, "A", kinds.DEPLOYMENTS, "web", made.workload(2))

    assert found(run, "I14") == []
    assert found(run.put(120, "A", kinds.DEPLOYMENTS, "web", made.workload(1)), "I14")


def test_what_stood_whole_is_not_undone_by_a_later_refusal():
    run = deployed(refused={2})
    run.put(50, "A", kinds.RECORDS, obj=made.record(2))
    run.put(51, "A", kinds.DEPLOYMENTS, "web", made.workload(2))
    run.put(60, "A", kinds.DEPLOYMENTS, "web", made.workload(1))
    assert found(run, "I14") == [], "it stood for a moment only"

    run = deployed(refused={2})
    run.put(50, "A", kinds.RECORDS, obj=made.record(2))
    run.put(51, "A", kinds.DEPLOYMENTS, "web", made.workload(2))
    assert found(run.put(141, "A", kinds.DEPLOYMENTS, "web", made.workload(1)), "I14")


def test_what_was_gone_does_not_come_back_older():
    run = went(2).delete(60, "A", kinds.DEPLOYMENTS, "web", by="kubectl")

    assert found(run.put(61, "A", kinds.DEPLOYMENTS, "web", made.workload(1)), "I14")


def test_what_somebody_else_does_is_not_the_daemons_step_back():
    run = went(2).put(60, "A", kinds.DEPLOYMENTS, "web", made.workload(1), by="kubectl")

    assert found(run, "I14") == []


def test_at_rest_all_workloads_are_of_one_generation():
    run = went(2).put(55, "A", kinds.STATEFUL_SETS, "db", made.workload(1))

    assert found(run, "I14") == []
    assert "several generations" in found(run, "I14", quiet=900)[0]


# ── I16 ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_pod_that_comes_before_its_policy_is_naked():
    run = made.Run().lease("A").put(10, "A", kinds.RECORDS, obj=made.record(1))
    run.put(11, "A", kinds.PODS, "web-1", made.pod(1), by="controllers")

    assert len(found(run, "I16")) == 1
    assert len(found(run.put(12, "A", kinds.POLICIES, "isolation"), "I16")) == 1


def test_a_policy_of_a_newer_generation_is_not_asked_for_before_its_time():
    run = deployed().put(50, "A", kinds.RECORDS, obj=made.record(2))
    run.put(51, "A", kinds.PODS, "web-2", made.pod(1), by="controllers")
    run.put(52, "A", kinds.POLICIES, "more")

    assert found(run, "I16") == []
    run.put(53, "A", kinds.PODS, "web-3", made.pod(2), by="controllers")
    assert found(run, "I16") == []
    run.delete(54, "A", kinds.POLICIES, "more").put(60, "A", kinds.POLICIES, "more")
    assert "policy taken from a pod" in found(run, "I16")[0]


def test_a_pod_of_the_newer_generation_waits_for_the_newer_policy():
    run = deployed().put(50, "A", kinds.RECORDS, obj=made.record(2))
    run.put(51, "A", kinds.PODS, "web-2", made.pod(2), by="controllers")

    assert found(run, "I16") == []
    assert len(found(run.put(52, "A", kinds.POLICIES, "more"), "I16")) == 1


def test_a_policy_that_somebody_else_took_away_is_not_asked_for():
    run = deployed().delete(50, "A", kinds.POLICIES, "isolation", by="kubectl")
    run.put(51, "A", kinds.PODS, "web-2", made.pod(1), by="controllers")

    assert found(run.put(52, "A", kinds.POLICIES, "isolation"), "I16") == []
