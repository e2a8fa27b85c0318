"""
From what a plan says of requests to a rule that knows them.

A lease's requests are those in its tenant namespace, for it and for its record, and those for what
carries its labels elsewhere: routes, leased addresses, volumes. Whose a thing is that has no labels in
the request itself is read from the cluster.
"""

from collections.abc import Callable, Iterator, Mapping

import orjson

from simulator.chaos.evidence import Evidence, LeaseFacts
from simulator.chaos.faults.case import Case
from simulator.chaos.plan import Where
from simulator.faults.asked import Asked
from simulator.faults.effects import Effect
from simulator.faults.rule import Rule
from simulator.faults.rules import Rules
from simulator.jsontypes import FrozenJSON
from simulator.market.leases import LeaseName
from simulator.wire.messages import Request
from simulator.world import KUBERNETES, MARKET, MarketNode, World

_LABEL = "akash.network/lease.id."
_LABELLED = ("providerhosts", "providerleasedips")


def host_name(host: str) -> str:
    """A host of a plan by its name on the world's network: `market-2.sim` for `market-2`."""
    if not host:
        return KUBERNETES
    return host if host.startswith("daemon-") else f"{host}.sim"


def rules_of(world: World, host: str) -> Rules:
    """
    The rules that stand before a host of a plan.

    Raises:
        LookupError: there is no such host.
    """
    name = host_name(host)
    if name == KUBERNETES:
        return world.rules
    return next(iter(market_nodes(world, host))).rules


def market_nodes(world: World, host: str) -> Iterator[MarketNode]:
    """
    The node of the chain that is called so in a plan, or all of them for "".

    Raises:
        LookupError: there is no such node.
    """
    if not host:
        yield from world.market_nodes
        return
    found = [node for node in world.market_nodes if node.host == host_name(host)]
    if not found:
        raise LookupError(f"no host is called {host!r}: the market's begin with {MARKET}")
    yield from found


def rule(case: Case, effect: Effect, *, verb: str = "", always: bool = False) -> Rule:
    """
    What a fault does to requests.

    Args:
        case: whose `where`, `nth`, `times` and `probability` are meant.
        effect: what becomes of them.
        verb: in place of the plan's.
        always: every one of them, as of a state.
    """
    plan, where = case.plan, case.plan.where

    def happened(request: Request | None) -> None:
        found = None if request is None else made.read(request)
        said = f"{found.verb} {found.plural}/{found.name}" if found is not None else ""
        case.happened(said, _number(request))

    made = Rule(
        effect=effect,
        source=f"daemon-{where.daemon}" if where.daemon else "",
        verb=verb or where.verb,
        kind=where.kind,
        namespace=where.namespace,
        name=where.name,
        subresource=where.subresource or None,
        dry_run=where.dry_run,
        about=about(case.evidence, where),
        on_happened=happened,
    )
    made.times = None
    if not always:
        made.nth, made.times, made.probability = plan.nth, plan.times, plan.probability
    return made


def _number(request: Request | None) -> int:
    """Of the process that sent it; 0 when nobody knows."""
    number = request.source.removeprefix("daemon-") if request is not None else ""
    return int(number) if number.isdigit() else 0


def about(evidence: Evidence, where: Where) -> Callable[[Request, Asked], bool] | None:
    """What no field of a rule says of lease and generation; None when nothing is asked."""
    lease, generation = where.lease, where.generation
    if not lease:
        return None
    is_market = where.host.startswith("market")

    def is_meant(request: Request, found: Asked) -> bool:
        facts = evidence.leases.get(lease)
        if facts is None or generation not in (0, facts.newest):
            return False
        if is_market or found.plural == "closings":
            return (found.namespace, found.name) == (facts.name.owner, str(facts.name.dseq))
        return _belongs(request, found, facts, lambda: _stored(evidence.world, found))

    return is_meant


def _belongs(
    request: Request,
    found: Asked,
    facts: LeaseFacts,
    stored: Callable[[], FrozenJSON | None],
) -> bool:
    if found.concerns(facts.namespace):
        return True
    selector = request.query_value("labelSelector")
    if selector:
        return _selects(selector, facts.name)
    if found.plural == "persistentvolumes":
        volume = stored() or {}
        claim = (volume.get("spec") or {}).get("claimRef") or {}
        return bool(claim.get("namespace") == facts.namespace)
    if found.plural not in _LABELLED:
        return False
    told = (_body(request) if request.body else None, stored() if found.name else None)
    return any(obj is not None and _carries(obj, facts.name) for obj in told)


def _selects(selector: str, name: LeaseName) -> bool:
    parts = set(selector.split(","))
    return all(f"{_LABEL}{key}={value}" in parts for key, value in _parts(name).items())


def _carries(obj: FrozenJSON, name: LeaseName) -> bool:
    labels = (obj.get("metadata") or {}).get("labels") or {}
    return all(labels.get(f"{_LABEL}{key}") == value for key, value in _parts(name).items())


def _parts(name: LeaseName) -> Mapping[str, str]:
    return {
        "owner": name.owner,
        "dseq": str(name.dseq),
        "gseq": str(name.gseq),
        "oseq": str(name.oseq),
    }


def _body(request: Request) -> FrozenJSON | None:
    try:
        decoded = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return None
    return decoded if isinstance(decoded, dict) else None


def _stored(world: World, found: Asked) -> FrozenJSON | None:
    """What the cluster has under a request's name, in whatever group the plural is."""
    for served in world.cluster.registry:
        if served.resource.plural == found.plural:
            version = world.cluster.store.get(served.storage, found.namespace, found.name)
            return None if version is None else version.object
    return None
