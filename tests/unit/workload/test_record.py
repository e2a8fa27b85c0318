import json

import attrs
import pytest
from hypothesis import given

from provider.lease.manifest import (
    CPU,
    GPU,
    Attribute,
    Credentials,
    Endpoint,
    Expose,
    Group,
    HTTPOptions,
    ManifestError,
    Memory,
    Params,
    Resources,
    Service,
    Storage,
    StorageParams,
)
from provider.lease.scheduling import GPUParams, SchedulerParams
from provider.workload import labels
from provider.workload.record import read_record, read_scheduling, record
from tests.unit.workload.samples import GROUPS, LEASE, OPTIONS, group, recorded, service

FULL = Group(
    "dc1",
    (
        Service(
            name="web",
            image="nginx:1.27",
            command=("sh",),
            args=("-c", "x"),
            env=("A=1",),
            count=2,
            resources=Resources(
                id=1,
                cpu=CPU(500, (Attribute("arch", "amd64"),)),
                memory=Memory(2**33, (Attribute("a", "b"),)),
                storage=(Storage("data", 2**40, (Attribute("persistent", "true"),)),),
                gpu=GPU(1, (Attribute("vendor/nvidia/model/a100", "true"),)),
                endpoints=(Endpoint(),),
            ),
            expose=(
                Expose(
                    port=8080,
                    external_port=80,
                    proto="TCP",
                    service="api",
                    global_=True,
                    hosts=("app.example.com",),
                    http_options=HTTPOptions(1, 2, 3, 4, 5, ("error", "500")),
                    ip="one",
                    endpoint_sequence_number=7,
                ),
            ),
            params=Params(
                storage=(StorageParams("data", "/data", True),), permissions_read=("logs",)
            ),
            credentials=Credentials("host", "email", "user", "secret"),
        ),
    ),
)
"""Every field that a record can hold."""


def test_record_has_the_shape_of_the_go_provider():
    assert record(LEASE, FULL, OPTIONS) == {
        "apiVersion": "akash.network/v2beta2",
        "kind": "Manifest",
        "metadata": {
            "name": LEASE.namespace,
            "namespace": "lease",
            "labels": {
                "akash.network": "true",
                "akash.network/namespace": LEASE.namespace,
                "akash.network/manifest.resource.version": "",
                "akash.network/lease.id.owner": LEASE.owner,
                "akash.network/lease.id.dseq": "8438017",
                "akash.network/lease.id.gseq": "1",
                "akash.network/lease.id.oseq": "1",
                "akash.network/lease.id.provider": LEASE.provider,
            },
        },
        "spec": {
            "lease_id": {
                "owner": LEASE.owner,
                "dseq": "8438017",
                "gseq": 1,
                "oseq": 1,
                "provider": LEASE.provider,
            },
            "group": {
                "name": "dc1",
                "services": [
                    {
                        "name": "web",
                        "image": "nginx:1.27",
                        "command": ["sh"],
                        "args": ["-c", "x"],
                        "env": ["A=1"],
                        "resources": {
                            "id": 1,
                            "cpu": {
                                "units": 500,
                                "attributes": [{"key": "arch", "value": "amd64"}],
                            },
                            "gpu": {
                                "units": 1,
                                "attributes": [
                                    {"key": "vendor/nvidia/model/a100", "value": "true"}
                                ],
                            },
                            "memory": {
                                "size": "8589934592",
                                "attributes": [{"key": "a", "value": "b"}],
                            },
                            "storage": [
                                {
                                    "name": "data",
                                    "size": "1099511627776",
                                    "attributes": [{"key": "persistent", "value": "true"}],
                                }
                            ],
                        },
                        "count": 2,
                        "expose": [
                            {
                                "port": 8080,
                                "external_port": 80,
                                "proto": "TCP",
                                "service": "api",
                                "global": True,
                                "hosts": ["app.example.com"],
                                "ip": "one",
                                "endpoint_sequence_number": 7,
                                "http_options": {
                                    "max_body_size": 1,
                                    "read_timeout": 2,
                                    "send_timeout": 3,
                                    "next_tries": 4,
                                    "next_timeout": 5,
                                    "next_cases": ["error", "500"],
                                },
                            }
                        ],
                        "params": {
                            "storage": [{"name": "data", "mount": "/data", "readOnly": True}],
                            "permissions": {"read": ["logs"]},
                        },
                        "credentials": {
                            "host": "host",
                            "email": "email",
                            "username": "user",
                            "password": "secret",
                        },
                    }
                ],
            },
        },
    }


def test_every_field_that_a_record_holds_comes_back():
    assert read_record(record(LEASE, FULL, OPTIONS)) == (LEASE, recorded(FULL))


@given(GROUPS)
def test_any_group_comes_back_as_far_as_a_record_can_hold_it(whole):
    through_json = json.loads(json.dumps(record(LEASE, whole, OPTIONS)))

    assert read_record(through_json) == (LEASE, recorded(whole))


BARE = Group("", (Service(name="web", image="", count=0, resources=Resources(id=0)),))


PLACED = {
    "web": SchedulerParams("nvidia", GPUParams("nvidia", "a100", "80Gi", "sxm")),
}


def test_what_placement_found_comes_back():
    obj = record(LEASE, group(service("api"), service("web")), OPTIONS, scheduling=PLACED)

    assert "scheduler_params" not in _first(obj)
    assert obj["spec"]["group"]["services"][1]["scheduler_params"] == {
        "runtime_class": "nvidia",
        "resources": {
            "gpu": {
                "vendor": "nvidia",
                "model": "a100",
                "memory_size": "80Gi",
                "interface": "sxm",
            }
        },
    }
    assert read_scheduling(obj) == PLACED


def test_nothing_found_is_left_out():
    placed = {"web": SchedulerParams()}
    obj = record(LEASE, group(), OPTIONS, scheduling=placed)

    assert "scheduler_params" not in _first(obj)
    assert read_scheduling(obj) == {}


@pytest.mark.parametrize(
    "written",
    [
        {"runtime_class": "", "resources": None},
        {"runtime_class": "", "resources": {"gpu": None}},
        None,
    ],
)
def test_empty_scheduling_of_the_go_provider_is_none_at_all(written):
    obj = record(LEASE, group(), OPTIONS)
    _first(obj)["scheduler_params"] = written

    assert read_scheduling(obj) == {}


def test_damaged_scheduling_is_refused_with_its_path():
    obj = record(LEASE, group(), OPTIONS)
    _first(obj)["scheduler_params"] = {"resources": {"gpu": {"vendor": 1}}}

    with pytest.raises(ManifestError) as refusal:
        read_scheduling(obj)

    assert refusal.value.path == "spec.group.services[0].scheduler_params.resources.gpu.vendor"


def test_what_is_empty_is_left_out():
    spec = record(LEASE, BARE, OPTIONS)["spec"]

    assert spec["group"] == {"name": "", "services": [{"name": "web", "resources": {"id": 0}}]}


@pytest.mark.parametrize(
    ("params", "written"),
    [
        (Params(), {}),
        (Params(storage=()), {}),
        (Params(permissions_read=()), {"permissions": {"read": []}}),
    ],
)
def test_empty_params_are_kept_as_far_as_they_say_something(params, written):
    obj = record(LEASE, group(service(params=params)), OPTIONS)

    assert _first(obj)["params"] == written
    assert read_record(obj)[1].services[0].params == Params(
        permissions_read=params.permissions_read
    )


def test_an_empty_list_in_a_record_is_read_like_none():
    obj = record(LEASE, BARE, OPTIONS)
    one = _first(obj)
    one |= {"command": [], "args": [], "env": [], "expose": [], "params": {"storage": []}}
    one["resources"]["storage"] = []

    (read,) = read_record(obj)[1].services

    assert read == attrs.evolve(BARE.services[0], params=Params())
    obj["spec"]["group"]["services"] = None
    assert read_record(obj)[1].services == ()


def test_permissions_without_a_list_are_still_permissions():
    obj = record(LEASE, BARE, OPTIONS)
    _first(obj)["params"] = {"permissions": {}}

    assert read_record(obj)[1].services[0].params == Params(permissions_read=())


def test_annotations_are_those_passed_and_no_others():
    annotations = {labels.MANIFEST_HASH: "ab"}

    assert "annotations" not in record(LEASE, group(), OPTIONS)["metadata"]
    written = record(LEASE, group(), OPTIONS, annotations=annotations)
    assert written["metadata"]["annotations"] == annotations


def test_a_record_of_the_go_provider_is_read_with_its_nulls_and_extras():
    obj = record(LEASE, group(), OPTIONS)
    one = obj["spec"]["group"]["services"][0]
    one |= {"params": None, "credentials": None, "scheduler_params": {"runtime_class": ""}}
    one["resources"]["cpu"]["attributes"] = None
    one["resources"]["memory"]["size"] = ""
    one["expose"][0] |= {"proto": "", "hosts": None, "ip": None}

    lease, read = read_record(obj)

    assert lease == LEASE
    assert read.services[0].expose[0].proto == "TCP"
    assert read.services[0].resources.memory == Memory(0)


@pytest.mark.parametrize(
    ("damage", "path"),
    [
        (lambda obj: obj.pop("spec"), "spec.lease_id"),
        (lambda obj: obj["metadata"].update(name="other"), "metadata.name"),
        (lambda obj: obj.update(metadata=None), "metadata.name"),
        (lambda obj: obj["spec"].update(lease_id=[]), "spec.lease_id"),
        (lambda obj: obj["spec"]["lease_id"].update(dseq=8438017), "spec.lease_id.dseq"),
        (lambda obj: obj["spec"]["lease_id"].update(gseq=0), "spec.lease_id"),
        (lambda obj: obj["spec"]["lease_id"].update(owner="a/b"), "spec.lease_id"),
        (lambda obj: obj["spec"]["group"].update(services={}), "spec.group.services"),
        (lambda obj: _first(obj).update(name=3), "spec.group.services[0].name"),
        (lambda obj: _first(obj).update(count="two"), "spec.group.services[0].count"),
        (lambda obj: _first(obj).update(count=True), "spec.group.services[0].count"),
        (lambda obj: _first(obj).update(env=[1]), "spec.group.services[0].env[0]"),
        (
            lambda obj: _first(obj)["resources"]["memory"].update(size="1Gi"),
            "spec.group.services[0].resources.memory.size",
        ),
        (
            lambda obj: _first(obj)["expose"][0].update(proto="SCTP"),
            "spec.group.services[0].expose[0].proto",
        ),
        (
            lambda obj: _first(obj)["expose"][0].update(port=-1),
            "spec.group.services[0].expose[0].port",
        ),
    ],
)
def test_a_damaged_record_is_refused_with_the_path_of_the_damage(damage, path):
    obj = record(LEASE, group(), OPTIONS)
    damage(obj)

    with pytest.raises(ManifestError) as refusal:
        read_record(obj)

    assert refusal.value.path == path


def _first(obj):
    return obj["spec"]["group"]["services"][0]
