"""The daemons' listeners as everybody sees them who is not the daemon: HTTP over the world's network."""

from collections.abc import Callable, Sequence

import attrs
import trio

from simulator.faults.network import Link
from simulator.wire.client import Conversation, NoAnswer
from simulator.wire.messages import Response

_JSON = ("content-type", "application/json")


@attrs.frozen(eq=False)
class Gateways:
    """What tenants' tools and the operator's browser reach."""

    link: Link
    """Theirs; not the daemons'."""
    token: str
    hosts: Callable[[], Sequence[str]]
    """Names of those that run, the newest last."""

    async def ask(
        self, host: str, method: str, path: str, body: bytes, seconds: float
    ) -> Response | None:
        """One question, one connection; None for no answer within so long."""
        (answer,) = await self.ask_all(host, ((method, path, body),), seconds)
        return answer

    async def look(self, host: str, paths: Sequence[str], seconds: float) -> list[Response | None]:
        """GET several paths over one connection; None for each without an answer."""
        return await self.ask_all(host, tuple(("GET", path, b"") for path in paths), seconds)

    async def ask_all(
        self, host: str, questions: Sequence[tuple[str, str, bytes]], seconds: float
    ) -> list[Response | None]:
        """Questions one after another over one connection; None for each without an answer in time."""
        answers: list[Response | None] = []
        with trio.move_on_after(seconds):
            try:
                async with await self.link.dial(host) as stream:
                    conversation = Conversation(stream)
                    for method, path, body in questions:
                        headers = (("authorization", f"Bearer {self.token}"), _JSON)
                        answers.append(
                            await conversation.ask(method, path, headers=headers, body=body)
                        )
            except (NoAnswer, trio.BrokenResourceError):
                pass
        return answers + [None] * (len(questions) - len(answers))
