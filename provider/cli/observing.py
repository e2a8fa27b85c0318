"""Looks at market and cluster, again and again, and prints each look that differs; writes nothing."""

import random

import trio

from provider.app import Daemon
from provider.cli.files import write_text
from provider.cli.leases import print_json
from provider.cli.observed import complete, essence, print_observation
from provider.cli.serving import Start
from provider.concurrency.clock import SystemClock
from provider.gateway.shown import as_json

LOOK_SECONDS = 10.0
"""Between two looks: each lists every kind once, about as much as a daemon's start."""


async def observe(start: Start, *, once: bool, json: bool) -> bool:
    """
    Look until cancelled, or once.

    Args:
        start: as for a daemon; nothing listens and no token is needed.
        once: return after the first look.
        json: print each look as JSON.

    Returns:
        True when the only look saw everything.
    """
    daemon = Daemon(
        settings=start.settings,
        wall=SystemClock(),
        rng=random.Random(),
        log=start.log,
        options=start.options,
        access=start.access,
    )
    last = None
    while True:
        observation = await daemon.observe()
        if essence(observation) != last:
            if last is not None:
                write_text("\n")
            last = essence(observation)
            if json:
                print_json(as_json(observation))
            else:
                print_observation(observation)
        if once:
            return complete(observation)
        await trio.sleep(LOOK_SECONDS)
