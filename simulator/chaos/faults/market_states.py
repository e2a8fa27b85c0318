"""States of the market's nodes: how they begin and end, by their `what`."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

from simulator.chaos.faults.addressing import market_nodes, rule
from simulator.chaos.faults.case import Case
from simulator.chaos.faults.network_states import State
from simulator.chaos.faults.requests import market_error
from simulator.faults.asked import Asked
from simulator.faults.effects import AnswerLate, Delay, Earlier, Effect, Pass, Refuse
from simulator.faults.rule import Rule
from simulator.market.leases import LeaseState
from simulator.market.node import Lie, Node
from simulator.wire.messages import Request


def _answers(effect: Callable[[Case], Effect]) -> State:
    """Something becomes of every answer of the nodes."""

    @asynccontextmanager
    async def state(case: Case) -> AsyncIterator[None]:
        nodes = list(market_nodes(case.world, case.plan.where.host))
        rules = [(node.rules, node.rules.add(_question(case, effect(case)))) for node in nodes]
        yield
        for row, one in rules:
            row.remove(one)

    return state


def _question(case: Case, effect: Effect) -> Rule:
    made = rule(case, effect, always=True)
    lease = case.plan.where.lease

    def is_meant(request: Request, found: Asked) -> bool:
        """A list over many leases is about each of them."""
        del request
        if not lease:
            return found.plural != "closings"
        facts = case.evidence.leases.get(lease)
        asked_for = (found.namespace, found.name)
        return (
            found.plural == "leases"
            and facts is not None
            and (not found.name or asked_for == (facts.name.owner, str(facts.name.dseq)))
        )

    made.about = is_meant
    return made


def _nodes(begin: Callable[[Case, Node], Callable[[], None]]) -> State:
    """Something is different with the nodes; `begin` returns what ends it."""

    @asynccontextmanager
    async def state(case: Case) -> AsyncIterator[None]:
        nodes = list(market_nodes(case.world, case.plan.where.host))
        ends = [begin(case, node.node) for node in nodes]
        async with _answers(lambda _: Pass())(case):
            yield
        for end in ends:
            end()

    return state


def _lag(case: Case, node: Node) -> Callable[[], None]:
    blocks = int(case.number("blocks"))
    node.lag_blocks += blocks

    def end() -> None:
        node.lag_blocks -= blocks

    return end


def _old(case: Case, node: Node) -> Callable[[], None]:
    seconds = case.number("delay")
    node.block_age_seconds += seconds

    def end() -> None:
        node.block_age_seconds -= seconds

    return end


def _field(name: str, value: Callable[[Case, Node], object]) -> State:
    """A field of the nodes has another value until the last such fault ends."""

    def begin(case: Case, node: Node) -> Callable[[], None]:
        thing = (name, id(node))
        usual = {"halted_at": None, "chain_id": ""}.get(name, False)
        case.hold(thing)
        setattr(node, name, value(case, node))

        def end() -> None:
            if case.let_go(thing):
                setattr(node, name, usual)

        return end

    return _nodes(begin)


def _lie(state: LeaseState | None) -> State:
    def begin(case: Case, node: Node) -> Callable[[], None]:
        lease = case.plan.where.lease
        facts = case.evidence.leases[lease] if lease else None
        height = None
        if state is not None:
            height = max(node.block().height - int(case.number("below")), 1)
        lie = Lie(state=state, lease=facts.name if facts else None, height=height)
        node.lies.append(lie)

        def end() -> None:
            node.lies.remove(lie)

        return end

    return _nodes(begin)


MARKET: Mapping[str, State] = MappingProxyType(
    {
        "market-lag": _nodes(_lag),
        "market-halted": _field("halted_at", lambda _, node: node.block().height),
        "market-catching-up": _field("catching_up", lambda _, __: True),
        "market-wrong-chain": _field("chain_id", lambda case, _: str(case.value("chain"))),
        "market-old-blocks": _nodes(_old),
        "market-not-found": _lie(None),
        "market-wrong-closed": _lie(LeaseState.CLOSED),
        "market-forgot": _field("forgot", lambda _, __: True),
        "market-slow": _answers(lambda case: Delay(case.number("delay"))),
        "market-failing": _answers(lambda case: Refuse(market_error(int(case.number("code"))))),
        "market-repeats": _answers(lambda case: Earlier(case.number("delay"))),
        "market-reordered": _answers(
            lambda case: AnswerLate(0.0, jitter_seconds=case.number("delay"))
        ),
    }
)
