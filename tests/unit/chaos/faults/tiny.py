"""A world with one lease, one process that is none, and one fault; no daemon."""

import attrs
import httpcore
import orjson
import trio

from provider.workload import crds
from simulator import deterministic
from simulator.chaos.definitions import lease_name, namespace
from simulator.chaos.evidence import Evidence, LeaseFacts, Life
from simulator.chaos.faults.board import FaultBoard
from simulator.chaos.plan import FaultPlan, LeasePlan, Moment, Plan, Where
from simulator.controllers.settings import ControllerSettings
from simulator.verbs.client import VerbClient
from simulator.world import open_world

LOST, SILENT = "lost", "silent"
"""In place of a status: the connection was dropped, or nothing came within 100 s."""

DEPLOYMENTS = "apps/v1/deployments"


@attrs.define(eq=False)
class Clock:
    skew: float = 0.0


@attrs.define(eq=False)
class Process:
    """What the board needs of a process of the daemon."""

    number: int
    link: object
    life: Life
    clock: Clock = attrs.field(factory=Clock)
    is_running: bool = True
    deeds: list[str] = attrs.field(factory=list)

    @property
    def host(self):
        return f"daemon-{self.number}"

    def pause(self):
        self.deeds.append("pause")

    def resume(self):
        self.deeds.append("resume")


@attrs.frozen
class Got:
    status: object
    body: object
    headers: dict
    seconds: float


@attrs.define(eq=False)
class Tiny:
    world: object
    evidence: Evidence
    board: FaultBoard
    nursery: trio.Nursery
    processes: list[Process]
    user: VerbClient

    @property
    def fired(self):
        return self.evidence.faults[0]

    @property
    def lease(self):
        return self.evidence.leases["A"]

    async def ask(
        self, method, path, body=None, *, host="kubernetes", daemon=1, kind="application/json"
    ):
        """One request of a process, over a connection of its own."""
        backend = self.world.network.link(f"daemon-{daemon}").backend
        began = trio.current_time()

        def got(status, body=None, headers=()):
            told = {k.decode().lower(): v.decode() for k, v in headers}
            return Got(status, body, told, trio.current_time() - began)

        async with httpcore.AsyncConnectionPool(network_backend=backend) as pool:
            try:
                answer = await pool.request(
                    method,
                    f"http://{host}.sim{path}",
                    headers={"content-type": kind, "user-agent": "leasekeeper/1"},
                    content=None if body is None else orjson.dumps(body),
                    extensions={"timeout": {"read": 100.0, "connect": 100.0}},
                )
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.ConnectError):
                return got(LOST)
            except (httpcore.ReadTimeout, httpcore.ConnectTimeout):
                return got(SILENT)
        try:
            decoded = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            decoded = answer.content
        return got(answer.status, decoded, answer.headers)

    async def create(self, name, *, ns="default", trial=False, daemon=1):
        """Create a ConfigMap."""
        query = "?dryRun=All" if trial else ""
        path = f"/api/v1/namespaces/{ns}/configmaps{query}"
        return await self.ask("POST", path, {"metadata": {"name": name}}, daemon=daemon)

    def has(self, name, ns="default"):
        return self.world.cluster.store.get("configmaps", ns, name) is not None

    async def latest(self, host="market"):
        """Height and time of a node's newest block."""
        got = await self.ask("GET", "/cosmos/base/tendermint/v1beta1/blocks/latest", host=host)
        return got.body["block"]["header"]

    async def info(self, host="market"):
        """What a node says of the lease."""
        name = self.lease.name
        query = "&".join(
            f"id.{key}={getattr(name, key)}"
            for key in ("owner", "dseq", "gseq", "oseq", "provider")
        )
        return await self.ask("GET", f"/akash/market/v1beta5/leases/info?{query}", host=host)

    async def close(self, host="market"):
        """Close the lease as its provider."""
        name = self.lease.name
        body = {
            "lease": {
                "owner": name.owner,
                "dseq": str(name.dseq),
                "gseq": name.gseq,
                "oseq": name.oseq,
                "provider": name.provider,
            },
            "reason": "lease_closed_reason_unstable",
        }
        return await self.ask("POST", "/simulator/transactions/close", body, host=host)

    def state(self):
        """The lease's, on the chain."""
        return self.world.chain.lease(self.lease.name).state.value

    async def deploy(self, name="d", replicas=1):
        """A Deployment in the lease's namespace."""
        spec = {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "web"}]},
            },
        }
        obj = {"metadata": {"name": name}, "spec": spec}
        await self.user.create(DEPLOYMENTS, self.lease.namespace, obj)

    async def pods(self):
        items, _ = await self.user.list("v1/pods", self.lease.namespace)
        return list(items)

    async def ready(self):
        """How many pods are ready."""
        found = [c for pod in await self.pods() for c in pod["status"].get("conditions", ())]
        return sum(c["type"] == "Ready" and c["status"] == "True" for c in found)


def fault(what, *, at=1.0, seconds=None, nth=1, times=1, name="", may_miss=False, **rest):
    """A fault of a plan; what `Where` knows goes there, the rest are values."""
    fields = {field.name for field in attrs.fields(Where)}
    where = {key: value for key, value in rest.items() if key in fields}
    values = {key: value for key, value in rest.items() if key not in fields}
    return FaultPlan(
        what=what,
        name=name,
        when=at if isinstance(at, Moment) else Moment(at=at),
        seconds=seconds,
        where=Where(**where),
        nth=nth,
        times=times,
        values=values,
        may_miss=may_miss,
    )


def play(story, *faults, controllers=False, seed=0):
    """Run a story, from 0 on, in a world in which faults begin."""

    async def main():
        plan = Plan(name="tiny", leases=(LeasePlan(name="A"), LeasePlan(name="B")), faults=faults)
        settings = ControllerSettings(jitter=0.0) if controllers else None
        async with (
            open_world(seed=seed, controllers=settings, nodes=2, market_nodes=2) as world,
            trio.open_nursery() as nursery,
        ):
            await world.install(crds.definitions())
            evidence = Evidence(plan=plan, seed=seed, world=world)
            for index, one in enumerate(plan.leases):
                name = lease_name(one, index)
                facts = LeaseFacts(plan=one, name=name, namespace=namespace(name))
                evidence.leases[one.name] = facts
                world.chain.open(name)
            user = VerbClient(world.cluster, "user")
            for facts in evidence.leases.values():
                await user.create("v1/namespaces", "", {"metadata": {"name": facts.namespace}})
            board = FaultBoard(evidence, nursery)
            processes = [
                Process(n, world.network.link(f"daemon-{n}"), Life(number=n, started_at=0.0))
                for n in (1, 2)
            ]
            for process in processes:
                world.network.listen(process.host, world.api.handle)
            board.arm(lambda: processes)
            await nursery.start(board.run)
            tiny = Tiny(world, evidence, board, nursery, processes, user)
            await story(tiny)
            board.heal()
            with trio.fail_after(100):
                await board.wait_over()
            for told in evidence.faults:
                assert told.began_at is None or told.ended_at is not None
            nursery.cancel_scope.cancel()

    return deterministic.run(seed, main)
