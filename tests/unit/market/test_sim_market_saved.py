"""A chain that was saved is the same chain when it is loaded."""

import copy
from typing import Any

import orjson
import pytest

from simulator.market import saved
from simulator.market.chain import Chain
from simulator.market.leases import DeploymentName
from tests.unit.market.sim_market import OWNER, HandClock, lease_name


def lived(clock: HandClock) -> Chain:
    chain = Chain(clock)
    for dseq in (1, 2, 12):
        clock.seconds += 20
        chain.open(lease_name(dseq), manifest_hash=b"\x01", groups=({"name": "akash"},))
    clock.seconds += 33
    chain.update(DeploymentName(OWNER, 2), b"\x02")
    chain.close(lease_name(1), reason="lease_closed_reason_unstable")
    chain.close_deployment(DeploymentName(OWNER, 12))
    return chain


def test_every_block_of_a_loaded_chain_is_as_it_was() -> None:
    clock = HandClock()
    chain, again = lived(clock), Chain(clock)

    saved.load(again, orjson.loads(orjson.dumps(saved.dump(chain))))

    first, last = 20_000_000, chain.block().height
    for height in range(first, last + 1):
        assert again.block_at(height) == chain.block_at(height)
        assert again.leases(height) == chain.leases(height)
        assert again.deployments(height) == chain.deployments(height)
    assert again.open(lease_name(3)).created_at == last + 1
    assert [r.name.dseq for r in again.leases()] == [1, 2, 3, 12]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (["chainID"], "another-1", "chainID"),
        (["blocks"], [], "blocks"),
        (["blocks", 0, "height"], "high", r"blocks\[0\]"),
        (["leases", 1, 0, "state"], "asleep", r"leases\[1\]"),
        (["leases", 0], [], r"leases\[0\]"),
        (["leases", 2, 0, "name", "dseq"], 0, r"leases\[2\]"),
        (["deployments", 0, 0, "hash"], "?", r"deployments\[0\]"),
        (["deployments"], {}, "deployments"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    path: list[Any], value: object, told: str
) -> None:
    clock = HandClock()
    document: Any = copy.deepcopy(saved.dump(lived(clock)))
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    chain = Chain(clock)

    with pytest.raises(ValueError, match=told):
        saved.load(chain, document)
    assert chain.leases() == ()
