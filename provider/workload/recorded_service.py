"""
One service inside a record, written and read.

The names are the Go provider's: snake_case but for `readOnly`, sizes as strings, and what Go omits
when it is empty is omitted. Source: Akash, `pkg/apis/akash.network/v2beta2/manifest.go`.
"""

import attrs

from provider.jsontypes import JSONObject
from provider.lease import manifest as m
from provider.lease.fields import Field
from provider.lease.scheduling import GPUParams, SchedulerParams


def write_service(service: m.Service, scheduling: SchedulerParams | None) -> JSONObject:
    """A service as a record holds it, with where placement put it."""
    params, credentials = service.params, service.credentials
    return {
        **_present(
            {
                "name": service.name,
                "image": service.image,
                "command": list(service.command or ()),
                "args": list(service.args or ()),
                "env": list(service.env or ()),
                "count": service.count,
                "expose": [_expose(expose) for expose in service.expose or ()],
            }
        ),
        "resources": _resources(service.resources),
        **({"params": _params(params)} if params else {}),
        **_present({"scheduler_params": _scheduling(scheduling)}),
        **({"credentials": _credentials(credentials)} if credentials else {}),
    }


def _resources(resources: m.Resources) -> JSONObject:
    rendered: JSONObject = {"id": resources.id}
    if resources.cpu:
        rendered["cpu"] = {"units": resources.cpu.units, **_attributes(resources.cpu.attributes)}
    if resources.gpu:
        rendered["gpu"] = {"units": resources.gpu.units, **_attributes(resources.gpu.attributes)}
    if resources.memory:
        rendered["memory"] = {
            "size": str(resources.memory.size),
            **_attributes(resources.memory.attributes),
        }
    if resources.storage:
        rendered["storage"] = [
            {"name": volume.name, "size": str(volume.size), **_attributes(volume.attributes)}
            for volume in resources.storage
        ]
    return rendered


def _attributes(attributes: tuple[m.Attribute, ...]) -> JSONObject:
    rendered = [{"key": attribute.key, "value": attribute.value} for attribute in attributes]
    return {"attributes": rendered} if rendered else {}


def _expose(expose: m.Expose) -> JSONObject:
    return {
        **_present(
            {
                "port": expose.port,
                "external_port": expose.external_port,
                "proto": expose.proto,
                "service": expose.service,
                "global": expose.global_,
                "hosts": list(expose.hosts or ()),
                "ip": expose.ip,
            }
        ),
        "endpoint_sequence_number": expose.endpoint_sequence_number,
        "http_options": _http_options(expose.http_options),
    }


def _http_options(options: m.HTTPOptions) -> JSONObject:
    return _present(
        {
            "max_body_size": options.max_body_size,
            "read_timeout": options.read_timeout,
            "send_timeout": options.send_timeout,
            "next_tries": options.next_tries,
            "next_timeout": options.next_timeout,
            "next_cases": list(options.next_cases),
        }
    )


def _params(params: m.Params) -> JSONObject:
    rendered: JSONObject = {}
    if params.storage:
        rendered["storage"] = [
            {"name": volume.name, "mount": volume.mount, "readOnly": volume.read_only}
            for volume in params.storage
        ]
    if params.permissions_read is not None:
        rendered["permissions"] = {"read": list(params.permissions_read)}
    return rendered


def _scheduling(scheduling: SchedulerParams | None) -> JSONObject:
    if scheduling is None:
        return {}
    found = _present({"runtime_class": scheduling.runtime_class})
    if gpu := scheduling.gpu:
        found["resources"] = {"gpu": _present(attrs.asdict(gpu))}
    return found


def _credentials(credentials: m.Credentials) -> JSONObject:
    return {
        "host": credentials.host,
        "email": credentials.email,
        "username": credentials.username,
        "password": credentials.password,
    }


def _present(members: JSONObject) -> JSONObject:
    """An object without its empty members: Go's `omitempty`."""
    return {name: value for name, value in members.items() if value}


def read_scheduled(service: Field) -> tuple[str, SchedulerParams]:
    """Name of a service and where placement put it; empty where it found nothing."""
    params = service.get("scheduler_params")
    gpu = (
        params.get("resources")
        .get("gpu")
        .maybe(
            lambda card: GPUParams(
                vendor=card.get("vendor").text(),
                model=card.get("model").text(),
                memory_size=card.get("memory_size").text(),
                interface=card.get("interface").text(),
            )
        )
    )
    return service.get("name").text(), SchedulerParams(params.get("runtime_class").text(), gpu)


def read_service(service: Field) -> m.Service:
    """A service out of a record; what a record cannot hold is absent."""
    return m.Service(
        name=service.get("name").text(),
        image=service.get("image").text(),
        command=_texts(service.get("command")),
        args=_texts(service.get("args")),
        env=_texts(service.get("env")),
        resources=_read_resources(service.get("resources")),
        count=service.get("count").uint32(),
        expose=service.get("expose").each(_read_expose) or None,
        params=service.get("params").maybe(_read_params),
        credentials=service.get("credentials").maybe(_read_credentials),
    )


def _texts(field: Field) -> tuple[str, ...] | None:
    """A list of strings; a record cannot tell an empty list from none."""
    return field.texts() or None


def _read_resources(resources: Field) -> m.Resources:
    return m.Resources(
        id=resources.get("id").uint32(),
        cpu=resources.get("cpu").maybe(
            lambda cpu: m.CPU(cpu.get("units").uint32(), _read_attributes(cpu))
        ),
        gpu=resources.get("gpu").maybe(
            lambda gpu: m.GPU(gpu.get("units").uint32(), _read_attributes(gpu))
        ),
        memory=resources.get("memory").maybe(
            lambda memory: m.Memory(_read_size(memory), _read_attributes(memory))
        ),
        storage=resources.get("storage").each(_read_storage) or None,
    )


def _read_storage(volume: Field) -> m.Storage:
    return m.Storage(volume.get("name").text(), _read_size(volume), _read_attributes(volume))


def _read_size(owner: Field) -> int:
    # The Go provider writes "" where a manifest left a part out.
    size = owner.get("size")
    return 0 if size.value == "" else size.amount()


def _read_attributes(owner: Field) -> tuple[m.Attribute, ...]:
    return owner.get("attributes").each(_read_attribute) or ()


def _read_attribute(attribute: Field) -> m.Attribute:
    return m.Attribute(attribute.get("key").text(), attribute.get("value").text())


def _read_expose(expose: Field) -> m.Expose:
    proto = expose.get("proto")
    # The Go provider reads any case and takes an empty protocol for TCP.
    protocol = proto.text().upper() or "TCP"
    if protocol not in ("TCP", "UDP"):
        raise proto.error("must be TCP or UDP")
    return m.Expose(
        port=expose.get("port").uint32(),
        external_port=expose.get("external_port").uint32(),
        proto=protocol,
        service=expose.get("service").text(),
        global_=expose.get("global").flag(),
        hosts=_texts(expose.get("hosts")),
        http_options=_read_http_options(expose.get("http_options")),
        ip=expose.get("ip").text(),
        endpoint_sequence_number=expose.get("endpoint_sequence_number").uint32(),
    )


def _read_http_options(options: Field) -> m.HTTPOptions:
    return m.HTTPOptions(
        max_body_size=options.get("max_body_size").uint32(),
        read_timeout=options.get("read_timeout").uint32(),
        send_timeout=options.get("send_timeout").uint32(),
        next_tries=options.get("next_tries").uint32(),
        next_timeout=options.get("next_timeout").uint32(),
        next_cases=options.get("next_cases").texts() or (),
    )


def _read_params(params: Field) -> m.Params:
    return m.Params(
        storage=params.get("storage").each(_read_storage_params) or None,
        permissions_read=params.get("permissions").maybe(lambda p: p.get("read").texts() or ()),
    )


def _read_storage_params(volume: Field) -> m.StorageParams:
    return m.StorageParams(
        volume.get("name").text(), volume.get("mount").text(), volume.get("readOnly").flag()
    )


def _read_credentials(credentials: Field) -> m.Credentials:
    return m.Credentials(
        host=credentials.get("host").text(),
        email=credentials.get("email").text(),
        username=credentials.get("username").text(),
        password=credentials.get("password").text(),
    )
