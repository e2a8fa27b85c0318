"""
Invariants, read from the journals and from what the cluster holds; never from the daemon.

Each returns the violations as text, none when it holds.
"""

import re
from collections import Counter

import trio

from provider.app import WATCHED
from provider.cluster.inventory import FOLLOWED
from provider.workload import labels
from simulator.market.proofs import losses
from tests.sim.scene import name_of

NAMESPACES = "v1/namespaces"
POLICIES = "networking.k8s.io/v1/networkpolicies"
RECORDS = "akash.network/v2beta2/manifests"
HOSTS = "akash.network/v2beta2/providerhosts"
DEPLOYMENTS = "apps/v1/deployments"
STATEFUL_SETS = "apps/v1/statefulsets"
INGRESSES = "networking.k8s.io/v1/ingresses"
SERVICES = "v1/services"
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
    I2: deletes of a lease before its loss had been proven to the daemon.

    `undone` names objects of held leases that may go: `(plural, name)`.
    """
    found = []
    proofs = losses(scene.world.answers.told, _DAEMON)
    for lease in leases:
        proven = proofs.get(name_of(lease), float("inf"))
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
    """
    I16: pods that came to be while the tenant namespace lacked a NetworkPolicy.

    Every policy that it ever had is asked for: no story here changes a lease's policies.
    """
    commits = [c for c in scene.world.journal.commits if c.namespace == lease.namespace]
    every = {c.name for c in commits if c.resource == POLICIES}
    guarded, found = set(), []
    for commit in commits:
        if commit.resource == POLICIES:
            if commit.type == "DELETED":
                guarded.discard(commit.name)
            else:
                guarded.add(commit.name)
        elif commit.resource == PODS and commit.type == "ADDED" and (not every or every - guarded):
            lacking = sorted(every - guarded) or "any"
            found.append(f"pod {commit.name} at revision {commit.revision} lacks {lacking}")
    return found


def owned_twice(scene):
    """I7: when a hostname had an Ingress in two tenant namespaces, or a port was two Services'."""
    places, found = {}, []
    for commit in scene.world.journal.commits:
        if commit.resource == INGRESSES:
            things = [commit.name]
        elif commit.resource == SERVICES:
            ports = commit.object["spec"].get("ports") or []
            things = [f"port {port['nodePort']}" for port in ports if "nodePort" in port]
        else:
            continue
        for thing in things:
            owners = places.setdefault(thing, set())
            if commit.type == "DELETED":
                owners.discard(commit.namespace)
            else:
                owners.add(commit.namespace)
            if len(owners) > 1:
                found.append(f"{thing} of {sorted(owners)} at {commit.time}")
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


def generation_of(workload):
    """What `tenants.everything` wrote into the environment of a Deployment or StatefulSet."""
    container = workload["spec"]["template"]["spec"]["containers"][0]
    return next(int(e["value"]) for e in container["env"] if e["name"] == "GENERATION")


def resurrected(scene, lease, *, put_back=()):
    """
    I14: workloads of `tenants.everything` that came back to an older generation.

    `put_back` holds generations that were refused, from which there is a way back.
    """
    newest, found = {}, []
    for commit in scene.world.journal.commits:
        if commit.resource not in (DEPLOYMENTS, STATEFUL_SETS) or commit.type == "DELETED":
            continue
        if commit.namespace != lease.namespace:
            continue
        generation = generation_of(commit.object)
        before = newest.get(commit.name, 0)
        if generation < before and before not in put_back:
            found.append(f"{commit.name} from {before} to {generation} at {commit.time}")
        newest[commit.name] = generation
    return found


def generations(scene, lease):
    """I14 at rest: the generations of which workloads of `tenants.everything` are there."""
    return {
        generation_of(obj)
        for kind, obj in scene.objects()
        if kind in (DEPLOYMENTS, STATEFUL_SETS) and obj["metadata"]["namespace"] == lease.namespace
    }


# ── I5: what is owed, from cluster and chain alone ──────────────────────────────────────────────

TEARDOWN = 0
"""What is owed to a lease that is lost."""


def owed(scene):
    """
    What has to be done, as anybody can tell who sees cluster and chain, and never saw the daemon.

    Returns:
        By lease: `TEARDOWN` for what the chain says is closed while something of it is left, else
        the generation that its record holds; nothing for a lease without a record, whose tenant
        was not told that the manifest is taken.
    """
    found = {}
    for kind, obj in scene.objects():
        lease = labels.lease_from_labels(obj["metadata"].get("labels") or {})
        if lease is None:
            continue
        if not _is_active(scene, lease):
            found[lease] = TEARDOWN
        elif kind == RECORDS:
            env = obj["spec"]["group"]["services"][0].get("env") or ()
            wanted = next(entry for entry in env if entry.startswith("GENERATION="))
            found[lease] = int(wanted.partition("=")[2])
    return found


def _is_active(scene, lease):
    return scene.world.chain.lease(name_of(lease)).state.value == "active"


def undone(scene, debts, *, refused=()):
    """
    I5: which of `owed`'s are not done.

    Args:
        scene: healed, and some time after that.
        debts: what `owed` said at a crash, say.
        refused: generations that the API server does not take; the one before is then owed.
    """
    found = []
    for lease, debt in debts.items():
        if debt == TEARDOWN or not _is_active(scene, lease):
            if left := remains(scene, lease):
                found.append(f"{lease} leaves {left}")
        else:
            there = generations(scene, lease)
            wanted = debt - 1 if debt in refused else debt
            if not there or len(there) > 1 or there < {wanted} or min(there) < wanted:
                found.append(f"{lease} should be in generation {wanted} and is in {there}")
    return found


# ── I6 and I13: what the daemon shows ───────────────────────────────────────────────────────────


def overbooked(shown):
    """I6, from the public status: nodes that promise more than they have."""
    found = []
    for node in shown["capacity"]["nodes"]:
        for resource, total in node["allocatable"].items():
            committed = node["committed"].get(resource, 0)
            free = node["available"].get(resource, 0)
            if committed < 0 or not (0 <= free <= total) or free + committed > total:
                found.append(f"{node['name']} {resource}: {free} free, {committed} of {total}")
    return found


def false_health(shown):
    """I13, from the public status while nothing can be seen: who is called healthy or ready."""
    return [
        f"{row['lease']} is {row['health']}"
        for row in shown["leases"]
        if row["health"] != "unknown"
    ] + (["the daemon is ready"] if shown["ready"] else [])


# ── I3, I4: closings ────────────────────────────────────────────────────────────────────────────


def false_closings(scene, lease, seconds):
    """I3: closings of a lease of one service, some pod of which was ready less than that before."""
    found = []
    for sent in scene.world.transactions.sent:
        if sent.lease != name_of(lease):
            continue
        ready, last = set(), float("-inf")
        for commit in scene.world.journal.commits:
            if (commit.resource, commit.namespace) != (PODS, lease.namespace):
                continue
            if commit.time > sent.time:
                break
            if _is_ready(commit):
                ready.add(commit.name)
            elif commit.name in ready:
                ready.discard(commit.name)
                last = commit.time
        if ready or last > sent.time - seconds:
            found.append(f"{sent.lease.dseq} at {sent.time}, ready at {last}: {sorted(ready)}")
    return found


def _is_ready(commit):
    conditions = commit.object.get("status", {}).get("conditions") or []
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready and commit.type != "DELETED"


def hasty_closings(scene, most, seconds):
    """I4: times at which more than so many closings were sent within so many seconds."""
    times = [sent.time for sent in scene.world.transactions.sent]
    return [
        end
        for number, end in enumerate(times)
        if number >= most and end - times[number - most] < seconds
    ]


# ── I9: tasks ───────────────────────────────────────────────────────────────────────────────────


def tasks(scene):
    """I9: names of the daemons' tasks, from Trio's own tree, with how many there are of each."""
    found, waiting = Counter(), [(trio.lowlevel.current_root_task(), False)]
    while waiting:
        task, inside = waiting.pop()
        inside = inside or task.name.startswith("daemon ")
        if inside:
            found[task.name] += 1
        waiting += [(child, inside) for n in task.child_nurseries for child in n.child_tasks]
    return found


_OF_THE_DAEMON = ("audit", "admit", "inventory", "probe market", "poll market", "leadership")
_OF_A_LEASE = ("manager", "monitor", "close", "converge", "teardown")


def strays(scene, leases):
    """I9 at rest: tasks that are there beside those of one daemon and its leases, or lack."""
    expected = Counter(_OF_THE_DAEMON)
    expected.update(f"watch {kind.plural}" for kind in WATCHED)
    expected.update(f"follow {kind.plural}" for kind, _ in FOLLOWED)
    expected.update(f"{name} {lease}" for name in _OF_A_LEASE for lease in leases)
    there = Counter({name: n for name, n in tasks(scene).items() if not name.startswith("daemon ")})
    more = [f"{name} × {n}" for name, n in (there - expected).items()]
    return more + [f"no {name}" for name in expected - there]
