"""
The `services` of a stack definition: one container each.

Source: Akash chain-sdk, `v2Service` in `go/sdl/v2.go`, `go/sdl/groupBuilder_v2.go` and `go/sdl/tee.go`.
"""

import attrs

from provider.lease.manifest import (
    TEE,
    Credentials,
    Params,
    Resources,
    Service,
    StorageParams,
)
from provider.sdl.dialect import Dialect
from provider.sdl.expose import ExposeAt, read_exposes
from provider.sdl.node import Node, shortened

_TEE_TYPES = ("cpu", "cpu-gpu")


@attrs.frozen
class ServiceAt:
    """A service and where it was read."""

    service: Service
    """As in the manifest, but without resources and count, which the deployment decides."""
    exposes: tuple[ExposeAt, ...]
    node: Node

    @property
    def tee(self) -> str:
        """Kind of trusted execution that is asked for, or ""."""
        params = self.service.params
        return params.tee.type if params and params.tee else ""


def read_service(name: str, node: Node, dialect: Dialect) -> ServiceAt:
    """Read one service."""
    exposes = read_exposes(node.get("expose"))
    service = Service(
        name=name,
        image=node.get("image").text(),
        resources=Resources(id=0),
        count=0,
        command=node.get("command").texts(),
        args=node.get("args").texts(),
        env=node.get("env").texts(),
        expose=tuple(at.expose for at in exposes),
        params=node.get("params").maybe(_read_params),
        credentials=node.get("credentials").maybe(
            _read_credentials if dialect is Dialect.V2_0 else _read_trimmed_credentials
        ),
    )
    return ServiceAt(service, exposes, node)


def _read_params(node: Node) -> Params:
    volumes = sorted(node.get("storage").entries())
    return Params(
        storage=tuple(_read_storage_params(name, at) for name, at in volumes) or None,
        permissions_read=node.get("permissions").maybe(_read_permissions),
        tee=node.get("tee").maybe(_read_tee),
    )


def _read_storage_params(name: str, node: Node) -> StorageParams:
    mount = node.get("mount").text()
    if not mount.startswith("/"):
        raise node.get("mount").error(
            f"expected an absolute path such as /data, got {shortened(mount)}"
        )
    return StorageParams(name, mount, node.get("readOnly").flag())


def _read_permissions(node: Node) -> tuple[str, ...]:
    return node.get("read").texts() or ()


def _read_tee(node: Node) -> TEE | None:
    kind = node.text()
    if kind and kind not in _TEE_TYPES:
        raise node.error(f"expected {' or '.join(_TEE_TYPES)}, got {shortened(kind)}")
    return TEE(kind, attestation=True) if kind else None


def _read_credentials(node: Node) -> Credentials:
    """Version 2.0 has no e-mail address and takes the texts as they are."""
    for key, example in (("host", "ghcr.io"), ("username", "me"), ("password", "a token")):
        if not node.get(key).text().strip():
            raise node.get(key).error(f"missing: expected the registry's {key}, such as {example}")
    return Credentials(
        host=node.get("host").text(),
        email="",
        username=node.get("username").text(),
        password=node.get("password").text(),
    )


def _read_trimmed_credentials(node: Node) -> Credentials:
    read = _read_credentials(node)
    return Credentials(
        host=read.host.strip(),
        email=node.get("email").text().strip(),
        username=read.username.strip(),
        password=read.password.strip(),
    )
