"""The verb deletecollection: delete, for everything that a selector picks."""

from simulator.ports import Refused
from simulator.storage.selectors import Selector
from simulator.storage.versions import Version
from simulator.verbs.caller import Caller, DeleteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.delete import delete
from simulator.verbs.registry import Served


def delete_collection(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    selector: Selector,
    options: DeleteOptions,
) -> list[Version]:
    """
    Ask for every selected object of a namespace to go; returns them as they were.

    Objects that go meanwhile are no error.

    Raises:
        Refused: the first other refusal; what was deleted before it stays deleted.
    """
    picked = [
        version
        for version in cluster.store.items(served.storage, namespace)
        if selector.matches(version.object)
    ]
    for version in picked:
        metadata = version.object["metadata"]
        try:
            delete(
                cluster, caller, served, metadata.get("namespace", ""), metadata["name"], options
            )
        except Refused as refused:
            if refused.code != 404:
                raise
    return picked
