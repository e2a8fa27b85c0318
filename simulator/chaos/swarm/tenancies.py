"""
The leases of a drawn plan and what their tenants do in an hour. Pure; all draws from one generator.

Two thirds are there from the first ten minutes on; later ones take the place, and often the
hostname, of one that was closed. Every one is updated now and then, some in storms or while they are
still being deployed.
"""

import random
from collections.abc import Mapping
from string import ascii_uppercase

import attrs

from simulator.chaos.plan import Action, LeasePlan, Moment

LEASES = 20
FIRST = 13
"""So many do not replace another."""

_OPENED_BY = 600.0
_DEFINITIONS = {"web": 9, "stack": 3, "everything": 2, "worker": 4, "gpu": 2}
_IMAGES = {"crash": 2, "fail": 2, "slow": 3, "refused": 2}
_SHARED_HOSTS = ("shop.example.com", "blog.example.com")


@attrs.frozen(kw_only=True)
class Deed:
    """Something a tenant does, for faults to be put around it."""

    time: float
    do: str
    lease: str
    generation: int
    """That the tenant wants from then on; of a closing, the last."""


@attrs.frozen(kw_only=True)
class Tenancies:
    """All leases of an hour."""

    leases: tuple[LeasePlan, ...]
    actions: tuple[Action, ...]
    """In the order of their times."""
    deeds: tuple[Deed, ...]
    """The same again, without transfers; in the order of their times."""
    lives: tuple[tuple[LeasePlan, float, float], ...]
    """Every lease with when it is opened and when it is closed, or the hour ends."""


def draw_tenancies(rng: random.Random, seconds: float) -> Tenancies:
    """
    Draw leases and deeds.

    Args:
        rng: every number comes from it.
        seconds: all deeds are done by then.
    """
    hour = _Hour(rng, seconds)
    for _ in range(FIRST):
        hour.add(rng.uniform(5.0, _OPENED_BY))
    # Leases that are replaced are drawn from those that stand, so some places change hands twice.
    for _ in range(LEASES - FIRST):
        hour.replace()
    for lease in rng.sample(sorted(hour.standing), 3):
        hour.close(lease, rng.uniform(seconds * 0.8, seconds - 10.0))
    for lease in hour.opened:
        hour.update(lease)
    hour.transfer()
    return hour.done()


@attrs.define(eq=False)
class _Hour:
    """What is drawn so far."""

    rng: random.Random
    seconds: float
    leases: list[LeasePlan] = attrs.field(factory=list)
    opened: dict[str, float] = attrs.field(factory=dict)
    closed: dict[str, float] = attrs.field(factory=dict)
    actions: list[Action] = attrs.field(factory=list)
    deeds: list[Deed] = attrs.field(factory=list)

    @property
    def standing(self) -> set[str]:
        return self.opened.keys() - self.closed.keys()

    def add(self, time: float, like: LeasePlan | None = None) -> None:
        """Open a lease; `like` is the one whose place it takes."""
        rng = self.rng
        name = ascii_uppercase[len(self.leases)]
        definition = _weighted(rng, _DEFINITIONS)
        host = ""
        if definition != "worker":
            if like is not None and rng.random() < 0.5:
                host = like.host or host_of(like)
            elif rng.random() < 0.2:
                host = rng.choice(_SHARED_HOSTS)
        self.leases.append(
            LeasePlan(
                name=name,
                definition=definition if like is None or rng.random() < 0.5 else like.definition,
                host="" if host == "none" else host,
                owner=like.owner if like is not None and rng.random() < 0.7 else self._owner(),
                count=rng.choice((1, 1, 1, 1, 1, 2, 3)),
                changes=self._changes(),
            )
        )
        self.opened[name] = time
        self._do("open", time, name, 1)

    def _owner(self) -> str:
        return self.rng.choice(("alice", "alice", "bob"))

    def _changes(self) -> Mapping[int, Mapping[str, object]]:
        """Mostly none; a bad image is taken back one generation later."""
        rng = self.rng
        changes: dict[int, Mapping[str, object]] = {}
        if rng.random() < 0.15:
            generation = rng.choice((1, 2, 2))
            changes[generation] = {"image": _weighted(rng, _IMAGES)}
            changes[generation + 1] = {"image": "nginx"}
        elif rng.random() < 0.1:
            changes[2] = {"count": rng.choice((1, 2, 3))}
        elif rng.random() < 0.1:
            changes[2] = {"host": rng.choice(_SHARED_HOSTS)}
        return changes

    def replace(self) -> None:
        """Close one that stands and open another in its place, at once or a little later."""
        rng = self.rng
        room = {n: t for n, t in self.opened.items() if t < self.seconds * 0.7}
        name = rng.choice(sorted(self.standing & room.keys()))
        time = rng.uniform(room[name] + 30.0, self.seconds * 0.85)
        self.close(name, time)
        plan = next(lease for lease in self.leases if lease.name == name)
        self.add(time + rng.choice((0.0, 0.5, 3.0, 20.0, 100.0)), plan)

    def close(self, name: str, time: float) -> None:
        self.closed[name] = max(time, self.opened[name] + 1.0)

    def update(self, name: str) -> None:
        """Updates until it is closed, and then the closing itself."""
        rng = self.rng
        begins, ends = self.opened[name], self.closed.get(name, self.seconds - 10.0)
        times = [rng.uniform(begins + 20.0, ends) for _ in range(rng.choice((0, 0, 1, 1)))]
        if rng.random() < 0.1:
            times.append(begins + rng.uniform(0.1, 4.0))
        if rng.random() < 0.03:
            storm = rng.uniform(begins + 20.0, ends)
            times += [storm + rng.uniform(0.0, 10.0) for _ in range(5)]
        generation = 1
        for time in sorted(time for time in times if begins < time < ends):
            generation += 1
            self._do("update", time, name, generation)
        if name in self.closed:
            self._do("close", ends, name, generation)

    def transfer(self) -> None:
        """Hostnames move to a lease of the same tenant."""
        rng = self.rng
        for _ in range(rng.choice((0, 0, 1, 2))):
            hosts = [one for one in self.leases if one.definition != "worker" and not one.host]
            holder = rng.choice(hosts)
            heirs = [one for one in self.leases if one.owner == holder.owner and one is not holder]
            heir = rng.choice(heirs) if heirs else holder
            begins = max(self.opened[holder.name], self.opened[heir.name]) + 30.0
            time = rng.uniform(begins, max(begins, self.seconds - 60.0))
            action = Action(
                do="transfer",
                when=_at(time),
                lease=heir.name,
                values={"host": host_of(holder)},
            )
            self.actions.append(action)

    def _do(self, do: str, time: float, lease: str, generation: int) -> None:
        self.actions.append(Action(do=do, when=_at(time), lease=lease))
        self.deeds.append(Deed(time=time, do=do, lease=lease, generation=generation))

    def done(self) -> Tenancies:
        return Tenancies(
            leases=tuple(self.leases),
            actions=tuple(sorted(self.actions, key=lambda action: action.when.at)),
            deeds=tuple(sorted(self.deeds, key=lambda deed: deed.time)),
            lives=tuple(
                (one, self.opened[one.name], self.closed.get(one.name, self.seconds))
                for one in self.leases
            ),
        )


def host_of(lease: LeasePlan) -> str:
    """The hostname that it has in its first generation."""
    return lease.host or f"{lease.name.lower()}.example.com"


def _at(time: float) -> Moment:
    return Moment(at=round(time, 2))


def _weighted(rng: random.Random, weights: Mapping[str, int]) -> str:
    return rng.choices(tuple(weights), tuple(weights.values()))[0]
