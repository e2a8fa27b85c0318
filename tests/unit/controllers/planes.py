"""A running control plane for tests of single controllers, and the questions they ask of it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio

from simulator.controllers.fleet import Fleet
from simulator.controllers.machines import Machines
from simulator.controllers.nodes import Nodes
from simulator.controllers.settings import ControllerSettings, NodeShape
from simulator.journal import CommitEntry
from simulator.jsontypes import JSONObject
from simulator.ports import Client, Refused
from simulator.verbs.client import VerbClient
from simulator.verbs.cluster import Cluster
from tests.behaviour.cluster import VirtualClock, as_it_is, open_cluster

NS = "tenant"
APPS = "apps/v1"
PODS = "v1/pods"


@attrs.frozen
class Plane:
    """A cluster, and a user of it."""

    cluster: Cluster
    user: VerbClient
    fleet: Fleet

    async def create(self, resource: str, obj: JSONObject, namespace: str = NS) -> JSONObject:
        return await self.user.create(resource, namespace, obj)

    async def names(self, resource: str, namespace: str = NS) -> list[str]:
        items, _ = await self.user.list(resource, namespace)
        return [item["metadata"]["name"] for item in items]

    async def all(self, resource: str, namespace: str = NS) -> list[JSONObject]:
        items, _ = await self.user.list(resource, namespace)
        return list(items)

    async def get(self, resource: str, name: str, namespace: str = NS) -> JSONObject:
        return await self.user.get(resource, namespace, name)

    async def exists(self, resource: str, name: str, namespace: str = NS) -> bool:
        try:
            await self.user.get(resource, namespace, name)
        except Refused as refusal:
            if refusal.code == 404:
                return False
            raise
        return True

    async def reasons(self) -> list[str]:
        """Reasons of the Events in the tenant's namespace, in the order of their writing."""
        events = [item for item in self.cluster.journal.commits if item.resource == "v1/events"]
        return [item.object["reason"] for item in events if item.namespace == NS]

    def since(self, number: int) -> list[CommitEntry]:
        """Commits after the first `number`."""
        return list(self.cluster.journal.commits[number:])


@asynccontextmanager
async def open_plane(
    settings: ControllerSettings | None = None,
    *,
    nodes: int | Sequence[NodeShape] = 2,
    seed: int = 0,
    through: Callable[[Client], Client] = as_it_is,
) -> AsyncIterator[Plane]:
    """A control plane with the tenant's namespace, at rest."""
    settings = settings if settings is not None else ControllerSettings(jitter=0.0)
    machines = Machines()
    async with open_cluster(
        seed=seed, nodes=nodes, settings=settings, machines=machines, through=through
    ) as cluster:
        user = VerbClient(cluster, "user")
        await user.create("v1/namespaces", "", {"metadata": {"name": NS}})
        await trio.sleep(1)
        nodes_of = Nodes(partial(VerbClient, cluster), VirtualClock(), settings)
        yield Plane(cluster, user, Fleet(nodes_of, machines))


def pod_template(image: str = "nginx:1", **spec: object) -> JSONObject:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image}], **spec},
    }


def deployment(replicas: int = 1, image: str = "nginx:1", **spec: object) -> JSONObject:
    return {
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod_template(image),
            **spec,
        },
    }


def stateful_set(replicas: int = 1, storage: str | None = None, **spec: object) -> JSONObject:
    """The StatefulSet `db`; `storage` names a class, empty the default one."""
    claim_spec: JSONObject = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    if storage:
        claim_spec["storageClassName"] = storage
    claims = [{"metadata": {"name": "data"}, "spec": claim_spec}]
    return {
        "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db",
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod_template("db:1"),
            **({"volumeClaimTemplates": claims} if storage is not None else {}),
            **spec,
        },
    }


def pod(name: str = "p", image: str = "nginx:1", **spec: object) -> JSONObject:
    return {"metadata": {"name": name}, "spec": pod_template(image, **spec)["spec"]}
