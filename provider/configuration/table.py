"""Every setting of `provider run`, one row each: the file, the flags, the environment and the docs follow it."""

import re
from urllib.parse import urlsplit

from provider.configuration import kinds
from provider.configuration.kinds import Value
from provider.configuration.option import Option, options_of
from provider.gateway.listening import Address, ListenError
from provider.settings import ClusterSettings, DeploymentSettings, MarketSettings
from provider.telemetry.logs import LEVELS
from provider.workload.options import RenderOptions

MAIN = "What to run"
ACCESS = "Access to Kubernetes"
GATEWAY = "Gateway, probes and logs"
WORKLOAD = "What tenants get"
TUNING = "Pace and patience (rarely changed)"

_ADDRESS = re.compile("akash1[02-9ac-hj-np-z]{38,58}")


def _provider(value: Value) -> None:
    if not _ADDRESS.fullmatch(str(value)):
        raise ValueError(f"expected an address like akash1…, got {value!r}")


def _url(value: Value) -> None:
    try:
        parts = urlsplit(str(value))
        parts.port  # noqa: B018  # raises when it is no number
    except ValueError as error:
        raise ValueError(f"expected a URL, got {value!r}: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected a URL with http or https, got {value!r}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL is shown in status and logs: it must hold no user and password")


def _urls(value: Value) -> None:
    assert isinstance(value, tuple)
    if not value:
        raise ValueError("expected one URL or more")
    for url in value:
        _url(url)
    if len(set(value)) < len(value):
        raise ValueError("expected each URL once")


def _maybe_url(value: Value) -> None:
    if value:
        _url(value)


def _listener(value: Value) -> None:
    try:
        Address.parse(str(value))
    except ListenError as error:
        raise ValueError(str(error)) from None


_MAIN = (
    Option(
        key="provider",
        flag="provider",
        kind=kinds.TEXT,
        metavar="ADDR",
        panel=MAIN,
        required=True,
        check=_provider,
        help="This provider's address on the chain; the daemon runs its leases and no others.",
    ),
    Option(
        key="market.urls",
        flag="market",
        kind=kinds.LIST,
        metavar="URL[,URL…]",
        panel=MAIN,
        required=True,
        check=_urls,
        help="REST APIs of Akash nodes, the preferred one first. With two or more, one that is away or "
        "lies is noticed.",
    ),
    Option(
        key="chain_id",
        flag="chain-id",
        kind=kinds.TEXT,
        panel=MAIN,
        default="akashnet-2",
        help="The chain whose answers count; those of another prove nothing.",
    ),
    Option(
        key="market.close",
        flag="market-close",
        kind=kinds.TEXT,
        metavar="URL",
        panel=MAIN,
        default="",
        check=_maybe_url,
        help="A simulated market that takes closings without a signature. Without it, what must be "
        "closed is shown and left to you.",
    ),
    Option(
        key="kubernetes.kubeconfig",
        flag="kubeconfig",
        kind=kinds.TEXT,
        metavar="FILE",
        panel=ACCESS,
        default="",
        help="Kubeconfig; else $KUBECONFIG, else ~/.kube/config, else the pod's own ServiceAccount.",
    ),
    Option(
        key="kubernetes.context",
        flag="context",
        kind=kinds.TEXT,
        panel=ACCESS,
        default="",
        help="Context of the kubeconfig; else its current one.",
    ),
    Option(
        key="gateway.listen",
        flag="listen",
        kind=kinds.TEXT,
        metavar="HOST:PORT",
        panel=GATEWAY,
        default="127.0.0.1:8080",
        check=_listener,
        help="Where `provider leases` and its like find the daemon; port 0 takes a free one.",
    ),
    Option(
        key="gateway.listen_beyond_loopback",
        flag="listen-beyond-loopback",
        kind=kinds.BOOLEAN,
        panel=GATEWAY,
        default=False,
        help="Allow --listen on an address that other machines reach: plain HTTP, guarded by the token "
        "alone.",
    ),
    Option(
        key="gateway.probes",
        flag="probes",
        kind=kinds.TEXT,
        metavar="HOST:PORT",
        panel=GATEWAY,
        default="0.0.0.0:8081",
        check=_listener,
        help="Where /livez, /readyz and /metrics are; nothing there names a tenant.",
    ),
    Option(
        key="gateway.state_dir",
        flag="state-dir",
        kind=kinds.TEXT,
        metavar="DIR",
        panel=GATEWAY,
        default="",
        help="Where the token and the address of the running daemon are kept; default "
        "$XDG_STATE_HOME/leasekeeper/ADDR. Nothing else is stored here.",
    ),
    Option(
        key="gateway.token_file",
        flag="token-file",
        kind=kinds.TEXT,
        metavar="FILE",
        panel=GATEWAY,
        default="",
        help="The token that guards --listen; default: `token` in the state directory, made at the "
        "first start.",
    ),
    Option(
        key="log.format",
        flag="log-format",
        kind=kinds.choice("auto", "human", "json"),
        panel=GATEWAY,
        default="auto",
        help="auto: aligned lines in a terminal, JSON otherwise.",
    ),
    Option(
        key="log.level",
        flag="log-level",
        kind=kinds.choice(*LEVELS),
        panel=GATEWAY,
        default="info",
        help="Less important records are dropped.",
    ),
)

_NOT_SET = frozenset({"api_servers"})
"""Found out at start."""

OPTIONS: tuple[Option, ...] = (
    *_MAIN,
    *options_of(RenderOptions, section="workload", panel=WORKLOAD, without=_NOT_SET),
    *options_of(DeploymentSettings, section="deployment", panel=TUNING, without=frozenset()),
    *options_of(ClusterSettings, section="cluster", panel=TUNING, without=frozenset()),
    *options_of(MarketSettings, section="market", panel=TUNING, without=frozenset()),
)

BY_KEY = {option.key: option for option in OPTIONS}
