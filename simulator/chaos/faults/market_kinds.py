"""Kinds of faults of the market: what its nodes tell, and what becomes of closing transactions."""

from simulator.chaos.faults.kind import Kind, Value, delay, kind

_OF_MARKET = ("host", "daemon")
_OF_CLOSING = ("lease", "generation", "host", "daemon")


def _market(
    what: str,
    help_: str,
    *values: Value,
    where: tuple[str, ...] = _OF_MARKET,
    hinders: str = "market",
) -> Kind:
    return kind(
        what,
        "market",
        help_,
        *values,
        counted="questions that were asked of such a node meanwhile",
        where=where,
        hinders=hinders,
    )


def _closing(what: str, help_: str, *values: Value) -> Kind:
    return kind(
        what,
        "closing",
        help_,
        *values,
        counted="closing transactions that it befell",
        where=_OF_CLOSING,
        per_request=True,
        hinders="closing",
    )


MARKET_KINDS = (
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
        delay(3600.0, "seconds"),
    ),
    _market(
        "market-not-found",
        "a node knows nothing of a lease that is there, or of any",
        where=("lease", *_OF_MARKET),
    ),
    _market(
        "market-wrong-closed",
        "a node calls a lease closed in a block below those that it told of before",
        Value("below", 10, "so many blocks below the newest as it begins", low=1),
        where=("lease", *_OF_MARKET),
        hinders="",
    ),
    _market("market-forgot", "a node has lost its data, and knows no lease and no deployment"),
    _market("market-slow", "a node answers late", delay(15.0, "seconds")),
    _market(
        "market-failing",
        "a node answers every question with an error",
        Value("code", 500, "HTTP status", choices=(429, 500, 502, 503, 504)),
    ),
    _market(
        "market-repeats",
        "a node gives answers that it gave a while ago to the same question",
        delay(30.0, "at least so many seconds ago"),
    ),
    _market(
        "market-reordered",
        "answers of a node overtake one another",
        delay(9.0, "each is up to so many seconds late"),
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
)
