"""
Every kind of fault that a plan may name: its values, what tells where it strikes, what it hinders.

How each of them begins and ends stands in the files beside this one, under the same names; nothing is
imported here, so that a plan can be read without a world.
"""

from collections.abc import Mapping
from types import MappingProxyType

from simulator.chaos.faults.kind import REQUEST_FIELDS, Kind, Value

_API = REQUEST_FIELDS
_WATCH = ("kind", "namespace", "daemon")
_MARKET = ("host", "daemon")
_OF_LEASE = ("lease", "generation", "host", "daemon")


def _delay(default: float, help_: str) -> Value:
    return Value("delay", default, help_, low=0.0)


def _after(of: str) -> Value:
    return Value("after_events", 0, f"so many more events come before {of}", low=0)


def _request(what: str, help_: str, *values: Value, hinders: str = "", level: str = "api") -> Kind:
    return Kind(
        what=what,
        level=level,
        help=help_,
        counted="requests that it befell",
        values=values,
        where=_API,
        per_request=True,
        hinders=frozenset(hinders.split()),
    )


def _watch(what: str, help_: str, *values: Value) -> Kind:
    return Kind(
        what=what,
        level="watch",
        help=help_,
        counted="events, or ends of answers, that it made a difference to",
        values=values,
        where=_WATCH,
        per_request=True,
        hinders=frozenset({"views"}),
    )


def _state(
    what: str,
    level: str,
    help_: str,
    *values: Value,
    where: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    hinders: str = "",
    counted: str = "1 as it begins",
) -> Kind:
    return Kind(
        what=what,
        level=level,
        help=help_,
        counted=counted,
        values=values,
        where=where,
        needs=needs,
        hinders=frozenset(hinders.split()),
    )


def _market(
    what: str, help_: str, *values: Value, where: tuple[str, ...] = _MARKET, hinders: str = "market"
) -> Kind:
    return _state(
        what,
        "market",
        help_,
        *values,
        where=where,
        hinders=hinders,
        counted="questions that were asked of such a node meanwhile",
    )


def _closing(what: str, help_: str, *values: Value) -> Kind:
    return Kind(
        what=what,
        level="closing",
        help=help_,
        counted="closing transactions that it befell",
        values=values,
        where=_OF_LEASE,
        per_request=True,
        hinders=frozenset({"closing"}),
    )


_CONTROLLER = Value(
    "controller", "", "replicaset-controller, scheduler, kubelet, caches …; all of them for none"
)
_STRUCK = "connections that were struck, refused or left hanging"
_BOTH = "reads writes"

_KINDS = (
    # ── network ─────────────────────────────────────────────────────────────────────────────────
    _state(
        "latency",
        "network",
        "every piece on the network takes longer",
        _delay(0.2, "seconds one way"),
        Value("jitter", 0.0, "up to so many more seconds, drawn for each piece", low=0.0),
        hinders="reads writes views market",
        counted="requests to any host meanwhile",
    ),
    _state(
        "host-silent",
        "network",
        "a host drops off the network: bytes vanish, connects hang, nothing is closed",
        where=("host",),
        hinders="reads writes views market closing",
        counted=_STRUCK,
    ),
    _state(
        "host-down",
        "network",
        "a host's process is gone: open connections are reset, new ones refused",
        where=("host",),
        hinders="reads writes views market closing",
        counted=_STRUCK,
    ),
    _state(
        "cable-silent",
        "network",
        "what a process of the daemon sends and receives vanishes, nothing is closed",
        where=("daemon",),
        hinders="reads writes views market closing",
        counted=_STRUCK,
    ),
    _state(
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
        _delay(5.0, "seconds"),
        hinders=_BOTH,
    ),
    _request(
        "answer-late",
        "it is done at once and answered late",
        _delay(5.0, "seconds"),
        hinders=_BOTH,
    ),
    _request(
        "applied-late",
        "the connection is dropped now, it is done later all the same",
        _delay(20.0, "seconds until it is done"),
        Value("silent", default=False, help="the connection hangs instead of being dropped"),
        hinders=_BOTH,
    ),
    _request(
        "stale-list",
        "a list shows what was there a while ago",
        _delay(30.0, "so many seconds ago"),
        hinders="views",
    ),
    _state(
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
    _watch("watch-delayed", "every event comes later, in order", _delay(10.0, "seconds")),
    _watch(
        "watch-shuffled",
        "events of different objects overtake one another",
        _delay(2.0, "so many seconds are gathered before they are shuffled"),
    ),
    # ── control plane ───────────────────────────────────────────────────────────────────────────
    _state(
        "controllers-lag",
        "control plane",
        "requests and watches of controllers take longer",
        _delay(5.0, "seconds"),
        _CONTROLLER,
        hinders="controllers",
        counted="requests and events that were late",
    ),
    _state(
        "controllers-paused",
        "control plane",
        "controllers stand still, and go on with what they knew",
        _CONTROLLER,
        hinders="controllers",
        counted="requests and events that were held",
    ),
    _state(
        "controllers-crash",
        "control plane",
        "the control plane is killed, and started anew at the end",
        hinders="controllers",
    ),
    _state(
        "scheduler-off",
        "control plane",
        "the scheduler stands still",
        hinders="controllers",
        counted="requests and events that were held",
    ),
    _state(
        "kubelet-slow",
        "control plane",
        "pods take longer to start and to stop",
        Value("node", "", "on one node; on all for none"),
        Value("factor", 10.0, "so many times as long", low=1.0),
        hinders="controllers",
    ),
    _state(
        "pods-endless",
        "control plane",
        "pods of a lease do not end, whoever deletes them",
        where=("lease",),
        needs=("lease",),
        hinders="controllers",
        counted="pods that should have ended",
    ),
    # ── nodes ───────────────────────────────────────────────────────────────────────────────────
    _state(
        "node-dark",
        "nodes",
        "a machine is not heard of; what runs on it runs on",
        Value("node", "node1", "its name"),
        hinders="nodes controllers",
    ),
    _state(
        "node-not-ready",
        "nodes",
        "a node says of itself that it is not ready",
        Value("node", "node1", "its name"),
        hinders="nodes controllers",
    ),
    _state(
        "node-cordoned",
        "nodes",
        "no more pods go to a node",
        Value("node", "node1", "its name"),
        hinders="nodes",
    ),
    _state(
        "node-drained",
        "nodes",
        "a node is cordoned and its pods are deleted",
        Value("node", "node1", "its name"),
        hinders="nodes",
        counted="1 as it begins",
    ),
    # ── admission ───────────────────────────────────────────────────────────────────────────────
    _state(
        "admission-refused",
        "admission",
        "an admission webhook refuses everything that is written for a lease",
        Value("trials", default=True, help="dry runs too"),
        where=("lease", "generation", "kind"),
        needs=("lease",),
        hinders="writes",
        counted="requests that were refused",
    ),
    _state(
        "quota",
        "admission",
        "a ResourceQuota lies in a lease's namespace, as soon as there is one",
        Value("pods", 0, "so many pods may be there", low=0),
        where=("lease",),
        needs=("lease",),
        hinders="controllers",
        counted="1 once it lies there",
    ),
    # ── market ──────────────────────────────────────────────────────────────────────────────────
    _market(
        "market-lag",
        "a node of the chain tells of an earlier block, without saying so",
        Value("blocks", 5, "behind the newest", low=1),
    ),
    _market("market-halted", "a node gets no new blocks"),
    _market("market-catching-up", "a node says that it is catching up"),
    _market(
        "market-wrong-chain",
        "a node says that it belongs to another chain",
        Value("chain", "sandbox-01", "its name"),
    ),
    _market(
        "market-old-blocks",
        "the newest block of a node says that it is old",
        _delay(3600.0, "seconds"),
    ),
    _market(
        "market-not-found",
        "a node knows nothing of a lease that is there, or of any",
        where=("lease", *_MARKET),
    ),
    _market(
        "market-wrong-closed",
        "a node calls a lease closed in a block below those that it told of before",
        Value("below", 10, "so many blocks below the newest as it begins", low=1),
        where=("lease", *_MARKET),
        hinders="",
    ),
    _market("market-forgot", "a node has lost its data, and knows no lease and no deployment"),
    _market("market-slow", "a node answers late", _delay(15.0, "seconds")),
    _market(
        "market-failing",
        "a node answers every question with an error",
        Value("code", 500, "HTTP status", choices=(429, 500, 502, 503, 504)),
    ),
    _market(
        "market-repeats",
        "a node gives answers that it gave a while ago to the same question",
        _delay(30.0, "at least so many seconds ago"),
    ),
    _market(
        "market-reordered",
        "answers of a node overtake one another",
        _delay(9.0, "each is up to so many seconds late"),
    ),
    # ── closing a lease ─────────────────────────────────────────────────────────────────────────
    _closing("close-lost", "the transaction is not answered, and nothing happens"),
    _closing("close-unanswered", "the transaction is executed, and not answered"),
    _closing(
        "close-refused",
        "the transaction is turned away",
        Value("text", "insufficient fees", "what the node says"),
    ),
    _closing(
        "close-delayed",
        "the transaction is taken, and executed some blocks later",
        Value("blocks", 5, "so many", low=1),
    ),
    _closing("close-dropped", "the transaction is taken, and falls out of the mempool"),
    _closing("close-ineffective", "the transaction is called executed, and the lease stays open"),
    # ── the daemon's machine ────────────────────────────────────────────────────────────────────
    _state(
        "clock-jump",
        "daemon",
        "the wall clock of a process is wrong",
        Value("seconds", 3600.0, "ahead of the world's; below 0 for behind"),
        where=("daemon",),
    ),
    _state(
        "daemon-paused",
        "daemon",
        "a process stands still, as its machine does while it is moved, and then goes on",
        where=("daemon",),
        hinders="process",
    ),
)

CATALOG: Mapping[str, Kind] = MappingProxyType({kind.what: kind for kind in _KINDS})
"""By `what`."""
