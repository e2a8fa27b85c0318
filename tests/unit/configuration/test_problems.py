"""What is wrong with settings is told with source, key and rule, and all of it at once."""

import pytest

from provider.configuration.effective import ConfigurationError, resolve
from tests.unit.configuration.test_table import NEEDED, PROVIDER


def problems(flags=None, leftovers=(), env=None, file=None):
    effective = resolve({**NEEDED, **(flags or {})}, leftovers, env or {}, file)
    return [str(problem) for problem in effective.problems]


TABLE = [
    (
        {"provider": "akash1x"},
        "flag --provider: provider: expected an address like akash1…, got 'akash1x'",
    ),
    ({"market": ""}, "flag --market: market.urls: expected one URL or more"),
    (
        {"market": "node:1317"},
        "flag --market: market.urls: expected a URL with http or https, got 'node:1317'",
    ),
    ({"market": "http://a,http://a"}, "flag --market: market.urls: expected each URL once"),
    (
        {"market": "http://u:canary@a"},
        "flag --market: market.urls: a URL is shown in status and logs: it must hold no user and password",
    ),
    (
        {"market": "http://a:b"},
        "flag --market: market.urls: expected a URL, got 'http://a:b': Port could not be cast to integer value as 'b'",
    ),
    ({"listen": "8080"}, "flag --listen: gateway.listen: expected HOST:PORT, got '8080'"),
    (
        {"log-level": "loud"},
        "flag --log-level: log.level: expected debug or info or warning or error, got 'loud'",
    ),
    (
        {"listen-beyond-loopback": "yes"},
        "flag --listen-beyond-loopback: gateway.listen_beyond_loopback: expected true or false, got 'yes'",
    ),
    (
        {"cluster-poll-seconds": "0"},
        "flag --cluster-poll-seconds: cluster.poll_seconds: must be above 0, got 0.0",
    ),
    (
        {"cluster-poll-seconds": "nan"},
        "flag --cluster-poll-seconds: cluster.poll_seconds: expected a number, got 'nan'",
    ),
    (
        {"cluster-observe-parallel": "1.5"},
        "flag --cluster-observe-parallel: cluster.observe_parallel: expected a whole number, got '1.5'",
    ),
]


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", ":8080", "10.0.0.1:1", "node-1:8080"])
def test_other_machines_reach_the_gateway_only_if_somebody_said_so(listen):
    (problem,) = problems({"listen": listen})

    assert problem.startswith(f"flag --listen: gateway.listen: {listen}: other machines reach it")
    assert problems({"listen": listen, "listen-beyond-loopback": "true"}) == []


@pytest.mark.parametrize(("flags", "message"), TABLE)
def test_each_broken_rule_has_its_message(flags, message):
    assert problems(flags) == [message]


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("chain_id = 1", "chain_id: expected text, got 1"),
        ("[log]\nlevle = 'info'", "log.levle: no such setting; did you mean log.level?"),
        ("[market]\nurls = 'http://a'", "market.urls: expected a list of texts, got 'http://a'"),
        ("[cluster]\npoll_seconds = true", "cluster.poll_seconds: expected a number, got True"),
        (
            "[cluster]\nobserve_parallel = 1.5",
            "cluster.observe_parallel: expected a whole number, got 1.5",
        ),
        (
            "[workload]\nnetwork_policies = 1",
            "workload.network_policies: expected true or false, got 1",
        ),
    ],
)
def test_a_file_is_held_to_the_kinds_of_toml(tmp_path, toml, message):
    file = tmp_path / "provider.toml"
    file.write_text(toml)

    assert problems(file=file) == [f"file {file}: {message}"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = ", "expected TOML: "),
        (b"a = '\xff'", "expected UTF-8 text"),
        (b"#" * 1_000_001, "expected at most"),
    ],
)
def test_a_file_that_is_no_toml_is_told(tmp_path, content, message):
    file = tmp_path / "provider.toml"
    file.write_bytes(content)

    (problem,) = problems(file=file)

    assert problem.startswith(f"file {file}: {message}")


def test_a_file_that_is_not_there_is_told(tmp_path):
    (problem,) = problems(file=tmp_path / "none")

    assert problem == f"file {tmp_path / 'none'}: No such file or directory"


def test_what_must_be_given_and_is_not_is_told_with_every_way_to_give_it():
    effective = resolve({}, (), {}, None)

    assert [str(problem) for problem in effective.problems] == [
        "settings: provider: must be given: --provider, LEASEKEEPER_PROVIDER or the file",
        "settings: market.urls: must be given: --market, LEASEKEEPER_MARKET or the file",
    ]


def test_all_errors_are_told_at_once(tmp_path):
    file = tmp_path / "provider.toml"
    file.write_text("nonsense = 1")

    effective = resolve(
        {"log-level": "loud"}, ("--nonsense",), {"LEASEKEEPER_CLUSTER_POLL_SECONDS": "x"}, file
    )

    assert len(effective.problems) == 6
    with pytest.raises(ConfigurationError) as refused:
        effective.settings("http://k")
    assert str(refused.value).count("\n") == 5


def test_a_mistyped_option_is_told_what_it_may_have_been():
    assert problems(leftovers=("--makret", "http://a")) == [
        "flags: no such option '--makret'; did you mean --market?",
        "flags: no such option 'http://a'",
    ]


def test_a_mistyped_variable_is_warned_of_and_what_kubernetes_puts_there_is_not():
    env = {
        "LEASEKEEPER_MARKTE": "http://a",
        "LEASEKEEPER_SERVICE_HOST": "10.0.0.1",
        "LEASEKEEPER_PORT_8080_TCP_ADDR": "10.0.0.1",
        "LEASEKEEPER_PORT": "tcp://10.0.0.1:8080",
    }

    effective = resolve(NEEDED, (), env, None)

    assert effective.problems == ()
    assert effective.warnings == (
        "environment LEASEKEEPER_MARKTE: no such setting; did you mean LEASEKEEPER_MARKET?",
    )


def test_an_empty_variable_counts_as_not_given():
    assert resolve(NEEDED, (), {"LEASEKEEPER_PROVIDER": ""}, None).text("provider") == PROVIDER
