import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.chaos import planfile
from simulator.chaos.entries import PlanError
from simulator.chaos.plan import (
    Action,
    DaemonPlan,
    ExplorePlan,
    FaultPlan,
    LeasePlan,
    Moment,
    NodesPlan,
    Plan,
    Where,
    WorldPlan,
)

FULL = """
name: lost-answer
about: An answer gets lost.
born_from: [node 1234, '#3']
seed: 7
expects: [I1]
world:
  nodes: [{count: 2}, {gpu: 4}]
  latency_seconds: 0.01
  controllers: {ready_seconds: 2}
daemon: {settings: {cluster.poll_seconds: 30}, leased_ips: true}
leases:
- {name: A}
- name: tenant-2
  definition: everything
  owner: bob
  changes: {2: {image: crash}, 3: {host: other.example.com, count: 2}}
actions:
- {do: open, at: 5, lease: A}
- {do: kill, after: lost, plus: 0.5, daemon: 1}
- {do: start, after: lost, plus: 2}
faults:
- {what: answer-lost, name: lost, at: 5, for: 60, verb: apply, kind: deployments, lease: A, nth: 2}
- {what: node-dark, at: 100, node: node1}
- {what: refused, at: 10, for: 20, object: web, times: all, probability: 0.5, code: 500}
asserts:
- {what: gone, lease: A, from: 60, within: 60}
explore: {lease: A, since: 5, kinds: [cancel]}
heal_at: 200
"""


def test_a_plan_is_read_from_flat_mappings():
    plan = planfile.loads(FULL)

    assert plan.leases[1].changes[3] == {"host": "other.example.com", "count": 2}
    assert plan.actions[1] == Action(
        do="kill", when=Moment(at=0.5, after="lost"), values={"daemon": 1}
    )
    assert plan.faults[0] == FaultPlan(
        what="answer-lost",
        name="lost",
        when=Moment(at=5),
        seconds=60,
        where=Where(verb="apply", kind="deployments", lease="A"),
        nth=2,
    )
    assert plan.faults[1].values == {"node": "node1"}
    assert plan.faults[2].times is None
    assert plan.faults[2].where == Where(name="web")
    assert plan.explore == ExplorePlan(lease="A", since=5, kinds=("cancel",))


def test_only_what_differs_from_the_defaults_is_written():
    assert planfile.dumps(Plan(name="small", leases=(LeasePlan(name="A"),))) == (
        "name: small\nleases:\n- {name: A}\n"
    )


def test_what_was_read_is_written_so_that_it_reads_the_same():
    plan = planfile.loads(FULL)

    assert planfile.loads(planfile.dumps(plan)) == plan


BROKEN = [
    ("about: x", "name", "missing"),
    ("name: [x]", "name", "expected a text"),
    ("name: x\nsed: 3", "sed", "no such key; there are: name, about"),
    ("name: x\nseed: 1.5", "seed", "expected a whole number"),
    ("name: x\nheal_at: .inf", "heal_at", "expected a number"),
    ("name: x\nheal_at: 0", "heal_at", "more than 0"),
    ("name: x\nworld: 3", "world", "expected a mapping"),
    ("name: x\nworld: {nodes: [{count: 0}]}", "world.nodes", "one node or more"),
    ("name: x\nworld: {nodes: [{cpus: 0}]}", "world.nodes[0].cpus", "no such key"),
    ("name: x\nworld: {controllers: {speed: 1}}", "world.controllers.speed", "no such setting"),
    ("name: x\nleases: {name: A}", "leases", "expected a list"),
    ("name: x\nleases: [{name: a_b}]", "leases[0].name", "letters and digits"),
    ("name: x\nleases: [{name: A}, {name: a}]", "leases[1].name", "second time"),
    ("name: x\nleases: [{name: A, definition: x}]", "leases[0].definition", "one of everything"),
    ("name: x\nleases: [{name: A, owner: eve}]", "leases[0].owner", "one of alice, bob"),
    ("name: x\nleases: [{name: A, changes: {a: {}}}]", "leases[0].changes", "whole number"),
    ("name: x\nleases: [{name: A, changes: {2: {cpu: 1}}}]", "leases[0].changes.2.cpu", "no such"),
    ("name: x\nactions: [{at: 3}]", "actions[0].do", "missing"),
    ("name: x\nactions: [{do: fly}]", "actions[0].do", "no such deed; there are: open"),
    ("name: x\nactions: [{do: open}]", "actions[0].lease", "missing"),
    ("name: x\nactions: [{do: open, lease: Z}]", "actions[0].lease", "no lease is called 'Z'"),
    ("name: x\nactions: [{do: kill, demon: 1}]", "actions[0].demon", "at, after, plus, daemon"),
    ("name: x\nactions: [{do: kill, daemon: one}]", "actions[0].daemon", "a whole number"),
    ("name: x\nactions: [{do: kill, plus: 1}]", "actions[0].plus", "only beside `after`"),
    ("name: x\nactions: [{do: kill, at: 1, after: y}]", "actions[0].at", "either"),
    ("name: x\nactions: [{do: kill, after: y}]", "actions[0].after", "no fault is called 'y'"),
    ("name: x\nactions: [{do: kill, at: -1}]", "actions[0].at", "negative"),
    ("name: x\nactions: [{do: drain-node}]", "actions[0].node", "missing"),
    ("name: x\nfaults: [{at: 1}]", "faults[0].what", "missing"),
    ("name: x\nfaults: [{what: gremlins}]", "faults[0].what", "no such fault"),
    ("name: x\nfaults: [{what: answer-lost, nth: 0}]", "faults[0].nth", "1 or more"),
    ("name: x\nfaults: [{what: answer-lost, times: 0}]", "faults[0].times", "1 or more, or all"),
    ("name: x\nfaults: [{what: answer-lost, gremlin: 1}]", "faults[0].gremlin", "no such value"),
    ("name: x\nfaults: [{what: answer-lost, lease: Z}]", "faults[0].lease", "no lease is"),
    ("name: x\nfaults: [{what: answer-lost, host: moon}]", "faults[0].host", "kubernetes, market"),
    ("name: x\nfaults: [{what: node-dark, for: 0}]", "faults[0].for", "more than 0"),
    ("name: x\nexplore: {lease: Z}", "explore.lease", "no lease"),
    ("name: x\nname: y", "", "second time"),
    ("{", "", "no YAML"),
    ("3", "", "expected a mapping"),
]


@pytest.mark.parametrize(("text", "path", "rule"), BROKEN)
def test_what_is_wrong_is_told_with_its_path_and_the_rule(text, path, rule):
    with pytest.raises(PlanError) as refused:
        planfile.loads(text)

    assert refused.value.path == path
    assert rule in refused.value.rule


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(PlanError, match=r"nowhere\.yaml: No such file"):
        planfile.load(tmp_path / "nowhere.yaml")


seconds = st.floats(0, 1e6) | st.integers(0, 10_000).map(float)
names = st.from_regex(r"[A-Za-z0-9]{1,6}(-[A-Za-z0-9]{1,3})?", fullmatch=True)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
changes = st.fixed_dictionaries(
    {},
    optional={
        "image": st.sampled_from(["crash", "fail", "slow", "refused"]),
        "host": st.just("x.example.com"),
        "count": st.integers(1, 5),
    },
)
moments = st.builds(Moment, at=seconds, after=st.sampled_from(["", "f0"]))
leases = st.lists(
    st.builds(
        LeasePlan,
        name=names,
        definition=st.sampled_from(["web", "stack", "gpu"]),
        host=st.sampled_from(["", "none", "h.example.com", "123", "yes"]),
        owner=st.sampled_from(["alice", "bob"]),
        count=st.integers(1, 3),
        changes=st.dictionaries(st.integers(1, 9), changes, max_size=2),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda lease: lease.name.lower(),
)


@st.composite
def plans(draw):
    rented = tuple(draw(leases))
    lease = st.sampled_from([one.name for one in rented])
    actions = st.one_of(
        st.builds(
            Action, do=st.sampled_from(["open", "update", "close"]), when=moments, lease=lease
        ),
        st.builds(Action, do=st.just("kill"), when=moments, values=st.just({"daemon": 2})),
    )
    fault = FaultPlan(
        what="answer-lost",
        name="f0",
        when=Moment(at=draw(seconds)),
        seconds=draw(st.none() | st.floats(0.1, 1e5)),
        where=Where(
            verb=draw(st.sampled_from(["", "apply", "write"])),
            lease=draw(lease | st.just("")),
            name=draw(st.sampled_from(["", "web"])),
            dry_run=draw(st.sampled_from([None, True, False])),
        ),
        nth=draw(st.integers(1, 4)),
        times=draw(st.none() | st.integers(1, 4)),
        probability=draw(st.floats(0.01, 1)),
        may_miss=draw(st.booleans()),
    )
    return Plan(
        name=draw(words.filter(bool)),
        about=draw(words),
        born_from=tuple(draw(st.lists(words, max_size=2))),
        seed=draw(st.integers(0, 2**64)),
        world=WorldPlan(
            nodes=(NodesPlan(count=draw(st.integers(1, 4))),), latency_seconds=draw(seconds)
        ),
        daemon=DaemonPlan(
            settings=draw(st.sampled_from([{}, {"cluster.poll_seconds": 2.5}])),
            restart_seconds=draw(st.none() | seconds),
        ),
        leases=rented,
        actions=tuple(draw(st.lists(actions, max_size=4))),
        faults=(fault,),
        lenient=draw(st.booleans()),
    )


@given(plans())
def test_every_plan_survives_its_file(plan):
    assert planfile.loads(planfile.dumps(plan)) == plan
