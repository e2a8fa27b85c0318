"""
The one container of a tenant's pod: environment, ports, mounts and resources.

Lists that Kubernetes keys never repeat a key, since server-side apply refuses such a list whole.
Source: Akash, `cluster/kube/builder/workload.go`.
"""

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import ManifestError, Service
from provider.workload import volumes
from provider.workload.options import RenderOptions


def container(lease: LeaseID, service: Service, options: RenderOptions) -> JSONObject:
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
        "resources": _resources(service),
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


def _resources(service: Service) -> JSONObject:
    """
    Requests and limits; volumes in memory count toward the memory limit alone.

    Several ephemeral volumes are added up, where the Go provider lets the last one win.
    """
    resources = service.resources
    if resources.cpu is None or resources.memory is None:
        raise ManifestError(f"{service.name}.resources", "cpu and memory must be given")
    cpu = f"{resources.cpu.units}m"
    memory = resources.memory.size
    requests = {"cpu": cpu, "memory": str(memory)}
    limits = {"cpu": cpu, "memory": str(memory + volumes.memory_bytes(service))}
    if ephemeral := volumes.ephemeral_bytes(service):
        requests["ephemeral-storage"] = limits["ephemeral-storage"] = str(ephemeral)
    return {"requests": requests, "limits": limits}
