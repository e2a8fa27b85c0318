"""
Every kind of fault that a plan may name: its values, what tells where it strikes, what it hinders.

How each of them begins and ends stands in the files beside this one, under the same names; none of
those is imported here, so that a plan can be read without a world.
"""

from collections.abc import Mapping
from types import MappingProxyType

from simulator.chaos.faults.cluster_kinds import CLUSTER_KINDS
from simulator.chaos.faults.kind import Kind, Value, kind
from simulator.chaos.faults.market_kinds import MARKET_KINDS
from simulator.chaos.faults.network_kinds import NETWORK_KINDS

_MACHINE_KINDS = (
    kind(
        "clock-jump",
        "daemon",
        "the wall clock of a process is wrong",
        Value("seconds", 3600.0, "ahead of the world's; below 0 for behind"),
        where=("daemon",),
    ),
    kind(
        "daemon-paused",
        "daemon",
        "a process stands still, as its machine does while it is moved, and then goes on",
        where=("daemon",),
        hinders="process",
    ),
)
"""Of the machine that a process of the daemon runs on."""

CATALOG: Mapping[str, Kind] = MappingProxyType(
    {one.what: one for one in (*NETWORK_KINDS, *CLUSTER_KINDS, *MARKET_KINDS, *_MACHINE_KINDS)}
)
"""By `what`."""
