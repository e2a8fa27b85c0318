"""`provider config check`, and how `provider run` refuses a start."""

import pytest

from provider.configuration.table import OPTIONS
from tests.unit.gateway.fakes import PROVIDER

GOOD = ("--provider", PROVIDER, "--market", "http://a:1317")


async def test_every_value_is_shown_with_its_source(home, tmp_path):
    file = tmp_path / "provider.toml"
    file.write_text("[cluster]\npoll_seconds = 9\n")
    home.env |= {"LEASEKEEPER_LOG_LEVEL": "error", "AP_K8S_MANIFEST_NS": "records"}

    shown = await home.run("config", "check", *GOOD, "--config", str(file))

    assert shown.exit_code == 0
    rows = {
        line.split()[0]: line.strip().split(maxsplit=2)[1:]
        for line in shown.stdout.splitlines()[1:]
    }
    assert rows["provider"] == [PROVIDER, "flag --provider"]
    assert rows["log.level"][0] == "error"
    assert "environment LEASEKEEPER_LOG_LEVEL" in rows["log.level"][1]
    assert "environment AP_K8S_MANIFEST_NS" in rows["workload.records_namespace"][1]
    assert f"file {file}" in rows["cluster.poll_seconds"][1]
    assert "default" in rows["chain_id"][1]


async def test_all_errors_are_printed_at_once_with_exit_code_1(home):
    shown = await home.run(
        "config", "check", "--market", "x", "--log-level", "y", "--ingress-mode=gateway-api"
    )

    assert shown.exit_code == 1
    assert shown.stderr.count("error: ") == 4


async def test_run_refuses_the_same_with_exit_code_2(home):
    shown = await home.run("run", "--market", "x", "--log-level", "y", "--ingress-mode=gateway-api")

    assert shown.exit_code == 2
    assert shown.stderr.count("error: ") == 4
    assert "provider config check" in shown.stderr


async def test_run_without_credentials_says_which_to_give(home):
    shown = await home.run("run", *GOOD)

    assert shown.exit_code == 2
    assert "--kubeconfig" in shown.stderr
    assert shown.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("run",), ("config", "check")])
@pytest.mark.parametrize("columns", ["80", "200"])
async def test_help_names_every_setting_whole_in_any_terminal(home, command, columns):
    home.env["COLUMNS"] = columns

    shown = await home.run(*command, "--help")

    assert shown.exit_code == 0
    words = shown.stdout.replace(",", " ").split()
    assert [option.flag for option in OPTIONS if f"--{option.flag}" not in words] == []


async def test_every_command_explains_itself(home):
    for command in (
        (),
        ("lease",),
        ("manifest",),
        ("hostname",),
        ("brake",),
        ("config",),
        ("leases",),
    ):
        shown = await home.run(*command, "--help")
        assert shown.exit_code == 0
        assert "Usage:" in shown.stdout
