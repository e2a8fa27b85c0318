"""
The control path: what a tenant would do on the chain, as plain POSTs.

    POST /simulator/leases               {"lease": {…}, "hash": base64, "groups": [group spec, …]}
    POST /simulator/leases/close         {"lease": {…}, "reason": "lease_closed_owner"}
    POST /simulator/leases/reclaim       {"lease": {…}}
    POST /simulator/deployments/update   {"deployment": {"owner", "dseq"}, "hash": base64}
    POST /simulator/deployments/close    {"deployment": {"owner", "dseq"}}

No provider ever asks here; each answer shows what changed, with the height from which it holds.
"""

from collections.abc import Callable

from simulator.jsontypes import JSONObject
from simulator.market import encoding
from simulator.market.chain import Chain
from simulator.wire.messages import Request


def control(chain: Chain, request: Request) -> JSONObject | None:
    """
    Carry one request out; None when it is not for the control path.

    Raises:
        RequestError: its body is not what the path takes.
        ChainError: the chain refuses.
    """
    action = _ACTIONS.get(request.path)
    if action is None or request.method != "POST":
        return None
    return action(chain, encoding.body(request.body))


def _open(chain: Chain, body: JSONObject) -> JSONObject:
    record = chain.open(
        encoding.lease_name(body.get("lease")),
        manifest_hash=encoding.digest(body.get("hash")),
        groups=encoding.groups(body.get("groups")),
    )
    return {"lease": encoding.lease(record)}


def _close(chain: Chain, body: JSONObject) -> JSONObject:
    record = chain.close(
        encoding.lease_name(body.get("lease")), reason=body.get("reason", "lease_closed_owner")
    )
    return {"lease": encoding.lease(record)}


def _reclaim(chain: Chain, body: JSONObject) -> JSONObject:
    return {"lease": encoding.lease(chain.reclaim(encoding.lease_name(body.get("lease"))))}


def _update(chain: Chain, body: JSONObject) -> JSONObject:
    name = encoding.deployment_name(body.get("deployment"))
    return encoding.deployment(chain.update(name, encoding.digest(body.get("hash"))))


def _close_deployment(chain: Chain, body: JSONObject) -> JSONObject:
    name = encoding.deployment_name(body.get("deployment"))
    return encoding.deployment(chain.close_deployment(name))


_ACTIONS: dict[str, Callable[[Chain, JSONObject], JSONObject]] = {
    "/simulator/leases": _open,
    "/simulator/leases/close": _close,
    "/simulator/leases/reclaim": _reclaim,
    "/simulator/deployments/update": _update,
    "/simulator/deployments/close": _close_deployment,
}
