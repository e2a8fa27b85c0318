"""
What has to be written to bring one generation into being, decided without a request.

Level-triggered: the whole bundle against the whole observed state, never "what changed". A plan of
an equal state is empty.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import attrs

from provider.jsontypes import JSONObject
from provider.kubernetes.kinds import ObjectKey, key_of
from provider.reconcile.differs import differs
from provider.workload.bundle import Bundle

Compare: TypeAlias = Callable[[JSONObject, JSONObject], tuple[str, ...]]
"""Desired and live; where they differ."""


@attrs.frozen
class Step:
    """One object that has to be applied; how it is fenced is decided when that is done."""

    key: ObjectKey
    desired: JSONObject
    paths: tuple[str, ...] = ()
    """Where it differs; () when it is absent."""


@attrs.frozen
class Plan:
    """Steps in the order in which they are taken; those of one wave in any order."""

    record: Step | None
    waves: tuple[tuple[Step, ...], ...]
    """Namespace, then its guards, then workloads, Services and routes."""
    hosts: tuple[Step, ...]
    leased_ips: tuple[Step, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them, flat."""
        record = (self.record,) if self.record else ()
        return (
            *record,
            *(step for wave in self.waves for step in wave),
            *self.hosts,
            *self.leased_ips,
        )

    @property
    def empty(self) -> bool:
        """True when nothing has to be written."""
        return not self.steps


def plan(bundle: Bundle, live: Mapping[ObjectKey, JSONObject], compare: Compare = differs) -> Plan:
    """Compare every object of a bundle with what is observed under its key."""
    return Plan(
        record=next(iter(_steps((bundle.record,), live, compare)), None),
        waves=tuple(_steps(wave, live, compare) for wave in bundle.waves),
        hosts=_steps(bundle.hosts, live, compare),
        leased_ips=_steps(bundle.leased_ips, live, compare),
    )


def _steps(
    objects: Iterable[JSONObject], live: Mapping[ObjectKey, JSONObject], compare: Compare
) -> tuple[Step, ...]:
    steps: list[Step] = []
    for desired in objects:
        key = key_of(desired)
        present = live.get(key)
        if present is None:
            steps.append(Step(key, desired))
        elif paths := compare(desired, present):
            steps.append(Step(key, desired, paths))
    return tuple(steps)
