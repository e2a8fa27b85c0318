"""What was seen and said of a run, as entries of a trace: the market's answers, /status, logs."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from statistics import median

from simulator.chaos.evidence import Evidence
from simulator.chaos.report.masker import Masker
from simulator.chaos.report.records import AGENT
from simulator.chaos.report.trace import Entry
from simulator.jsontypes import JSONObject
from simulator.market.leases import LeaseName
from simulator.world import EPOCH

_SILENCE_PERIODS = 3.5
_SILENCE_MIN = 30.0
"""The market is silent on a lease when it said nothing for more than so many of its usual periods,
and for longer than so many seconds."""

_HEAD = frozenset({"time", "level", "event", "lease", "daemon"})


def market(evidence: Evidence, masker: Masker) -> Iterator[Entry]:
    """
    The chain's own states, what was told of them where it changed, silences, and transactions.

    A silence of the market is told where it begins.
    """
    names = {facts.name: name for name, facts in evidence.leases.items()}
    yield from _chain(evidence)
    told: dict[LeaseName, list[tuple[float, str, str, int, bool]]] = {}
    for one in evidence.world.answers.told:
        if one.agent.startswith(AGENT) and one.lease in names:
            row = (one.time - EPOCH, one.state, one.host, one.height, one.newest > 0)
            told.setdefault(one.lease, []).append(row)
    for lease, rows in told.items():
        gaps = [after[0] - before[0] for before, after in pairwise(rows)]
        usual = [gap for gap in gaps if gap > 0] or [0.0]
        longest = max(_SILENCE_MIN, _SILENCE_PERIODS * median(usual))
        last = ("", "")
        ends = evidence.leases[names[lease]].closed_at or evidence.ended_at
        for number, (time, state, host, height, proves) in enumerate(rows):
            if (state, host) != last:
                last = (state, host)
                fields: JSONObject = {"state": state, "host": host, "height": height}
                fields["proves"] = proves
                yield Entry(time=round(time, 6), what="answer", lease=names[lease], fields=fields)
            until = rows[number + 1][0] if number + 1 < len(rows) else ends
            if until - time > longest:
                fields = {"until": round(until, 6)}
                yield Entry(time=round(time, 6), what="silence", lease=names[lease], fields=fields)
    for sent in evidence.world.transactions.sent:
        fields = {
            "number": sent.number,
            "reason": sent.reason,
            "outcome": type(sent.outcome).__name__.lower(),
        }
        if sent.height is not None:
            fields["height"] = sent.height
        if sent.failure:
            fields["failure"] = masker.text(sent.failure)
        time = round(sent.time - EPOCH, 6)
        yield Entry(time=time, what="transaction", lease=names.get(sent.lease, ""), fields=fields)


def _chain(evidence: Evidence) -> Iterator[Entry]:
    for name, facts in evidence.leases.items():
        for time, record in evidence.world.chain.changes(facts.name):
            fields: JSONObject = {"state": record.state.value}
            if record.state.final:
                fields |= {"height": record.closed_on, "reason": record.reason}
            yield Entry(
                time=max(round(time - EPOCH, 6), 0.0), what="chain", lease=name, fields=fields
            )


def looks(evidence: Evidence, masker: Masker) -> Iterator[Entry]:
    """What /status showed, where it changed: of itself by daemon, and of each lease."""
    names = {str(facts.name): name for name, facts in evidence.leases.items()}
    own: dict[int, JSONObject] = {}
    shown: dict[str, JSONObject] = {}
    for look in evidence.looks:
        body = look.body or {}
        answer: JSONObject = {
            "status": look.status,
            "livez": look.livez,
            "ready": bool(body.get("ready")),
            "reasons": [masker.text(str(one)) for one in body.get("reasons") or ()],
        }
        if own.get(look.daemon) != answer:
            own[look.daemon] = answer
            yield Entry(time=look.time, what="look", daemon=look.daemon, fields=answer)
        if not look.body:
            continue
        rows = {names.get(str(row.get("lease")), ""): row for row in body.get("leases") or ()}
        # A daemon that never had a lease says as much of it as one that has let it go.
        for lease in sorted((set(shown) | set(rows)) - {""}):
            fields = _shown(rows.get(lease), masker)
            if shown.get(lease) != fields:
                shown[lease] = fields
                yield Entry(
                    time=look.time, what="shown", lease=lease, daemon=look.daemon, fields=fields
                )


def _shown(row: JSONObject | None, masker: Masker) -> JSONObject:
    if row is None:
        return {"phase": "gone", "health": ""}
    note = "; ".join(str(row[key]) for key in ("missing", "refusal", "cause") if row.get(key))
    if row.get("held_by_operator"):
        note = f"{note}; held by an operator".removeprefix("; ")
    fields: JSONObject = {
        "phase": str(row.get("phase", "")),
        "health": str(row.get("health", "")),
        "generation": int(row.get("generation") or 0),
        "ready": int(row.get("ready") or 0),
        "wanted": int(row.get("wanted") or 0),
        "event": masker.text(str(row.get("event", ""))),
    }
    return {**fields, "note": masker.text(note)} if note else fields


def logs(evidence: Evidence, masker: Masker) -> Iterator[Entry]:
    """The daemons' log records; `at` is when one was written, without it by the daemon's own clock."""
    names = {str(facts.name): name for name, facts in evidence.leases.items()}
    for record in evidence.logs:
        at = record.get("at")
        if not isinstance(at, int | float):
            stamp = datetime.fromisoformat(str(record["time"])).timestamp()
            at = min(max(stamp - EPOCH, 0.0), evidence.ended_at)
        text = " ".join(
            f"{key}={masker.text(str(value))}"
            for key, value in record.items()
            if key not in _HEAD and key != "at"
        )
        daemon = record.get("daemon", 0)
        yield Entry(
            time=round(float(at), 6),
            what="log",
            lease=names.get(str(record.get("lease", "")), ""),
            daemon=daemon if isinstance(daemon, int) else 0,
            fields={
                "level": str(record.get("level", "info")),
                "event": masker.text(str(record.get("event", ""))),
                "text": text,
            },
        )
