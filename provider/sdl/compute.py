"""
Compute profiles: what one replica of a service needs.

Source: Akash chain-sdk, `go/sdl/{cpu,memory,gpu}.go` and `go/sdl/v2.go`.
"""

import re

import attrs

from provider.lease.manifest import CPU, GPU, Attribute, Memory, Resources
from provider.sdl.node import Node, shortened
from provider.sdl.sizes import GIBI, byte_size, cpu_units, gpu_units, memory_of_gpu
from provider.sdl.volumes import VolumeAt, read_volumes

ATTRIBUTE_KEY = re.compile(r"[a-zA-Z][\w/.\-]{1,126}[\w*]?", re.ASCII)
"""Source: `AttributeNameRegexpStringWildcard` of the chain."""


@attrs.frozen
class Compute:
    """A compute profile."""

    name: str
    node: Node
    """The `resources` of the profile."""
    cpu: CPU | None
    memory: Memory | None
    gpu: GPU
    volumes: tuple[VolumeAt, ...] | None

    def resources(self) -> Resources:
        """As values of the manifest, without id and endpoints."""
        volumes = self.volumes
        storage = None if volumes is None else tuple(at.volume for at in volumes)
        return Resources(id=0, cpu=self.cpu, memory=self.memory, storage=storage, gpu=self.gpu)


def read_compute(name: str, node: Node) -> Compute:
    """Read one profile; its sizes are held against the chain's limits only where it is used."""
    resources = node.get("resources")
    return Compute(
        name=name,
        node=resources,
        cpu=resources.get("cpu").maybe(_read_cpu),
        memory=resources.get("memory").maybe(_read_memory),
        gpu=resources.get("gpu").maybe(_read_gpu) or GPU(0),
        volumes=resources.get("storage").maybe(read_volumes),
    )


def _read_cpu(node: Node) -> CPU:
    attributes = node.get("attributes")
    for key, value in attributes.entries():
        if key != "arch":
            raise value.error("expected no CPU attribute but `arch`")
    pairs = (Attribute(key, value.text()) for key, value in attributes.entries())
    return CPU(cpu_units(node.get("units")), tuple(pairs))


def _read_memory(node: Node) -> Memory:
    return Memory(byte_size(node.get("size")))


def _read_gpu(node: Node) -> GPU:
    for key, value in node.entries():
        if key not in ("units", "attributes"):
            raise value.error("expected `units` and `attributes` only")
    attributes = node.get("attributes").maybe(_read_gpu_attributes) or ()
    units = gpu_units(node.get("units"))
    if units and not attributes:
        raise node.get("attributes").error(
            "missing: GPUs need attributes, at least `vendor: {nvidia: }` for any model"
        )
    return GPU(units, attributes)


def _read_gpu_attributes(node: Node) -> tuple[Attribute, ...]:
    for key, value in node.entries():
        if key != "vendor":
            raise value.error("expected no GPU attribute but `vendor`")
    vendor = node.get("vendor")
    if not vendor.present:
        raise vendor.error("missing: expected `nvidia` with a list of models, or empty for any")
    keys: set[str] = set()
    for model in vendor.get("nvidia").items():
        key = f"vendor/nvidia/model/{_read_model(model)}"
        if key in keys or not ATTRIBUTE_KEY.fullmatch(key):
            raise model.error(
                f"expected each model once, of letters, digits, '_', '-' and '.': {shortened(key)}"
            )
        keys.add(key)
    return tuple(Attribute(key, "true") for key in sorted(keys or {"vendor/nvidia/model/*"}))


def _read_model(node: Node) -> str:
    model, ram, interface = node.get("model"), node.get("ram"), node.get("interface")
    if not model.text():
        raise model.error("missing: expected a model such as a100, or `nvidia: ` alone for any")
    steps = [model.text()]
    if ram.present:
        steps.append(f"ram/{memory_of_gpu(ram) // GIBI}Gi")
    if interface.present:
        if interface.text() not in ("pcie", "sxm"):
            raise interface.error(f"expected pcie or sxm, got {shortened(interface.text())}")
        steps.append(f"interface/{interface.text()}")
    return "/".join(steps)
