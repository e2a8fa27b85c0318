"""
A chain as JSON and back, with everything that its blocks have seen.

What waits in the mempool is left out: a node that is started again has forgotten it, too. Pure.
"""

import base64
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from simulator.jsontypes import JSONObject, JSONValue
from simulator.market import encoding
from simulator.market.chain import Chain
from simulator.market.leases import (
    NO_REASON,
    Block,
    DeploymentRecord,
    DeploymentState,
    LeaseRecord,
    LeaseState,
    Past,
)

V = TypeVar("V")

States: TypeAlias = tuple[tuple[int, V], ...]
"""Values with the heights from which they held."""


def dump(chain: Chain) -> JSONObject:
    """What `load` makes the same chain of."""
    past = chain.past()
    return {
        "chainID": chain.chain_id,
        "blocks": [{"height": block.height, "time": block.time} for block in past.blocks],
        "leases": [
            [{"height": height, **_lease(record)} for height, record in states]
            for states in past.leases
        ],
        "deployments": [
            [{"height": height, **_deployment(record)} for height, record in states]
            for states in past.deployments
        ],
    }


def load(chain: Chain, saved: JSONObject) -> None:
    """
    Give a chain on which nothing has happened the past of another one.

    The clock must not be behind the newest saved block.

    Raises:
        ValueError: something does not fit; its text begins with where.
    """
    if saved.get("chainID") != chain.chain_id:
        raise ValueError(f"chainID: must be {chain.chain_id!r}, got {saved.get('chainID')!r}")
    past = Past(
        _each(saved, "blocks", _read_block),
        _each(saved, "leases", _states(_read_lease)),
        _each(saved, "deployments", _states(_read_deployment)),
    )
    heights = [block.height for block in past.blocks]
    if not heights or heights != sorted(set(heights)):
        raise ValueError("blocks: must be some, with rising heights")
    chain.take_over(past)


def _lease(record: LeaseRecord) -> JSONObject:
    return {
        "name": encoding.lease_id(record.name),
        "state": record.state.value,
        "createdAt": record.created_at,
        "closedOn": record.closed_on,
        "reason": record.reason,
    }


def _deployment(record: DeploymentRecord) -> JSONObject:
    return {
        "name": {"owner": record.name.owner, "dseq": record.name.dseq},
        "state": record.state.value,
        "hash": base64.b64encode(record.hash).decode(),
        "groups": list(record.groups),
        "createdAt": record.created_at,
        "funds": record.funds,
    }


def _each(saved: JSONObject, field: str, read: Callable[[JSONValue], V]) -> tuple[V, ...]:
    values = saved.get(field)
    if not isinstance(values, list):
        raise ValueError(f"{field}: must be an array")
    found = []
    for number, value in enumerate(values):
        try:
            found.append(read(value))
        except (encoding.RequestError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{field}[{number}]: {error!r}") from error
    return tuple(found)


def _states(read: Callable[[JSONObject], V]) -> Callable[[JSONValue], States[V]]:
    def states(value: JSONValue) -> States[V]:
        found = tuple((encoding.number(state["height"], "height"), read(state)) for state in value)
        heights = [height for height, _ in found]
        if not heights or heights != sorted(heights):
            raise ValueError("must be some states, with rising heights")
        return found

    return states


def _read_block(value: JSONValue) -> Block:
    return Block(encoding.number(value["height"], "height"), float(value["time"]))


def _read_lease(value: JSONObject) -> LeaseRecord:
    return LeaseRecord(
        encoding.lease_name(value["name"]),
        LeaseState(value["state"]),
        encoding.number(value["createdAt"], "createdAt"),
        encoding.number(value.get("closedOn", 0), "closedOn"),
        str(value.get("reason", NO_REASON)),
    )


def _read_deployment(value: JSONObject) -> DeploymentRecord:
    return DeploymentRecord(
        encoding.deployment_name(value["name"]),
        encoding.digest(value["hash"]),
        encoding.groups(value["groups"]),
        encoding.number(value["createdAt"], "createdAt"),
        DeploymentState(value["state"]),
        encoding.number(value["funds"], "funds"),
    )
