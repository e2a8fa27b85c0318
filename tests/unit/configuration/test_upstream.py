"""What becomes of the Go provider's flags."""

from pathlib import Path

import pytest

from provider.configuration.effective import resolve
from provider.configuration.table import BY_KEY
from provider.configuration.upstream import CAUSES, FLAGS, Fate, seconds
from tests.unit.configuration.test_table import NEEDED


def effective(*arguments, env=None, flags=None):
    return resolve({**NEEDED, **(flags or {})}, arguments, env or {}, None)


SAME = [
    ("chain-id", "sandbox-2", "chain_id", "sandbox-2"),
    ("k8s-manifest-ns", "records", "workload.records_namespace", "records"),
    ("cluster-public-hostname", "p.example.com", "workload.public_hostname", "p.example.com"),
    ("deployment-network-policies-enabled", "false", "workload.network_policies", False),
    ("docker-image-pull-secrets-name", "pull", "workload.image_pull_secret", "pull"),
    ("overcommit-pct-cpu", "50", "workload.overcommit_cpu_pct", 50.0),
    ("overcommit-pct-mem", "50", "workload.overcommit_memory_pct", 50.0),
    ("overcommit-pct-storage", "50", "workload.overcommit_storage_pct", 50.0),
    (
        "deployment-blocked-hostnames",
        "a.com,.b.com",
        "workload.blocked_hostnames",
        ("a.com", ".b.com"),
    ),
    ("ip-operator", "true", "workload.leased_ips", True),
    ("metrics-listener", "0.0.0.0:9090", "gateway.probes", "0.0.0.0:9090"),
    ("kubeconfig", "/k", "kubernetes.kubeconfig", "/k"),
    ("rpc-query-timeout", "1m30s", "market.deadline_seconds", 90.0),
]


@pytest.mark.parametrize(("name", "text", "key", "value"), SAME)
def test_a_flag_of_equal_meaning_is_taken_from_flags_and_environment(name, text, key, value):
    variable = name.upper().replace("-", "_")

    for found, source in (
        (effective(f"--{name}={text}"), f"flag --{name}"),
        (effective(f"--{name}", text), f"flag --{name}"),
        (effective(env={f"AP_{variable}": text}), f"environment AP_{variable}"),
        (effective(env={f"AKASH_{variable}": text}), f"environment AKASH_{variable}"),
    ):
        assert found.problems == ()
        assert found.given[key].value == value
        assert found.given[key].source == source


def test_every_flag_of_equal_meaning_names_a_setting_of_ours():
    assert {flag.key for flag in FLAGS if flag.fate is Fate.SAME} <= set(BY_KEY)
    assert {name for name, *_ in SAME} >= {flag.name for flag in FLAGS if flag.fate is Fate.SAME}


def test_ours_counts_more_than_theirs_in_the_same_place():
    found = effective(
        "--k8s-manifest-ns=theirs",
        flags={"workload-records-namespace": "ours"},
        env={
            "AP_CLUSTER_PUBLIC_HOSTNAME": "theirs",
            "LEASEKEEPER_WORKLOAD_PUBLIC_HOSTNAME": "ours",
        },
    )

    assert found.text("workload.records_namespace") == "ours"
    assert found.text("workload.public_hostname") == "ours"


def test_a_flag_of_theirs_counts_more_than_a_variable_of_ours():
    found = effective(
        "--k8s-manifest-ns=flag", env={"LEASEKEEPER_WORKLOAD_RECORDS_NAMESPACE": "env"}
    )

    assert found.text("workload.records_namespace") == "flag"


def test_of_theirs_a_flag_counts_more_than_a_variable_and_ap_more_than_akash():
    env = {"AP_K8S_MANIFEST_NS": "ap", "AKASH_K8S_MANIFEST_NS": "akash"}

    assert effective(env=env).text("workload.records_namespace") == "ap"
    found = effective("--k8s-manifest-ns=flag", env=env)
    assert found.given["workload.records_namespace"].value == "flag"
    assert found.given["workload.records_namespace"].source == "flag --k8s-manifest-ns"


@pytest.mark.parametrize("alone", [("--ip-operator",), ("--ip-operator", "--chain-id=x")])
def test_a_flag_that_is_true_or_false_may_stand_alone(alone):
    assert effective(*alone).flag("workload.leased_ips") is True


# ── static hosts ────────────────────────────────────────────────────────────────────────────────


def test_a_domain_counts_only_with_static_hosts():
    domain = "--deployment-ingress-domain=ingress.example.com"

    assert effective(domain).text("workload.static_hosts_domain") == ""
    assert (
        effective(domain, "--deployment-ingress-static-hosts=false").text(
            "workload.static_hosts_domain"
        )
        == ""
    )
    found = effective(domain, "--deployment-ingress-static-hosts")
    assert found.text("workload.static_hosts_domain") == "ingress.example.com"


def test_static_hosts_in_the_environment_and_the_domain_as_a_flag_belong_together():
    found = effective(
        "--deployment-ingress-domain=ingress.example.com",
        env={"AP_DEPLOYMENT_INGRESS_STATIC_HOSTS": "true"},
    )

    assert found.text("workload.static_hosts_domain") == "ingress.example.com"


def test_static_hosts_without_a_domain_are_refused():
    (problem,) = effective("--deployment-ingress-static-hosts=true").problems

    assert "deployment-ingress-domain must be given too" in str(problem)


# ── budgets ─────────────────────────────────────────────────────────────────────────────────────

MONITOR = [
    (("--monitor-max-retries=40",), 471.5),
    (
        (
            "--monitor-max-retries=99",
            "--monitor-retry-period=4s",
            "--monitor-retry-period-jitter=0s",
        ),
        400,
    ),
    (("--monitor-retry-period=1m",), 41 * 67.5),
]


@pytest.mark.parametrize(("arguments", "budget"), MONITOR)
def test_retries_become_the_time_that_they_took_on_average(arguments, budget):
    found = effective(*arguments)

    assert found.problems == ()
    for cause in CAUSES:
        assert found.given[f"deployment.budget_{cause}_seconds"].value == budget


def test_the_text_of_a_duration_is_gos():
    assert seconds("1h2m3.5s") == 3723.5
    assert seconds("150ms") == 0.15
    assert seconds("0") == 0


@pytest.mark.parametrize("text", ["", "5", "5 s", "s", "1d", "-1s", "1m2"])
def test_anything_else_is_no_duration(text):
    with pytest.raises(ValueError, match="expected a duration"):
        seconds(text)


# ── what has no meaning here ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [flag.name for flag in FLAGS if flag.fate is Fate.IGNORED])
def test_a_flag_without_meaning_here_is_named_with_the_reason(name):
    found = effective(f"--{name}=1")

    assert found.problems == ()
    (warning,) = found.warnings
    assert warning.startswith(f"flag --{name}: ignored: ")


@pytest.mark.parametrize(
    ("argument", "refused"),
    [
        ("--ingress-mode=gateway-api", True),
        ("--ingress-mode=ingress", False),
        ("--cluster-k8s=false", True),
        ("--cluster-k8s", False),
    ],
)
def test_a_flag_whose_loss_would_do_harm_stops_the_start(argument, refused):
    assert bool(effective(argument).problems) is refused


def test_every_flag_of_the_go_provider_has_a_fate():
    """The list is that of `provider-services run --help`."""
    listed = (Path(__file__).parent / "flags.txt").read_text().split()

    assert sorted(listed) == sorted(flag.name for flag in FLAGS)
