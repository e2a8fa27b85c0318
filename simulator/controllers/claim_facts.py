"""What controllers ask of a PersistentVolumeClaim. Pure."""

from simulator.jsontypes import JSONObject

PROTECTION = "kubernetes.io/pvc-protection"


def is_bound(claim: JSONObject) -> bool:
    """Whether the claim has its volume, so that pods may use it."""
    return bool((claim.get("status") or {}).get("phase") == "Bound")


def size(claim: JSONObject) -> str:
    """The quantity asked for."""
    return str(claim["spec"]["resources"]["requests"]["storage"])
