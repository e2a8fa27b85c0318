"""The columns of what rules over other objects: budgets, quotas, priorities, autoscalers, webhooks."""

from simulator.jsontypes import JSONObject, JSONValue
from simulator.tables.cells import NONE, UNKNOWN, status
from simulator.tables.columns import AGE, CREATED_AT, NAME, column, columns

_NOT_SAID = "N/A"

DISRUPTION_BUDGETS = columns(
    column("Min Available", lambda obj: str(obj["spec"].get("minAvailable", _NOT_SAID))),
    column("Max Unavailable", lambda obj: str(obj["spec"].get("maxUnavailable", _NOT_SAID))),
    column(
        "Allowed Disruptions",
        lambda obj: status(obj).get("disruptionsAllowed", 0),
        type_="integer",
    ),
)


def _used(quota: JSONObject, *, limits: bool) -> str:
    hard = status(quota).get("hard") or {}
    used = status(quota).get("used") or {}
    names = [name for name in sorted(hard) if name.startswith("limits.") is limits]
    return ", ".join(f"{name}: {used.get(name, 0)}/{hard[name]}" for name in names)


QUOTAS = (
    NAME,
    column("Request", lambda quota: _used(quota, limits=False)),
    column("Limit", lambda quota: _used(quota, limits=True)),
    AGE,
)

LIMIT_RANGES = (NAME, CREATED_AT)

PRIORITY_CLASSES = (
    *columns(
        column("Value", lambda obj: obj.get("value", 0), type_="integer"),
        column("Global-Default", lambda obj: bool(obj.get("globalDefault")), type_="boolean"),
    ),
    column("PreemptionPolicy", lambda obj: obj.get("preemptionPolicy") or NONE),
)


def _target(scaler: JSONObject) -> str:
    reference = scaler["spec"]["scaleTargetRef"]
    return f"{reference['kind']}/{reference['name']}"


def _metric(metric: JSONObject, current: JSONObject) -> str:
    kind = metric["type"]
    source = metric.get(kind[:1].lower() + kind[1:]) or {}
    now = (current.get(kind[:1].lower() + kind[1:]) or {}).get("current") or {}
    target = source.get("target") or {}
    name = source.get("name") or (source.get("metric") or {}).get("name", "")
    prefix = f"{name}: " if kind == "Resource" else ""
    if "averageUtilization" in target:
        shown = now.get("averageUtilization")
        told = UNKNOWN if shown is None else f"{shown}%"
        return f"{prefix}{told}/{target['averageUtilization']}%"
    told = now.get("averageValue") or now.get("value") or UNKNOWN
    return f"{prefix}{told}/{target.get('averageValue') or target.get('value')}"


def _metrics(scaler: JSONObject) -> str:
    current = status(scaler).get("currentMetrics") or ()
    pairs = enumerate(scaler["spec"].get("metrics") or ())
    texts = [_metric(one, current[at] if at < len(current) else {}) for at, one in pairs]
    more = f" + {len(texts) - 2} more..." if len(texts) > 2 else ""
    return (", ".join(texts[:2]) + more) or NONE


AUTOSCALERS = columns(
    column("Reference", _target),
    column("Targets", _metrics),
    column("MinPods", lambda obj: str(obj["spec"].get("minReplicas", "<unset>"))),
    column("MaxPods", lambda obj: obj["spec"].get("maxReplicas", 0), type_="integer"),
    column("Replicas", lambda obj: status(obj).get("currentReplicas", 0), type_="integer"),
)


def _webhooks(obj: JSONObject) -> JSONValue:
    return len(obj.get("webhooks") or ())


WEBHOOKS = columns(column("Webhooks", _webhooks, type_="integer"))
