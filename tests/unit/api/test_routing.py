"""From path to route."""

import pytest

from simulator.api.routing import GroupRoute, Route, route


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api", GroupRoute(core=True)),
        ("/api/v1", GroupRoute(core=True, version="v1")),
        ("/apis/", GroupRoute(core=False)),
        ("/apis/apps", GroupRoute(core=False, group="apps")),
        ("/apis/apps/v1", GroupRoute(core=False, group="apps", version="v1")),
        ("/api/v1/pods", Route("v1", "pods")),
        ("/api/v1/namespaces", Route("v1", "namespaces")),
        ("/api/v1/namespaces/n", Route("v1", "namespaces", name="n")),
        (
            "/api/v1/namespaces/n/finalize",
            Route("v1", "namespaces", name="n", subresource="finalize"),
        ),
        ("/api/v1/namespaces/n/pods", Route("v1", "pods", "n")),
        ("/api/v1/namespaces/n/pods/p", Route("v1", "pods", "n", "p")),
        ("/api/v1/namespaces/n/pods/p/status", Route("v1", "pods", "n", "p", "status")),
        ("/apis/apps/v1/namespaces/n/deployments", Route("apps/v1", "deployments", "n")),
        ("/apis/g/v1/things/x", Route("g/v1", "things", name="x")),
        ("/api/v1/watch/pods", Route("v1", "pods", watch=True)),
        ("/api/v1/watch/namespaces/n/pods/p", Route("v1", "pods", "n", "p", watch=True)),
        ("/version", None),
        ("/", None),
        ("/api/v1/watch", None),
        ("/api/v1/namespaces/n/pods/p/exec/more", None),
    ],
)
def test_a_path_names(path: str, expected: Route | GroupRoute | None) -> None:
    assert route(path) == expected
