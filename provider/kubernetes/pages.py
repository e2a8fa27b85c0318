"""One page of a collection, read from the answer to a list request; pure."""

import attrs

from provider.jsontypes import JSONObject
from provider.kubernetes.kinds import Kind
from provider.kubernetes.outcomes import Unseen


@attrs.frozen
class Page:
    """Part of a collection; all pages of one list show the collection in the same version."""

    items: tuple[JSONObject, ...]
    """With apiVersion and kind, which the API server leaves out of a list's items."""
    resource_version: str
    token: str
    """Asks for the next page; "" on the last one."""


@attrs.frozen
class Expired:
    """The token is too old to go on from; the list has to begin anew."""


def read_page(kind: Kind, answer: JSONObject) -> Page | Unseen:
    """Take the answer apart; what is no list proves nothing."""
    match answer:
        case {
            "metadata": {"resourceVersion": str(version), **metadata},
            "items": list() | None,
        } if version.isdecimal() and all(isinstance(item, dict) for item in answer["items"] or ()):
            type_meta = {"apiVersion": kind.api_version, "kind": kind.kind}
            return Page(
                tuple({**type_meta, **item} for item in answer["items"] or ()),
                version,
                str(metadata.get("continue") or ""),
            )
        case _:
            return Unseen(f"the answer is no list of {kind.plural}")
