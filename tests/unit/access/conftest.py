"""A cluster with RBAC, and short ways to say who may do what."""

import attrs
import orjson
import pytest

from simulator.access.users import ANONYMOUS, User, authenticated
from simulator.api.server import ApiServer
from simulator.jsontypes import JSONObject
from simulator.verbs.bootstrap import bootstrap
from simulator.verbs.cluster import Cluster
from simulator.wire.messages import Peer, Request, Response
from tests.unit.verbs.asking import Asking
from tests.unit.verbs.conftest import StoppedClock

RBAC = "rbac.authorization.k8s.io"


def rule(groups: str, resources: str, verbs: str, names: str = "") -> JSONObject:
    """A policy rule; the words of each text are its items, `core` is the core group."""
    made: JSONObject = {
        "apiGroups": ["" if group == "core" else group for group in groups.split()],
        "resources": resources.split(),
        "verbs": verbs.split(),
    }
    return made | ({"resourceNames": names.split()} if names else {})


@attrs.define(eq=False)
class Http:
    """Requests to the API server under some identity."""

    server: ApiServer

    async def send(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        peer: Peer | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> tuple[int, JSONObject]:
        path, _, query = target.partition("?")
        pairs = tuple(tuple(part.split("=", 1)) for part in query.split("&") if part)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(
            method=method,
            path=path,
            query=pairs,  # type: ignore[arg-type]
            headers={"content-type": content_type, "user-agent": "test/1", **given},
            body=b"" if body is None else orjson.dumps(body),
            peer=peer,
        )
        answer = await self.server.handle(request)
        if not isinstance(answer, Response):
            return answer.status, {}
        text = answer.body
        return answer.status, orjson.loads(text) if text.startswith(b"{") else {"text": text}


@attrs.define(eq=False)
class Granting:
    """Makes roles and bindings as the admin."""

    ask: Asking

    def role(self, name: str, *rules: JSONObject, namespace: str = "n") -> None:
        obj = {"metadata": {"name": name}, "rules": list(rules)}
        self._create("roles" if namespace else "clusterroles", obj, namespace)

    def bind(
        self, role: str, user: User | str, *, namespace: str = "n", kind: str = "", name: str = "b"
    ) -> None:
        subject = user if isinstance(user, str) else user.name
        kind = kind or ("Role" if namespace else "ClusterRole")
        obj = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role},
            "subjects": [{"kind": "User", "apiGroup": RBAC, "name": subject}],
        }
        self._create("rolebindings" if namespace else "clusterrolebindings", obj, namespace)

    def allow(self, user: User | str, *rules: JSONObject, namespace: str = "n") -> None:
        """Give rules to a user, in one namespace or (empty) everywhere."""
        name = f"r{len(self.ask.cluster.store.items(f'{RBAC}/roles')) + self._cluster_roles()}"
        self.role(name, *rules, namespace=namespace)
        self.bind(name, user, namespace=namespace, name=name)

    def _cluster_roles(self) -> int:
        return len(self.ask.cluster.store.items(f"{RBAC}/clusterroles"))

    def _create(self, plural: str, obj: JSONObject, namespace: str) -> None:
        name = obj["metadata"].pop("name")
        self.ask.create(f"{RBAC}/v1/{plural}", name, obj, namespace=namespace)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def cluster(clock: StoppedClock) -> Cluster:
    made = Cluster(clock)
    bootstrap(made)
    Asking(made).create("v1/namespaces", "n")
    return made


@pytest.fixture
def ask(cluster: Cluster) -> Asking:
    return Asking(cluster)


@pytest.fixture
def grant(ask: Asking) -> Granting:
    return Granting(ask)


@pytest.fixture
def http(cluster: Cluster) -> Http:
    """A server on which nobody is anybody without credentials."""
    cluster.authenticator.anonymous = ANONYMOUS
    cluster.authenticator.static["adam"] = authenticated("adam", ("devs",))
    return Http(ApiServer(cluster))
