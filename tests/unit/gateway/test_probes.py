import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families

from provider.cluster.shown import Reason
from provider.gateway.messages import Request
from provider.gateway.probes import WEDGED_SECONDS, Heartbeat, Probes
from provider.telemetry.metrics import Metrics
from tests.unit.gateway.fakes import LEASE, FakeDaemon
from tests.unit.gateway.test_operator import full


async def get(path, daemon=None, metrics=None, heartbeat=None):
    probes = Probes(daemon or FakeDaemon(), metrics or Metrics(), heartbeat or Heartbeat())
    return await probes.handle(Request("GET", path))


async def test_a_loop_that_runs_on_time_is_alive(autojump_clock, nursery):
    heartbeat = Heartbeat()
    nursery.start_soon(heartbeat.run)

    await trio.sleep(WEDGED_SECONDS * 10)

    assert (await get("/livez", heartbeat=heartbeat)).status == 200


async def test_a_loop_whose_timers_stopped_is_not(autojump_clock):
    heartbeat = Heartbeat()

    await trio.sleep(WEDGED_SECONDS + 1)
    answer = await get("/livez", heartbeat=heartbeat)

    assert answer.status == 503
    assert b"no beat for 31 s" in answer.body


async def test_it_is_ready_without_a_reason_against_it():
    assert (await get("/readyz")).status == 200


async def test_every_reason_against_it_is_on_a_line():
    reasons = (Reason("cluster", "not seen yet"), Reason("market", "unknown"))

    answer = await get("/readyz", FakeDaemon(shown={"readiness": reasons}))

    assert answer.status == 503
    assert answer.body == b"cluster: not seen yet\nmarket: unknown\n"


async def test_a_scrape_shows_the_state_of_now():
    metrics, daemon = Metrics(), full()

    first = values((await get("/metrics", daemon, metrics)).body)
    daemon.shown = {}
    second = values((await get("/metrics", daemon, metrics)).body)

    assert first["provider_leases", "deploy-complete"] == 1
    assert second["provider_leases", "deploy-complete"] == 0
    assert (first["provider_ready",], second["provider_ready",]) == (0, 1)
    assert first["provider_close_owed", "image"] == 1
    assert ("provider_close_owed", "image") not in second
    assert first["provider_brake_engaged", "losses"] == 1
    assert first["provider_market_endpoint_up", "http://m:1317"] == 0


async def test_the_inventory_is_summed_in_cores_bytes_and_devices():
    """The Go provider divides GPUs by 1000, and leaves them out of what is available."""
    shown = values((await get("/metrics", full())).body)

    assert shown["provider_inventory_allocatable_total", "nodes"] == 1
    assert shown["provider_inventory_allocatable_total", "cpu"] == 8
    assert shown["provider_inventory_allocatable_total", "gpu"] == 2
    assert shown["provider_inventory_available_total", "gpu"] == 1
    assert shown["provider_inventory_available_total", "memory"] == 16 * 2**30
    assert shown["provider_inventory_reservations_total", "active", "cpu"] == 1.5
    assert shown["provider_inventory_reservations_total", "none", "quantity"] == 1


async def test_no_scrape_names_a_tenant():
    body = (await get("/metrics", full())).body.decode()

    assert LEASE.owner not in body
    assert "a.example.com" not in body


async def test_a_head_is_answered_like_a_get():
    probes = Probes(FakeDaemon(), Metrics(), Heartbeat())

    assert (await probes.handle(Request("HEAD", "/readyz"))).status == 200


@pytest.mark.parametrize("path", ["/", "/status", "/leases/a/1/1/1"])
async def test_nothing_else_is_answered_here(path):
    assert (await get(path)).status == 404


def values(body):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }
