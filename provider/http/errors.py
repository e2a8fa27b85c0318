"""
No answer: what the caller may conclude from it.

One fact decides which error it is: whether a byte of the request can have left this process.
"""

from provider.errors import ProviderError


class HttpError(ProviderError):
    """One request without a usable answer; raised as one of the two below, never itself."""

    def __init__(self, request: str, why: str) -> None:
        super().__init__(f"{request}: {why}")
        self.request = request
        """Method and path; no headers, no body, so nothing secret."""
        self.why = why


class NotSentError(HttpError):
    """Certainly no byte of the request left: it has no effect, now or later."""


class AnswerLostError(HttpError):
    """Sent, or perhaps sent, and no whole answer came: it may have taken effect, or may still."""


def no_answer(request: str, why: str, *, sent: bool) -> HttpError:
    """Pick the error for a request that ends without an answer."""
    return AnswerLostError(request, why) if sent else NotSentError(request, why)
