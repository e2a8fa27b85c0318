"""
What a group may not ask for, because no object for it is rendered.

Running such a service as an ordinary one would be worse than refusing it: without its image
credentials it never starts, without its GPU or its enclave it is not what the tenant pays for.
"""

from provider.lease.manifest import Group, ManifestError, Service
from provider.workload.options import RenderOptions


def refuse_unsupported(group: Group, options: RenderOptions) -> None:
    """
    Let a group pass that can be run whole.

    Raises:
        ManifestError: naming the first service, the field and what is not offered.
    """
    for position, service in enumerate(group.services):
        if found := _unsupported(service, options):
            field, what = found
            raise ManifestError(f"services[{position}].{field}", f"{what} is not offered here")


def _unsupported(service: Service, options: RenderOptions) -> tuple[str, str] | None:
    gpu, params = service.resources.gpu, service.params
    if gpu and gpu.units:
        return "resources.gpu.units", "a GPU"
    if service.credentials:
        return "credentials", "a login for a private image registry"
    if params and params.tee:
        return "params.tee", "trusted execution"
    if params and params.permissions_read:
        return "params.permissions.read", "access to the cluster's API"
    for position, expose in enumerate(service.expose or ()):
        if expose.ip and expose.global_ and not options.leased_ips:
            return f"expose[{position}].ip", "a leased address"
    return None
