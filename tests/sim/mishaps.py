"""What may happen at one request of a lease, and where: the sweeps over faults step through it."""

import re

import attrs

from simulator.faults import refusals
from simulator.faults.effects import (
    ApplyLate,
    Effect,
    KeepSilent,
    LoseAnswer,
    Refuse,
    Reset,
    Tear,
)
from simulator.faults.rule import Rule

KINDS = {
    "500": Refuse(refusals.server_error),
    "409": Refuse(refusals.conflict),
    "429": Refuse(refusals.too_many, retry_after_seconds=2),
    "reset before": Reset(),
    "reset after": LoseAnswer(),
    "never answered": KeepSilent(),
    "torn answer": Tear(after_bytes=40),
    "applied late": ApplyLate(seconds=20, silent=True),
}
"""By name: a refusal, no answer, or one that comes too late; each once."""


AT_ONCE = 2
"""So many of them in one run; the seed shifts them: with LEASEKEEPER_SEED from 0 to 3 each request
meets each kind."""


def effects_at(n, seed, at_once=AT_ONCE):
    """Those whose turn it is at the n-th request."""
    row = list(KINDS.values())
    return [row[((n + seed) * at_once + i) % len(row)] for i in range(at_once)]


@attrs.define(eq=False)
class Mishap:
    """One effect at the n-th request that concerns a lease, or two between which a name moves."""

    n: int
    effect: Effect
    marks: tuple[str, ...]
    """A request concerns it when path or query has one of them: namespaces, hostnames, addresses."""
    also: object = None
    """Called in the step before the effect."""
    requests: int = 0
    rule: Rule | None = None

    @property
    def happened(self):
        """True once the request was met; the rule has fired then."""
        assert self.rule is None or self.rule.fired == 1
        return self.rule is not None

    def concerns(self, request):
        said = (request.path, *(value for _, value in request.query))
        return any(mark in text for mark in self.marks for text in said)

    def strike(self, scene, request):
        """Let the effect happen to the request that is carried out next."""
        self.rule = scene.world.rules.add(
            Rule(effect=self.effect, method=request.method, path=f"^{re.escape(request.path)}$")
        )
        if self.also is not None:
            self.also()


def suffer(scene, mishaps):
    """From here on the daemon's requests meet these, one each of its own lease."""

    async def hook(number, request, carry_out):
        for mishap in mishaps:
            if mishap.concerns(request):
                mishap.requests += 1
                if mishap.requests == mishap.n:
                    mishap.strike(scene, request)
                break
        return await carry_out()

    scene.watch_requests(hook)
