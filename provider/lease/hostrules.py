"""
The rule about hostnames that depends on the provider: where it generates none, tenants bring them.

Source: Akash, `manifest/manager.go`, `checkHostnamesForManifest`.
"""

from provider.lease.manifest import Manifest, ManifestError


def require_hosts(manifest: Manifest, *, static_hosts: bool) -> None:
    """
    Check that every ingress can be reached under some hostname.

    Args:
        manifest: one that has passed `rules.validate`.
        static_hosts: whether this provider generates a hostname for each service.

    Raises:
        ManifestError: an ingress without a hostname.
    """
    if static_hosts:
        return
    for number, group in enumerate(manifest):
        for index, service in enumerate(group.services):
            for position, expose in enumerate(service.expose or ()):
                if expose.is_ingress and not expose.hosts:
                    raise ManifestError(
                        f"[{number}].services[{index}].expose[{position}].hosts",
                        "expected at least one hostname: this provider generates none",
                    )
