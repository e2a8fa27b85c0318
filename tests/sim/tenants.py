"""Leases and manifests for simulated tenants."""

import attrs

from provider.lease.identity import LeaseID
from provider.lease.manifest import (
    CPU,
    GPU,
    Attribute,
    Credentials,
    Expose,
    Group,
    HTTPOptions,
    Memory,
    Params,
    Resources,
    Service,
    Storage,
    StorageParams,
)

PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"
ALICE = "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h"
BOB = "akash1eedv523xngwrx7sy7dznmslp9c75qe928477et"

OPTIONS = HTTPOptions(1048576, 60000, 60000, 3, 0, ("error", "timeout"))


def lease(dseq=1000, owner=ALICE, oseq=1):
    return LeaseID(owner, dseq, 1, oseq, PROVIDER)


def resources(*storage):
    volumes = storage or (Storage("default", 512 * 2**20),)
    return Resources(1, CPU(100), Memory(128 * 2**20), volumes, GPU(0), ())


def web(image="nginx:1.27", host="web.example.com", count=1, name="web", env=None):
    """One HTTP service with one hostname: what costs seven requests."""
    expose = Expose(80, global_=True, hosts=(host,) if host else (), http_options=OPTIONS)
    return Service(
        name, image, resources(), count, env=env, expose=(expose,) if host is not None else ()
    )


def database(image="postgres:16"):
    """One service with a volume that survives its pod, reachable from inside only."""
    volume = Storage("data", 2**30, (Attribute("class", "beta2"), Attribute("persistent", "true")))
    return Service(
        "db",
        image,
        resources(Storage("default", 512 * 2**20), volume),
        1,
        expose=(Expose(5432, service="web", http_options=OPTIONS),),
        params=Params(storage=(StorageParams("data", "/var/lib/data"),)),
    )


def group(*services):
    return Group("dc1", tuple(sorted(services, key=lambda service: service.name)))


def manifest(*services):
    return (group(*services),)


def everything(generation=1, number=0, image="nginx", endpoint="front"):
    """
    A lease with all that a lease can have, every object of it different in each generation.

    A private image, an account that may read logs, a hostname, a port on every node, a leased
    address, and a second service with a volume that survives its pod. Play it where the operator
    offers addresses.

    Args:
        generation: the images' tag, and in the environment of both services.
        number: tells the hostnames and addresses of several leases apart.
        image: of the first service.
    """
    env = (f"GENERATION={generation}",)
    host = f"{number or 'web'}.example.com"
    web_service = attrs.evolve(
        web(f"registry.example.com/{image}:{generation}", host, env=env),
        credentials=Credentials("registry.example.com", "", "alice", f"password {generation}"),
        params=Params(permissions_read=("logs",)),
    )
    leased = Expose(
        7000,
        global_=True,
        ip=f"{endpoint}{number}",
        endpoint_sequence_number=1,
        http_options=OPTIONS,
    )
    node_port = Expose(22, global_=True, http_options=OPTIONS)
    exposes = (node_port, *web_service.expose, leased)
    return manifest(attrs.evolve(web_service, expose=exposes), attrs.evolve(database(), env=env))
