"""
What every namespace gets: the ServiceAccount `default` and the ConfigMap `kube-root-ca.crt`.

Source: kubernetes pkg/controller/serviceaccount/serviceaccounts_controller.go and
pkg/controller/certificates/rootcacertpublisher.
"""

import attrs

from simulator.controllers.catalog import CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT
from simulator.controllers.context import Context
from simulator.controllers.informer import key_of
from simulator.controllers.queue import Key, KeyQueue
from simulator.controllers.worker import work
from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource
from simulator.ports import Client

ACCOUNT = "default"
ROOT_CERTIFICATES = "kube-root-ca.crt"


@attrs.define(eq=False)
class ServiceAccounts:
    """Keeps both there for as long as their namespace is active."""

    context: Context
    _accounts: Client = attrs.field(init=False)
    _certificates: Client = attrs.field(init=False)
    _queue: KeyQueue[Key] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        context = self.context
        self._accounts = context.controller_client("service-account-controller")
        self._certificates = context.controller_client("root-ca-cert-publisher")
        self._queue = context.queue()
        context.informer(NAMESPACE).subscribe(self._namespace_changed)
        context.informer(SERVICE_ACCOUNT).subscribe(self._content_changed)
        context.informer(CONFIG_MAP).subscribe(self._content_changed)

    async def run(self) -> None:
        """Reconcile until cancelled."""
        await work(self._queue, self._reconcile)

    def _namespace_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if before is None and after is not None:
            self._queue.add(key_of(after))

    def _content_changed(self, before: JSONObject | None, after: JSONObject | None) -> None:
        if after is None and before is not None:
            namespace, name = key_of(before)
            if name in (ACCOUNT, ROOT_CERTIFICATES):
                self._queue.add(("", namespace))

    async def _reconcile(self, key: Key) -> None:
        namespace = self.context.informer(NAMESPACE).get(key)
        if namespace is None or namespace["status"]["phase"] != "Active":
            return
        await self._ensure(self._accounts, SERVICE_ACCOUNT, key[1], ACCOUNT, {})
        data = {"data": {"ca.crt": self.context.settings.root_certificate}}
        await self._ensure(self._certificates, CONFIG_MAP, key[1], ROOT_CERTIFICATES, data)

    async def _ensure(
        self, client: Client, kind: Resource, namespace: str, name: str, content: JSONObject
    ) -> None:
        cache = self.context.informer(kind)
        if cache.get((namespace, name)) is None:
            made = {
                "apiVersion": kind.api_version,
                "kind": kind.kind,
                "metadata": {"name": name, "namespace": namespace},
                **content,
            }
            cache.accept(await client.create(kind.name, namespace, made))
