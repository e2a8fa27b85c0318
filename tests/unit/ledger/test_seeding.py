import attrs

from provider.ledger.hostnames import HostnameLedger
from provider.ledger.seeding import seed
from provider.workload import labels
from provider.workload.bundle import render
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import LEASE, OPTIONS, group, http, service

SIBLING = attrs.evolve(LEASE, dseq=2)
THIRD = attrs.evolve(LEASE, dseq=3)


def record(lease, *hosts, created="2026-01-01T00:00:00Z", uid="u"):
    obj = render(lease, group(service("web", http(*hosts))), OPTIONS).record
    return {**obj, "metadata": {**obj["metadata"], "creationTimestamp": created, "uid": uid}}


def provider_hosts(lease, *hosts):
    return render(lease, group(service("web", http(*hosts))), OPTIONS).hosts


def seeded(*, hosts=(), routed=(), records=(), options=OPTIONS):
    ledger = HostnameLedger()
    seed(ledger, hosts=hosts, routed=routed, records=records, options=options)
    return ledger


def test_what_is_declared_belongs_to_the_lease_that_declared_it():
    ledger = seeded(
        hosts=provider_hosts(SIBLING, "a.example.com"),
        records=[record(LEASE, "a.example.com", "b.example.com")],
    )

    assert ledger.holder("a.example.com") == SIBLING
    assert ledger.holder("b.example.com") == LEASE


def test_what_is_only_asked_for_goes_to_the_oldest_record():
    younger = record(LEASE, "a.example.com", created="2026-01-02T00:00:00Z", uid="a")
    older = record(SIBLING, "a.example.com", created="2026-01-01T00:00:00Z", uid="b")

    assert seeded(records=[younger, older]).holder("a.example.com") == SIBLING


def test_of_two_records_of_one_age_the_uid_decides():
    one, other = record(LEASE, "a.example.com", uid="b"), record(SIBLING, "a.example.com", uid="a")

    assert seeded(records=[one, other]).holder("a.example.com") == SIBLING
    assert seeded(records=[other, one]).holder("a.example.com") == SIBLING


def test_generated_hostnames_are_booked_too():
    options = RenderOptions(static_hosts_domain="ingress.example.net")

    ledger = seeded(records=[record(LEASE, "a.example.com")], options=options)

    assert f"{LEASE.static_host('web')}.ingress.example.net" in ledger.held_by(LEASE)


def test_a_record_that_cannot_be_read_asks_for_nothing_and_stops_nobody():
    broken = record(THIRD, "a.example.com", created="2025-01-01T00:00:00Z")
    broken = {**broken, "spec": {"lease_id": 7}}

    assert seeded(records=[broken, record(LEASE, "a.example.com")]).holder("a.example.com") == LEASE


def test_a_declaration_without_lease_labels_is_nobodys():
    (host,) = provider_hosts(SIBLING, "a.example.com")
    nobodys = {**host, "metadata": {**host["metadata"], "labels": {labels.MANAGED: "true"}}}
    bare = {**host, "metadata": {"name": "b.example.com"}}

    ledger = seeded(hosts=[nobodys, bare])

    assert ledger.holder("a.example.com") is None
    assert ledger.holder("b.example.com") is None


def test_what_is_routed_belongs_to_its_lease_before_any_record_asks_for_it():
    routes = render(SIBLING, group(service("web", http("a.example.com"))), OPTIONS).routes

    ledger = seeded(routed=routes, records=[record(LEASE, "a.example.com")])

    assert ledger.holder("a.example.com") == SIBLING
