"""Frozen settings of the simulated control plane: delays in seconds of the world's clock."""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from simulator.controllers.images import Image


def gpu_label(vendor: str, model: str, *, ram: str = "", interface: str = "") -> str:
    """
    The label that Akash's inventory operator puts on a node for its cards of one kind.

    >>> gpu_label("nvidia", "a100", ram="80Gi", interface="sxm")
    'akash.network/capabilities.gpu.vendor.nvidia.model.a100.ram.80Gi.interface.sxm'
    """
    more = "".join(
        f".{name}.{value}" for name, value in (("ram", ram), ("interface", interface)) if value
    )
    return f"akash.network/capabilities.gpu.vendor.{vendor}.model.{model}{more}"


@attrs.frozen(kw_only=True)
class NodeShape:
    """What one simulated node offers."""

    cpu: str = "16"
    memory: str = "64Gi"
    ephemeral_storage: str = "512Gi"
    pods: int = 110
    """Real kubelets default to 110."""
    labels: Mapping[str, str] = MappingProxyType({"akash.network": "true"})
    """The provider's pods ask for `akash.network` In ["true"]; storage capabilities are added."""
    extended: Mapping[str, str] = MappingProxyType({})
    """What device plugins offer, by resource: `nvidia.com/gpu`, `amd.com/gpu`."""
    allocatable: Mapping[str, str] = MappingProxyType({})
    """What of that pods may have, by resource; all of it where nothing is said."""


@attrs.frozen(kw_only=True)
class StorageClass:
    """A StorageClass of the world; its claims are provided for at once."""

    name: str
    default: bool = False
    """Claims that name no class get this one."""
    provisioner: str = "simulator.akash.network/pretend"
    node_capability: str = "1"
    """Value of the node label `akash.network/capabilities.storage.class.<name>`, which the provider's
    pods compare with Gt "0"; empty leaves the label out."""


@attrs.frozen(kw_only=True)
class ControllerSettings:
    """How fast, and with what, the control plane acts. Defaults follow the recordings."""

    reaction_seconds: float = 0.01
    """From an event to the controllers that look at it: 0.01 to 0.1 s on a real control plane.
    Changes inside that time are seen as one."""
    rollout_seconds: float = 0.013
    """From an event to the Deployment controller, which acts on what ReplicaSets have told by then. No
    multiple of the reaction time: so that both seldom act in the same instant, in any order."""
    collection_seconds: float = 0.06
    """From an event to the garbage collector: its graph lags behind the caches of the others."""
    retry_seconds: float = 0.005
    """First pause after a refused request; doubles with each further refusal (client-go's
    DefaultTypedControllerRateLimiter starts at 5 ms)."""
    retry_limit_seconds: float = 60.0
    """Longest pause between retries."""
    relist_seconds: float = 0.5
    """First pause before a refused list or watch is tried again; doubles up to `retry_limit_seconds`."""

    namespace_grace_seconds: float = 5.0
    """From a Namespace's last change to the controller that empties it
    (namespaceDeletionGracePeriod in kube-controller-manager)."""
    finalizer_estimate_seconds: int = 15
    """How long a finalizer on a namespace's content is expected to take
    (finalizerEstimateSeconds in kube-controller-manager)."""

    ready_seconds: float = 0.3
    """From binding to Running and Ready, for an image that is fine."""
    slow_seconds: float = 30.0
    """The same for an image of behaviour `Image.SLOW`."""
    image_back_off_seconds: float = 10.0
    """From ErrImagePull to ImagePullBackOff."""
    crash_seconds: float = 1.0
    """How long a container of behaviour `Image.CRASHES` runs before it exits with 1."""
    crash_back_off_seconds: float = 10.0
    """First pause before a crashed container runs again; doubles, up to `crash_limit_seconds`."""
    crash_limit_seconds: float = 300.0
    """Longest pause of a crash loop (MaxContainerBackOff)."""
    once_seconds: float = 0.5
    """How long a container of behaviour `Image.ENDS` runs before it exits with 0."""
    stop_seconds: float = 0.2
    """From a pod's deletionTimestamp to its end, if its grace period is not shorter."""
    jitter: float = 0.1
    """Each stage of a pod takes up to this fraction longer; 0 or more."""
    images: Mapping[str, Image] = MappingProxyType(
        {
            "fail": Image.NEVER_PULLS,
            "slow": Image.SLOW,
            "crash": Image.CRASHES,
            "once": Image.ENDS,
        }
    )
    """Behaviour by image name without registry, path and tag; every other image is fine."""

    job_batch_seconds: float = 1.0
    """From a change of a pod to its Job's controller (syncJobBatchPeriod)."""
    job_back_off_seconds: float = 10.0
    """First pause before a failed pod of a Job is replaced (DefaultJobPodFailureBackOff); doubles."""
    job_back_off_limit_seconds: float = 600.0
    """Longest such pause (MaxJobPodFailureBackOff)."""

    heartbeat_seconds: float = 0.0
    """Between two heartbeats of a node, 10 on a real one; 0 for none, so that a cluster in which nothing
    happens writes nothing and virtual time can jump."""
    node_grace_seconds: float = 50.0
    """From a machine's last sign of life to a node that is Unknown (node-monitor-grace-period of
    kube-controller-manager since 1.32)."""
    orphan_seconds: float = 40.0
    """How long pods of a node that was removed are left alone (quarantineTime of podgc)."""

    provision_seconds: float = 0.1
    """From a claim that asks for a known class to its volume."""
    claim_resync_seconds: float = 15.0
    """First pause before the binder complains again about a claim that it cannot bind (the real one:
    each 15 s); doubles up to `claim_resync_limit_seconds`, so that a stuck world grows quiet."""
    claim_resync_limit_seconds: float = 300.0
    """Longest pause between two such complaints."""

    root_certificate: str = (
        "-----BEGIN CERTIFICATE-----\n"
        "c2ltdWxhdGVkIGNsdXN0ZXIsIG5vIGNlcnRpZmljYXRl\n"
        "-----END CERTIFICATE-----\n"
    )
    """What every namespace is told to trust, in PEM; this one vouches for nothing, as plain HTTP needs."""
    node: NodeShape = NodeShape()
    storage_classes: tuple[StorageClass, ...] = (
        StorageClass(name="default", default=True),
        StorageClass(name="beta1"),
        StorageClass(name="beta2"),
        StorageClass(name="beta3"),
    )
    """Classes that tenants may name are `default` and `beta1` to `beta3`."""
