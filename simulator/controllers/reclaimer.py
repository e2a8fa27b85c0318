"""
What becomes of the volume of a claim that has gone: its reclaim policy decides.

Claims are told apart by uid, so that one made anew under its name does not keep the old one's volume.
Source: kubernetes pkg/controller/volume/persistentvolume/pv_controller.go (reclaimVolume).
"""

import attrs

from simulator.controllers.catalog import CLAIM, VOLUME
from simulator.controllers.context import Context
from simulator.controllers.informer import key_of
from simulator.controllers.ownership import is_deleting
from simulator.controllers.queue import KeyQueue
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client


@attrs.define(eq=False)
class Reclaimer:
    """Deletes or releases volumes."""

    context: Context
    _client: Client = attrs.field(init=False)
    _queue: KeyQueue[str] = attrs.field(init=False)
    """Uids of claims that have gone."""

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._client = context.controller_client("persistent-volume-binder")
        self._queue = KeyQueue(context.settings, context.settings.reaction_seconds)
        context.informer(CLAIM).subscribe(self._claim_changed)
        context.informer(VOLUME)

    async def run(self) -> None:
        """Reclaim until cancelled."""
        await work(self._queue, self._reclaim)

    def _claim_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if after is None and before is not None:
            self._queue.add(before["metadata"]["uid"])

    async def _reclaim(self, uid: str) -> None:
        for volume in self.context.informer(VOLUME):
            claimed_by = (volume["spec"].get("claimRef") or {}).get("uid")
            if claimed_by != uid or is_deleting(volume):
                continue
            if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
                of_volume = volume["metadata"]["uid"]
                await self._client.delete(VOLUME.name, *key_of(volume), uid=of_volume)
            else:
                told = {**volume, "status": {**(volume.get("status") or {}), "phase": "Released"}}
                await self._client.update(VOLUME.name, *key_of(volume), told, subresource="status")
