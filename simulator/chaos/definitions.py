"""
What the tenants of a plan deploy: stack definitions with holes, filled in for a lease and generation.

A file of `definitions/` has two parts: the names of the objects that have to come of it, written
down by hand so that nothing here asks the daemon what it would make; and the definition itself,
compiled as tenants compile it. Every generation differs in every object that has a content of its
own, says its number as `GENERATION` in every service's environment, and has secrets that begin with
`topsecret-`, so that whoever masks them can be tested.

Holes: `$lease` (its name in the plan, in lower case), `$owner` (an address), `$generation`, `$image`, `$host`, `$accept` (the
hostname as a list), `$count`, `$body_size` and `$ip_port` (numbers that differ by generation).
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from string import Template

import attrs
import yaml

from provider.lease.groups import encode_groups
from provider.lease.identity import LeaseID
from provider.lease.version import canonical_json, version_hash
from provider.sdl.compile import compile_sdl
from simulator.chaos.plan import LeasePlan
from simulator.jsontypes import JSONObject
from simulator.market.leases import LeaseName

PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"
"""Whose leases they are."""

OWNERS: Mapping[str, str] = {
    "alice": "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h",
    "bob": "akash1eedv523xngwrx7sy7dznmslp9c75qe928477et",
}
"""Addresses of those who may be a lease's owner in a plan."""

NAMES = ("everything", "gpu", "stack", "web", "worker")
"""Files of `definitions/`, without their endings."""

NO_HOST = "none"
"""A lease's `host` in a plan: it has no hostname."""

REFUSED_IMAGE = "refused"
"""An image that the API server takes in a trial, and refuses when it is meant."""

CHANGES = ("image", "host", "count", "definition")
"""What may differ from a generation on."""

FIRST_DSEQ = 1000

_SEPARATOR = "\n---\n"
_BODY_SIZE = 1_000_000
_IP_PORT = 7_000


@attrs.frozen
class Deployable:
    """One generation of one lease, ready to be sent."""

    manifest: bytes
    """JSON, as a tenant PUTs it."""
    groups: tuple[JSONObject, ...]
    """Group specs as the chain keeps them."""
    hash: bytes
    """Version hash, as the chain keeps it."""
    wanted: frozenset[tuple[str, str]]
    """(plural, name) of what has to come of it."""
    image: str
    """Of its first service, without registry and tag."""


def lease_name(plan: LeasePlan, index: int) -> LeaseName:
    """The chain's name of the lease at this place of a plan, from 0."""
    return LeaseName(OWNERS[plan.owner], FIRST_DSEQ + index, 1, 1, PROVIDER)


def namespace(name: LeaseName) -> str:
    """Tenant namespace of a lease, and the name of its record."""
    return LeaseID(name.owner, name.dseq, name.gseq, name.oseq, name.provider).namespace


def at_generation(plan: LeasePlan, generation: int) -> Mapping[str, object]:
    """Image, host, count and definition that the tenant wants in a generation, from 1."""
    host = plan.host or f"{plan.name.lower()}.example.com"
    values: dict[str, object] = {
        "image": "web",
        "host": host,
        "count": plan.count,
        "definition": plan.definition,
    }
    for since, change in sorted(plan.changes.items()):
        if since <= generation:
            values |= change
    return values


def deployable(plan: LeasePlan, generation: int) -> Deployable:
    """What the tenant of a lease sends as its n-th generation."""
    values = at_generation(plan, generation)
    return _compiled(
        str(values["definition"]),
        plan.name.lower(),
        OWNERS[plan.owner],
        generation,
        str(values["image"]),
        str(values["host"]),
        int(str(values["count"])),
    )


# A campaign draws the same few leases again and again; compiling costs as much as deploying.
@lru_cache(maxsize=512)
def _compiled(
    definition: str, lease: str, owner: str, generation: int, image: str, host: str, count: int
) -> Deployable:
    has_host = host != NO_HOST
    holes = {
        "lease": lease,
        "owner": owner,
        "generation": generation,
        "image": image,
        "host": host if has_host else "",
        "accept": f"[{host}]" if has_host else "[]",
        "count": count,
        "body_size": _BODY_SIZE + generation,
        "ip_port": _IP_PORT + generation,
    }
    objects, stack = Template(_text(definition)).substitute(holes).split(_SEPARATOR)
    compiled = compile_sdl(stack)
    named = (entry.partition("/")[::2] for entry in yaml.safe_load(objects)["objects"])
    return Deployable(
        manifest=canonical_json(compiled.manifest),
        groups=tuple(encode_groups(compiled.groups)),
        hash=version_hash(compiled.manifest),
        wanted=frozenset((plural, name) for plural, name in named if name),
        image=image,
    )


@lru_cache(maxsize=len(NAMES))
def _text(definition: str) -> str:
    return (resources.files("simulator.chaos") / "definitions" / f"{definition}.yaml").read_text()
