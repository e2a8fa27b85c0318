"""EndpointSlices and Endpoints over time."""

import trio

from simulator.jsontypes import JSONObject
from tests.unit.controllers.planes import APPS, NS, Plane, deployment, open_plane

SERVICES = "v1/services"
SLICES = "discovery.k8s.io/v1/endpointslices"
ENDPOINTS = "v1/endpoints"


def service(**spec: object) -> JSONObject:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return {
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": ports, **spec},
    }


async def addresses(plane: Plane) -> tuple[int, int]:
    """How many addresses the slice and the Endpoints name."""
    (only,) = await plane.all(SLICES)
    endpoints = await plane.get(ENDPOINTS, "web")
    named = [item for subset in endpoints.get("subsets") or () for item in subset["addresses"]]
    return len(only.get("endpoints") or ()), len(named)


async def test_both_name_the_pods_that_are_ready(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(SERVICES, service())
        await trio.sleep(1)
        assert await addresses(plane) == (0, 0)

        await plane.create(f"{APPS}/deployments", deployment(2))
        await trio.sleep(2)
        assert await addresses(plane) == (2, 2)
        (only,) = await plane.all(SLICES)
        assert only["ports"] == [{"name": "http", "protocol": "TCP", "port": 8080}]

        await plane.user.patch(f"{APPS}/deployments", NS, "web", {"spec": {"replicas": 0}})
        await trio.sleep(2)
        assert await addresses(plane) == (0, 0)


async def test_nothing_is_written_while_nothing_changes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(SERVICES, service())
        await plane.create(f"{APPS}/deployments", deployment(2))
        await trio.sleep(5)
        written = len(plane.cluster.journal.commits)
        await plane.user.patch(SERVICES, NS, "web", {"metadata": {"annotations": {"a": "b"}}})
        await trio.sleep(5)

        assert [entry.resource for entry in plane.since(written)] == [SERVICES]


async def test_a_service_takes_both_with_it(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(SERVICES, service())
        await trio.sleep(1)
        await plane.user.delete(SERVICES, NS, "web")
        await trio.sleep(1)

        assert await plane.names(SLICES) == []
        assert await plane.names(ENDPOINTS) == []


async def test_what_was_taken_away_by_hand_comes_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(SERVICES, service())
        await plane.create(f"{APPS}/deployments", deployment(1))
        await trio.sleep(2)
        (name,) = await plane.names(SLICES)
        await plane.user.delete(SLICES, NS, name)
        await plane.user.delete(ENDPOINTS, NS, "web")
        await trio.sleep(1)

        assert await addresses(plane) == (1, 1)


async def test_a_service_without_selector_is_its_owners_matter(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_plane() as plane:
        await plane.create(SERVICES, service(selector=None))
        await plane.create(ENDPOINTS, {"metadata": {"name": "web"}})
        await trio.sleep(1)
        await plane.user.delete(SERVICES, NS, "web")
        await trio.sleep(1)

        assert await plane.names(SLICES) == []
        assert await plane.names(ENDPOINTS) == ["web"]


async def test_a_headless_service_is_marked(autojump_clock: trio.testing.MockClock) -> None:
    async with open_plane() as plane:
        await plane.create(SERVICES, service(clusterIP="None"))
        await trio.sleep(1)

        (only,) = await plane.all(SLICES)
        assert "service.kubernetes.io/headless" in only["metadata"]["labels"]
