"""
The subresources of pods that stream: log, exec, attach, port-forward.

Refusals come before anything else, over plain HTTP, also for clients that want to upgrade.
Source: pkg/registry/core/pod/rest/{log,subresources}.go, core/validation (PodLogOptions).
"""

import attrs

from simulator import failures, timestamps
from simulator.api import options
from simulator.api.routing import Route
from simulator.failures import Cause
from simulator.streams import channels, containers
from simulator.streams.logs import Log, LogOptions
from simulator.streams.sessions import Session, SessionOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import Served
from simulator.wire.messages import Answer, Headers, Request, Response, Streaming, Upgraded

NAMES = ("attach", "exec", "log", "portforward")
_TEXT: Headers = (("content-type", "text/plain"), ("cache-control", "no-cache, private"))


def respond(cluster: Cluster, served: Served, request: Request, route: Route) -> Answer:
    """
    Answer a request for one of `NAMES`.

    Raises:
        Refused: 400, 404, 405, 422; 501 for what is not spoken here.
    """
    wanted = request.query_value("container")
    if route.subresource == "log":
        if request.method not in ("GET", "HEAD"):
            raise failures.method_not_allowed()
        chosen = _log_options(request, route.name, cluster.clock.now())
        container = containers.found(cluster, served, route.namespace, route.name, wanted)
        return _log(cluster, container, chosen, follow=options.flag(request, "follow"))
    if request.method not in ("GET", "POST"):
        raise failures.method_not_allowed()
    container = containers.found(cluster, served, route.namespace, route.name, wanted)
    running = containers.running(container, route.name)
    if route.subresource == "portforward":
        raise failures.not_implemented("pods of this server have no ports to forward")
    return _session(cluster, running, request, route.subresource)


def _log(
    cluster: Cluster, container: containers.Container | None, chosen: LogOptions, *, follow: bool
) -> Answer:
    if container is None:
        return Response(204, _TEXT[1:])
    log = Log(cluster, container, chosen)
    return Streaming(200, _TEXT, log.follow) if follow else Response(200, _TEXT, log.text())


def _session(
    cluster: Cluster, container: containers.Container, request: Request, name: str
) -> Upgraded:
    asked = SessionOptions(
        command=tuple(value for key, value in request.query if key == "command"),
        stdin=options.flag(request, "stdin"),
        stdout=options.flag(request, "stdout"),
        stderr=options.flag(request, "stderr"),
        tty=options.flag(request, "tty"),
    )
    if name == "exec" and not asked.command:
        raise failures.bad_request("you must specify at least 1 command for the container")
    if not (asked.stdin or asked.stdout or asked.stderr):
        raise failures.bad_request("you must specify at least one of stdin, stdout, stderr")
    if not request.opens_websocket:
        if request.headers.get("upgrade", "").lower().startswith("spdy/"):
            raise failures.not_implemented("this server streams over WebSockets, not over SPDY")
        raise failures.bad_request("Upgrade request required")
    protocol = channels.agreed(request.headers.get("sec-websocket-protocol", ""))
    if protocol is None:
        spoken = ", ".join(channels.PROTOCOLS)
        raise failures.bad_request(f"this server speaks the subprotocols {spoken}")
    session = Session(cluster, container, asked)
    return Upgraded(protocol, session.execute if name == "exec" else session.attach)


def _log_options(request: Request, name: str, now: float) -> LogOptions:
    """
    The options of a log.

    Raises:
        Refused: 400, 422.
    """
    numbers = {
        key: options.integer(value)
        for key in ("tailLines", "sinceSeconds", "limitBytes")
        if (value := request.query_value(key))
    }
    since_time = request.query_value("sinceTime")
    causes = []
    if numbers.get("tailLines", 0) < 0:
        causes.append(_too_small("tailLines", numbers, "be greater than or equal to 0"))
    if numbers.get("limitBytes", 1) < 1:
        causes.append(_too_small("limitBytes", numbers, "be greater than 0"))
    if "sinceSeconds" in numbers and since_time:
        text = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        causes.append(Cause("FieldValueForbidden", text, ""))
    elif numbers.get("sinceSeconds", 1) < 1:
        causes.append(_too_small("sinceSeconds", numbers, "be greater than 0"))
    if causes:
        raise failures.invalid(_LogOptionsKind(), name, causes)
    since = now - numbers["sinceSeconds"] if "sinceSeconds" in numbers else None
    return LogOptions(
        previous=options.flag(request, "previous"),
        timestamps=options.flag(request, "timestamps"),
        tail=numbers.get("tailLines"),
        since=_time(since_time) if since_time else since,
        limit_bytes=numbers.get("limitBytes"),
    )


@attrs.frozen
class _LogOptionsKind:
    """For the text of a refusal."""

    kind: str = "PodLogOptions"
    group: str = ""
    plural: str = ""


def _too_small(field: str, numbers: dict[str, int], must: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {numbers[field]}: must {must}", field)


def _time(text: str) -> float:
    try:
        return timestamps.seconds(text)
    except ValueError:
        why = f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00"'
        raise failures.bad_request(f"invalid sinceTime: {why}") from None
