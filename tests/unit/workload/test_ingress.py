import attrs

from provider.lease.manifest import Expose, HTTPOptions
from provider.workload import labels
from provider.workload.hosts import provider_host
from provider.workload.ingress import Route, ingress, routes
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import LEASE, OPTIONS, group, http, service

STATIC = RenderOptions(static_hosts_domain="ingress.example.net")
NGINX = "nginx.ingress.kubernetes.io"


def hostnames(*exposes, options=OPTIONS):
    found = routes(LEASE, group(service("web", *exposes)), options)
    return [route.hostname for route in found]


def annotations(**options):
    (route,) = routes(LEASE, group(service("web", http("a.example.com", **options))), OPTIONS)
    found = ingress(LEASE, route, OPTIONS)["metadata"]["annotations"]
    return {key.removeprefix(f"{NGINX}/"): value for key, value in found.items()}


def test_hostnames_are_sorted_and_lowercase():
    assert hostnames(http("b.example.com", "A.example.com")) == ["a.example.com", "b.example.com"]


def test_only_ingress_exposes_have_hostnames():
    local = Expose(port=80, hosts=("local.example.com",))
    direct = Expose(port=443, global_=True, hosts=("direct.example.com",))

    assert hostnames(local, direct) == []


def test_a_generated_hostname_stands_beside_the_declared_ones():
    generated = f"{LEASE.static_host('web')}.ingress.example.net"

    assert set(hostnames(http("a.example.com"), options=STATIC)) == {generated, "a.example.com"}
    assert hostnames(http(), options=STATIC) == [generated]


def test_of_two_exposes_with_the_generated_hostname_the_later_wins():
    exposes = http(port=8080), http(port=9090, max_body_size=7)

    (route,) = routes(LEASE, group(service("web", *exposes)), STATIC)
    assert route.options.max_body_size == 7


def test_ingress_leads_to_the_external_port_of_the_service():
    rules = ingress(LEASE, Route("a.example.com", "web", 80, HTTPOptions()), OPTIONS)["spec"]

    assert rules == {
        "ingressClassName": "akash-ingress-class",
        "rules": [
            {
                "host": "a.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "web", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ],
    }


def test_http_options_are_annotations_with_seconds_rounded_up():
    assert annotations(read_timeout=1, send_timeout=1001, next_timeout=0) == {
        "proxy-body-size": "1048576",
        "proxy-read-timeout": "1",
        "proxy-send-timeout": "2",
        "proxy-next-upstream": "error timeout",
        "proxy-next-upstream-timeout": "0",
        "proxy-next-upstream-tries": "3",
    }


def test_status_codes_get_the_prefix_that_nginx_wants():
    found = annotations(next_cases=("error", "500", "429", "off"))

    assert found["proxy-next-upstream"] == "error http_500 http_429 off"


def test_a_record_without_options_gets_the_old_defaults():
    assert annotations(max_body_size=0, read_timeout=5) == {
        "proxy-body-size": "1048576",
        "proxy-read-timeout": "60",
        "proxy-send-timeout": "60",
        "proxy-next-upstream": "error timeout",
        "proxy-next-upstream-timeout": "60",
        "proxy-next-upstream-tries": "3",
    }


def test_provider_host_names_lease_service_and_port():
    found = provider_host(LEASE, Route("a.example.com", "web", 80, HTTPOptions()), OPTIONS)

    assert found["spec"] == {
        "owner": LEASE.owner,
        "provider": LEASE.provider,
        "hostname": "a.example.com",
        "dseq": 8438017,
        "gseq": 1,
        "oseq": 1,
        "service_name": "web",
        "external_port": 80,
    }
    assert labels.lease_from_labels(found["metadata"]["labels"]) == LEASE


def test_declaring_a_hostname_again_changes_nothing():
    route = Route("a.example.com", "web", 80, HTTPOptions())

    again = provider_host(LEASE, attrs.evolve(route), OPTIONS)
    assert provider_host(LEASE, route, OPTIONS) == again
    assert "annotations" not in again["metadata"]
