"""`provider crds` and `provider rbac`: what an operator applies before the first start."""

import yaml
from typer.testing import CliRunner

from provider.cli.app import app
from provider.workload import rights
from provider.workload.crds import definitions


def printed(*args):
    result = CliRunner().invoke(app, list(args))
    assert result.exit_code == 0, result.output
    return list(yaml.safe_load_all(result.output))


def test_the_custom_resources_are_printed_as_they_are_rendered():
    assert printed("crds") == list(definitions())


def test_a_value_that_occurs_twice_is_written_out_twice():
    assert "&id" not in CliRunner().invoke(app, ["crds"]).output


def test_the_rights_name_where_the_daemon_runs_and_where_the_records_are():
    shown = printed("rbac", "--namespace", "akash-services", "--records-namespace", "records")

    assert shown == list(rights.objects("akash-services", "records"))
    [account] = [obj for obj in shown if obj["kind"] == "ServiceAccount"]
    [role] = [obj for obj in shown if obj["kind"] == "Role"]
    assert account["metadata"]["namespace"] == "akash-services"
    assert role["metadata"]["namespace"] == "records"


def test_no_right_is_a_wildcard():
    rules = [rule for obj in printed("rbac") for rule in obj.get("rules", ())]

    assert rules
    assert not any(
        "*" in rule[part] for rule in rules for part in ("apiGroups", "resources", "verbs")
    )
