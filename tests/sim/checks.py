"""
Invariants, read from the journals and from what the cluster holds; never from the daemon.

Each returns the violations as text, none when it holds.
"""

import re

from provider.workload import labels
from tests.sim.scene import name_of

NAMESPACES = "v1/namespaces"
POLICIES = "networking.k8s.io/v1/networkpolicies"
RECORDS = "akash.network/v2beta2/manifests"
HOSTS = "akash.network/v2beta2/providerhosts"
DEPLOYMENTS = "apps/v1/deployments"
PODS = "v1/pods"

_DAEMON = "leasekeeper"
_ITEM = re.compile(r"/(?P<plural>[a-z]+)/(?P<name>[^/?]+)(\?|$)")
_TENANT_DATA = ("namespaces", "manifests", "persistentvolumeclaims")


def is_daemon(entry):
    """True for a request of the daemon."""
    return entry.agent.startswith(_DAEMON)


def is_write(entry):
    """True for whatever may change something, dry runs included; the daemon's own Lease aside."""
    return (
        entry.method not in ("GET", "HEAD", "OPTIONS")
        and "/coordination.k8s.io/" not in entry.target
    )


def daemon_writes(scene, since=0.0):
    """Writing requests of the daemon, by time of the answer."""
    return [
        e for e in scene.world.journal.requests if is_daemon(e) and is_write(e) and e.time >= since
    ]


def remains(scene, lease):
    """I1: what is left of a lease: objects in its namespace, and those that carry its labels."""
    return sorted(
        f"{kind} {obj['metadata']['name']}"
        for kind, obj in scene.objects()
        if obj["metadata"].get("namespace") == lease.namespace
        or obj["metadata"]["name"] == lease.namespace
        or labels.lease_from_labels(obj["metadata"].get("labels") or {}) == lease
    )


def murders(scene, *leases, undone=()):
    """
    I2: deletes of a lease before a closed answer for it had been delivered to the daemon.

    `undone` names objects of held leases that may go: `(plural, name)`.
    """
    found = []
    for lease in leases:
        told = [
            t.time
            for t in scene.world.answers.told
            if t.lease == name_of(lease) and t.state in ("closed", "insufficient_funds")
        ]
        proven = min(told, default=float("inf"))
        for entry in scene.world.journal.requests:
            if not (is_daemon(entry) and entry.method == "DELETE" and entry.status < 300):
                continue
            match = _ITEM.search(entry.target)
            plural, name = match["plural"], match["name"]
            inside = f"/namespaces/{lease.namespace}" in entry.target or name == lease.namespace
            if not inside or entry.time >= proven:
                continue
            if plural in _TENANT_DATA or (plural, name) not in undone:
                found.append(f"{entry.method} {entry.target} at {entry.time}, proven at {proven}")
    return found


def naked_pods(scene, lease):
    """I16: pods that came to be while the tenant namespace had no NetworkPolicy."""
    guarded, found = set(), []
    for commit in scene.world.journal.commits:
        if commit.namespace != lease.namespace:
            continue
        if commit.resource == POLICIES:
            if commit.type == "DELETED":
                guarded.discard(commit.name)
            else:
                guarded.add(commit.name)
        elif commit.resource == PODS and commit.type == "ADDED" and not guarded:
            found.append(f"pod {commit.name} at revision {commit.revision}")
    return found


def images(scene, lease, service="web"):
    """Images that a service's Deployment has had, in order, repeats left out."""
    seen = []
    for commit in scene.world.journal.commits:
        if (commit.resource, commit.namespace, commit.name) == (
            DEPLOYMENTS,
            lease.namespace,
            service,
        ):
            if commit.type == "DELETED":
                continue
            image = commit.object["spec"]["template"]["spec"]["containers"][0]["image"]
            if not seen or seen[-1] != image:
                seen.append(image)
    return seen


def goes_back(scene, lease, order, service="web"):
    """I14: an older image after a newer one, `order` being the images of the generations."""
    ranks = [order.index(image) for image in images(scene, lease, service)]
    return [f"{ranks}"] if ranks != sorted(ranks) else []
