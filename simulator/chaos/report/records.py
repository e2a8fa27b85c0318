"""What the journals of cluster and market say, as entries of a trace: requests and commits."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote

import attrs
import orjson

from simulator.api.routing import Route, route
from simulator.chaos.evidence import Evidence
from simulator.chaos.report import objects
from simulator.chaos.report.masker import Masker
from simulator.chaos.report.masking import secrets_in
from simulator.chaos.report.trace import Entry
from simulator.journal import CommitEntry, RequestEntry
from simulator.jsontypes import JSONObject, JSONValue
from simulator.world import EPOCH

AGENT = "leasekeeper"
"""The beginning of the daemon's User-Agent."""

NO_CHANGE = "changes of an object in which only controllers' reports differ"
OTHER_KINDS = "changes of kinds that follow from others: events, replicasets, endpoints, …"

_HOLD_SECRETS = frozenset({"secrets", "pods", "deployments", "statefulsets", "manifests", "jobs"})
_VERBS = {"POST": "create", "PUT": "update", "DELETE": "delete", "GET": "get", "HEAD": "get"}
_MESSAGE_MAX = 300


@attrs.define(eq=False)
class Journals:
    """The journals of one run."""

    evidence: Evidence
    left_out: Counter[str] = attrs.field(init=False, factory=Counter)
    """By rule, how many entries of the journals `entries` did not tell."""
    _spaces: dict[str, str] = attrs.field(init=False)
    _chain: dict[str, str] = attrs.field(init=False)
    _owners: dict[tuple[str, str], str] = attrs.field(init=False, factory=dict)
    """Lease by (plural, name) of what lies outside the tenants' namespaces."""

    def __attrs_post_init__(self) -> None:
        leases = self.evidence.leases.items()
        self._spaces = {facts.namespace: name for name, facts in leases}
        self._chain = {str(facts.name): name for name, facts in leases}

    def secrets(self) -> Iterator[str]:
        """What stands in a secret place of any object or body."""
        for entry in self.evidence.world.journal:
            if isinstance(entry, CommitEntry):
                kind = _plural(entry)
                before = entry.previous or {}
                is_new = any(entry.object.get(p) != before.get(p) for p in ("spec", "data"))
                if kind in _HOLD_SECRETS and (is_new or kind == "manifests"):
                    yield from secrets_in(entry.object, kind)
            elif entry.status >= 400 and entry.body[:1] in (b"{", b"["):
                plural = entry.target.partition("?")[0].rpartition("/")[0].rpartition("/")[2]
                yield from secrets_in({"body": entry.body.decode(errors="replace")}, plural)

    def names(self) -> Iterator[str]:
        """Names of objects, which everybody in the cluster may list."""
        for entry in self.evidence.world.journal.commits:
            if entry.type == "ADDED":
                yield entry.name

    def entries(self, masker: Masker) -> Iterator[Entry]:
        """Requests of daemons and telling commits, in their order; then the market's requests."""
        for entry in self.evidence.world.journal:
            if isinstance(entry, CommitEntry):
                yield from self._commit(entry, masker)
            elif entry.agent.startswith(AGENT):
                yield self._request(entry, "kubernetes", masker)
        for entry in self.evidence.world.answers.journal.requests:
            if entry.agent.startswith(AGENT):
                yield self._request(entry, "market", masker)

    # ── commits ─────────────────────────────────────────────────────────────────────────────────

    def _commit(self, entry: CommitEntry, masker: Masker) -> Iterator[Entry]:
        kind, obj, before = _plural(entry), entry.object, entry.previous
        lease = self._lease(kind, entry.namespace, entry.name, obj)
        is_told = (
            kind in objects.TOLD and (lease or kind == "namespaces")
        ) or kind == objects.NODES
        if kind == objects.LEASES and before is not None:
            is_told = _holder(obj) != _holder(before)
        if not is_told:
            self.left_out[OTHER_KINDS] += 1
            return
        ready = objects.is_ready(obj) if kind in (objects.PODS, objects.NODES) else None
        is_same = (
            before is not None
            and entry.type == "MODIFIED"
            and objects.telling(before) == objects.telling(obj)
            and ready == objects.is_ready(before)
        )
        if is_same or (kind == objects.NODES and before and ready == objects.is_ready(before)):
            self.left_out[NO_CHANGE] += 1
            return
        fields: JSONObject = {"kind": kind, "name": entry.name, "type": entry.type}
        if found := objects.generation(obj):
            fields["generation"] = found
        if ready is not None:
            fields["ready"] = ready
        if "deletionTimestamp" in obj.get("metadata", {}):
            fields["deleting"] = True
        if entry.request:
            fields["request"] = entry.request
        fields["user"] = entry.user.rpartition(":")[2]
        if before is not None and entry.type == "MODIFIED":
            changed = objects.changes(before, obj)
            if changed:
                fields["changed"] = [masker.text(one) for one in changed]
        yield Entry(time=_time(entry), what="commit", lease=lease, fields=fields)

    def _lease(self, kind: str, namespace: str, name: str, obj: JSONObject | None = None) -> str:
        """The lease that an object belongs to, by its name in the plan; "" for none."""
        if namespace in self._spaces:
            return self._spaces[namespace]
        if kind in ("namespaces", "manifests") and name in self._spaces:
            return self._spaces[name]
        if obj is not None and (lease := self._chain.get(objects.chain_name(obj))):
            self._owners[kind, name] = lease
            return lease
        return self._owners.get((kind, name), "")

    # ── requests ────────────────────────────────────────────────────────────────────────────────

    def _request(self, entry: RequestEntry, host: str, masker: Masker) -> Entry:
        path, _, query = entry.target.partition("?")
        found = route(unquote(path)) if host == "kubernetes" else None
        if isinstance(found, Route):
            verb, kind, name = _verb(entry.method, found, query), found.plural, found.name
            lease = self._lease(kind, found.namespace, name, _body(entry))
            kind += f"/{found.subresource}" if found.subresource else ""
        else:
            verb, lease, kind, name = entry.method.lower(), "", "", masker.text(unquote(path))
        fields: JSONObject = {
            "host": host,
            "verb": verb,
            "kind": kind,
            "name": name,
            "status": entry.status,
            "number": entry.number,
        }
        if "dryRun=" in query:
            fields["trial"] = True
        if entry.status >= 400:
            fields["message"] = masker.text(_message(entry.answer))
        time = _time(entry)
        return Entry(time=time, what="request", lease=lease, daemon=_daemon(entry), fields=fields)


def _daemon(entry: RequestEntry) -> int:
    """The number of the process whose cable a request came over; 0 for no process's."""
    host, _, number = entry.client.partition("-")
    return int(number) if host == "daemon" and number.isdigit() else 0


def _time(entry: CommitEntry | RequestEntry) -> float:
    return max(round(entry.time - EPOCH, 6), 0.0)


def _plural(entry: CommitEntry) -> str:
    return entry.resource.rpartition("/")[2]


def _holder(obj: JSONObject) -> JSONValue:
    return (obj.get("spec") or {}).get("holderIdentity")


def _verb(method: str, found: Route, query: str) -> str:
    asked = parse_qs(query)
    if method == "PATCH":
        return "apply" if "fieldManager" in asked else "patch"
    if found.watch or asked.get("watch"):
        return "watch"
    if not found.name and method in ("GET", "HEAD"):
        return "list"
    return _VERBS.get(method, method.lower())


def _body(entry: RequestEntry) -> JSONObject | None:
    """What a write carries; None for a read, and for what is no JSON object."""
    if entry.body[:1] != b"{":
        return None
    try:
        body: JSONObject = orjson.loads(entry.body)
    except orjson.JSONDecodeError:
        return None
    return body


def _message(answer: bytes) -> str:
    try:
        found: JSONValue = orjson.loads(answer)
    except orjson.JSONDecodeError:
        found = answer.decode(errors="replace")
    text = found.get("message", "") if isinstance(found, dict) else found
    return str(text)[:_MESSAGE_MAX]
