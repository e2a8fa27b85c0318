"""A small definition and changes of it."""

from typing import Any

import yaml

from provider.sdl.compile import Compiled, compile_sdl
from provider.sdl.errors import SdlError

DROP = object()
"""In a change: the key goes."""

_BASE = """
version: "2.0"
services:
  web:
    image: nginx
    expose:
      - port: 8080
        as: 80
        to:
          - global: true
profiles:
  compute:
    small:
      resources:
        cpu:
          units: 0.5
        memory:
          size: 128Mi
        storage:
          size: 1Gi
  placement:
    west:
      pricing:
        small:
          denom: uakt
          amount: 10
deployment:
  web:
    west:
      profile: small
      count: 1
"""

WEB = "services.web"
EXPOSE = "services.web.expose.0"
RESOURCES = "profiles.compute.small.resources"
PLACEMENT = "profiles.placement.west"


def definition(changes: dict[str, Any] | None = None) -> str:
    """The text of the definition with some values replaced, added or dropped, by dotted path."""
    document = yaml.safe_load(_BASE)
    for path, value in (changes or {}).items():
        *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
        parent = document
        for step in way:
            parent = parent[step]
        if value is DROP:
            del parent[last]
        else:
            parent[last] = value
    return yaml.safe_dump(document, sort_keys=False)


def compiled(changes: dict[str, Any] | None = None) -> Compiled:
    """What the changed definition compiles to."""
    return compile_sdl(definition(changes))


def service(changes: dict[str, Any] | None = None) -> Any:
    """The one service of the manifest that the changed definition compiles to."""
    [group] = compiled(changes).manifest
    [only] = group.services
    return only


def refusal(changes: dict[str, Any]) -> SdlError:
    """Why the changed definition is refused."""
    try:
        compiled(changes)
    except SdlError as error:
        return error
    raise AssertionError("the definition was not refused")
