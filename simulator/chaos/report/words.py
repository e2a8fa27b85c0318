"""An entry of a trace in words: one line, and what may be said besides. Pure."""

from collections.abc import Callable, Mapping

from simulator.chaos.outcome import Outcome
from simulator.chaos.report.trace import Entry
from simulator.jsontypes import FrozenJSON

TONES = {"violation": "bad", "fault": "fault", "transaction": "busy", "chain": "busy"}


def verdict(outcome: Outcome) -> tuple[str, str]:
    """What a run came to in a word or two, and its tone."""
    if outcome.failure:
        return "broke", "bad"
    if outcome.violations:
        count = len(outcome.violations)
        return f"{count} violation{'s' * (count != 1)}", "bad"
    if outcome.vacuous:
        return "vacuous", "waiting"
    return "held", "good"


def tone(entry: Entry) -> str:
    """Of its line: bad, busy, waiting, fault or ""."""
    fields = entry.fields
    if entry.what == "request":
        # Nothing there: what a look after a deletion is glad to hear.
        is_odd = fields["status"] >= 400 and (fields["status"], fields["verb"]) != (404, "get")
        return "bad" if fields["status"] >= 500 else "waiting" if is_odd else ""
    if entry.what == "log":
        return {"error": "bad", "warning": "waiting"}.get(str(fields["level"]), "")
    if entry.what == "look":
        return "" if fields["status"] == 200 else "bad"
    return TONES.get(entry.what, "")


def line(entry: Entry) -> str:
    """What happened."""
    return _LINES[entry.what](entry.fields)


def details(entry: Entry) -> list[str]:
    """What may be said besides, a line each."""
    fields = entry.fields
    found = [
        str(fields[key]) for key in ("message", "detail", "note", "failure") if fields.get(key)
    ]
    found += [str(one) for one in fields.get("changed", ())]
    if entry.what == "look":
        found += [str(one) for one in fields.get("reasons", ())]
    if owed := fields.get("owed"):
        found.append(
            "owed: " + ", ".join(f"{lease} {what or 'teardown'}" for lease, what in owed.items())
        )
    return found


def _request(fields: FrozenJSON) -> str:
    times = f"  ×{fields['times']} until {fields['until']:g} s" if "times" in fields else ""
    trial = " (trial)" if fields.get("trial") else ""
    effect = f" [{fields['effect']}]" if fields.get("effect") else ""
    what = " ".join(part for part in (fields["verb"], fields["kind"], fields["name"]) if part)
    host = "" if fields["host"] == "kubernetes" else f"{fields['host']}: "
    return f"{host}{what}{trial} → {fields['status']}{effect}{times}"


def _commit(fields: FrozenJSON) -> str:
    verb = {"ADDED": "+", "MODIFIED": "~", "DELETED": "−"}.get(fields["type"], fields["type"])
    parts = [
        f"gen {fields['generation']}" if fields.get("generation") else "",
        {True: "ready", False: "not ready", None: ""}[fields.get("ready")],
        "being deleted" if fields.get("deleting") else "",
    ]
    told = ", ".join(part for part in parts if part)
    by = f" by {fields['user']}" if fields.get("user") and fields["user"] != "admin" else ""
    return f"{verb} {fields['kind']} {fields['name']}" + (f" ({told})" if told else "") + by


def _chain(fields: FrozenJSON) -> str:
    reason = f", {fields['reason']}" if fields.get("reason") else ""
    return f"the chain has it {fields['state']}{reason}"


def _answer(fields: FrozenJSON) -> str:
    height = f" at height {fields['height']}" if fields.get("height") else ""
    proves = "" if fields.get("proves", True) else ", which proves nothing"
    return f"{fields['host']} says {fields['state']}{height}{proves}"


def _transaction(fields: FrozenJSON) -> str:
    height = f" in block {fields['height']}" if fields.get("height") else ""
    return f"close transaction {fields['number']}: {fields['outcome']}{height}, {fields['reason']}"


def _shown(fields: FrozenJSON) -> str:
    ready = f", {fields['ready']}/{fields['wanted']} ready" if "wanted" in fields else ""
    generation = f", gen {fields['generation']}" if fields.get("generation") else ""
    health = f", {fields['health']}" if fields["health"] else ""
    event = f": {fields['event']}" if fields.get("event") else ""
    return f"/status shows {fields['phase']}{health}{generation}{ready}{event}"


def _look(fields: FrozenJSON) -> str:
    if fields["status"] != 200:
        return f"/status does not answer ({fields['status']}), /livez {fields['livez']}"
    return f"/status says {'ready' if fields['ready'] else 'not ready'}, /livez {fields['livez']}"


_LINES: Mapping[str, Callable[[FrozenJSON], str]] = {
    "request": _request,
    "commit": _commit,
    "chain": _chain,
    "answer": _answer,
    "silence": lambda fields: f"the market says nothing of it until {fields['until']:g} s",
    "transaction": _transaction,
    "mark": lambda fields: str(fields["text"]),
    "sent": lambda fields: f"generation {fields['generation']} {fields['result']}",
    "shown": _shown,
    "look": _look,
    "life": lambda fields: f"the process {fields['text']}",
    "fault": lambda fields: f"{fields['name']} {fields['change']}",
    "violation": lambda fields: f"{fields['invariant']}: {fields['text']}",
    "log": lambda fields: f"{fields['event']} {fields['text']}".strip(),
}
