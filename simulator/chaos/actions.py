"""
The deeds of tenants, operators and fate that a plan may name, and how each is done.

A deed that makes no sense any more, such as an update of a lease that was closed meanwhile, is written
down and not done: plans are cut down and disturbed, and what is left of them still has to play.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import attrs

from simulator.chaos.plan import Action
from simulator.chaos.stage import Stage
from simulator.chaos.tenant import Tenant
from simulator.ports import Refused

_HOLD = "leasekeeper.akash.network/hold"
_MERGE = "application/merge-patch+json"
_AKASH = "/apis/akash.network/v2beta2/namespaces/lease"
PATHS: Mapping[str, str] = MappingProxyType(
    {
        "namespaces": "/api/v1/namespaces/{lease}",
        "manifests": f"{_AKASH}/manifests/{{lease}}",
        "providerhosts": f"{_AKASH}/providerhosts/{{name}}",
        "providerleasedips": f"{_AKASH}/providerleasedips/{{name}}",
        "deployments": "/apis/apps/v1/namespaces/{lease}/deployments/{name}",
        "statefulsets": "/apis/apps/v1/namespaces/{lease}/statefulsets/{name}",
        "ingresses": "/apis/networking.k8s.io/v1/namespaces/{lease}/ingresses/{name}",
        "networkpolicies": "/apis/networking.k8s.io/v1/namespaces/{lease}/networkpolicies/{name}",
        **{
            plural: f"/api/v1/namespaces/{{lease}}/{plural}/{{name}}"
            for plural in ("services", "secrets", "serviceaccounts", "pods")
        },
    }
)
"""Of the objects that somebody may change behind the daemon's back."""


@attrs.frozen(kw_only=True)
class Deed:
    """One kind of deed."""

    help: str
    """In a sentence, for whoever writes plans."""
    do: Callable[[Stage, Action], Awaitable[None] | None]
    """Done as it is called, or once what it gives is awaited."""
    of_lease: bool = False
    """Whether it is about a lease."""
    values: Mapping[str, type] = MappingProxyType({})
    """What it may be told besides, and of which type."""
    needs: tuple[str, ...] = ()
    """Which of these it has to be told."""
    takes_time: bool = False
    """Whether later deeds of the same moment begin before it is over."""


async def carry_out(stage: Stage, action: Action) -> None:
    """Do it; the plan was checked, so the deed is known."""
    doing = DEEDS[action.do].do(stage, action)
    if doing is not None:
        await doing


# ── tenants ─────────────────────────────────────────────────────────────────────────────────────


def _tenant(stage: Stage, action: Action) -> Tenant:
    return stage.tenants[action.lease]


def _open(stage: Stage, action: Action) -> None:
    _tenant(stage, action).open(send=bool(action.values.get("send", True)))


def _update(stage: Stage, action: Action) -> None:
    _tenant(stage, action).update()


def _send(stage: Stage, action: Action) -> None:
    _tenant(stage, action).send()


def _close(stage: Stage, action: Action) -> None:
    _tenant(stage, action).close(_text(action, "reason"))


def _reclaim(stage: Stage, action: Action) -> None:
    _tenant(stage, action).reclaim()


def _transfer(stage: Stage, action: Action) -> None:
    _tenant(stage, action).transfer(_text(action, "host"))


# ── the daemon and its operator ─────────────────────────────────────────────────────────────────


async def _start(stage: Stage, _action: Action) -> None:
    await stage.start()


async def _kill(stage: Stage, action: Action) -> None:
    await stage.kill(_number(action, "daemon"))


async def _sigterm(stage: Stage, action: Action) -> None:
    await stage.sigterm(_number(action, "daemon"))


async def _hold(stage: Stage, action: Action) -> None:
    await _annotate(stage, action, "held by the operator")


async def _unhold(stage: Stage, action: Action) -> None:
    await _annotate(stage, action, None)


async def _annotate(stage: Stage, action: Action, value: str | None) -> None:
    namespace = _tenant(stage, action).facts.namespace
    answer = await stage.ask_cluster(
        "PATCH",
        f"/api/v1/namespaces/{namespace}",
        {"metadata": {"annotations": {_HOLD: value}}},
        _MERGE,
    )
    if answer.status == 200:
        stage.mark(action.do, action.lease)
    else:
        stage.miss(f"{action.do} of nothing", action.lease)


async def _release(stage: Stage, action: Action) -> None:
    brake = _text(action, "brake")
    stage.mark("release", detail=brake)
    for host in stage.gateways.hosts():
        await stage.gateways.ask(host, "POST", f"/brakes/{brake}/release", b"", 10.0)


# ── the cluster ─────────────────────────────────────────────────────────────────────────────────


async def _of_node(stage: Stage, action: Action) -> None:
    node, fleet = _text(action, "node"), stage.world.fleet
    does = {
        "drain-node": fleet.drain,
        "cordon": fleet.cordon,
        "uncordon": fleet.uncordon,
        "remove-node": fleet.remove,
    }
    stage.mark(action.do, detail=node)
    try:
        await does[action.do](node)
    except Refused as refusal:
        stage.mark(f"{action.do} refused", detail=f"{node}: {refusal}")


async def uncordon(stage: Stage, node: str) -> None:
    """Let pods go to a node again."""
    stage.mark("uncordon", detail=node)
    try:
        await stage.world.fleet.uncordon(node)
    except Refused as refusal:
        stage.mark("uncordon refused", detail=f"{node}: {refusal}")


async def _add_node(stage: Stage, _action: Action) -> None:
    stage.mark("add-node", detail=await stage.world.fleet.add())


async def _delete(stage: Stage, action: Action) -> None:
    await _behind(stage, action, "DELETE", None)


async def _scale(stage: Stage, action: Action) -> None:
    patch = {"spec": {"replicas": _number(action, "replicas")}}
    await _behind(stage, action, "PATCH", patch)


async def _label(stage: Stage, action: Action) -> None:
    patch = {"metadata": {"labels": {_text(action, "key"): action.values.get("value")}}}
    await _behind(stage, action, "PATCH", patch)


async def _behind(stage: Stage, action: Action, method: str, patch: object) -> None:
    """Change an object of a lease behind the daemon's back."""
    kind, name = _text(action, "kind"), _text(action, "object")
    path = PATHS[kind].format(lease=_tenant(stage, action).facts.namespace, name=name)
    answer = await stage.ask_cluster(method, path, patch, _MERGE if patch else "application/json")
    if answer.status >= 300:
        stage.miss(f"{action.do} of {kind} {name} refused with {answer.status},", action.lease)
    else:
        stage.mark(action.do, action.lease, f"{kind} {name}".rstrip())


def _text(action: Action, key: str) -> str:
    return str(action.values.get(key, ""))


def _number(action: Action, key: str) -> int:
    return int(str(action.values.get(key, 0)))


_NODE: Mapping[str, type] = MappingProxyType({"node": str})
_OBJECT: Mapping[str, type] = MappingProxyType({"kind": str, "object": str})
_DAEMON: Mapping[str, type] = MappingProxyType({"daemon": int})

DEEDS: Mapping[str, Deed] = MappingProxyType(
    {
        "open": Deed(
            help="the lease is won; its first manifest is sent, unless `send: false`",
            do=_open, of_lease=True, values={"send": bool},
        ),
        "update": Deed(
            help="the tenant announces the next generation and sends it", do=_update, of_lease=True
        ),
        "send": Deed(help="the newest manifest is sent once more", do=_send, of_lease=True),
        "close": Deed(
            help="the lease ends on the chain; `reason` in the chain's words",
            do=_close, of_lease=True, values={"reason": str},
        ),
        "reclaim": Deed(
            help="the chain shows the lease as reclaiming: held, but not for long",
            do=_reclaim, of_lease=True,
        ),
        "transfer": Deed(
            help="the tenant asks the daemon to move `host` to this lease",
            do=_transfer, of_lease=True, values={"host": str}, needs=("host",),
        ),
        "start": Deed(help="one more process of the daemon starts", do=_start),
        "kill": Deed(
            help="a process is gone at once: `daemon` by number, or the newest",
            do=_kill, values=_DAEMON,
        ),
        "sigterm": Deed(
            help="a process is told to leave: `daemon` by number, or the newest",
            do=_sigterm, values=_DAEMON, takes_time=True,
        ),
        "hold": Deed(
            help="the operator annotates the tenant namespace: touch nothing",
            do=_hold, of_lease=True,
        ),
        "unhold": Deed(help="the operator takes that back", do=_unhold, of_lease=True),
        "release": Deed(
            help="the operator releases a `brake`: losses or closures",
            do=_release, values={"brake": str}, needs=("brake",), takes_time=True,
        ),
        "drain-node": Deed(
            help="the operator empties a `node` and lets no pod go there",
            do=_of_node, values=_NODE, needs=("node",),
        ),
        "cordon": Deed(
            help="no more pods go to a `node`", do=_of_node, values=_NODE, needs=("node",)
        ),
        "uncordon": Deed(help="they do again", do=_of_node, values=_NODE, needs=("node",)),
        "remove-node": Deed(
            help="a `node` leaves the cluster", do=_of_node, values=_NODE, needs=("node",)
        ),
        "add-node": Deed(help="one more node joins", do=_add_node),
        "delete": Deed(
            help="somebody deletes a lease's object: `kind` (plural) and `object` (its name)",
            do=_delete, of_lease=True, values=_OBJECT, needs=("kind",),
        ),
        "scale": Deed(
            help="somebody scales a lease's workload: `kind`, `object`, `replicas`",
            do=_scale, of_lease=True, values={**_OBJECT, "replicas": int},
            needs=("kind", "object", "replicas"),
        ),
        "label": Deed(
            help="somebody sets label `key` of an object to `value`, or takes it away without one",
            do=_label, of_lease=True, values={**_OBJECT, "key": str, "value": str},
            needs=("kind", "key"),
        ),
    }
)  # fmt: skip
"""By name."""
