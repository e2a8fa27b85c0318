"""Starts the whole control plane: caches first, then nodes, then every controller as a named task."""

import random
from collections.abc import Callable, Sequence

import trio

from simulator.controllers.claims import Claims
from simulator.controllers.context import Context
from simulator.controllers.deployments import Deployments
from simulator.controllers.endpointslices import EndpointSlices
from simulator.controllers.evictions import Evictions
from simulator.controllers.garbage import GarbageCollector
from simulator.controllers.heartbeats import Heartbeats
from simulator.controllers.informer import Informers
from simulator.controllers.jobs import Jobs
from simulator.controllers.kubelet import Kubelets
from simulator.controllers.machines import Machines
from simulator.controllers.namespaces import Namespaces
from simulator.controllers.node_lifecycle import NodeLifecycle
from simulator.controllers.nodes import Nodes
from simulator.controllers.pod_collector import PodCollector
from simulator.controllers.reclaimer import Reclaimer
from simulator.controllers.replicasets import ReplicaSets
from simulator.controllers.scheduler import Scheduler
from simulator.controllers.serviceaccounts import ServiceAccounts
from simulator.controllers.settings import ControllerSettings, NodeShape
from simulator.controllers.statefulsets import StatefulSets
from simulator.ports import Client, Clock


async def run_controllers(
    client_for: Callable[[str], Client],
    *,
    clock: Clock,
    rng: random.Random,
    nodes: int | Sequence[NodeShape],
    settings: ControllerSettings,
    machines: Machines | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """
    Run a control plane until cancelled; started once its caches are filled and its nodes Ready.

    A cluster in which nothing is left to do sees no write from here, however long it stays so.

    Args:
        client_for: gives a client that acts as the user of a name.
        clock: the wall clock.
        rng: for the times that pods take.
        nodes: how many nodes to make, or the shape of each; those that are there already stay.
        settings: delays, the usual shape of a node, behaviour of images.
        machines: what is under the nodes; None for machines that are always well.
        task_status: Trio's.

    Raises:
        Refused: the API server does not let the nodes in.
    """
    informers = Informers(client_for("system:kube-controller-manager"), settings)
    shapes = [settings.node] * nodes if isinstance(nodes, int) else nodes
    context = Context(client_for, informers, clock, rng, settings, machines or Machines())
    # Controllers subscribe when they are made, so that the first lists wake them.
    controllers = (
        Namespaces(context),
        ServiceAccounts(context),
        GarbageCollector(context),
        Deployments(context),
        ReplicaSets(context),
        StatefulSets(context),
        Jobs(context),
        Claims(context),
        Reclaimer(context),
        Scheduler(context),
        Kubelets(context),
        EndpointSlices(context),
        Heartbeats(context),
        NodeLifecycle(context),
        Evictions(context),
        PodCollector(context),
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(informers.run, name="informers")
        await Nodes(client_for, clock, settings).install(shapes)
        for controller in controllers:
            nursery.start_soon(controller.run, name=f"controller {type(controller).__name__}")
        task_status.started()
