"""Short ways to ask a cluster, for tests."""

import attrs

from simulator.jsontypes import JSONObject, JSONValue
from simulator.ports import Refused
from simulator.verbs.apply import apply
from simulator.verbs.caller import Caller, DeleteOptions, WriteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.create import create
from simulator.verbs.delete import delete
from simulator.verbs.get import get
from simulator.verbs.list import ListOptions, list_objects
from simulator.verbs.outcome import Outcome
from simulator.verbs.patch import PatchType, patch
from simulator.verbs.registry import Served
from simulator.verbs.replace import replace

CALLER = Caller("tester", "tester")


@attrs.frozen
class Asking:
    """The verbs as one caller asks for them, in the namespace `n` unless told otherwise."""

    cluster: Cluster

    def served(self, resource: str) -> Served:
        found = self.cluster.registry.find(resource)
        assert found is not None
        return found

    def _at(self, resource: str, namespace: str) -> tuple[Cluster, Caller, Served, str]:
        served = self.served(resource)
        return self.cluster, CALLER, served, namespace if served.resource.namespaced else ""

    def _object(self, resource: str, name: str, fields: JSONObject) -> JSONObject:
        served = self.served(resource)
        metadata = {"name": name} if name else {}
        metadata |= fields.get("metadata", {})
        head = {"kind": served.resource.kind, "apiVersion": served.api_version}
        return head | fields | {"metadata": metadata}

    def create(
        self,
        resource: str,
        name: str,
        fields: JSONObject | None = None,
        *,
        namespace: str = "n",
        dry_run: bool = False,
    ) -> Outcome:
        options = WriteOptions(manager="tester", dry_run=dry_run)
        obj = self._object(resource, name, fields or {})
        return create(*self._at(resource, namespace), obj, options)

    def get(self, resource: str, name: str, *, namespace: str = "n") -> JSONObject:
        cluster, _, served, placed = self._at(resource, namespace)
        return get(cluster, served, placed, name).object

    def find(self, resource: str, name: str, *, namespace: str = "n") -> JSONObject | None:
        cluster, _, served, placed = self._at(resource, namespace)
        version = cluster.get(served, placed, name)
        return version.object if version else None

    def apply(
        self,
        resource: str,
        name: str,
        fields: JSONObject,
        *,
        namespace: str = "n",
        manager: str = "tester",
        force: bool = True,
        dry_run: bool = False,
    ) -> Outcome:
        options = WriteOptions(manager=manager, force=force, dry_run=dry_run)
        obj = self._object(resource, name, fields)
        return apply(*self._at(resource, namespace), name, obj, options)

    def replace(
        self, resource: str, name: str, obj: JSONObject, *, subresource: str = ""
    ) -> Outcome:
        options = WriteOptions(manager="tester")
        return replace(*self._at(resource, "n"), name, obj, options, subresource=subresource)

    def merge(
        self,
        resource: str,
        name: str,
        change: JSONValue,
        *,
        subresource: str = "",
        manager: str = "tester",
        dry_run: bool = False,
    ) -> Outcome:
        options = WriteOptions(manager=manager, dry_run=dry_run)
        return patch(
            *self._at(resource, "n"),
            name,
            change,
            options,
            form=PatchType.MERGE,
            subresource=subresource,
        )

    def delete(
        self,
        resource: str,
        name: str,
        options: DeleteOptions | None = None,
        *,
        namespace: str = "n",
    ) -> Outcome:
        return delete(*self._at(resource, namespace), name, options or DeleteOptions())

    def names(self, resource: str, options: ListOptions | None = None) -> list[str]:
        cluster, _, served, placed = self._at(resource, "n")
        page = list_objects(cluster, served, placed, options or ListOptions())
        return [version.object["metadata"]["name"] for version in page.items]


def causes(refused: Refused) -> list[tuple[str, str]]:
    """(reason, field) of each cause of a refusal."""
    found = refused.status["details"]["causes"]
    return [(cause["reason"], cause["field"]) for cause in found]
