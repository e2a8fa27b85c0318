"""The metrics as a scrape shows them."""

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.parser import text_string_to_metric_families

from provider.telemetry.exposition import exposition
from provider.telemetry.metrics import Metrics


def lines(metrics):
    return exposition(metrics.registry).splitlines()


def test_every_arm_of_every_counter_is_there_at_0_from_the_start():
    metrics = Metrics()
    shown = set(lines(metrics))

    for family in metrics.families:
        for arm in family.arms:
            pairs = ",".join(f'{k}="{v}"' for k, v in zip(family.labels, arm, strict=True))
            assert f"{family.name}{{{pairs}}} 0" in shown


def test_counters_carry_upstreams_names_with_nothing_behind_them():
    metrics = Metrics()
    metrics.deployment.labels("deploy", "success").inc()

    shown = lines(metrics)

    assert 'provider_deployment{action="deploy",result="success"} 1' in shown
    assert not any("_created" in line or "provider_deployment_total" in line for line in shown)


def test_no_series_occurs_twice_and_none_holds_the_wall_clock():
    metrics = Metrics()
    metrics.alarms.inc()

    series = [line.rpartition(" ")[0] for line in lines(metrics) if not line.startswith("#")]

    assert len(series) == len(set(series))


def test_two_daemons_do_not_share_a_count():
    first, second = Metrics(), Metrics()
    first.alarms.inc()

    assert "provider_alarms 1" in lines(first)
    assert "provider_alarms 0" in lines(second)


def test_a_request_is_counted_by_resource_and_verb():
    metrics = Metrics()
    metrics.kube_call("get", "namespaces", "success")

    assert 'provider_kube_calls{action="namespaces-get",result="success"} 1' in lines(metrics)


def test_no_metric_has_a_label_for_a_lease():
    for family in Metrics().families:
        assert not {"lease", "owner", "dseq", "namespace"} & set(family.labels)


def test_a_label_of_any_text_can_be_read_back():
    registry = CollectorRegistry()
    text = 'a"b\\c\nd'
    Gauge("odd", "Line\nbreak.", ("name",), registry=registry).labels(text).set(0.1)

    (family,) = text_string_to_metric_families(exposition(registry))

    assert family.samples[0].labels == {"name": text}
    assert family.samples[0].value == 0.1
