"""
Rules for containers.

Source: pkg/apis/core/validation/validation.go, validateContainerCommon and below, as of 1.36.
"""

from collections.abc import Collection, Mapping

from simulator.admission import environment, names
from simulator.admission.causes import (
    Causes,
    at_least,
    duplicate,
    each_invalid,
    forbidden,
    in_range,
    invalid,
    not_found,
    one_of,
    required,
)
from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds import quantities

PORT_MAX = 65535
PROTOCOLS = ("SCTP", "TCP", "UDP")

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")


def containers(items: list[JSONObject], path: str, volumes: Collection[str]) -> Causes:
    """The containers of a pod; `volumes` are the names that they may mount."""
    if not items:
        yield required(path)
    seen = set()
    for index, container in enumerate(items):
        at = f"{path}[{index}]"
        yield from _common(container, at, volumes)
        name = container["name"]
        if name and name in seen:
            yield duplicate(f"{at}.name", name)
        seen.add(name)
        yield from _probes(container, at)
    yield from _host_ports(items, path)


def init_containers(
    items: list[JSONObject], path: str, volumes: Collection[str], others: list[JSONObject]
) -> Causes:
    """Containers that run before the others; their names are none of `others`."""
    seen = {container["name"] for container in others}
    for index, container in enumerate(items):
        at = f"{path}[{index}]"
        yield from _common(container, at, volumes)
        name = container["name"]
        if name and name in seen:
            yield duplicate(f"{at}.name", name)
        seen.add(name)
        if container.get("restartPolicy") == "Always":
            yield from _probes(container, at)
            continue
        for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if field in container:
                why = "may not be set for init containers without restartPolicy=Always"
                yield forbidden(f"{at}.{field}", why)


def _common(container: JSONObject, path: str, volumes: Collection[str]) -> Causes:
    name = container["name"]
    if name:
        yield from each_invalid(f"{path}.name", name, names.dns_label(name))
    else:
        yield required(f"{path}.name")
    image = container.get("image", "")
    if not image:
        yield required(f"{path}.image")
    elif image.strip() != image:
        yield invalid(f"{path}.image", image, "must not have leading or trailing whitespace")
    yield from one_of(
        f"{path}.terminationMessagePolicy",
        container["terminationMessagePolicy"],
        ("FallbackToLogsOnError", "File"),
    )
    yield from _ports(container.get("ports", ()), f"{path}.ports")
    yield from environment.variables(container.get("env", ()), f"{path}.env")
    yield from environment.sources(container.get("envFrom", ()), f"{path}.envFrom")
    yield from _mounts(container.get("volumeMounts", ()), f"{path}.volumeMounts", volumes)
    yield from one_of(f"{path}.imagePullPolicy", container["imagePullPolicy"], _PULL_POLICIES)
    yield from resources(container["resources"], f"{path}.resources")
    yield from security_context(container.get("securityContext", {}), f"{path}.securityContext")


def _ports(ports: tuple[JSONObject, ...], path: str) -> Causes:
    seen = set()
    for index, port in enumerate(ports):
        at = f"{path}[{index}]"
        name = port.get("name", "")
        if name:
            wrong = names.port_name(name)
            yield from each_invalid(f"{at}.name", name, wrong)
            if not wrong and name in seen:
                yield duplicate(f"{at}.name", name)
            seen.add(name)
        if port["containerPort"] == 0:
            yield required(f"{at}.containerPort")
        else:
            yield from in_range(f"{at}.containerPort", port["containerPort"], 1, PORT_MAX)
        if port.get("hostPort"):
            yield from in_range(f"{at}.hostPort", port["hostPort"], 1, PORT_MAX)
        yield from one_of(f"{at}.protocol", port["protocol"], PROTOCOLS)


def on_host_network(items: list[JSONObject], path: str) -> Causes:
    """Containers on their node's network have no ports of their own."""
    for index, container in enumerate(items):
        for place, port in enumerate(container.get("ports", ())):
            number = port["containerPort"]
            if port.get("hostPort") not in (None, number):
                at = f"{path}[{index}].ports[{place}].containerPort"
                yield invalid(at, number, "must match `hostPort` when `hostNetwork` is true")


def _host_ports(items: list[JSONObject], path: str) -> Causes:
    seen = set()
    for index, container in enumerate(items):
        for place, port in enumerate(container.get("ports", ())):
            number = port.get("hostPort")
            if not number:
                continue
            key = f"{port['protocol']}/{port.get('hostIP', '')}/{number}"
            if key in seen:
                yield duplicate(f"{path}[{index}].ports[{place}].hostPort", key)
            seen.add(key)


def _mounts(mounts: tuple[JSONObject, ...], path: str, volumes: Collection[str]) -> Causes:
    seen = set()
    for index, mount in enumerate(mounts):
        at = f"{path}[{index}]"
        if not mount["name"]:
            yield required(f"{at}.name")
        elif mount["name"] not in volumes:
            yield not_found(f"{at}.name", mount["name"])
        place = mount["mountPath"]
        if not place:
            yield required(f"{at}.mountPath")
        elif place in seen:
            yield invalid(f"{at}.mountPath", place, "must be unique")
        seen.add(place)
        if mount.get("subPath", "").startswith("/"):
            yield invalid(f"{at}.subPath", mount["subPath"], "must be a relative path")
        elif ".." in mount.get("subPath", "").split("/"):
            yield invalid(f"{at}.subPath", mount["subPath"], "must not contain '..'")


def resources(value: JSONObject, path: str) -> Causes:
    """Limits and requests: names, signs, whole numbers, and which may exceed which."""
    limits, requests = value.get("limits", {}), value.get("requests", {})
    for name in sorted(limits):
        yield from _amount(name, limits[name], f"{path}.limits[{name}]")
    for name in sorted(requests):
        request = requests[name]
        yield from _amount(name, request, f"{path}.requests[{name}]")
        if name in limits:
            yield from _request_and_limit(name, request, limits[name], f"{path}.requests")
        elif not _may_exceed(name):
            yield required(f"{path}.limits", "Limit must be set for non overcommitable resources")
    yield from _huge_pages(limits.keys() | requests.keys(), path)


def _huge_pages(names_given: Collection[str], path: str) -> Causes:
    huge = any(name.startswith(_HUGE_PAGES) for name in names_given)
    if huge and not {"cpu", "memory"} & set(names_given):
        yield forbidden(path, "HugePages require cpu or memory")


def _request_and_limit(name: str, request: str, limit: str, path: str) -> Causes:
    wanted, most = quantities.parse(request), quantities.parse(limit)
    if _may_exceed(name):
        if wanted > most:
            yield invalid(path, request, f"must be less than or equal to {name} limit of {limit}")
    elif wanted != most:
        yield invalid(path, request, f"must be equal to {name} limit of {limit}")


def _is_extended(name: str) -> bool:
    """A countable resource of somebody's own, such as `nvidia.com/gpu`."""
    return "/" in name and "kubernetes.io/" not in name


def _may_exceed(name: str) -> bool:
    """Whether more can be promised than there is: not of things that are counted, nor huge pages."""
    return not _is_extended(name) and not name.startswith(_HUGE_PAGES)


_HUGE_PAGES = "hugepages-"
_STANDARD_RESOURCES = ("cpu", "memory", "ephemeral-storage")


def _amount(name: str, amount: str, path: str) -> Causes:
    yield from each_invalid(path, name, names.qualified_name(name))
    standard = name in _STANDARD_RESOURCES or name.startswith(_HUGE_PAGES)
    if "/" not in name and not standard:
        yield invalid(path, name, "must be a standard resource type or fully qualified")
        yield invalid(path, name, "must be a standard resource for containers")
    number = quantities.parse(amount)
    if number < 0:
        yield invalid(path, amount, "must be greater than or equal to 0")
    if _is_extended(name) and number.denominator != 1:
        yield invalid(path, amount, "must be an integer")


_IDENTITIES_MAX = 2**31 - 1


def security_context(context: JSONObject, path: str) -> Causes:
    """Users and groups, and what privilege implies."""
    for field in ("runAsUser", "runAsGroup"):
        if field in context:
            yield from in_range(f"{path}.{field}", context[field], 0, _IDENTITIES_MAX)
    if "procMount" in context:
        yield from one_of(f"{path}.procMount", context["procMount"], ("Default", "Unmasked"))
    if "seccompProfile" in context:
        yield from _seccomp(context["seccompProfile"], f"{path}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            yield invalid(
                path,
                context,
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            )
        if "CAP_SYS_ADMIN" in context.get("capabilities", {}).get("add", ()):
            yield invalid(
                path,
                context,
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` "
                "CAP_SYS_ADMIN",
            )


def _seccomp(profile: JSONObject, path: str) -> Causes:
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    if kind == "Localhost" and not local:
        why = "must be set when seccomp type is Localhost"
        yield required(f"{path}.localhostProfile", why)
    elif kind != "Localhost" and local is not None:
        why = "can only be set when seccomp type is Localhost"
        yield invalid(f"{path}.localhostProfile", local, why)
    if not kind:
        yield required(f"{path}.type", "type is required when seccompProfile is set")
    else:
        yield from one_of(f"{path}.type", kind, ("Localhost", "RuntimeDefault", "Unconfined"))


def _probes(container: JSONObject, path: str) -> Causes:
    for hook, handler in container.get("lifecycle", {}).items():
        if hook in ("postStart", "preStop"):
            yield from _handler(handler, f"{path}.lifecycle.{hook}")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if probe is None:
            continue
        at = f"{path}.{name}"
        yield from _handler(probe, at)
        for field in (
            "initialDelaySeconds",
            "timeoutSeconds",
            "periodSeconds",
            "successThreshold",
            "failureThreshold",
        ):
            yield from at_least(f"{at}.{field}", probe.get(field), 0)
        grace = probe.get("terminationGracePeriodSeconds")
        if grace is not None and name == "readinessProbe":
            why = "must not be set for readinessProbes"
            yield invalid(f"{at}.terminationGracePeriodSeconds", grace, why)
        elif grace is not None and grace <= 0:
            yield invalid(f"{at}.terminationGracePeriodSeconds", grace, "must be greater than 0")
        if name != "readinessProbe" and probe["successThreshold"] != 1:
            yield invalid(f"{at}.successThreshold", probe["successThreshold"], "must be 1")


def _handler(handler: JSONObject, path: str) -> Causes:
    given = [name for name in (*_HANDLERS, "sleep") if name in handler]
    if not given:
        yield required(path, "must specify a handler type")
    for name in given[1:]:
        yield forbidden(f"{path}.{name}", "may not specify more than 1 handler type")
    for name in given[:1]:
        yield from _action(name, handler[name], f"{path}.{name}")


def _action(name: str, action: Mapping[str, JSONValue], path: str) -> Causes:
    match name:
        case "exec":
            if not action.get("command"):
                yield required(f"{path}.command")
        case "httpGet":
            if not action.get("path"):
                yield required(f"{path}.path")
            yield from port(action["port"], f"{path}.port")
            yield from one_of(f"{path}.scheme", action["scheme"], ("HTTP", "HTTPS"))
        case "tcpSocket" | "grpc":
            yield from port(action["port"], f"{path}.port")
        case _:
            pass


def port(value: JSONValue, path: str) -> Causes:
    """The number or the name of a port."""
    if isinstance(value, int):
        yield from in_range(path, value, 1, PORT_MAX)
    else:
        yield from each_invalid(path, value, names.port_name(value))
