"""What of a trace is one moment in a lane. Pure."""

import attrs

from simulator.chaos.report.trace import Entry

_READS = ("get", "list", "watch")
_ENDINGS = ("kill", "sigterm", "cancel", "pause")


@attrs.frozen
class Point:
    """Something at one moment."""

    time: float
    sort: str
    """read, write, trial, refused, deed, ending, fires, transaction or violation."""
    entry: int
    """Its place in the trace."""


def sort_of(entry: Entry) -> str:
    """How an entry is shown as a point; "" for one that spans tell of."""
    fields = entry.fields
    match entry.what:
        case "request":
            if fields["status"] >= 400 and not (
                fields["status"] == 404 and fields["verb"] == "get"
            ):
                return "refused"
            if fields["verb"] in _READS:
                return "read"
            return "trial" if fields.get("trial") else "write"
        case "mark":
            return "ending" if str(fields["text"]).startswith(_ENDINGS) else "deed"
        case "sent":
            return "deed" if fields["result"] == "refused" else ""
        case "fault":
            return "fires" if fields["change"] == "fires" else ""
        case "transaction" | "violation":
            return entry.what
        case _:
            return ""
