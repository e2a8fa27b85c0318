"""Leases and groups that the tests of this room and of reconcile render."""

import attrs
from hypothesis import strategies as st

from provider.lease.identity import LeaseID
from provider.lease.manifest import (
    CPU,
    GPU,
    Attribute,
    Credentials,
    Endpoint,
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
from provider.workload.options import RenderOptions

LEASE = LeaseID.parse(
    "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h/8438017/1/1/"
    "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"
)
"""The lease of the recorded objects in tests/data/live."""
OPTIONS = RenderOptions(leased_ips=True)
GI = 2**30


def volume(name="default", size=GI, **attributes):
    pairs = tuple(Attribute(key, value) for key, value in sorted(attributes.items()))
    return Storage(name, size, pairs)


def persistent(name="data", size=10 * GI, storage_class="beta3"):
    return volume(name, size, **{"class": storage_class, "persistent": "true"})


def ram(name="shm", size=64 * 2**20):
    return volume(name, size, **{"class": "ram", "persistent": "false"})


def resources(*storage, cpu=100, memory=128 * 2**20, gpu=0):
    return Resources(
        id=1,
        cpu=CPU(cpu),
        memory=Memory(memory),
        storage=storage or (volume(),),
        gpu=GPU(gpu),
        endpoints=(Endpoint(),),
    )


def http(*hosts, port=80, **options):
    defaults = {
        "max_body_size": 1048576,
        "read_timeout": 60000,
        "send_timeout": 60000,
        "next_tries": 3,
        "next_cases": ("error", "timeout"),
    }
    return Expose(
        port=port,
        external_port=80,
        global_=True,
        hosts=hosts or None,
        http_options=HTTPOptions(**{**defaults, **options}),
    )


def service(name="web", *expose, image="nginx:1.27", count=1, storage=(), **fields):
    return Service(
        name=name,
        image=image,
        count=count,
        resources=fields.pop("resources", None) or resources(*storage),
        expose=expose or (http("app.example.com"),),
        **fields,
    )


def mounted(*mounts):
    """Params of a service: (volume, path) or (volume, path, read_only) each."""
    return Params(storage=tuple(StorageParams(*mount) for mount in mounts))


def group(*services):
    return Group("dc1", services or (service(),))


def recorded(whole):
    """What a record can keep of a group: no endpoints, and no difference between none and empty."""

    def kept(one):
        exposes = tuple(
            attrs.evolve(
                e,
                hosts=e.hosts or None,
                http_options=attrs.evolve(e.http_options, proxy_buffer_size=0),
            )
            for e in one.expose or ()
        )
        params = one.params and attrs.evolve(
            one.params, tee=None, credentials=None, storage=one.params.storage or None
        )
        return attrs.evolve(
            one,
            command=one.command or None,
            args=one.args or None,
            env=one.env or None,
            expose=exposes or None,
            params=params,
            resources=attrs.evolve(
                one.resources, endpoints=None, storage=one.resources.storage or None
            ),
        )

    return attrs.evolve(whole, services=tuple(kept(one) for one in whole.services))


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
TEXTS = st.text("abcXYZ09=$()-_/. \"'<&é☃", max_size=12)
LISTS = st.none() | st.lists(TEXTS, max_size=3).map(tuple)
UINT32 = st.integers(0, 2**32 - 1)
PORTS = st.integers(1, 65535)
HOSTS = st.sampled_from(["a.example.com", "b.example.com", "C.example.com"])
VARIABLES = st.builds("{}={}".format, st.sampled_from("ABC"), TEXTS) | st.sampled_from("ABC")
EXPOSES = st.builds(
    Expose,
    port=PORTS,
    external_port=st.just(0) | st.just(80) | PORTS,
    proto=st.sampled_from(["TCP", "UDP"]),
    service=st.sampled_from(["", "web"]),
    global_=st.booleans(),
    hosts=st.none() | st.lists(HOSTS, max_size=2).map(tuple),
    http_options=st.builds(
        HTTPOptions,
        max_body_size=UINT32,
        read_timeout=UINT32,
        send_timeout=UINT32,
        next_tries=UINT32,
        next_timeout=UINT32,
        next_cases=st.lists(st.sampled_from(["error", "500"]), max_size=2).map(tuple),
    ),
    ip=st.sampled_from(["", "one"]),
    endpoint_sequence_number=UINT32,
)
VOLUMES = st.sampled_from([(), (volume(),), (ram(),), (persistent(),), (volume("x"), persistent())])
SERVICES = st.builds(
    Service,
    name=NAMES,
    image=TEXTS,
    command=LISTS,
    args=LISTS,
    env=st.none() | st.lists(VARIABLES, max_size=5).map(tuple),
    resources=st.builds(
        Resources,
        id=UINT32,
        cpu=st.builds(CPU, UINT32),
        memory=st.builds(Memory, st.integers(0, 2**64 - 1)),
        storage=VOLUMES,
        gpu=st.just(GPU(0))
        | st.just(GPU(1, (Attribute("vendor/nvidia/model/a100/ram/80Gi", "true"),))),
        endpoints=st.none() | st.just(()) | st.just((Endpoint(),)),
    ),
    count=UINT32,
    expose=st.none() | st.lists(EXPOSES, max_size=4).map(tuple),
    params=st.none()
    | st.builds(
        Params,
        permissions_read=st.none()
        | st.lists(st.sampled_from(["logs", "events", "deployment"]), max_size=3).map(tuple),
    ),
    credentials=st.none() | st.builds(Credentials, TEXTS, TEXTS, TEXTS, TEXTS),
)
GROUPS = st.builds(
    Group,
    name=TEXTS,
    services=st.lists(SERVICES, max_size=3, unique_by=lambda one: one.name).map(tuple),
)
"""Groups that can be rendered."""
