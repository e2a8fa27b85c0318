"""States of control plane, nodes and admission: how they begin and end, by their `what`."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

import trio

from simulator.chaos.faults.addressing import about, rule, rules_of
from simulator.chaos.faults.case import Case
from simulator.chaos.faults.network_states import State
from simulator.faults import refusals
from simulator.faults.asked import Asked
from simulator.faults.control_plane import Hold
from simulator.faults.effects import Refuse
from simulator.journal import CommitEntry, Entry
from simulator.ports import Refused
from simulator.verbs.client import VerbClient
from simulator.wire.messages import Request

_QUOTA = "chaos"
_USERS = {
    "": "",
    "scheduler": "system:kube-scheduler",
    "kubelet": "system:node:",
    "caches": "system:kube-controller-manager",
}


def user(controller: str) -> str:
    """The beginning of the names under which a controller of a plan acts."""
    return _USERS.get(controller, f"system:serviceaccount:kube-system:{controller}")


# ── control plane ───────────────────────────────────────────────────────────────────────────────


def _held(hold: Callable[[Case], Hold]) -> State:
    @asynccontextmanager
    async def state(case: Case) -> AsyncIterator[None]:
        held = hold(case)
        yield
        case.world.control_plane.let_go(held)

    return state


def _lag(case: Case) -> Hold:
    who = user(str(case.value("controller")))
    return case.world.control_plane.lag(case.number("delay"), who, case.happened)


def _pause(case: Case) -> Hold:
    who = user(str(case.value("controller")))
    return case.world.control_plane.pause(who, case.happened)


def _scheduler(case: Case) -> Hold:
    return case.world.control_plane.pause(user("scheduler"), case.happened)


@asynccontextmanager
async def _crash(case: Case) -> AsyncIterator[None]:
    plane = case.world.control_plane
    case.hold("control plane")
    if plane.is_running:
        await plane.kill()
    case.happened()
    yield
    if case.let_go("control plane"):
        await plane.start()


@asynccontextmanager
async def _slow(case: Case) -> AsyncIterator[None]:
    machines, factor, node = case.world.fleet.machines, case.number("factor"), case.value("node")
    names = [str(node)] if node else _node_names(case)
    for name in names:
        machines.slow_down(name, machines.factor(name) * factor)
    case.happened()
    yield
    for name in names:
        machines.slow_down(name, machines.factor(name) / factor)


def _node_names(case: Case) -> list[str]:
    return [
        version.object["metadata"]["name"] for version in case.world.cluster.store.items("nodes")
    ]


@asynccontextmanager
async def _endless(case: Case) -> AsyncIterator[None]:
    namespace = case.evidence.leases[case.plan.where.lease].namespace
    case.hold(("pods", namespace))
    case.world.fleet.machines.keep_pods(namespace, case.happened)
    yield
    if case.let_go(("pods", namespace)):
        case.world.fleet.machines.let_pods_end(namespace)


# ── nodes ───────────────────────────────────────────────────────────────────────────────────────


def _node(
    state: str,
    begin: Callable[[Case, str], Awaitable[None]],
    end: Callable[[Case, str], Awaitable[None]],
) -> State:
    """A state of one node; a node that is not there has none."""

    @asynccontextmanager
    async def in_force(case: Case) -> AsyncIterator[None]:
        name = str(case.value("node"))
        case.hold((state, name))
        if name in _node_names(case):
            await begin(case, name)
            case.happened()
        yield
        if case.let_go((state, name)):
            try:
                await end(case, name)
            except Refused as refusal:
                # It may be gone by now.
                if refusal.code != 404:
                    raise

    return in_force


async def _go_dark(case: Case, name: str) -> None:
    case.world.fleet.go_dark(name)
    await trio.lowlevel.checkpoint()


async def _come_back(case: Case, name: str) -> None:
    case.world.fleet.come_back(name)
    await trio.lowlevel.checkpoint()


async def _break(case: Case, name: str) -> None:
    await case.world.fleet.report(name, ready=False)


async def _mend(case: Case, name: str) -> None:
    await case.world.fleet.report(name, ready=True)


async def _cordon(case: Case, name: str) -> None:
    await case.world.fleet.cordon(name)


async def _drain(case: Case, name: str) -> None:
    await case.world.fleet.drain(name)


async def _uncordon(case: Case, name: str) -> None:
    await case.world.fleet.uncordon(name)


# ── admission and the server's own limits ───────────────────────────────────────────────────────


@asynccontextmanager
async def _admission(case: Case) -> AsyncIterator[None]:
    refusing = rule(case, Refuse(refusals.admission_refused), verb="write", always=True)
    meant, with_trials = about(case.evidence, case.plan.where), bool(case.value("trials"))

    def is_meant(request: Request, found: Asked) -> bool:
        is_admitted = found.verb in ("create", "update", "patch", "apply")
        is_told = with_trials or not found.is_dry_run
        return is_admitted and is_told and meant is not None and meant(request, found)

    refusing.about = is_meant
    case.world.rules.add(refusing)
    yield
    case.world.rules.remove(refusing)


@asynccontextmanager
async def _rate(case: Case) -> AsyncIterator[None]:
    most, seconds = int(case.number("per_second")), int(case.number("retry_after"))
    passed: deque[float] = deque()

    def is_too_much(request: Request, found: Asked) -> bool:
        del request, found
        now = trio.current_time()
        while passed and passed[0] <= now - 1.0:
            passed.popleft()
        if len(passed) >= most:
            return True
        passed.append(now)
        return False

    limiting = rule(case, Refuse(refusals.too_many, seconds or None), always=True)
    limiting.about = is_too_much
    rules = rules_of(case.world, case.plan.where.host)
    rules.add(limiting)
    yield
    rules.remove(limiting)


@asynccontextmanager
async def _quota(case: Case) -> AsyncIterator[None]:
    namespace = case.evidence.leases[case.plan.where.lease].namespace
    admin = VerbClient(case.world.cluster, "system:admin")
    appeared = trio.Event()

    def note(entry: Entry) -> None:
        if isinstance(entry, CommitEntry) and _is_namespace(entry, namespace):
            appeared.set()

    async def place() -> None:
        unsubscribe = case.world.journal.subscribe(note)
        try:
            if case.world.cluster.store.get("namespaces", "", namespace) is None:
                await appeared.wait()
        finally:
            unsubscribe()
        quota = {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": _QUOTA},
            "spec": {"hard": {"pods": str(int(case.number("pods")))}},
        }
        try:
            await admin.create("v1/resourcequotas", namespace, quota)
            case.happened()
        except Refused as refusal:
            if refusal.code not in (403, 404, 409):
                raise

    async with trio.open_nursery() as nursery:
        nursery.start_soon(place, name="place a quota")
        yield
        nursery.cancel_scope.cancel(reason="the fault ends")
    try:
        await admin.delete("v1/resourcequotas", namespace, _QUOTA)
    except Refused as refusal:
        if refusal.code != 404:
            raise


def _is_namespace(entry: CommitEntry, name: str) -> bool:
    return entry.resource == "v1/namespaces" and entry.name == name


CLUSTER: Mapping[str, State] = MappingProxyType(
    {
        "controllers-lag": _held(_lag),
        "controllers-paused": _held(_pause),
        "controllers-crash": _crash,
        "scheduler-off": _held(_scheduler),
        "kubelet-slow": _slow,
        "pods-endless": _endless,
        "node-dark": _node("dark", _go_dark, _come_back),
        "node-not-ready": _node("ready", _break, _mend),
        "node-cordoned": _node("cordon", _cordon, _uncordon),
        "node-drained": _node("cordon", _drain, _uncordon),
        "admission-refused": _admission,
        "rate-limited": _rate,
        "quota": _quota,
    }
)
