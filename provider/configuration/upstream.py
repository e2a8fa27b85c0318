"""
Flags of the Go provider (`provider-services run`) and what becomes of each here.

A flag whose meaning is equal sets our setting. One that is without meaning here is named in a warning. One
whose loss would do harm, such as another way to make routes, stops the start. Each flag is also read from the
environment as `AP_…` and `AKASH_…`, as there.

Source: akash-network/provider, `cmd/provider-services/cmd/run.go`.
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum

import attrs

from provider.configuration import kinds
from provider.configuration.kinds import Value

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}

CAUSES = ("image", "crash_loop", "unschedulable", "node_lost", "refused")
"""What a budget of observed unhealth is kept for."""


class Fate(Enum):
    """What becomes of a flag."""

    SAME = "same"
    CONVERTED = "converted"
    IGNORED = "ignored"
    REFUSED = "refused"


@attrs.frozen
class Flag:
    """One flag of the Go provider."""

    name: str
    fate: Fate
    note: str
    """What its value sets here, or why it sets nothing."""
    key: str = ""
    """Our setting, for one that is the same."""
    harmless: tuple[str, ...] = ()
    """Values of a refused flag that change nothing."""
    boolean: bool = False
    """May stand alone, for true."""


def _same(name: str, key: str, *, boolean: bool = False) -> Flag:
    return Flag(name, Fate.SAME, f"sets {key}", key, boolean=boolean)


def _ignored(why: str, *names: str) -> tuple[Flag, ...]:
    return tuple(Flag(name, Fate.IGNORED, why) for name in names)


_UNUSED = "without effect in the Go provider too"
_BIDS = "this daemon does not bid"
_SIGNED = "this daemon signs no transaction"
_TENANTS = "tenants are not served by this daemon"
_NO_OPERATOR = "operators are met in the cluster's objects, never called"
_GATEWAY_API = "belongs to ingress-mode gateway-api"
_MONITOR = "converted to the budgets of unhealth, deployment.budget_…_seconds"

FLAGS: tuple[Flag, ...] = (
    _same("chain-id", "chain_id"),
    _same("kubeconfig", "kubernetes.kubeconfig"),
    _same("k8s-manifest-ns", "workload.records_namespace"),
    _same("cluster-public-hostname", "workload.public_hostname"),
    _same("deployment-network-policies-enabled", "workload.network_policies", boolean=True),
    _same("docker-image-pull-secrets-name", "workload.image_pull_secret"),
    _same("overcommit-pct-cpu", "workload.overcommit_cpu_pct"),
    _same("overcommit-pct-mem", "workload.overcommit_memory_pct"),
    _same("overcommit-pct-storage", "workload.overcommit_storage_pct"),
    _same("deployment-blocked-hostnames", "workload.blocked_hostnames"),
    _same("ip-operator", "workload.leased_ips", boolean=True),
    _same("metrics-listener", "gateway.probes"),
    Flag(
        "deployment-ingress-static-hosts",
        Fate.CONVERTED,
        "with it, deployment-ingress-domain sets workload.static_hosts_domain",
        boolean=True,
    ),
    Flag(
        "deployment-ingress-domain",
        Fate.CONVERTED,
        "sets workload.static_hosts_domain if deployment-ingress-static-hosts is true",
    ),
    Flag("rpc-query-timeout", Fate.CONVERTED, "sets market.deadline_seconds"),
    Flag("monitor-max-retries", Fate.CONVERTED, _MONITOR),
    Flag("monitor-retry-period", Fate.CONVERTED, _MONITOR),
    Flag("monitor-retry-period-jitter", Fate.CONVERTED, _MONITOR),
    Flag(
        "ingress-mode",
        Fate.REFUSED,
        "only `ingress` is there; with gateway-api every route would be made twice or not at all",
        harmless=("ingress",),
    ),
    Flag(
        "cluster-k8s",
        Fate.REFUSED,
        "there is no daemon without a cluster",
        harmless=("true", "1", "t"),
        boolean=True,
    ),
    *_ignored(
        "it names a CometBFT RPC; this daemon asks REST APIs, see --market",
        "node",
    ),
    *_ignored(
        "nothing of the Go provider's directory is read",
        "home",
        "persistent-config-backend",
        "persistent-config-path",
        "migrations-enabled",
        "migrations-state-path",
    ),
    *_ignored(
        _SIGNED,
        "from",
        "keyring-backend",
        "keyring-dir",
        "gas",
        "gas-prices",
        "gas-adjustment",
        "broadcast-mode",
        "sign-mode",
        "fees",
        "timeout-height",
        "note",
        "tx-broadcast-timeout",
        "withdrawal-period",
        "lease-funds-monitor-interval",
        "manifest-timeout",
    ),
    *_ignored(
        _BIDS,
        "bid-price-strategy",
        "bid-price-cpu-scale",
        "bid-price-memory-scale",
        "bid-price-storage-scale",
        "bid-price-endpoint-scale",
        "bid-price-ip-scale",
        "bid-price-script-path",
        "bid-price-script-process-limit",
        "bid-price-script-process-timeout",
        "bid-deposit",
        "bid-timeout",
        "reclamation-window",
        "provider-config",
    ),
    *_ignored(
        _TENANTS,
        "gateway-listen-address",
        "gateway-grpc-listen-address",
        "auth-pem",
        "cached-result-max-age",
        "cert-issuer-enabled",
        "cert-issuer-email",
        "cert-issuer-ca-dir-url",
        "cert-issuer-storage-dir",
        "cert-issuer-http-challenge-port",
        "cert-issuer-tls-challenge-port",
        "cert-issuer-dns-providers",
        "cert-issuer-dns-resolvers",
        "cert-issuer-kid",
        "cert-issuer-hmac",
    ),
    *_ignored(_NO_OPERATOR, "hostname-operator-endpoint", "ip-operator-endpoint"),
    *_ignored(
        "health is watched, not polled",
        "monitor-healthcheck-period",
        "monitor-healthcheck-period-jitter",
    ),
    *_ignored(
        _GATEWAY_API,
        "gateway-name",
        "gateway-namespace",
        "gateway-provider",
        "proxy-buffer-size",
        "gateway-tls-cert",
        "gateway-tls-key",
    ),
    *_ignored(
        _UNUSED,
        "cluster-node-port-quantity",
        "cluster-wait-ready-duration",
        "inventory-resource-poll-period",
        "inventory-resource-debug-frequency",
        "deployment-ingress-expose-lb-hosts",
        "deployment-runtime-class",
        "minimum-balance",
    ),
)

BY_NAME: Mapping[str, Flag] = {flag.name: flag for flag in FLAGS}


def environment_names(flag: Flag) -> tuple[str, str]:
    """Its environment variables, the one that counts more first."""
    name = flag.name.upper().replace("-", "_")
    return f"AP_{name}", f"AKASH_{name}"


def seconds(text: str) -> float:
    """
    Read a duration as Go writes it, such as `1h30m`.

    Raises:
        ValueError: it is none.
    """
    pieces = _DURATION.findall(text)
    if (text != "0" and "".join(number + unit for number, unit in pieces) != text) or not text:
        raise ValueError(f"expected a duration like 10s or 5m, got {text!r}")
    return sum(float(number) * _SECONDS[unit] for number, unit in pieces)


def converted(given: Mapping[str, str]) -> dict[str, Callable[[], dict[str, Value]]]:
    """
    What the converted flags set, by the flag to blame when it cannot be done.

    Args:
        given: the flags that were given, with their text.

    Returns:
        For each flag that decides something, a function that reads it: keys of ours and values. It raises
        ValueError with the rule that is broken.
    """
    found: dict[str, Callable[[], dict[str, Value]]] = {}
    if "rpc-query-timeout" in given:
        found["rpc-query-timeout"] = lambda: {
            "market.deadline_seconds": seconds(given["rpc-query-timeout"])
        }
    if "deployment-ingress-static-hosts" in given:
        found["deployment-ingress-static-hosts"] = lambda: _static_hosts(given)
    monitor = [name for name in given if name.startswith(("monitor-max", "monitor-retry"))]
    if monitor:
        found[monitor[0]] = lambda: _budgets(given)
    return found


def _static_hosts(given: Mapping[str, str]) -> dict[str, Value]:
    if not kinds.BOOLEAN.of_text(given["deployment-ingress-static-hosts"]):
        return {}
    domain = given.get("deployment-ingress-domain", "")
    if not domain:
        raise ValueError("deployment-ingress-domain must be given too")
    return {"workload.static_hosts_domain": domain}


def _budgets(given: Mapping[str, str]) -> dict[str, Value]:
    """
    As long as the Go provider would have waited on average.

    It fails on the check after the last retry; each waits for the period and half the jitter.
    """
    retries = kinds.INTEGER.of_text(given.get("monitor-max-retries", "40"))
    period = seconds(given.get("monitor-retry-period", "4s"))
    jitter = seconds(given.get("monitor-retry-period-jitter", "15s"))
    assert isinstance(retries, int)
    budget = (retries + 1) * (period + jitter / 2)
    return {f"deployment.budget_{cause}_seconds": budget for cause in CAUSES}
