"""Lanes say over time what chain, market, /status and cluster had of a lease."""

from itertools import pairwise

from simulator.chaos.report.spans import Span, packed
from simulator.chaos.report.timeline import timeline
from simulator.chaos.report.trace import TracedFault
from tests.unit.chaos.report import made


def lane(trace, title="A"):
    return next(one for one in timeline(trace).lanes if one.title == title)


def told(spans):
    return [(span.begins, span.ends, span.text) for span in spans]


def test_there_is_a_lane_for_each_lease_in_the_order_of_the_plan_and_one_for_the_rest():
    lanes = timeline(made.trace(leases=("B", "A"))).lanes

    assert [one.title for one in lanes] == ["world", "B", "A"]


def test_the_chains_states_follow_one_another_to_the_end():
    trace = made.trace(
        made.entry(5, "chain", "A", state="active"), made.entry(90, "chain", "A", state="closed")
    )

    assert told(lane(trace).track("chain")) == [(5, 90, "active"), (90, 300, "closed")]


def test_what_the_market_said_is_cut_where_it_said_nothing():
    trace = made.trace(
        made.entry(5, "answer", "A", state="active", host="market.sim"),
        made.entry(50, "silence", "A", until=80.0),
    )

    assert told(lane(trace).track("heard")) == [
        (5, 50, "active"),
        (50, 80, "silent"),
        (80, 300, "active"),
    ]


def test_what_is_shown_is_bad_when_it_is_unhealthy():
    trace = made.trace(
        made.entry(5, "shown", "A", 1, phase="deploy-complete", health="healthy"),
        made.entry(9, "shown", "A", 1, phase="deploy-complete", health="unhealthy"),
    )

    assert [(s.text, s.tone) for s in lane(trace).track("shown")] == [
        ("deploy-complete", "good"),
        ("deploy-complete, unhealthy", "bad"),
    ]


def test_the_cluster_track_counts_workloads_ready_pods_and_routes():
    trace = made.trace(
        made.commit(1, "A", "namespaces", "ns-A"),
        made.commit(2, "A", "deployments", "web", generation=1),
        made.commit(3, "A", "pods", "web-1", ready=False),
        made.commit(4, "A", "pods", "web-1", "MODIFIED", ready=True),
        made.commit(5, "A", "ingresses", "a.example.com"),
        made.commit(6, "A", "pods", "web-1", "DELETED"),
        made.commit(6.5, "A", "ingresses", "a.example.com", "DELETED"),
        made.commit(7, "A", "deployments", "web", "DELETED"),
        made.commit(8, "A", "namespaces", "ns-A", "DELETED"),
    )

    assert [span.text for span in lane(trace).track("cluster")] == [
        "guards only",
        "gen 1 · 1 workload",
        "gen 1 · 1 workload · 0/1 pods",
        "gen 1 · 1 workload · 1/1 pods",
        "gen 1 · 1 workload · 1/1 pods · 1 route",
        "gen 1 · 1 workload · 1 route",
        "gen 1 · 1 workload",
        "guards only",
        "nothing",
    ]


def test_faults_stand_in_the_lane_that_they_are_about_and_overlapping_ones_in_rows():
    faults = [
        TracedFault(name="one", what="hang", lease="A", began_at=10, ended_at=50, fired=1),
        TracedFault(name="two", what="hang", lease="A", began_at=20, ended_at=30),
        TracedFault(name="dark", what="node-dark", began_at=5, fired=1),
        TracedFault(name="never", what="hang", lease="A"),
    ]
    trace = made.trace(faults=faults)

    rows = [told(track.spans) for track in lane(trace).tracks if track.name == "faults"]
    assert rows == [[(10, 50, "one")], [(20, 30, "two")]]
    assert told(lane(trace, "world").track("faults")) == [(5, 300, "dark")]
    assert [span.tone for track in lane(trace).tracks for span in track.spans] == ["fault", "idle"]


def test_two_daemons_at_once_are_two_rows():
    trace = made.trace(
        made.entry(0, "life", daemon=1, text="starts"),
        made.entry(10, "life", daemon=2, text="starts"),
        made.entry(20, "life", daemon=1, text="ends: kill"),
    )

    world = lane(trace, "world")
    assert told(world.track("daemon")) == [(0, 20, "daemon 1")]
    assert told(world.track("daemon too")) == [(10, 300, "daemon 2")]


def test_points_tell_reads_from_writes_refusals_deeds_and_violations():
    sorts = {point.sort for one in timeline(made.full()).lanes for point in one.points}

    assert sorts == {
        "read", "write", "trial", "refused", "deed", "ending", "fires", "transaction", "violation",
    }  # fmt: skip


def test_rows_hold_spans_that_do_not_overlap():
    spans = [Span(begins, "", "good", "", begins + 10) for begins in range(0, 100, 5)]

    rows = packed(spans)

    assert len(rows) == 2
    assert all(a.ends <= b.begins for row in rows for a, b in pairwise(row))
