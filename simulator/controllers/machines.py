"""
The machines under the nodes: which are dark, and how fast their kubelets are.

Facts of the world, not of the API: they outlive a control plane that is started again, and change at
once. A dark machine runs on as it is, but its kubelet neither hears nor says anything. Nothing awaits.
"""

from collections.abc import Callable

import attrs
import trio

Subscriber = Callable[[str], None]
"""Called with the name of a machine that went dark, came back or got faster; with "" when kept pods may
end."""


@attrs.define(eq=False)
class Machines:
    """Every machine is well unless something else was said of it."""

    _dark: dict[str, float] = attrs.field(init=False, factory=dict)
    _factors: dict[str, float] = attrs.field(init=False, factory=dict)
    _endless: dict[str, Callable[[], None] | None] = attrs.field(init=False, factory=dict)
    _subscribers: list[Subscriber] = attrs.field(init=False, factory=list)
    _addresses: int = attrs.field(init=False, default=0)

    def go_dark(self, name: str) -> None:
        """From here on nothing is heard of this machine."""
        if name not in self._dark:
            self._dark[name] = trio.current_time()
            self._tell(name)

    def come_back(self, name: str) -> None:
        """Its kubelet answers again, with whatever it was doing."""
        if self._dark.pop(name, None) is not None:
            self._tell(name)

    def dark_since(self, name: str) -> float | None:
        """Trio's time at which it went dark; None for a machine that is well."""
        return self._dark.get(name)

    def slow_down(self, name: str, factor: float) -> None:
        """
        Let its pods take so many times as long for each stage that begins from here on.

        When that is less than before, the stages that they are in begin anew.
        """
        before = self.factor(name)
        self._factors[name] = factor
        if factor < before:
            self._tell(name)

    def factor(self, name: str) -> float:
        """How many times as long its pods take; 1 for a machine that is well."""
        return self._factors.get(name, 1.0)

    def keep_pods(self, namespace: str, on_kept: Callable[[], None] | None = None) -> None:
        """From here on no pod of a namespace ends; `on_kept` is called for each that should have."""
        self._endless[namespace] = on_kept

    def let_pods_end(self, namespace: str) -> None:
        """Let the pods of a namespace end again, those that should have before at once."""
        if namespace in self._endless:
            del self._endless[namespace]
            self._tell("")

    def keeps(self, namespace: str) -> bool:
        """Ask for a pod that is about to end; True when it does not."""
        if namespace not in self._endless:
            return False
        on_kept = self._endless[namespace]
        if on_kept is not None:
            on_kept()
        return True

    def next_address(self) -> str:
        """An address for a pod that none had before."""
        self._addresses += 1
        high, low = divmod(self._addresses, 250)
        middle, high = divmod(high, 256)
        return f"10.{128 + middle}.{high}.{low + 1}"

    def subscribe(self, subscriber: Subscriber) -> None:
        """Have every later change told, in the step that makes it."""
        self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """End what `subscribe` began."""
        self._subscribers.remove(subscriber)

    def _tell(self, name: str) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(name)
