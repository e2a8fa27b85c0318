"""Kinds of faults of the cluster itself: its control plane, its nodes, and what it admits."""

from simulator.chaos.faults.kind import Value, delay, kind

_CONTROLLER = Value(
    "controller", "", "replicaset-controller, scheduler, kubelet, caches …; all of them for none"
)
_NODE = Value("node", "node1", "its name")

CLUSTER_KINDS = (
    # ── control plane ───────────────────────────────────────────────────────────────────────────
    kind(
        "controllers-lag",
        "control plane",
        "requests and watches of controllers take longer",
        delay(5.0, "seconds"),
        _CONTROLLER,
        hinders="controllers",
        counted="requests and events that were late",
    ),
    kind(
        "controllers-paused",
        "control plane",
        "controllers stand still, and go on with what they knew",
        _CONTROLLER,
        hinders="controllers",
        counted="requests and events that were held",
    ),
    kind(
        "controllers-crash",
        "control plane",
        "the control plane is killed, and started anew at the end",
        hinders="controllers",
    ),
    kind(
        "scheduler-off",
        "control plane",
        "the scheduler stands still",
        hinders="controllers",
        counted="requests and events that were held",
    ),
    kind(
        "kubelet-slow",
        "control plane",
        "pods take longer to start and to stop",
        Value("node", "", "on one node; on all for none"),
        Value("factor", 10.0, "so many times as long", low=1.0),
        hinders="controllers",
    ),
    kind(
        "pods-endless",
        "control plane",
        "pods of a lease do not end, whoever deletes them",
        where=("lease",),
        needs=("lease",),
        hinders="controllers",
        counted="pods that should have ended",
    ),
    # ── nodes ───────────────────────────────────────────────────────────────────────────────────
    kind(
        "node-dark",
        "nodes",
        "a machine is not heard of; what runs on it runs on",
        _NODE,
        hinders="nodes controllers",
    ),
    kind(
        "node-not-ready",
        "nodes",
        "a node says of itself that it is not ready",
        _NODE,
        hinders="nodes controllers",
    ),
    kind(
        "node-cordoned",
        "nodes",
        "no more pods go to a node",
        _NODE,
        hinders="nodes",
    ),
    kind(
        "node-drained",
        "nodes",
        "a node is cordoned and its pods are deleted",
        _NODE,
        hinders="nodes",
        counted="1 as it begins",
    ),
    # ── admission ───────────────────────────────────────────────────────────────────────────────
    kind(
        "admission-refused",
        "admission",
        "an admission webhook refuses everything that is written for a lease",
        Value("trials", default=True, help="dry runs too"),
        where=("lease", "generation", "kind"),
        needs=("lease",),
        hinders="writes",
        counted="requests that were refused",
    ),
    kind(
        "quota",
        "admission",
        "a ResourceQuota lies in a lease's namespace, as soon as there is one",
        Value("pods", 0, "so many pods may be there", low=0),
        where=("lease",),
        needs=("lease",),
        hinders="controllers",
        counted="1 once it lies there",
    ),
)
