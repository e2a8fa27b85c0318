"""What a real run leaves behind, as a trace and as a page."""

import orjson
import pytest

from simulator.chaos import planfile, run
from simulator.chaos.report import page, tracefile
from simulator.chaos.report.timeline import timeline

PLAN = """
name: looked-at
seed: 5
leases: [{name: A, definition: everything}, {name: B}]
daemon: {leased_ips: true}
actions:
  - {do: open, lease: A, at: 1}
  - {do: open, lease: B, at: 2}
  - {do: update, lease: A, at: 40}
  - {do: kill, at: 60}
  - {do: start, at: 65}
  - {do: close, lease: B, at: 100}
faults:
  - {what: answer-lost, name: lost, kind: deployments, lease: A, generation: 2}
  - {what: node-dark, name: dark, node: node1, at: 50, for: 70}
heal_at: 150
bound_seconds: 300
look_seconds: 10
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The run, its file, and the trace."""
    file = tmp_path_factory.mktemp("kept") / "t.jsonl.gz"
    played = run.play(planfile.loads(PLAN))
    return played, file, tracefile.write(played, file, replay="simulator chaos run looked-at.yaml")


def test_it_is_read_back_as_it_was_written(kept):
    _, file, trace = kept

    assert tracefile.read(file) == trace


def test_a_second_run_leaves_the_same_file(kept, tmp_path):
    _, file, _ = kept

    tracefile.write(
        run.play(planfile.loads(PLAN)),
        tmp_path / "again.jsonl.gz",
        replay="simulator chaos run looked-at.yaml",
    )

    assert (tmp_path / "again.jsonl.gz").read_bytes() == file.read_bytes()


def test_it_tells_leases_faults_lives_and_the_trace_hash(kept):
    played, _, trace = kept

    header = trace.header
    assert [one.name for one in header.leases] == ["A", "B"]
    assert {one.name: one.fired for one in header.faults} == {"lost": 1, "dark": 1}
    assert header.outcome.trace == played.outcome.trace
    assert planfile.loads(header.plan) == played.evidence.plan
    lives = [(one.daemon, one.fields["text"]) for one in trace.of("life")]
    assert lives[:3] == [(1, "starts"), (1, "ends: kill"), (2, "starts")]


def test_the_request_whose_answer_was_lost_says_so(kept):
    _, _, trace = kept

    (lost,) = (one for one in trace.of("request") if one.fields.get("effect"))
    assert (lost.lease, lost.fields["kind"], lost.fields["effect"]) == ("A", "deployments", "lost")


def test_lanes_show_what_chain_market_status_and_cluster_had(kept):
    _, _, trace = kept

    world, a, b = timeline(trace).lanes
    assert [span.text for span in b.track("chain")] == ["active", "closed"]
    assert [span.text for span in b.track("heard")] == ["active", "closed"]
    assert b.track("cluster")[-1].text == "nothing"
    assert b.track("shown")[-1].text == "gone"
    assert a.track("cluster")[-1].text == "gen 2 · 2 workloads · 2/2 pods · 1 route"
    assert [span.text for span in world.track("daemon")] == ["daemon 1", "daemon 2"]
    assert "2/3 nodes" in [span.text for span in world.track("nodes")]


def test_no_secret_of_a_tenant_is_in_file_or_page(kept):
    played, file, trace = kept

    stored = orjson.dumps([one.object for one in played.evidence.world.journal.commits])
    assert b"topsecret-a-2" in stored
    plain = file.with_suffix("")
    tracefile.put(trace, plain)
    for text in (plain.read_text(), page.replay_page(trace)):
        assert "topsecret" not in text
        assert "GENERATION=2" in text


def test_the_page_is_small_enough_to_be_sent_around(kept):
    _, _, trace = kept

    assert len(page.replay_page(trace)) < 200_000
