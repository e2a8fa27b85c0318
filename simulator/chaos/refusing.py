"""
An API server that takes a manifest in a trial and refuses it when it is meant.

So does one with a policy that looks at nothing but what is meant. It goes by the image, so that a plan
says of a generation of a lease, and not of a moment, that it is refused. It is part of the world and
no fault: it stays when faults are healed.
"""

from simulator.chaos.definitions import REFUSED_IMAGE
from simulator.chaos.plan import Plan
from simulator.faults.asked import Asked
from simulator.faults.effects import Refuse
from simulator.faults.refusals import invalid
from simulator.faults.rule import Rule
from simulator.wire.messages import Request

_MARKS = (f"/{REFUSED_IMAGE}:".encode(), f'"{REFUSED_IMAGE}:'.encode())
_WORKLOADS = ("deployments", "statefulsets")


def policy(plan: Plan) -> Rule | None:
    """The policy of this plan's API server; None for one that refuses nothing."""
    changes = (change for lease in plan.leases for change in lease.changes.values())
    if not any(change.get("image") == REFUSED_IMAGE for change in changes):
        return None
    return Rule(effect=Refuse(invalid), dry_run=False, watch=False, times=None, about=_is_refused)


def _is_refused(request: Request, asked: Asked) -> bool:
    return asked.plural in _WORKLOADS and any(mark in request.body for mark in _MARKS)
