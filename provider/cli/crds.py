"""`provider crds`: the custom resources that the cluster must know before the first lease."""

from collections.abc import Iterable

import yaml

from provider.cli.files import write_text
from provider.jsontypes import JSONObject
from provider.workload.crds import definitions


def crds() -> None:
    """
    Print the CustomResourceDefinitions of the records as YAML.

    They are the Go provider's: a cluster that has run it has them already.
    """
    write_text(documents(definitions()))


def documents(objects: Iterable[JSONObject]) -> str:
    """Objects as YAML documents for `kubectl apply -f -`, keys in their own order."""
    return yaml.dump_all(
        objects, Dumper=_WithoutAliases, sort_keys=False, explicit_start=True, width=110
    )


class _WithoutAliases(yaml.SafeDumper):
    """Writes a value that occurs twice out twice: people read this."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # the library's signature
        return True
