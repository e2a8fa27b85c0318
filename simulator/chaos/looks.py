"""What an operator sees who looks at each daemon now and then: /status, and /livez as kubelet asks it."""

import orjson
import trio

from simulator.chaos.evidence import StatusLook
from simulator.chaos.process import Process
from simulator.chaos.stage import Stage
from simulator.jsontypes import JSONObject
from simulator.wire.messages import Response

PATIENCE_SECONDS = 60.0
"""For both answers: more than what is too late for anybody, on the slowest wires that plans have."""


async def look_on(stage: Stage) -> None:
    """
    Look at every process that runs, again and again.

    Cancellation:
        The looks end; one that is under way is not written down.
    """
    async with trio.open_nursery() as nursery:
        while True:
            await trio.sleep(stage.plan.look_seconds)
            for process in stage.running:
                nursery.start_soon(_look, stage, process, name=f"look at {process.host}")


async def look(stage: Stage) -> None:
    """Look at every process that runs, once."""
    for process in stage.running:
        await _look(stage, process)


async def _look(stage: Stage, process: Process) -> None:
    began = trio.current_time()
    paths = ("/status", "/livez")
    status, livez = await stage.gateways.look(process.host, paths, PATIENCE_SECONDS)
    if None in (status, livez) and process.life.end:
        # Told to end meanwhile, before the first question or between the two: silence says nothing.
        return
    stage.evidence.looks.append(
        StatusLook(
            time=began,
            daemon=process.number,
            status=_code(status),
            body=_body(status),
            livez=_code(livez),
            seconds=trio.current_time() - began,
        )
    )


def _code(answer: Response | None) -> int:
    return answer.status if answer is not None else 0


def _body(answer: Response | None) -> JSONObject | None:
    if answer is None or answer.status != 200:
        return None
    body: JSONObject = orjson.loads(answer.body)
    return body
