"""What the tour's tenants do on the chain, over the market's control path."""

import base64

import attrs
import orjson

from provider.http.client import HttpClient
from provider.lease.groups import encode_groups
from provider.lease.identity import LeaseID
from provider.lease.version import version_hash
from provider.sdl.compile import Compiled
from simulator.jsontypes import JSONObject


class RefusedError(Exception):
    """The market took a request of the tour for impossible."""


@attrs.frozen
class ControlPath:
    """Opens, updates and closes leases."""

    http: HttpClient

    async def open(self, lease: LeaseID, compiled: Compiled) -> None:
        """The provider has won the tenant's order."""
        await self._post(
            "/simulator/leases",
            {
                "lease": _lease(lease),
                "hash": _hash(compiled),
                "groups": encode_groups(compiled.groups),
            },
        )

    async def update(self, lease: LeaseID, compiled: Compiled) -> None:
        """The tenant announces a new manifest."""
        deployment = {"owner": lease.owner, "dseq": str(lease.dseq)}
        await self._post(
            "/simulator/deployments/update", {"deployment": deployment, "hash": _hash(compiled)}
        )

    async def close(self, lease: LeaseID) -> None:
        """The tenant has had enough."""
        await self._post("/simulator/leases/close", {"lease": _lease(lease)})

    async def _post(self, path: str, body: JSONObject) -> None:
        answer = await self.http.request(
            "POST", path, body=orjson.dumps(body), content_type="application/json"
        )
        if answer.status != 200:
            raise RefusedError(f"{path}: {answer.status} {answer.body.decode()}")


def _lease(lease: LeaseID) -> JSONObject:
    return {
        "owner": lease.owner,
        "dseq": str(lease.dseq),
        "gseq": lease.gseq,
        "oseq": lease.oseq,
        "provider": lease.provider,
    }


def _hash(compiled: Compiled) -> str:
    return base64.b64encode(version_hash(compiled.manifest)).decode()
