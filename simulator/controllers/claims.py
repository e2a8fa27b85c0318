"""
The binder of PersistentVolumeClaims, the pretend provisioner of their volumes, and what protects a
claim while pods use it.

What becomes of the volume of a claim that has gone is `reclaimer`'s matter.

Source: kubernetes pkg/controller/volume/{persistentvolume,pvcprotection}, and
sigs.k8s.io/sig-storage-lib-external-provisioner for the provisioner.
"""

import attrs
import trio

from simulator.controllers import claim_facts
from simulator.controllers import pods as pod_facts
from simulator.controllers.catalog import CLAIM, POD, STORAGE_CLASS, VOLUME
from simulator.controllers.context import Context, enqueue
from simulator.controllers.informer import Informer, key_of
from simulator.controllers.ownership import is_deleting
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.recorder import Recorder
from simulator.controllers.volumes import bound_claim, bound_status, new_volume
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.kinds.storage_classes import class_of, default_class
from simulator.ports import Client

_PROVISIONER = "volume.kubernetes.io/storage-provisioner"


@attrs.frozen
class _Complaint:
    """Why a claim cannot be bound, as its Event tells it."""

    reason: str
    message: str
    is_warning: bool = False


@attrs.define(eq=False)
class Claims:
    """Binds claims to volumes made for them, and lets claims go that no pod uses."""

    context: Context
    _binder: Client = attrs.field(init=False)
    _protector: Client = attrs.field(init=False)
    _recorder: Recorder = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)
    _promised: dict[str, float] = attrs.field(init=False, factory=dict)
    """When the volume of a claim will be there, in Trio's time, by the claim's uid."""
    _complaints: dict[str, tuple[float, float]] = attrs.field(init=False, factory=dict)
    """When to complain again, and after which pause from then, by the claim's uid."""

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._binder = context.controller_client("persistent-volume-binder")
        self._protector = context.controller_client("pvc-protection-controller")
        self._recorder = context.recorder(self._binder, "persistentvolume-controller")
        self._queue = context.queue()
        self._claims.subscribe(self._claim_changed)
        context.informer(STORAGE_CLASS).subscribe(self._class_changed)
        context.informer(POD).subscribe(self._pod_changed)
        context.informer(VOLUME)

    @property
    def _claims(self) -> Informer:
        return self.context.informer(CLAIM)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await work(self._queue, self._reconcile)

    def _claim_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        enqueue(self._queue)(before, after)
        if after is None and before is not None:
            self._promised.pop(before["metadata"]["uid"], None)
            self._complaints.pop(before["metadata"]["uid"], None)

    def _class_changed(self, _before: JSONObject | None, _after: JSONObject | None) -> None:
        """A new class may be what unbound claims wait for."""
        self._complaints.clear()
        for claim in self._claims:
            if not claim_facts.is_bound(claim):
                self._queue.add(key_of(claim))

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        """A pod that has ended may have been the last to use a claim."""
        if before is not None and (after is None or pod_facts.is_finished(after)):
            for name in pod_facts.claim_names(before):
                self._queue.add((before["metadata"]["namespace"], name))

    async def _reconcile(self, key: Key) -> None:
        claim = self._claims.get(key)
        if claim is None:
            return
        if is_deleting(claim):
            await self._unprotect(claim)
        elif not claim_facts.is_bound(claim):
            await self._bind(claim)

    async def _unprotect(self, claim: JSONObject) -> None:
        """Let a claim go once no pod uses it any more."""
        finalizers = claim["metadata"].get("finalizers") or []
        if claim_facts.PROTECTION not in finalizers or self._is_used(claim):
            return
        left = [item for item in finalizers if item != claim_facts.PROTECTION]
        changed = {**claim, "metadata": {**claim["metadata"], "finalizers": left}}
        await self._protector.update(CLAIM.name, *key_of(claim), changed)

    def _is_used(self, claim: JSONObject) -> bool:
        namespace, name = key_of(claim)
        return any(
            name in pod_facts.claim_names(pod) and not pod_facts.is_finished(pod)
            for pod in self.context.informer(POD).in_namespace(namespace)
        )

    async def _bind(self, claim: JSONObject) -> None:
        storage_class = self._class_of(claim)
        if isinstance(storage_class, _Complaint):
            await self._complain(claim, storage_class)
            return
        claim = await self._prepare(claim, storage_class)
        uid = claim["metadata"]["uid"]
        due = self._promised.setdefault(
            uid, trio.current_time() + self.context.settings.provision_seconds
        )
        if due > trio.current_time():
            self._queue.add_after(key_of(claim), due - trio.current_time())
            return
        volume = await self._provision(claim, storage_class)
        bound = await self._binder.update(CLAIM.name, *key_of(claim), bound_claim(claim, volume))
        bound = {**bound, "status": bound_status(bound)}
        self._claims.accept(
            await self._binder.update(CLAIM.name, *key_of(claim), bound, subresource="status")
        )

    def _class_of(self, claim: JSONObject) -> JSONObject | _Complaint:
        """The class whose provisioner makes the claim's volume, or why there is none."""
        name = class_of(claim)
        classes = self.context.informer(STORAGE_CLASS)
        found = default_class(classes) if name is None else classes.get(("", name))
        if found is None and name:
            text = f'storageclass.storage.k8s.io "{name}" not found'
            return _Complaint("ProvisioningFailed", text, is_warning=True)
        if found is None:
            text = "no persistent volumes available for this claim and no storage class is set"
            return _Complaint("FailedBinding", text)
        provisioner = found["provisioner"]
        if provisioner not in {item.provisioner for item in self.context.settings.storage_classes}:
            return _Complaint("ExternalProvisioning", _waiting_for(provisioner))
        return found

    async def _complain(self, claim: JSONObject, complaint: _Complaint) -> None:
        """Tell why the claim is not bound, again and again, with growing pauses."""
        uid, settings = claim["metadata"]["uid"], self.context.settings
        now = trio.current_time()
        due, pause = self._complaints.get(uid, (now, settings.claim_resync_seconds))
        if due <= now:
            tell = self._recorder.warning if complaint.is_warning else self._recorder.normal
            await tell(CLAIM, claim, complaint.reason, complaint.message)
            due = now + pause
            longer = min(2 * pause, settings.claim_resync_limit_seconds)
            self._complaints[uid] = (due, longer)
        self._queue.add_after(key_of(claim), due - now)

    async def _prepare(self, claim: JSONObject, storage_class: JSONObject) -> JSONObject:
        """Write on the claim its class, if it was made before there was a default, and who provides."""
        if class_of(claim) is None:
            spec = {**claim["spec"], "storageClassName": storage_class["metadata"]["name"]}
            changed = {**claim, "spec": spec}
            claim = self._claims.accept(
                await self._binder.update(CLAIM.name, *key_of(claim), changed)
            )
        annotations = claim["metadata"].get("annotations") or {}
        if annotations.get(_PROVISIONER) == storage_class["provisioner"]:
            return claim
        annotations = {**annotations, _PROVISIONER: storage_class["provisioner"]}
        changed = {**claim, "metadata": {**claim["metadata"], "annotations": annotations}}
        return self._claims.accept(await self._binder.update(CLAIM.name, *key_of(claim), changed))

    async def _provision(self, claim: JSONObject, storage_class: JSONObject) -> JSONObject:
        """The volume of a claim; made, unless an earlier pass did that and got no further."""
        volumes = self.context.informer(VOLUME)
        volume = new_volume(claim, storage_class)
        known = volumes.get(key_of(volume))
        if known is not None:
            return known
        made = volumes.accept(await self._binder.create(VOLUME.name, "", volume))
        text = f"Successfully provisioned volume {made['metadata']['name']}"
        await self._recorder.normal(CLAIM, claim, "ProvisioningSucceeded", text)
        told = {**made, "status": {"phase": "Bound"}}
        return volumes.accept(
            await self._binder.update(VOLUME.name, *key_of(made), told, subresource="status")
        )


def _waiting_for(provisioner: str) -> str:
    return (
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or "
        "manually by the system administrator. If volume creation is delayed, please verify that the "
        "provisioner is running and correctly registered."
    )
