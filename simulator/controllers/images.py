"""What becomes of an image when a simulated kubelet pulls and runs it. Pure; data and look-ups."""

import enum
from collections.abc import Iterable, Mapping

from simulator.jsontypes import JSONObject


class Image(enum.IntEnum):
    """Behaviours, from the best to the worst; a pod behaves like the worst of its images."""

    FINE = 0
    SLOW = 1
    """Pulled after a long time, then fine."""
    ENDS = 2
    """Starts, is Ready for a moment, and exits with 0."""
    CRASHES = 3
    """Starts, is Ready for a moment, and exits with 1."""
    NEVER_PULLS = 4
    """ErrImagePull, then ImagePullBackOff for ever."""


def name_of(image: str) -> str:
    """
    An image's name without registry, path, tag and digest.

    >>> name_of("ghcr.io:443/a/web:1@sha256:00")
    'web'
    """
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0]


def behaviour(image: str, known: Mapping[str, Image]) -> Image:
    """How an image behaves: by name, and fine when the name is not known."""
    return known.get(name_of(image), Image.FINE)


def worst(containers: Iterable[JSONObject], known: Mapping[str, Image]) -> Image:
    """How a pod with these containers behaves."""
    return max(
        (behaviour(container.get("image", ""), known) for container in containers),
        default=Image.FINE,
    )
