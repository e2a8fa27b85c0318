"""What a tenant keeps secret is in no trace, no plan, no page and on no terminal."""

import base64
import io

import orjson
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from simulator.chaos.report import page, terminal, tracefile
from simulator.chaos.report.gathering import gather
from simulator.chaos.report.timeline import timeline
from tests.unit.chaos.report.made import run

SECRET = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=6).map(
    lambda text: f"s3cr3t{text}"
)


def b64(text):
    return base64.b64encode(text.encode()).decode()


PLACES = (
    lambda s: {"kind": "Secret", "data": {"token": b64(s)}},
    lambda s: {"kind": "Secret", "data": {".dockerconfigjson": b64(orjson.dumps({"auths": {"r": {"password": s, "auth": b64("alice:" + s)}}}).decode())}},
    lambda s: {"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"env": [{"name": "T", "value": s}]}]}}}},
    lambda s: {"kind": "Manifest", "spec": {"group": {"services": [{"name": "web", "env": [f"T={s}"]}]}}},
    lambda s: {"kind": "Manifest", "spec": {"group": {"services": [{"credentials": {"host": "r", "username": "u-name", "password": s}}]}}},
)  # fmt: skip

QUOTES = (
    lambda s: f"cannot do with {s}",
    lambda s: f"Invalid value: {orjson.dumps(s).decode()}",
    lambda s: f"RuntimeError({s!r})",
    lambda s: f"wire: {b64('user:' + s)}",
    lambda s: orjson.dumps({"env": [f"T={s}"]}).decode(),
)


def shown(trace, tmp_path):
    """Everything that anybody gets to see of a trace."""
    file = tmp_path / "t.jsonl"
    tracefile.put(trace, file)
    console = Console(file=io.StringIO(), width=200)
    for line in (*terminal.head(trace.header), *terminal.matters(trace, "A")):
        console.print(line)
    lanes = timeline(trace)
    for line in terminal.lanes(lanes, 150, lanes.lanes):
        console.print(line)
    return [file.read_text(), page.replay_page(trace), console.file.getvalue(), repr(trace)]


@given(SECRET, st.sampled_from(PLACES), st.sampled_from(QUOTES))
def test_no_planted_secret_survives_in_trace_plan_page_or_terminal(
    tmp_path_factory, secret, place, quoted
):
    texts = shown(gather(run(secret, place, quoted)), tmp_path_factory.mktemp("shown"))

    spellings = {secret, secret[:16], b64(secret).rstrip("="), orjson.dumps(secret).decode()[1:-1]}
    assert [one for one in spellings if any(one in text for text in texts)] == []


def test_the_search_would_find_a_value_that_is_no_secret(tmp_path):
    trace = gather(run("s3cr3t-one", lambda _: {"kind": "Deployment"}, lambda s: f"see {s}"))

    assert all("s3cr3t-one" in text for text in shown(trace, tmp_path))


def test_the_definitions_secrets_are_known_though_nothing_ever_stored_them(tmp_path):
    trace = gather(run("x", lambda _: {"kind": "Deployment"}, lambda _: "has topsecret-a-1 in it"))

    assert not any("topsecret" in text for text in shown(trace, tmp_path))
