"""Requests about resources and objects: method and route → verb."""

from collections.abc import Callable, Mapping, Sequence

import attrs
import trio

from simulator import failures
from simulator.api import answers, bodies, options, pod_streams, views
from simulator.api.decoding import Body, decoded, from_json
from simulator.api.negotiation import Form, media_type, negotiate
from simulator.api.routing import Route
from simulator.api.shapes import SHAPES, Shaping
from simulator.jsontypes import JSONObject, JSONValue
from simulator.verbs import binding, scale
from simulator.verbs.apply import apply
from simulator.verbs.caller import Caller, DeleteOptions, WriteOptions
from simulator.verbs.checks import same_name
from simulator.verbs.cluster import Cluster
from simulator.verbs.create import create
from simulator.verbs.delete import delete
from simulator.verbs.delete_collection import delete_collection
from simulator.verbs.get import get
from simulator.verbs.list import list_objects
from simulator.verbs.outcome import Outcome
from simulator.verbs.patch import PatchType, patch
from simulator.verbs.registry import Served
from simulator.verbs.replace import replace
from simulator.verbs.watch import Seen, Watch
from simulator.wire.messages import Answer, Request, Response, Send, Streaming

APPLY = "application/apply-patch+yaml"
_PATCH_TYPES = {form.value: form for form in PatchType}
_FUTURE_SECONDS = 3.0
"""How long a list waits for a revision that has not come."""


@attrs.frozen
class Call:
    """One request about one resource."""

    cluster: Cluster
    caller: Caller
    request: Request
    route: Route
    served: Served
    """What verbs work on."""
    asked: Served
    """What the path names: `served`, or a view of it."""
    form: Form

    @property
    def shaping(self) -> Shaping:
        """How the answer shows objects."""
        include = self.request.query_value("includeObject", "Metadata")
        return Shaping(self.form, self.asked, self.cluster.clock.now(), include)

    @property
    def verb_arguments(self) -> tuple[Cluster, Caller, Served, str, str]:
        """What the verbs on one object begin with."""
        route = self.route
        return self.cluster, self.caller, self.served, route.namespace, route.name

    def body(self, wanted: str) -> Body:
        """The decoded body."""
        content_type = self.request.headers.get("content-type", "")
        return decoded(self.request.body, content_type, wanted)


async def respond(cluster: Cluster, caller: Caller, request: Request, route: Route) -> Answer:
    """
    Answer a request about a resource.

    Raises:
        Refused: in every way a verb or the request's form can be refused.
    """
    served = cluster.registry.find(f"{route.api_version}/{route.plural}")
    if served is None:
        if not cluster.registry.has_group_version(route.api_version):
            return answers.not_served()
        raise failures.resource_not_found()
    _check_scope(served, route)
    # Custom kinds have no messages.
    binary = served.definition is None
    form = negotiate(request.headers.get("accept", ""), SHAPES, protobuf=binary)
    stored = views.stored_as(cluster.registry, served)
    if stored is not served:
        request = views.stored_request(served, request)
    call = Call(cluster, caller, request, route, stored, served, form)
    method = "GET" if request.method == "HEAD" else request.method
    if route.subresource:
        if route.subresource in pod_streams.NAMES and served.has(route.subresource):
            return pod_streams.respond(cluster, served, request, route)
        return _subresource(call, method)
    if route.name and not route.watch:
        return _object(call, method)
    return await _collection(call, method)


def _check_scope(served: Served, route: Route) -> None:
    placed = bool(route.namespace)
    namespaced = served.resource.namespaced
    if (placed and not namespaced) or (namespaced and route.name and not placed):
        raise failures.resource_not_found()


async def _collection(call: Call, method: str) -> Answer:
    if method == "GET":
        if call.route.watch or options.flag(call.request, "watch"):
            return _watch(call)
        return await _list(call)
    if call.served.resource.namespaced and not call.route.namespace:
        raise failures.method_not_allowed()
    match method:
        case "POST":
            return answers.outcome(_create(call), call.shaping)
        case "DELETE":
            return _delete_collection(call)
        case _:
            raise failures.method_not_allowed()


async def _list(call: Call) -> Response:
    chosen = options.selection(call.request, call.served)
    asked = options.list_options(call.request, chosen)
    if asked.revision > call.cluster.store.revision:
        await trio.sleep(_FUTURE_SECONDS)
    page = list_objects(call.cluster, call.served, call.route.namespace, asked)
    return answers.page(page, call.shaping)


def _watch(call: Call) -> Streaming:
    chosen = options.selection(call.request, call.served, call.route.name)
    timeout = call.cluster.watch_seconds()
    asked = options.watch_options(call.request, chosen, timeout)
    watch = Watch(call.cluster, call.served, call.route.namespace, asked)

    async def run(send: Send) -> None:
        first = True

        async def deliver(events: Sequence[Seen]) -> None:
            nonlocal first
            shaping = call.shaping
            lines = []
            for event in events:
                lines.append(shaping.line(event, first=first))
                first = False
            await send(b"".join(lines))

        await watch.run(deliver)

    return Streaming(200, answers.watch_headers(call.form), run)


def _create(call: Call) -> Outcome:
    asked = options.write_options(call.request, "CreateOptions", call.caller.agent)
    obj, warnings = _new_state(call, asked)
    outcome = create(call.cluster, call.caller, call.served, call.route.namespace, obj, asked)
    return attrs.evolve(outcome, warnings=warnings)


def _new_state(call: Call, asked: WriteOptions) -> tuple[JSONObject, tuple[str, ...]]:
    body = call.body(call.served.resource.kind)
    state, warnings = bodies.new_state(call.asked, body, call.route.namespace, asked.validation)
    return _stored(call, state), warnings


def _stored(call: Call, obj: JSONObject) -> JSONObject:
    """An object of the resource that was asked for as one of the resource that is stored."""
    return obj if call.asked is call.served else views.stored(call.asked, obj)


def _delete_collection(call: Call) -> Response:
    if call.served is call.cluster.registry.namespaces:
        raise failures.method_not_allowed()
    chosen = options.selection(call.request, call.served)
    asked = _delete_options(call)
    namespace = call.route.namespace
    items = delete_collection(call.cluster, call.caller, call.served, namespace, chosen, asked)
    return answers.collection(items, call.cluster.store.revision, call.shaping)


def _delete_options(call: Call) -> DeleteOptions:
    body = None
    if call.request.body:
        body = bodies.delete_options(call.body("DeleteOptions"))
    return options.delete_options(call.request, body)


def _object(call: Call, method: str) -> Response:
    match method:
        case "GET":
            version = get(call.cluster, call.served, call.route.namespace, call.route.name)
            return answers.outcome(Outcome(version), call.shaping)
        case "PUT":
            return answers.outcome(_replace(call), call.shaping)
        case "PATCH":
            return answers.outcome(_patch(call), call.shaping)
        case "DELETE":
            asked = _delete_options(call)
            return answers.outcome(delete(*call.verb_arguments, asked), call.shaping)
        case _:
            raise failures.method_not_allowed()


def _replace(call: Call) -> Outcome:
    asked = options.write_options(call.request, "UpdateOptions", call.caller.agent)
    obj, warnings = _new_state(call, asked)
    same_name(obj["metadata"], call.route.name)
    subresource = call.route.subresource
    outcome = replace(*call.verb_arguments, obj, asked, subresource=subresource)
    return attrs.evolve(outcome, warnings=warnings)


def _patch(call: Call) -> Outcome:
    content_type = media_type(call.request.headers.get("content-type", ""))
    if content_type == APPLY:
        return _apply(call)
    asked = options.write_options(call.request, "PatchOptions", call.caller.agent)
    change = _change(call.request.body)
    return patch(
        *call.verb_arguments,
        change if call.asked is call.served else views.stored_patch(call.asked, change),
        asked,
        form=_patch_type(call.served, content_type),
        subresource=call.route.subresource,
    )


def _apply(call: Call) -> Outcome:
    agent = call.caller.agent
    asked = options.write_options(call.request, "PatchOptions", agent, apply=True)
    obj = _stored(call, bodies.applied_object(call.asked, call.request.body))
    return apply(*call.verb_arguments, obj, asked, subresource=call.route.subresource)


def _patch_type(served: Served, content_type: str) -> PatchType:
    found = _PATCH_TYPES.get(content_type)
    if found is None:
        raise failures.unsupported_patch_type()
    if found is PatchType.STRATEGIC and served.definition is not None:
        # A strategic merge needs the Go type's tags, which a custom resource does not have.
        accepted = (PatchType.JSON.value, PatchType.MERGE.value, APPLY)
        raise failures.unsupported_media_type(accepted)
    return found


def _change(body: bytes) -> JSONValue:
    try:
        return from_json(body)
    except ValueError as error:
        raise failures.bad_request(f"error decoding patch: {error}") from None


def _subresource(call: Call, method: str) -> Response:
    name = call.route.subresource
    handler = _SUBRESOURCES.get(name)
    if handler is None or not call.served.has(name):
        raise failures.resource_not_found()
    return answers.outcome(handler(call, method), call.shaping)


def _part(call: Call, method: str) -> Outcome:
    """`status` and `finalize`: the object itself, of which a write changes one part."""
    match method:
        case "GET" if call.route.subresource == "status":
            return Outcome(get(call.cluster, call.served, call.route.namespace, call.route.name))
        case "PUT":
            return _replace(call)
        case "PATCH" if call.route.subresource == "status":
            return _patch(call)
    raise failures.method_not_allowed()


def _scale(call: Call, method: str) -> Outcome:
    arguments = call.verb_arguments
    match method:
        case "GET":
            return scale.get_scale(call.cluster, call.served, call.route.namespace, call.route.name)
        case "PUT":
            asked = options.write_options(call.request, "UpdateOptions", call.caller.agent)
            return scale.replace_scale(*arguments, call.body("Scale").object, asked)
        case "PATCH":
            asked = options.write_options(call.request, "PatchOptions", call.caller.agent)
            content_type = media_type(call.request.headers.get("content-type", ""))
            form = _patch_type(call.served, content_type)
            return scale.patch_scale(*arguments, _change(call.request.body), asked, form=form)
        case _:
            raise failures.method_not_allowed()


def _binding(call: Call, method: str) -> Outcome:
    if method != "POST":
        raise failures.method_not_allowed()
    asked = options.write_options(call.request, "CreateOptions", call.caller.agent)
    target = bodies.part(call.body("Binding"), "v1", "Binding")
    return binding.bind(*call.verb_arguments, target, dry_run=asked.dry_run)


def _eviction(call: Call, method: str) -> Outcome:
    if method != "POST":
        raise failures.method_not_allowed()
    eviction = bodies.part(call.body("Eviction"), "policy/v1", "Eviction")
    asked = options.delete_options(call.request, eviction.get("deleteOptions") or {})
    return binding.evict(*call.verb_arguments, asked)


_SUBRESOURCES: Mapping[str, Callable[[Call, str], Outcome]] = {
    "status": _part,
    "ephemeralcontainers": _part,
    "finalize": _part,
    "scale": _scale,
    "binding": _binding,
    "eviction": _eviction,
}
