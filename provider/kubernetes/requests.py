"""
Single requests to the API server, counted, and their answers as values.

Reads are repeated a few times over what passes by itself; nothing else is.
"""

import random
from collections.abc import Callable
from typing import TypeAlias

import orjson
import trio

from provider.concurrency.backoff import Backoff
from provider.http.client import HttpClient, Query
from provider.http.errors import AnswerLostError, HttpError
from provider.http.lanes import Lane
from provider.jsontypes import JSONObject
from provider.kubernetes.outcomes import Refusal, Unknown, Unseen, Verdict
from provider.kubernetes.refusals import classify

READ_ATTEMPTS = 3
"""A hiccup costs no caller a round of its own; an outage is reported after half a minute."""
READ_PAUSE_MAX_SECONDS = 10.0
"""A server that asks for a longer pause gets it from the caller, who can say that it waits."""

Called: TypeAlias = Callable[[str, str, str], None]
"""
Hears of every request: what it was (get, list, watch, create, apply, try, patch, delete, ask), the
plural of its kind, and success, fail (any other answer) or unknown (none).
"""


def nobody_listens(_verb: str, _plural: str, _result: str) -> None:
    """Count nothing."""


class Requests:
    """The way to one API server."""

    def __init__(self, http: HttpClient, rng: random.Random, called: Called) -> None:
        """
        Prepare.

        Args:
            http: carries the requests.
            rng: spreads repeated reads.
            called: is told of each.
        """
        self.http = http
        self.called = called
        self._rng = rng

    async def read(
        self, verb: str, plural: str, path: str, query: Query = (), lane: Lane = Lane.WORK
    ) -> JSONObject | Refusal | Unseen:
        """GET until there is an answer to work with, a few times; at most about half a minute."""
        backoff = Backoff(self._rng, base_seconds=0.2, cap_seconds=READ_PAUSE_MAX_SECONDS)
        while True:
            answer = await self.ask(verb, plural, "GET", path, query, lane)
            match answer:
                case Unknown(why):
                    unseen = Unseen(why)
                case Refusal(verdict=Verdict.BUSY) if answer.status != 410:
                    unseen = unseen_after(answer)
                case _:
                    return answer
            pause = backoff.next_seconds(unseen.retry_after_seconds)
            if backoff.attempts >= READ_ATTEMPTS or pause > READ_PAUSE_MAX_SECONDS:
                return unseen
            await trio.sleep(pause)

    async def ask(
        self,
        verb: str,
        plural: str,
        method: str,
        path: str,
        query: Query = (),
        lane: Lane = Lane.WORK,
        body: bytes = b"",
        content_type: str = "",
    ) -> JSONObject | Refusal | Unknown:
        """
        Send one request.

        Cancellation:
            It may have taken effect; nobody is told of it.
        """
        try:
            answer = await self.http.request(
                method, path, query=query, body=body, content_type=content_type, lane=lane
            )
        except HttpError as error:
            self.called(verb, plural, "unknown")
            return Unknown(error.why, sent=isinstance(error, AnswerLostError))
        fine = 200 <= answer.status < 300
        self.called(verb, plural, "success" if fine else "fail")
        if not fine:
            return classify(answer.status, answer.headers, answer.body)
        try:
            obj = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            obj = None
        return obj if isinstance(obj, dict) else Unknown("the answer is no JSON object", sent=True)


def unseen_after(refusal: Refusal) -> Unseen:
    """What a refusal means to who only wanted to look."""
    return Unseen(f"{refusal.status} {refusal.message}", refusal.retry_after_seconds)
