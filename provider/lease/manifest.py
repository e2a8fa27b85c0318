"""
The manifest of a deployment as values, field by field as on the wire (v2beta3).

Values only: decoding and encoding live in `codec.py`, the rules in `rules.py`, the version hash in
`version.py`. `None` and an empty tuple differ on the wire (null and []), so both occur here.
"""

from enum import IntEnum

import attrs

from provider.errors import ProviderError


class ManifestError(ProviderError):
    """A tenant's manifest that breaks a rule; never retried."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path}: {rule}" if path else rule)
        self.path = path
        """Where, e.g. `[0].services[1].expose[0].port`."""
        self.rule = rule
        """What is wrong and what would be right."""


class EndpointKind(IntEnum):
    """How an endpoint is reached."""

    SHARED_HTTP = 0
    RANDOM_PORT = 1
    LEASED_IP = 2


@attrs.frozen
class Attribute:
    """One key/value pair of a resource; an empty one is omitted on the wire."""

    key: str = ""
    value: str = ""


@attrs.frozen
class CPU:
    """CPU of one replica."""

    units: int
    """Thousandths of a core."""
    attributes: tuple[Attribute, ...] = ()


@attrs.frozen
class Memory:
    """Memory of one replica."""

    size: int
    """Bytes."""
    attributes: tuple[Attribute, ...] = ()


@attrs.frozen
class GPU:
    """GPUs of one replica."""

    units: int
    attributes: tuple[Attribute, ...] = ()


_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""What Go's `strconv.ParseBool` takes for true, as every other party of the market does."""


@attrs.frozen
class Storage:
    """One volume of one replica."""

    name: str
    size: int
    """Bytes."""
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, key: str) -> str:
        """Value of an attribute, "" when it is not set."""
        return next((a.value for a in self.attributes if a.key == key), "")

    @property
    def persistent(self) -> bool:
        """True when the volume must survive its pod."""
        return self.attribute("persistent") in _TRUE

    @property
    def in_memory(self) -> bool:
        """True when the volume is memory of the node."""
        return not self.persistent and self.attribute("class") == "ram"


@attrs.frozen
class Endpoint:
    """One endpoint implied by the exposes of a service."""

    kind: EndpointKind = EndpointKind.SHARED_HTTP
    sequence_number: int = 0


@attrs.frozen
class Resources:
    """What one replica of a service needs; `None` where the sender left a part out."""

    id: int
    cpu: CPU | None = None
    memory: Memory | None = None
    storage: tuple[Storage, ...] | None = None
    gpu: GPU | None = None
    endpoints: tuple[Endpoint, ...] | None = None


@attrs.frozen
class HTTPOptions:
    """Proxy options of an ingress expose; times in milliseconds, sizes in bytes."""

    max_body_size: int = 0
    read_timeout: int = 0
    send_timeout: int = 0
    next_tries: int = 0
    next_timeout: int = 0
    next_cases: tuple[str, ...] = ()
    proxy_buffer_size: int = 0
    """0 means: the provider's default; omitted on the wire, so that older hashes stay as they were."""


@attrs.frozen
class Expose:
    """One port of a service and who may reach it."""

    port: int
    external_port: int = 0
    """0 means: the same as `port`."""
    proto: str = "TCP"
    """`TCP` or `UDP`."""
    service: str = ""
    """Target service when not global."""
    global_: bool = False
    hosts: tuple[str, ...] | None = None
    http_options: HTTPOptions = HTTPOptions()
    ip: str = ""
    """Name of a leased-IP endpoint, or ""."""
    endpoint_sequence_number: int = 0

    @property
    def effective_port(self) -> int:
        """The port seen from outside, 1–65535."""
        return self.external_port or self.port

    @property
    def is_ingress(self) -> bool:
        """True when HTTP traffic for hostnames arrives here (Akash `IsIngress`)."""
        return self.proto == "TCP" and self.global_ and self.effective_port == 80

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """What the expose takes of the provider: nothing unless it is global."""
        if not self.global_:
            return ()
        kind = EndpointKind.SHARED_HTTP if self.is_ingress else EndpointKind.RANDOM_PORT
        if not self.ip:
            return (Endpoint(kind),)
        leased = Endpoint(EndpointKind.LEASED_IP, self.endpoint_sequence_number)
        return (Endpoint(kind), leased)


@attrs.frozen
class StorageParams:
    """Where a volume is mounted."""

    name: str
    mount: str = ""
    read_only: bool = False


@attrs.frozen
class Credentials:
    """Login for a private image registry; nothing of it but the registry reaches a log."""

    host: str
    email: str = attrs.field(repr=False)
    username: str = attrs.field(repr=False)
    password: str = attrs.field(repr=False)


@attrs.frozen
class TEE:
    """Trusted execution that the tenant asks for."""

    type: str
    attestation: bool = False


@attrs.frozen
class Params:
    """Optional extras of a service."""

    storage: tuple[StorageParams, ...] | None = None
    permissions_read: tuple[str, ...] | None = None
    """`None`: no permissions object at all."""
    tee: TEE | None = None
    credentials: Credentials | None = None
    """Never used, but hashed: the model of the wire has it twice."""


@attrs.frozen
class Service:
    """One service of a group: one container, `count` replicas."""

    name: str
    image: str
    resources: Resources
    count: int
    command: tuple[str, ...] | None = None
    args: tuple[str, ...] | None = None
    env: tuple[str, ...] | None = attrs.field(default=None, repr=False)
    expose: tuple[Expose, ...] | None = None
    params: Params | None = None
    credentials: Credentials | None = None


@attrs.frozen
class Group:
    """What one lease runs."""

    name: str
    services: tuple[Service, ...] = ()


Manifest = tuple[Group, ...]
"""One group per on-chain deployment group."""
