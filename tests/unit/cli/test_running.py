"""Commands that talk to a running daemon, over a real loopback socket."""

import json

import attrs
import pytest

from provider.cli.state import state_of
from provider.cluster.submission import Accepted, Closing, MarketUnknown, NoLease, Rejected
from tests.unit.gateway.fakes import LEASE, OWNER, PROVIDER, FakeDaemon
from tests.unit.gateway.test_operator import MANIFEST, full

SHORT = f"{OWNER}/1000/1/1"
SDL = """\
version: "2.0"
services:
  web:
    image: nginx:1.27
    expose: [{port: 80, accept: [web.example.com], to: [{global: true}]}]
profiles:
  compute:
    web: {resources: {cpu: {units: 0.1}, memory: {size: 128Mi}, storage: {size: 512Mi}}}
  placement:
    dc1: {pricing: {web: {denom: uakt, amount: 100}}}
deployment:
  web: {dc1: {profile: web, count: 1}}
"""


async def test_leases_are_listed_with_their_phase(home):
    await home.start(full())

    shown = await home.run("leases")

    assert shown.exit_code == 0
    (line,) = [line for line in shown.stdout.splitlines() if SHORT in line]
    assert "deploy-complete" in line
    assert "a.example.com" in line
    assert "0 → 3" in line
    assert PROVIDER not in shown.stdout
    assert "not ready: market: no endpoint answers" in shown.stderr


async def test_json_is_what_the_daemon_said(home):
    await home.start(full())

    (row,) = json.loads((await home.run("leases", "--json")).stdout)

    assert row["lease"] == str(LEASE)


@pytest.mark.parametrize("name", [SHORT, str(LEASE), "1000"])
async def test_a_lease_may_be_named_short_long_or_by_its_dseq(home, name):
    await home.start(full())

    shown = await home.run("lease", "show", name)

    assert shown.exit_code == 0
    assert LEASE.namespace in shown.stdout
    assert "image" in shown.stdout


@pytest.mark.parametrize("name", ["7", "x/y", f"{OWNER}/x/1/1"])
async def test_what_names_no_lease_is_told(home, name):
    await home.start(full())

    shown = await home.run("lease", "show", name)

    assert shown.exit_code == 1
    assert shown.stderr.count("\n") == 1


async def test_a_dseq_that_two_leases_have_names_neither(home):
    daemon = full()
    (row,) = daemon.statuses()
    other = attrs.evolve(LEASE, oseq=2)
    daemon.shown["statuses"] = (row, attrs.evolve(row, lease=other))
    await home.start(daemon)

    shown = await home.run("lease", "show", "1000")

    assert shown.exit_code == 1
    assert "2 leases have dseq 1000" in shown.stderr
    assert str(other) in shown.stderr


async def test_status_shows_what_is_wrong(home):
    await home.start(full())

    shown = (await home.run("status")).stdout

    for part in ("no endpoint answers", "4 leases lost", "http://m:1317", "image"):
        assert part in shown


# ── manifests ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [MANIFEST.decode(), SDL])
async def test_a_manifest_or_a_definition_is_sent(home, daemon, tmp_path, text):
    file = tmp_path / "deploy"
    file.write_text(text)

    from_file = await home.run("manifest", "send", SHORT, str(file))
    from_input = await home.run("manifest", "send", SHORT, "-", given=text)

    assert (from_file.stdout, from_input.stdout) == ("accepted: generation 1\n",) * 2
    assert [lease for lease, _ in daemon.accepted] == [LEASE, LEASE]
    assert daemon.accepted[0][1][0].services[0].image == "nginx:1.27"


async def test_the_same_again_is_called_unchanged(home, daemon):
    daemon.submission = Accepted(4, False)

    shown = await home.run("manifest", "send", SHORT, "-", given=MANIFEST.decode())

    assert shown.stdout == "unchanged: generation 4\n"


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (Rejected("[0].name", "expected a name"), "[0].name: expected a name\n"),
        (Closing("the lease is closed"), "the lease is closed\n"),
        (NoLease("no such lease"), "no such lease\n"),
        (MarketUnknown("no endpoint answers", 5), "no endpoint answers; try again in 5 s\n"),
    ],
)
async def test_a_refusal_is_one_line_and_exit_code_1(home, daemon, outcome, message):
    daemon.submission = outcome

    shown = await home.run("manifest", "send", SHORT, "-", given=MANIFEST.decode())

    assert (shown.exit_code, shown.stderr, shown.stdout) == (1, message, "")


async def test_a_definition_with_an_error_is_told_by_line_and_never_sent(home, daemon, tmp_path):
    file = tmp_path / "deploy.yaml"
    file.write_text(SDL.replace("nginx:1.27", "''"))

    shown = await home.run("manifest", "send", SHORT, str(file))

    assert shown.exit_code == 1
    assert shown.stderr.startswith(f"{file}:")
    assert daemon.accepted == []


# ── commands ────────────────────────────────────────────────────────────────────────────────────


async def test_a_hostname_is_transferred(home, daemon):
    shown = await home.run("hostname", "transfer", "a.example.com", SHORT)

    assert shown.exit_code == 0
    assert daemon.moved == [("a.example.com", LEASE)]


async def test_a_brake_is_released(home):
    daemon = full()
    await home.start(daemon)

    shown = await home.run("brake", "release", "losses")

    assert (shown.exit_code, daemon.released) == (0, ["losses"])


# ── finding the daemon ──────────────────────────────────────────────────────────────────────────


async def test_without_a_daemon_one_is_told_to_start_it(home):
    shown = await home.run("leases")

    assert shown.exit_code == 1
    assert "`provider run`" in shown.stderr


async def test_a_daemon_that_is_gone_is_told(home, daemon):
    state_of(PROVIDER, "", home.env).write_url("http://127.0.0.1:1")

    shown = await home.run("leases")

    assert shown.exit_code == 1
    assert "is the daemon running?" in shown.stderr


async def test_of_two_daemons_one_is_chosen_by_its_provider(home, daemon):
    other = FakeDaemon(provider="akash1other")
    await home.start(other)

    both = await home.run("status", "--json")
    one = await home.run("status", "--json", "--provider", "akash1other")

    assert both.exit_code == 1
    assert "choose with --provider" in both.stderr
    assert json.loads(one.stdout)["provider"] == "akash1other"


async def test_a_token_that_is_not_the_daemons_is_told(home, daemon, tmp_path):
    token = tmp_path / "other"
    token.touch(0o600)
    token.write_text("another-token-than-the-daemons")

    shown = await home.run("leases", "--token-file", str(token))

    assert shown.exit_code == 1
    assert f"{token} is not its token" in shown.stderr
    assert "another-token" not in shown.output


async def test_a_token_that_cannot_be_read_is_told(home, daemon):
    state_of(PROVIDER, "", home.env).token.chmod(0o644)

    shown = await home.run("leases")

    assert shown.exit_code == 1
    assert "others can read" in shown.stderr


async def test_something_else_that_answers_there_is_told(home, nursery, daemon):
    from provider.gateway.listening import Address, listen
    from provider.gateway.messages import text
    from provider.telemetry.logs import open_log
    from tests.unit.cli.conftest import Clock

    async def other(_request):
        return text("<html>")

    async def serve(task_status):
        log = open_log(Clock(), [].append)
        await listen(Address("127.0.0.1", 0), other, log=log, task_status=task_status)

    address = await nursery.start(serve)

    shown = await home.run("leases", "--gateway", f"http://{address}")

    assert shown.exit_code == 1
    assert "no daemon of this kind answers there" in shown.stderr
