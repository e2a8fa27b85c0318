"""Kinds of faults between the daemon and those it asks: the network, requests one by one, and watches."""

from simulator.chaos.faults.kind import REQUEST_FIELDS, Kind, Value, delay, kind

_STRUCK = "connections that were struck, refused or left hanging"
_BOTH = "reads writes"


def _request(what: str, help_: str, *values: Value, hinders: str) -> Kind:
    return kind(
        what,
        "api",
        help_,
        *values,
        counted="requests that it befell",
        where=REQUEST_FIELDS,
        per_request=True,
        hinders=hinders,
    )


def _watch(what: str, help_: str, *values: Value) -> Kind:
    return kind(
        what,
        "watch",
        help_,
        *values,
        counted="events, or ends of answers, that it made a difference to",
        where=("kind", "namespace", "daemon"),
        per_request=True,
        hinders="views",
    )


def _after(of: str) -> Value:
    return Value("after_events", 0, f"so many more events come before {of}", low=0)


NETWORK_KINDS = (
    # ── network ─────────────────────────────────────────────────────────────────────────────────
    kind(
        "latency",
        "network",
        "every piece on the network takes longer",
        delay(0.2, "seconds one way"),
        Value("jitter", 0.0, "up to so many more seconds, drawn for each piece", low=0.0),
        hinders="reads writes views market",
        counted="requests to any host meanwhile",
    ),
    kind(
        "host-silent",
        "network",
        "a host drops off the network: bytes vanish, connects hang, nothing is closed",
        where=("host",),
        hinders="reads writes views market closing",
        counted=_STRUCK,
    ),
    kind(
        "host-down",
        "network",
        "a host's process is gone: open connections are reset, new ones refused",
        where=("host",),
        hinders="reads writes views market closing",
        counted=_STRUCK,
    ),
    kind(
        "cable-silent",
        "network",
        "what a process of the daemon sends and receives vanishes, nothing is closed",
        where=("daemon",),
        hinders="reads writes views market closing",
        counted=_STRUCK,
    ),
    kind(
        "cable-cut",
        "network",
        "the connections of a process of the daemon are reset, new ones refused",
        where=("daemon",),
        hinders="reads writes views market closing",
        counted=_STRUCK,
    ),
    # ── requests ────────────────────────────────────────────────────────────────────────────────
    _request(
        "refused",
        "answered with an error instead of being carried out",
        Value(
            "code",
            500,
            "HTTP status of the answer",
            choices=(400, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504),
        ),
        Value("retry_after", 0, "seconds in Retry-After; 0 leaves it out", low=0),
        hinders=_BOTH,
    ),
    _request("forbidden", "RBAC refuses it: 403", hinders=_BOTH),
    _request("quota-exceeded", "refused for a quota that is used up: 403", hinders="writes"),
    _request("webhook-refused", "the ingress controller's webhook says no: 400", hinders="writes"),
    _request("webhook-failing", "a webhook cannot be reached: 500", hinders="writes"),
    _request("reset", "the connection is dropped, nothing was done", hinders=_BOTH),
    _request("answer-lost", "it is done, then the connection is dropped", hinders=_BOTH),
    _request("done-silent", "it is done, and never answered", hinders=_BOTH),
    _request("hang", "neither done nor answered", hinders=_BOTH),
    _request(
        "torn",
        "it is done, and the answer breaks off",
        Value("bytes", 40, "so much of the body arrives", low=0),
        hinders=_BOTH,
    ),
    _request(
        "delay",
        "it waits before it is done, even if its client has given up meanwhile",
        delay(5.0, "seconds"),
        hinders=_BOTH,
    ),
    _request(
        "answer-late",
        "it is done at once and answered late",
        delay(5.0, "seconds"),
        hinders=_BOTH,
    ),
    _request(
        "applied-late",
        "the connection is dropped now, it is done later all the same",
        delay(20.0, "seconds until it is done"),
        Value("silent", default=False, help="the connection hangs instead of being dropped"),
        hinders=_BOTH,
    ),
    _request(
        "stale-list",
        "a list shows what was there a while ago",
        delay(30.0, "so many seconds ago"),
        hinders="views",
    ),
    kind(
        "rate-limited",
        "api",
        "429 with Retry-After to what exceeds a rate",
        Value("per_second", 20.0, "requests in any second that pass", low=1.0),
        Value("retry_after", 1, "seconds in Retry-After", low=0),
        where=("host", "daemon"),
        hinders=_BOTH,
        counted="requests that were refused",
    ),
    # ── watches ─────────────────────────────────────────────────────────────────────────────────
    _watch("watch-silent", "nothing comes any more, and nothing is closed", _after("the silence")),
    _watch("watch-ended", "the answer ends, as by the server's own time limit", _after("the end")),
    _watch(
        "watch-broken",
        "the connection is dropped",
        _after("that"),
        Value("halfway", default=False, help="in the middle of one more event"),
    ),
    _watch("watch-expired", "an ERROR with 410 comes, and the answer ends", _after("that")),
    _watch(
        "watch-error",
        "an ERROR object comes, and the answer ends",
        _after("that"),
        Value("code", 500, "of the Status in it", choices=(403, 429, 500, 503, 504)),
    ),
    _watch("watch-repeated", "every event comes twice"),
    _watch("watch-delayed", "every event comes later, in order", delay(10.0, "seconds")),
    _watch(
        "watch-shuffled",
        "events of different objects overtake one another",
        delay(2.0, "so many seconds are gathered before they are shuffled"),
    ),
)
