"""The boundary around each request of a server that has to outlive its mistakes."""

import sys
import traceback

from simulator import failures
from simulator.api import answers
from simulator.wire.messages import Abort, Answer, Handler, Request, Stall


def reported(handler: Handler) -> Handler:
    """
    A handler whose bugs are answered 500 and printed, instead of ending the server.

    Tests serve without it: there a bug must be loud.
    """

    async def handle(request: Request) -> Answer:
        try:
            return await handler(request)
        except (Abort, Stall):
            raise
        except Exception:  # noqa: BLE001  # the one boundary between a request and the server
            print(f"bug while answering {request.method} {request.target}", file=sys.stderr)
            traceback.print_exc()
            text = "Internal error occurred: a bug in the simulator; its output says more"
            return answers.refusal(failures.failure(500, "InternalError", text))

    return handle
