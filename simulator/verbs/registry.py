"""Which resources are served: built-in ones, and those that CustomResourceDefinitions add."""

from collections.abc import Iterator

import attrs

from simulator.kinds.resources import BUILT_IN, EVENTS_VIEW, Resource
from simulator.kinds.schemas import type_of
from simulator.kinds.types import Struct
from simulator.storage.fields import Fields, selectable
from simulator.tables.columns import Column
from simulator.tables.table import columns_of
from simulator.verbs.definitions import Definition
from simulator.verbs.strategies import GENERATIONAL, RETURNED

NAMESPACES = "namespaces"
DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions"


@attrs.frozen(eq=False)
class Served:
    """One version of one resource, as it is served."""

    resource: Resource
    definition: Definition | None = None
    """What a CustomResourceDefinition says about it; None for a built-in resource."""
    path: str = attrs.field(init=False)
    """`apps/v1/deployments`, `v1/pods`."""
    storage: str = attrs.field(kw_only=True)
    """Where its objects are stored: `apps/deployments`, `pods`. The same for all its versions."""

    @path.default
    def _path(self) -> str:
        return self.resource.name

    @storage.default
    def _storage(self) -> str:
        group, plural = self.resource.group, self.resource.plural
        return f"{group}/{plural}" if group else plural

    @property
    def api_version(self) -> str:
        """`apps/v1`, `v1`."""
        return self.resource.api_version

    @property
    def generational(self) -> bool:
        """Whether `metadata.generation` counts changes of the spec."""
        return self.definition is not None or self.storage in GENERATIONAL

    @property
    def returned(self) -> bool:
        """Whether a completed deletion is answered with the object."""
        return self.storage in RETURNED

    @property
    def selectable(self) -> Fields:
        """What a field selector may name."""
        extra = self.definition.selectable if self.definition else ()
        return selectable(self.storage, extra)

    @property
    def type(self) -> Struct:
        """The schema of its objects."""
        if self.definition is not None:
            return self.definition.type
        return type_of(self.api_version, self.resource.kind)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What a Table shows of its objects."""
        if self.definition is not None:
            return self.definition.columns
        return columns_of(self.storage)

    @property
    def stored(self) -> "Served":
        """The same resource in the version that its objects are stored in."""
        definition = self.definition
        if definition is None or definition.stored is None:
            return self
        return Served(definition.stored.resource, definition.stored)

    def has(self, subresource: str) -> bool:
        """Whether a subresource, such as `status`, is served."""
        return subresource in self.resource.subresources


@attrs.define(eq=False)
class Registry:
    """The served resources by their path."""

    _by_path: dict[str, Served] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._by_path = {}
        for resource in BUILT_IN:
            served = Served(resource)
            self._by_path[served.path] = served
        view = Served(EVENTS_VIEW, storage="events")
        self._by_path[view.path] = view

    def find(self, path: str) -> Served | None:
        """A resource by `group/version/plural`."""
        return self._by_path.get(path)

    def has_group_version(self, api_version: str) -> bool:
        """Whether anything is served under `apps/v1`."""
        return any(served.api_version == api_version for served in self._by_path.values())

    @property
    def namespaces(self) -> Served:
        """The resource of namespaces."""
        return self._by_path["v1/namespaces"]

    @property
    def definitions(self) -> Served:
        """The resource of CustomResourceDefinitions."""
        return self._by_path["apiextensions.k8s.io/v1/customresourcedefinitions"]

    def __iter__(self) -> Iterator[Served]:
        """All of them: the built-in ones first, then in the order of their definition."""
        return iter(tuple(self._by_path.values()))

    def define(self, definition: Definition) -> None:
        """Serve a custom resource."""
        served = Served(definition.resource, definition)
        self._by_path[served.path] = served

    def withdraw(self, group: str, plural: str) -> None:
        """No longer serve a custom resource."""
        for path, served in tuple(self._by_path.items()):
            resource = served.resource
            if served.definition and (resource.group, resource.plural) == (group, plural):
                del self._by_path[path]
