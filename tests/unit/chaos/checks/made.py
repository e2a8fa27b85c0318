"""Builds, by hand, what a run would have left behind: a journal and little else."""

from types import SimpleNamespace as Made

import attrs
import orjson

from simulator.chaos.checks import kinds
from simulator.chaos.evidence import Evidence, Fired, LeaseFacts, Life, Mark
from simulator.chaos.plan import DaemonPlan, FaultPlan, LeasePlan, Plan, Where, WorldPlan
from simulator.journal import CommitEntry, RequestEntry
from simulator.market.answers import Told
from simulator.market.chain import FIRST_HEIGHT
from simulator.market.leases import LeaseName, LeaseState
from simulator.market.transactions import Executed, Transaction
from simulator.world import EPOCH

PROVIDER = "akash1provider"
RECORDS_NAMESPACE = "lease"


def name_of(index, owner="alice"):
    return LeaseName(owner, 1000 + index, 1, 1, PROVIDER)


def labels(name):
    parts = {"owner": name.owner, "dseq": name.dseq, "gseq": name.gseq, "oseq": name.oseq}
    found = {f"akash.network/lease.id.{key}": str(value) for key, value in parts.items()}
    return {**found, "akash.network/lease.id.provider": name.provider, "akash.network": "true"}


def pod_spec(generation, node="", cpu="100m"):
    env = [{"name": "GENERATION", "value": str(generation)}]
    requests = {"cpu": cpu, "memory": "128Mi"}
    container = {"name": "web", "env": env, "resources": {"requests": requests}}
    return {"containers": [container], **({"nodeName": node} if node else {})}


def workload(generation, replicas=1, ready=1):
    status = {"observedGeneration": 1, "readyReplicas": ready, "updatedReplicas": replicas}
    return {
        "metadata": {"generation": 1},
        "spec": {"replicas": replicas, "template": {"spec": pod_spec(generation)}},
        "status": status,
    }


def pod(generation=1, *, ready=True, node="", waiting="", **more):
    state = {"waiting": {"reason": waiting}} if waiting else {}
    conditions = [{"type": "Ready", "status": str(ready)}]
    status = {"conditions": conditions, "containerStatuses": [{"state": state}]}
    return {
        "metadata": {"labels": {kinds.SERVICE_LABEL: "web"}},
        "spec": pod_spec(generation, node, **more),
        "status": status,
    }


def record(generation, **annotations):
    env = [f"GENERATION={generation}"]
    names = {"closing": kinds.CLOSING, "owed": kinds.CLOSE_OWED}
    notes = {names[key]: value for key, value in annotations.items()}
    return {
        "metadata": {"annotations": notes},
        "spec": {"group": {"services": [{"name": "web", "env": env}]}},
    }


def route(host):
    return {"spec": {"rules": [{"host": host}]}}


@attrs.define(eq=False)
class Run:
    """One run as it is being made up; what is said of time is in seconds since it began."""

    leases: dict = attrs.field(factory=dict)
    entries: list = attrs.field(factory=list)
    told: list = attrs.field(factory=list)
    sent: list = attrs.field(factory=list)
    objects: dict = attrs.field(factory=dict)
    """What there is now: (resource, namespace, name)."""
    faults: list = attrs.field(factory=list)
    marks: list = attrs.field(factory=list)
    lives: list = attrs.field(factory=list)
    looks: list = attrs.field(factory=list)
    rests: list = attrs.field(factory=list)
    settings: dict = attrs.field(factory=dict)
    market_nodes: int = 2
    _number: int = 0

    def lease(self, name, **facts):
        """A lease of the plan; its tenant namespace is called like it."""
        owner = facts.pop("owner", "alice")
        self.leases[name] = LeaseFacts(
            plan=LeasePlan(name=name, owner=owner),
            name=name_of(len(self.leases), owner),
            namespace=f"ns-{name.lower()}",
            **facts,
        )
        return self

    # ── the cluster ─────────────────────────────────────────────────────────────────────────────

    def put(self, time, lease, resource, name="", obj=None, *, by="daemon", client="daemon-1"):
        """Somebody writes an object of a lease; `by` is daemon, kubectl or a controller."""
        return self._commit(time, lease, resource, name, obj or {}, by, client)

    def delete(self, time, lease, resource, name="", *, by="daemon"):
        """Somebody deletes it, and it is gone at once."""
        return self._commit(time, lease, resource, name, None, by)

    def _commit(self, time, lease, resource, name, obj, by, client="daemon-1"):
        facts = self.leases[lease]
        central = resource in (kinds.RECORDS, *kinds.CLAIMS)
        namespace = RECORDS_NAMESPACE if central else facts.namespace
        if resource == kinds.NAMESPACES:
            namespace = ""
        name = name or facts.namespace
        key = (resource, namespace, name)
        previous = self.objects.get(key)
        if obj is None:
            current, change = previous or {"metadata": {}}, "DELETED"
            self.objects.pop(key, None)
        else:
            change = "MODIFIED" if previous else "ADDED"
            metadata = {"name": name, "namespace": namespace, "labels": labels(facts.name)}
            given = obj.get("metadata", {})
            metadata.update({**given, "labels": {**metadata["labels"], **given.get("labels", {})}})
            current = {**obj, "metadata": metadata}
            self.objects[key] = current
        number = self._begin() if by in ("daemon", "kubectl") else 0
        self.entries.append(
            CommitEntry(
                time=EPOCH + time,
                revision=len(self.entries) + 1,
                type=change,
                resource=resource,
                namespace=namespace,
                name=name,
                object=current,
                previous=previous,
                user=by,
                request=number,
            )
        )
        if number:
            method = "DELETE" if obj is None else "PATCH"
            body = b"" if obj is None else orjson.dumps(obj)
            target = _target(resource, namespace, name)
            self._answer(number, time, method, target, by, body=body, client=client)
        return self

    def request(self, time, method, target, *, by="daemon", status=200, body=b""):
        """A request that changes nothing, or is refused."""
        self._answer(self._begin(), time, method, target, by, status=status, body=body)
        return self

    def _begin(self):
        self._number += 1
        return self._number

    def _answer(self, number, time, method, target, by, *, status=200, body=b"", client="daemon-1"):
        agent = {"daemon": "leasekeeper/1", "kubectl": "kubectl/v1.33"}.get(by, by)
        self.entries.append(
            RequestEntry(
                number=number,
                time=EPOCH + time,
                user="system:admin",
                agent=agent,
                method=method,
                target=target,
                body=body,
                status=status,
                answer=b"",
                client=client if by == "daemon" else "",
            )
        )

    # ── the market, fate and the processes ──────────────────────────────────────────────────────

    def close(self, time, lease, *, told=True):
        """The chain closes a lease; `told`: the daemon hears of it at once."""
        self.leases[lease].closed_at = time
        return self.tell(time, lease, "closed") if told else self

    def tell(self, time, lease, state, *, height=None, newest=None):
        """An answer of the market to the daemon."""
        now = FIRST_HEIGHT + int(time)
        height = now if height is None else height
        newest = now if newest is None else newest
        self.told.append(
            Told(
                EPOCH + time,
                self.leases[lease].name,
                state,
                height,
                "leasekeeper/1",
                host="market",
                newest=newest,
                heard=len(self.told),
                client=f"daemon-{len(self.lives)}",
            )
        )
        return self

    def send(self, time, lease, *, outcome=None, failure="", executed=True):
        """A closing is sent."""
        number = len(self.sent) + 1
        name = self.leases[lease].name
        entry = Transaction(
            number, EPOCH + time, name, "lease_closed_reason_unstable", outcome or Executed()
        )
        entry.failure = failure
        entry.height = FIRST_HEIGHT + int(time) if executed and not failure else None
        self.sent.append(entry)
        return self

    def fault(self, what, began, ended=None, *, lease="", times=(), met=0):
        """A fault that was in force; with `times`, one of requests."""
        plan = FaultPlan(what=what, where=Where(lease=lease))
        fired = len(times) or 1
        self.faults.append(
            Fired(
                plan=plan,
                name=what,
                began_at=began,
                ended_at=ended,
                met=met or len(times),
                fired=fired,
                times=list(times),
            )
        )
        return self

    def mark(self, time, what, lease="", detail="", daemon=0):
        """A deed."""
        self.marks.append(Mark(time, what, lease, detail, daemon))
        return self

    def life(self, started=0.0, end="", asked=None, ended=None, **more):
        """One process of the daemon."""
        self.lives.append(Life(len(self.lives) + 1, started, end, asked, ended, **more))
        return self

    def evidence(self, ended=1000.0, quiet=None, healed=None, actions=()):
        """All of it, as the checks take it; the end of the world is `ended`."""
        plan = Plan(
            name="made",
            leases=tuple(facts.plan for facts in self.leases.values()),
            world=WorldPlan(market_nodes=self.market_nodes),
            daemon=DaemonPlan(settings=self.settings),
            actions=actions,
        )
        return Evidence(
            plan=plan,
            seed=0,
            world=self._world(),
            leases=self.leases,
            marks=sorted(self.marks, key=lambda mark: mark.time),
            faults=self.faults,
            looks=self.looks,
            lives=self.lives,
            rests=self.rests,
            healed_at=healed,
            quiet_at=quiet,
            ended_at=ended,
        )

    def _world(self):
        stored = {}
        for (resource, _, _), obj in self.objects.items():
            stored.setdefault(resource, []).append(Made(object=obj))
        registry = [Made(path=resource, storage=resource) for resource in sorted(stored)]
        return Made(
            journal=self.entries,
            answers=Made(told=tuple(self.told)),
            transactions=Made(sent=self.sent),
            chain=Made(lease=self._on_chain),
            cluster=Made(registry=registry, store=Made(items=lambda key: stored[key])),
        )

    def _on_chain(self, name):
        facts = next(facts for facts in self.leases.values() if facts.name == name)
        lost = facts.closed_at is not None
        return Made(state=LeaseState.CLOSED if lost else LeaseState.ACTIVE)


def deployed(name="A", generation=1, time=10.0, run=None, **facts):
    """A run with one lease that stands whole: record, namespace, policy, workload, route, host."""
    run = run or Run()
    host = f"{name.lower()}.example.com"
    wanted = frozenset(
        {
            *(("deployments", "web"), ("services", "web"), ("networkpolicies", "isolation")),
            *(("ingresses", host), ("providerhosts", host)),
        }
    )
    facts.setdefault("wanted", dict.fromkeys((1, 2, 3), wanted))
    facts.setdefault("sent", [(time, generation)])
    facts.setdefault("accepted", [(time, generation)])
    run.lease(name, **facts)
    run.put(time, name, kinds.RECORDS, obj=record(generation))
    run.put(time, name, kinds.NAMESPACES)
    run.put(time + 0.1, name, kinds.POLICIES, "isolation")
    run.put(time + 0.2, name, kinds.DEPLOYMENTS, "web", workload(generation))
    run.put(time + 0.2, name, kinds.SERVICES, "web")
    run.put(time + 0.2, name, kinds.INGRESSES, host, route(host))
    run.put(time + 0.3, name, kinds.HOSTS, host)
    run.put(time + 0.4, name, kinds.PODS, "web-1", pod(generation), by="controllers")
    return run


def torn_down(run, name="A", time=100.0):
    """What a teardown does, in its order; the lease is closed by then."""
    host = f"{name.lower()}.example.com"
    generation = kinds.generation_of_record(
        run.objects[kinds.RECORDS, RECORDS_NAMESPACE, run.leases[name].namespace]
    )
    run.put(time, name, kinds.RECORDS, obj=record(generation, closing="{}"))
    run.delete(time, name, kinds.INGRESSES, host)
    run.delete(time, name, kinds.HOSTS, host)
    inside = [k for k in run.objects if k[1] == run.leases[name].namespace]
    for resource, _, object_name in inside:
        run.delete(time + 5, name, resource, object_name, by="controllers")
    run.delete(time + 5, name, kinds.NAMESPACES)
    run.delete(time + 6, name, kinds.RECORDS)
    return run


def _target(resource, namespace, name):
    group, _, plural = resource.rpartition("/")
    root = "/api/v1" if group == "v1" else f"/apis/{group}"
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{place}/{plural}/{name}"
