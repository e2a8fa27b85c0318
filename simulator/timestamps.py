"""
Times as Kubernetes writes them: RFC 3339 in UTC, to the second (`metav1.Time`) or to the
microsecond (`metav1.MicroTime`). Pure; the wall clock is passed in.
"""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=64)
def _whole_seconds(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def timestamp(now: float) -> str:
    """`2026-01-02T03:04:05Z` for seconds since 1970; fractions are cut off, as `metav1.Time` does."""
    return _whole_seconds(int(now))


def micro_timestamp(now: float) -> str:
    """`2026-01-02T03:04:05.000006Z` for seconds since 1970."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds(text: str) -> float:
    """
    The inverse of both.

    Raises:
        ValueError: `text` is not RFC 3339.
    """
    return datetime.fromisoformat(text).timestamp()
