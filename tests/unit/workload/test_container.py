import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.lease.manifest import Expose, ManifestError
from provider.workload.container import container
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import (
    GI,
    LEASE,
    OPTIONS,
    VARIABLES,
    mounted,
    persistent,
    ram,
    resources,
    service,
    volume,
)

OURS = {
    "AKASH_GROUP_SEQUENCE": "1",
    "AKASH_DEPLOYMENT_SEQUENCE": "8438017",
    "AKASH_ORDER_SEQUENCE": "1",
    "AKASH_OWNER": LEASE.owner,
    "AKASH_PROVIDER": LEASE.provider,
    "AKASH_CLUSTER_PUBLIC_HOSTNAME": "",
}


def environment(*entries, options=OPTIONS):
    rendered = container(LEASE, service(env=entries), options)["env"]
    return [(variable["name"], variable["value"]) for variable in rendered]


def test_tenants_variables_come_first_and_ours_follow():
    assert environment("A=1=2", "BARE") == [("A", "1=2"), ("BARE", ""), *OURS.items()]


def test_public_hostname_is_the_operators():
    options = RenderOptions(public_hostname="provider.example.com")

    assert ("AKASH_CLUSTER_PUBLIC_HOSTNAME", "provider.example.com") in environment(options=options)


def test_a_variable_that_the_tenant_sets_is_not_overwritten():
    assert environment("AKASH_OWNER=me")[0] == ("AKASH_OWNER", "me")
    assert [name for name, _ in environment("AKASH_OWNER=me")].count("AKASH_OWNER") == 1


def test_of_a_variable_set_twice_the_last_value_stands_at_the_last_place():
    tenants = environment("A=1", "B=$(A)", "A=$(B)")[:2]

    assert tenants == [("B", "$(A)"), ("A", "$(B)")]


@given(st.lists(VARIABLES, max_size=8))
def test_no_variable_is_repeated_and_the_last_value_counts(entries):
    names = [name for name, _ in environment(*entries)]

    assert len(names) == len(set(names))
    last = {entry.partition("=")[0]: entry.partition("=")[2] for entry in entries}
    assert {**OURS, **last} == dict(environment(*entries))


def test_ports_are_told_apart_by_number_and_protocol():
    exposes = (
        Expose(port=53, proto="UDP", service="a"),
        Expose(port=53, proto="TCP", service="a"),
        Expose(port=53, proto="UDP", service="b"),
    )

    assert container(LEASE, service("dns", *exposes), OPTIONS)["ports"] == [
        {"containerPort": 53, "protocol": "UDP"},
        {"containerPort": 53, "protocol": "TCP"},
    ]


def test_command_and_args_are_there_only_when_given():
    given_both = container(LEASE, service(command=("sh",), args=("-c", "")), OPTIONS)
    given_none = container(LEASE, service(command=(), args=None), OPTIONS)

    assert (given_both["command"], given_both["args"]) == (["sh"], ["-c", ""])
    assert {"command", "args", "volumeMounts"}.isdisjoint(given_none)


def test_ephemeral_volumes_add_up():
    one = service(storage=(volume("a", 2 * GI), volume("b", 3 * GI)))

    rendered = container(LEASE, one, OPTIONS)["resources"]
    assert rendered["requests"]["ephemeral-storage"] == str(5 * GI)
    assert rendered["limits"]["ephemeral-storage"] == str(5 * GI)


def test_volumes_in_memory_raise_the_limit_and_not_the_request():
    one = service(resources=resources(ram(size=64), ram("b", 1), cpu=1500, memory=1000))

    assert container(LEASE, one, OPTIONS)["resources"] == {
        "requests": {"cpu": "1500m", "memory": "1000"},
        "limits": {"cpu": "1500m", "memory": "1065"},
    }


def test_persistent_volumes_take_no_ephemeral_storage():
    one = service(storage=(persistent(),))

    assert "ephemeral-storage" not in container(LEASE, one, OPTIONS)["resources"]["limits"]


def test_of_two_mounts_at_one_path_the_last_wins():
    one = service(
        storage=(persistent("a"), persistent("b")),
        params=mounted(("a", "/data"), ("a", "/more", True), ("b", "/data")),
    )

    assert container(LEASE, one, OPTIONS)["volumeMounts"] == [
        {"name": "web-b", "mountPath": "/data", "readOnly": False},
        {"name": "web-a", "mountPath": "/more", "readOnly": True},
    ]


def test_a_volume_without_a_path_is_not_mounted():
    one = service(params=mounted(("default", "")))

    assert "volumeMounts" not in container(LEASE, one, OPTIONS)


def test_a_mount_of_no_volume_is_refused():
    with pytest.raises(ManifestError) as refusal:
        container(LEASE, service(params=mounted(("other", "/data"))), OPTIONS)

    assert refusal.value.path == "web.params.storage[0].name"


@pytest.mark.parametrize("part", ["cpu", "memory"])
def test_a_service_without_cpu_or_memory_is_refused(part):
    one = service(resources=attrs.evolve(resources(), **{part: None}))

    with pytest.raises(ManifestError):
        container(LEASE, one, OPTIONS)
