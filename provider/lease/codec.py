"""
The manifest as JSON (v2beta3): what a tenant sends, and what the version hash is computed over.

Both directions keep what Go's `encoding/json` keeps: the order of keys, null apart from [], and keys
that are dropped when empty. Unknown keys are dropped on the way in, as there.

Source: Akash chain-sdk, `go/manifest/v2beta3` and `go/node/types/resources/v1beta4`, JSON tags.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

import orjson

from provider.jsontypes import JSONObject, JSONValue
from provider.lease.fields import Field
from provider.lease.manifest import (
    CPU,
    GPU,
    TEE,
    Attribute,
    Credentials,
    Endpoint,
    EndpointKind,
    Expose,
    Group,
    HTTPOptions,
    Manifest,
    ManifestError,
    Memory,
    Params,
    Resources,
    Service,
    Storage,
    StorageParams,
)

_T = TypeVar("_T")


def decode_manifest(data: bytes | JSONValue) -> Manifest:
    """
    Read a manifest from JSON text or from decoded JSON; checks types, not the rules of `rules.py`.

    Raises:
        ManifestError: not JSON, or a value of another type than the model's; names the path.
    """
    if isinstance(data, bytes):
        try:
            data = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise ManifestError("", f"not JSON: {error}") from error
    groups = Field(data).each(decode_group)
    if groups is None:
        raise ManifestError("", "expected an array of groups")
    return groups


def decode_group(field: Field) -> Group:
    """Read one group of a manifest."""
    return Group(field.get("name").text(), field.get("services").each(_decode_service) or ())


def _decode_service(field: Field) -> Service:
    return Service(
        name=field.get("name").text(),
        image=field.get("image").text(),
        command=field.get("command").texts(),
        args=field.get("args").texts(),
        env=field.get("env").texts(),
        resources=_decode_resources(field.get("resources")),
        count=field.get("count").uint32(),
        expose=field.get("expose").each(_decode_expose),
        params=field.get("params").maybe(_decode_params),
        credentials=field.get("credentials").maybe(_decode_credentials),
    )


def _decode_resources(field: Field) -> Resources:
    return Resources(
        id=field.get("id").uint32(),
        cpu=field.get("cpu").maybe(_decode_cpu),
        memory=field.get("memory").maybe(_decode_memory),
        storage=field.get("storage").each(_decode_storage),
        gpu=field.get("gpu").maybe(_decode_gpu),
        endpoints=field.get("endpoints").each(_decode_endpoint),
    )


def _decode_cpu(field: Field) -> CPU:
    return CPU(_decode_value(field.get("units")), _decode_attributes(field))


def _decode_memory(field: Field) -> Memory:
    return Memory(_decode_value(field.get("size")), _decode_attributes(field))


def _decode_gpu(field: Field) -> GPU:
    return GPU(_decode_value(field.get("units")), _decode_attributes(field))


def _decode_storage(field: Field) -> Storage:
    size = _decode_value(field.get("size"))
    return Storage(field.get("name").text(), size, _decode_attributes(field))


def _decode_value(field: Field) -> int:
    return field.get("val").amount()


def _decode_attributes(field: Field) -> tuple[Attribute, ...]:
    return field.get("attributes").each(_decode_attribute) or ()


def _decode_attribute(field: Field) -> Attribute:
    return Attribute(field.get("key").text(), field.get("value").text())


def _decode_endpoint(field: Field) -> Endpoint:
    kind = field.get("kind").uint32()
    if kind not in set(EndpointKind):
        raise field.get("kind").error("expected 0 (shared HTTP), 1 (random port) or 2 (leased IP)")
    return Endpoint(EndpointKind(kind), field.get("sequence_number").uint32())


def _decode_expose(field: Field) -> Expose:
    return Expose(
        port=field.get("port").uint32(),
        external_port=field.get("externalPort").uint32(),
        proto=field.get("proto").text(),
        service=field.get("service").text(),
        global_=field.get("global").flag(),
        hosts=field.get("hosts").texts(),
        http_options=_decode_http_options(field.get("httpOptions")),
        ip=field.get("ip").text(),
        endpoint_sequence_number=field.get("endpointSequenceNumber").uint32(),
    )


def _decode_http_options(field: Field) -> HTTPOptions:
    return HTTPOptions(
        max_body_size=field.get("maxBodySize").uint32(),
        read_timeout=field.get("readTimeout").uint32(),
        send_timeout=field.get("sendTimeout").uint32(),
        next_tries=field.get("nextTries").uint32(),
        next_timeout=field.get("nextTimeout").uint32(),
        next_cases=field.get("nextCases").texts() or (),
        proxy_buffer_size=field.get("proxyBufferSize").uint32(),
    )


def _decode_params(field: Field) -> Params:
    return Params(
        storage=field.get("storage").each(_decode_storage_params),
        permissions_read=field.get("permissions").maybe(_decode_permissions),
        tee=field.get("tee").maybe(_decode_tee),
        credentials=field.get("credentials").maybe(_decode_credentials),
    )


def _decode_storage_params(field: Field) -> StorageParams:
    read_only = field.get("readOnly").flag()
    return StorageParams(field.get("name").text(), field.get("mount").text(), read_only)


def _decode_permissions(field: Field) -> tuple[str, ...]:
    return field.get("read").texts() or ()


def _decode_tee(field: Field) -> TEE:
    return TEE(field.get("type").text(), field.get("attestation").flag())


def _decode_credentials(field: Field) -> Credentials:
    return Credentials(
        host=field.get("host").text(),
        email=field.get("email").text(),
        username=field.get("username").text(),
        password=field.get("password").text(),
    )


def encode_manifest(manifest: Manifest) -> list[JSONObject]:
    """The manifest as JSON, keys in the order of the model."""
    return [encode_group(group) for group in manifest]


def encode_group(group: Group) -> JSONObject:
    """One group of a manifest as JSON."""
    return {"name": group.name, "services": [_encode_service(item) for item in group.services]}


def _encode_service(service: Service) -> JSONObject:
    encoded: JSONObject = {
        "name": service.name,
        "image": service.image,
        "command": _texts(service.command),
        "args": _texts(service.args),
        "env": _texts(service.env),
        "resources": encode_resources(service.resources),
        "count": service.count,
        "expose": _each(_encode_expose, service.expose),
    }
    if service.params is not None:
        encoded["params"] = _encode_params(service.params)
    encoded["credentials"] = service.credentials and _encode_credentials(service.credentials)
    return encoded


def encode_resources(resources: Resources) -> JSONObject:
    """What one replica needs as JSON; the same in a manifest and in a group spec."""
    encoded: JSONObject = {"id": resources.id}
    if (cpu := resources.cpu) is not None:
        encoded["cpu"] = {"units": _value(cpu.units), **_attributes(cpu.attributes)}
    if (memory := resources.memory) is not None:
        encoded["memory"] = {"size": _value(memory.size), **_attributes(memory.attributes)}
    if resources.storage:
        encoded["storage"] = _each(_encode_storage, resources.storage)
    if (gpu := resources.gpu) is not None:
        encoded["gpu"] = {"units": _value(gpu.units), **_attributes(gpu.attributes)}
    encoded["endpoints"] = _each(_encode_endpoint, resources.endpoints)
    return encoded


def _encode_storage(volume: Storage) -> JSONObject:
    return {"name": volume.name, "size": _value(volume.size), **_attributes(volume.attributes)}


def encode_attribute(attribute: Attribute) -> JSONObject:
    """One key/value pair; an empty half is dropped."""
    pair = {"key": attribute.key, "value": attribute.value}
    return {name: text for name, text in pair.items() if text}


def _encode_endpoint(endpoint: Endpoint) -> JSONObject:
    kind = {"kind": int(endpoint.kind)} if endpoint.kind else {}
    return kind | {"sequence_number": endpoint.sequence_number}


def _encode_expose(expose: Expose) -> JSONObject:
    return {
        "port": expose.port,
        "externalPort": expose.external_port,
        "proto": expose.proto,
        "service": expose.service,
        "global": expose.global_,
        "hosts": _texts(expose.hosts),
        "httpOptions": _encode_http_options(expose.http_options),
        "ip": expose.ip,
        "endpointSequenceNumber": expose.endpoint_sequence_number,
    }


def _encode_http_options(options: HTTPOptions) -> JSONObject:
    encoded: JSONObject = {
        "maxBodySize": options.max_body_size,
        "readTimeout": options.read_timeout,
        "sendTimeout": options.send_timeout,
        "nextTries": options.next_tries,
        "nextTimeout": options.next_timeout,
    }
    if options.next_cases:
        encoded["nextCases"] = list(options.next_cases)
    if options.proxy_buffer_size:
        encoded["proxyBufferSize"] = options.proxy_buffer_size
    return encoded


def _encode_params(params: Params) -> JSONObject:
    encoded: JSONObject = {"storage": _each(_encode_storage_params, params.storage)}
    if params.credentials is not None:
        encoded["credentials"] = _encode_credentials(params.credentials)
    if params.permissions_read is not None:
        read = list(params.permissions_read)
        encoded["permissions"] = {"read": read} if read else {}
    if params.tee is not None:
        encoded["tee"] = {"type": params.tee.type, "attestation": params.tee.attestation}
    return encoded


def _encode_storage_params(storage: StorageParams) -> JSONObject:
    return {"name": storage.name, "mount": storage.mount, "readOnly": storage.read_only}


def _encode_credentials(credentials: Credentials) -> JSONObject:
    return {
        "host": credentials.host,
        "email": credentials.email,
        "username": credentials.username,
        "password": credentials.password,
    }


def _value(value: int) -> JSONObject:
    return {"val": str(value)}


def _attributes(attributes: tuple[Attribute, ...]) -> JSONObject:
    return {"attributes": _each(encode_attribute, attributes)} if attributes else {}


def _each(
    encode: Callable[[_T], JSONObject], items: Iterable[_T] | None
) -> list[JSONObject] | None:
    return None if items is None else [encode(item) for item in items]


def _texts(texts: Iterable[str] | None) -> list[str] | None:
    return None if texts is None else list(texts)
