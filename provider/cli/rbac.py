"""`provider rbac`: the least rights with which the daemon runs."""

from typing import Annotated

import typer

from provider.cli.crds import documents
from provider.cli.files import write_text
from provider.workload.rights import objects


def rbac(
    *,
    namespace: Annotated[
        str, typer.Option(help="Where the daemon runs, and its ServiceAccount is.")
    ] = "leasekeeper",
    records_namespace: Annotated[
        str, typer.Option("--records-namespace", "--k8s-manifest-ns", help="Where records live.")
    ] = "lease",
) -> None:
    """
    Print ServiceAccount, roles and bindings as YAML: what the daemon does, and nothing more.

    Tenants' namespaces have names that nobody knows beforehand, so most of it is a ClusterRole.
    """
    write_text(documents(objects(namespace, records_namespace)))
