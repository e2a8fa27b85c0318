"""
The one container of a tenant's pod: environment, ports, mounts and resources.

Lists that Kubernetes keys never repeat a key, since server-side apply refuses such a list whole.
Source: Akash, `cluster/kube/builder/workload.go`.
"""

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import ManifestError, Service
from provider.lease.scheduling import SchedulerParams
from provider.workload import graphics, volumes
from provider.workload.commitment import committed
from provider.workload.options import RenderOptions


def container(
    lease: LeaseID,
    service: Service,
    options: RenderOptions,
    scheduling: SchedulerParams | None = None,
) -> JSONObject:
    """
    The container spec.

    Raises:
        ManifestError: a mount of a volume that the service does not have.
    """
    rendered: JSONObject = {
        "name": service.name,
        "image": service.image,
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {
            "runAsNonRoot": False,
            "privileged": False,
            "allowPrivilegeEscalation": False,
        },
        "ports": _ports(service),
        "env": _environment(lease, service, options),
        "resources": _resources(service, options, scheduling),
    }
    if service.command:
        rendered["command"] = list(service.command)
    if service.args:
        rendered["args"] = list(service.args)
    if mounts := volumes.mounts(service):
        rendered["volumeMounts"] = mounts
    return rendered


def _ports(service: Service) -> list[JSONObject]:
    keys = dict.fromkeys((expose.port, expose.proto) for expose in service.expose or ())
    return [{"containerPort": port, "protocol": proto} for port, proto in keys]


def _environment(lease: LeaseID, service: Service, options: RenderOptions) -> list[JSONObject]:
    """
    The tenant's variables, then ours where the tenant has not set them.

    Of a variable set twice the last value wins, at its last place: a `$(NAME)` in it may refer to
    any variable before it, also to one set between the two.
    """
    variables: dict[str, str] = {}
    for entry in service.env or ():
        name, _, value = entry.partition("=")
        variables.pop(name, None)
        variables[name] = value
    ours = {
        "AKASH_GROUP_SEQUENCE": str(lease.gseq),
        "AKASH_DEPLOYMENT_SEQUENCE": str(lease.dseq),
        "AKASH_ORDER_SEQUENCE": str(lease.oseq),
        "AKASH_OWNER": lease.owner,
        "AKASH_PROVIDER": lease.provider,
        "AKASH_CLUSTER_PUBLIC_HOSTNAME": options.public_hostname,
    }
    for name, value in ours.items():
        variables.setdefault(name, value)
    return [{"name": name, "value": value} for name, value in variables.items()]


def _resources(
    service: Service, options: RenderOptions, scheduling: SchedulerParams | None
) -> JSONObject:
    """
    Requests are what is reserved, limits what was leased, with the volumes in memory.

    Several ephemeral volumes are added up, where the Go provider lets the last one win.
    """
    resources = service.resources
    if resources.cpu is None or resources.memory is None:
        raise ManifestError(f"{service.name}.resources", "cpu and memory must be given")
    reserved = committed(service, options)
    memory = resources.memory.size + volumes.memory_bytes(service)
    requests = {"cpu": f"{reserved.cpu}m", "memory": str(reserved.memory_requested)}
    limits = {"cpu": f"{resources.cpu.units}m", "memory": str(memory)}
    if ephemeral := volumes.ephemeral_bytes(service):
        requests["ephemeral-storage"] = str(reserved.ephemeral)
        limits["ephemeral-storage"] = str(ephemeral)
    if reserved.gpus:
        name = graphics.RESOURCES[graphics.vendor(service, scheduling)]
        requests[name] = limits[name] = str(reserved.gpus)
    return {"requests": requests, "limits": limits}
