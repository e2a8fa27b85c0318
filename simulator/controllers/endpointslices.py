"""
The controllers that tell which pods stand behind a Service: EndpointSlices, and Endpoints.

Both are written only when what they say changes. Source: kubernetes staging/src/k8s.io/endpointslice
and pkg/controller/endpoint.
"""

from collections.abc import Sequence
from itertools import zip_longest

import attrs

from simulator.controllers import endpoints
from simulator.controllers.catalog import ENDPOINT_SLICE, ENDPOINTS, POD, SERVICE
from simulator.controllers.context import Context, enqueue
from simulator.controllers.endpoints import Backend
from simulator.controllers.informer import Informer, key_of
from simulator.controllers.ownership import controller_key, controller_reference
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.selectors import has_all, labels_of
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.ports import Client

_PER_SLICE = 100
"""Endpoints in one slice (--max-endpoints-per-slice)."""
_SERVICE_LABEL = "kubernetes.io/service-name"
_MANAGED_LABEL = "endpointslice.kubernetes.io/managed-by"
_HEADLESS_LABEL = "service.kubernetes.io/headless"
_MANAGER = "endpointslice-controller.k8s.io"
_MANAGED_ENDPOINTS = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}


def desired_slices(service: JSONObject, found: Sequence[Backend]) -> list[JSONObject]:
    """What the slices of a Service have to hold, without metadata; always at least one. Pure."""
    publish = bool(service["spec"].get("publishNotReadyAddresses"))
    slices = []
    for ports, members in endpoints.groups(service, found):
        for start in range(0, len(members), _PER_SLICE):
            part = members[start : start + _PER_SLICE]
            entries = [endpoints.slice_endpoint(backend, publish=publish) for backend in part]
            slices.append({"addressType": "IPv4", "endpoints": entries, "ports": ports})
    return slices or [{"addressType": "IPv4", "endpoints": [], "ports": None}]


@attrs.define(eq=False)
class EndpointSlices:
    """Keeps slices and Endpoints in step with Services and pods."""

    context: Context
    _slice_client: Client = attrs.field(init=False)
    _endpoints_client: Client = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._slice_client = context.controller_client("endpointslice-controller")
        self._endpoints_client = context.controller_client("endpoint-controller")
        self._queue = context.queue()
        context.informer(SERVICE).subscribe(enqueue(self._queue))
        context.informer(ENDPOINTS).subscribe(enqueue(self._queue))
        context.informer(POD).subscribe(self._pod_changed)
        self._slices.subscribe(self._slice_changed)

    @property
    def _slices(self) -> Informer:
        return self.context.informer(ENDPOINT_SLICE)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await work(self._queue, self._reconcile)

    def _pod_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        """Wake the Services that select the pod, or did."""
        for pod in (before, after):
            if pod is None:
                continue
            for service in self.context.informer(SERVICE).in_namespace(
                pod["metadata"]["namespace"]
            ):
                if _selects(service, pod):
                    self._queue.add(key_of(service))

    def _slice_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        for changed in (before, after):
            key = controller_key(changed, SERVICE) if changed is not None else None
            if key is not None:
                self._queue.add(key)

    async def _reconcile(self, key: Key) -> None:
        service = self.context.informer(SERVICE).get(key)
        if service is None:
            await self._withdraw(key)
        elif service["spec"].get("selector"):
            pods = self.context.informer(POD).in_namespace(key[0])
            selected = (pod for pod in pods if _selects(service, pod))
            found = endpoints.backends(service, selected)
            await self._tell_endpoints(service, found)
            await self._tell_slices(service, found)

    async def _withdraw(self, key: Key) -> None:
        """Delete the Endpoints of a Service that has gone; its slices are the collector's."""
        left = self.context.informer(ENDPOINTS).get(key)
        if left is not None and _MANAGED_ENDPOINTS.items() <= dict(labels_of(left)).items():
            uid = left["metadata"]["uid"]
            await self._endpoints_client.delete(ENDPOINTS.name, *key, uid=uid)

    async def _tell_endpoints(self, service: JSONObject, found: Sequence[Backend]) -> None:
        subsets = endpoints.subsets(service, found)
        labels = {**labels_of(service), **_MANAGED_ENDPOINTS, **_headless(service)}
        namespace, name = key_of(service)
        known = self.context.informer(ENDPOINTS).get((namespace, name))
        if known is None:
            metadata: JSONObject = {"name": name, "namespace": namespace, "labels": labels}
            made: JSONObject = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}
            if subsets:
                made["subsets"] = subsets
            answer = await self._endpoints_client.create(ENDPOINTS.name, namespace, made)
        elif (known.get("subsets") or []) == subsets and labels_of(known) == labels:
            return
        else:
            metadata = {**known["metadata"], "labels": labels}
            changed = {**known, "metadata": metadata, "subsets": subsets}
            answer = await self._endpoints_client.update(ENDPOINTS.name, namespace, name, changed)
        self.context.informer(ENDPOINTS).accept(answer)

    async def _tell_slices(self, service: JSONObject, found: Sequence[Backend]) -> None:
        """Give each slice there is the content of one that there has to be, and even out the rest."""
        owned = self._slices.owned_by(service["metadata"]["uid"])
        known = sorted(owned, key=lambda item: str(item["metadata"]["name"]))
        for slice_, wanted in zip_longest(known, desired_slices(service, found)):
            if wanted is None:
                uid = slice_["metadata"]["uid"]
                await self._slice_client.delete(ENDPOINT_SLICE.name, *key_of(slice_), uid=uid)
            elif slice_ is None:
                await self._make_slice(service, wanted)
            else:
                await self._change_slice(service, slice_, wanted)

    async def _make_slice(self, service: JSONObject, wanted: JSONObject) -> None:
        namespace, name = key_of(service)
        made = {
            "apiVersion": ENDPOINT_SLICE.api_version,
            "kind": ENDPOINT_SLICE.kind,
            "metadata": {
                "generateName": f"{name}-",
                "namespace": namespace,
                "labels": _slice_labels(service),
                "ownerReferences": [controller_reference(SERVICE, service)],
            },
            **wanted,
        }
        answer = await self._slice_client.create(ENDPOINT_SLICE.name, namespace, made)
        self._slices.accept(answer)

    async def _change_slice(
        self, service: JSONObject, slice_: JSONObject, wanted: JSONObject
    ) -> None:
        labels = _slice_labels(service)
        same = all(
            (slice_.get(field) or []) == (wanted[field] or []) for field in ("endpoints", "ports")
        )
        if same and labels_of(slice_) == labels:
            return
        changed = {**slice_, **wanted, "metadata": {**slice_["metadata"], "labels": labels}}
        answer = await self._slice_client.update(ENDPOINT_SLICE.name, *key_of(slice_), changed)
        self._slices.accept(answer)


def _selects(service: JSONObject, pod: JSONObject) -> bool:
    selector = service["spec"].get("selector")
    return bool(selector) and has_all(labels_of(pod), selector)


def _headless(service: JSONObject) -> JSONObject:
    return {_HEADLESS_LABEL: ""} if service["spec"].get("clusterIP") == "None" else {}


def _slice_labels(service: JSONObject) -> JSONObject:
    return {
        **labels_of(service),
        _SERVICE_LABEL: service["metadata"]["name"],
        _MANAGED_LABEL: _MANAGER,
        **_headless(service),
    }
