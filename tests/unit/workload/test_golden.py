"""Whole generations, byte for byte: see tests/data/workload/README.md."""

import json
import os
from pathlib import Path

import attrs
import pytest
import yaml

from provider.kubernetes.kinds import key_of
from provider.lease.codec import decode_group
from provider.lease.fields import Field
from provider.lease.scheduling import GPUParams, SchedulerParams
from provider.workload import labels
from provider.workload.bundle import render
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import LEASE

CASES = sorted((Path(__file__).parents[2] / "data" / "workload").glob("*.json"))
each_case = pytest.mark.parametrize("source", CASES, ids=lambda path: path.stem)


def options_of(case):
    given = dict(case.get("options", {}))
    if "api_servers" in given:
        given["api_servers"] = tuple(map(tuple, given["api_servers"]))
    return RenderOptions(**given)


def scheduling_of(case):
    return {
        name: SchedulerParams(
            params.get("runtime_class", ""), GPUParams(**params["gpu"]) if "gpu" in params else None
        )
        for name, params in case.get("scheduling", {}).items()
    }


def rendered(case, change=lambda group: group):
    return render(
        LEASE,
        change(decode_group(Field(case["group"]))),
        options_of(case),
        withheld=frozenset(case.get("withheld", ())),
        withheld_ips=frozenset(case.get("withheld_ips", ())),
        scheduling=scheduling_of(case),
    )


def load(source):
    return json.loads(source.read_text())


def test_there_are_cases():
    assert len(CASES) >= 30


@each_case
def test_a_group_renders_as_its_golden_file(source):
    golden = source.with_suffix(".yaml")
    # Through JSON, since YAML would write what two objects share as an anchor.
    text = yaml.safe_dump_all(json.loads(json.dumps(rendered(load(source)).objects)))

    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.write_text(text)
    assert golden.read_text() == text


KEYS = {
    "env": ("name",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
    "imagePullSecrets": ("name",),
    "volumeClaimTemplates": ("metadata.name",),
}


def repeats(value, name="", path=""):
    """Paths of lists in which a key of Kubernetes occurs twice."""
    if isinstance(value, dict):
        return [found for key in value for found in repeats(value[key], key, f"{path}.{key}")]
    if not isinstance(value, list):
        return []
    keys = KEYS.get(name, ())
    if name == "ports" and ".rules" not in path:
        keys = ("containerPort" if "containers" in path else "port", "protocol")
    texts = [json.dumps([attribute(item, key) for key in keys]) for item in value if keys]
    found = [path] if len(texts) != len(set(texts)) else []
    return found + [r for item in value for r in repeats(item, "", f"{path}[]")]


def attribute(item, path):
    for part in path.split("."):
        item = item[part]
    return item


@each_case
def test_no_list_of_a_case_repeats_a_key_and_no_object_occurs_twice(source):
    objects = rendered(load(source)).objects

    assert [found for obj in objects[1:] for found in repeats(obj)] == []
    assert len({key_of(obj) for obj in objects}) == len(objects)


@each_case
def test_a_renamed_service_is_renamed_everywhere(source):
    case = load(source)
    old = case["group"]["services"][0]["name"]

    def rename(group):
        first, *others = group.services
        return attrs.evolve(group, services=(attrs.evolve(first, name="renamed"), *others))

    case["scheduling"] = {
        "renamed" if name == old else name: params
        for name, params in case.get("scheduling", {}).items()
    }
    objects = rendered(case, rename).objects
    named = {
        obj["metadata"]["labels"].get(labels.SERVICE)
        for obj in objects
        if labels.SERVICE in obj["metadata"]["labels"]
    }
    assert "renamed" in named
    assert old not in named
    assert f"akash-{old}-" not in json.dumps([obj["metadata"]["name"] for obj in objects])


STAYING = (79, 80)


@each_case
def test_moved_ports_are_moved_everywhere(source):
    def ports(bundle):
        return [
            port["port"]
            for obj in bundle.workloads
            if obj["kind"] == "Service"
            for port in obj["spec"]["ports"]
        ]

    def moved(group):
        def outside(expose):
            # One at 80 may be reached under a hostname, and would not be any more.
            return expose.effective_port + (expose.effective_port not in STAYING)

        return attrs.evolve(
            group,
            services=tuple(
                attrs.evolve(
                    one,
                    expose=tuple(
                        attrs.evolve(e, port=e.port + 1, external_port=outside(e))
                        for e in one.expose or ()
                    ),
                )
                for one in group.services
            ),
        )

    before, after = rendered(load(source)), rendered(load(source), moved)
    assert [port + (port not in STAYING) for port in ports(before)] == ports(after)


@each_case
def test_twice_the_size_is_twice_the_limit(source):
    def limits(bundle):
        return [
            obj["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
            for obj in bundle.workloads
            if obj["kind"] != "Service"
        ]

    def doubled(group):
        def twice(one):
            wide = attrs.evolve(
                one.resources,
                cpu=attrs.evolve(one.resources.cpu, units=one.resources.cpu.units * 2),
                memory=attrs.evolve(one.resources.memory, size=one.resources.memory.size * 2),
                storage=tuple(attrs.evolve(v, size=v.size * 2) for v in one.resources.storage),
            )
            return attrs.evolve(one, resources=wide)

        return attrs.evolve(group, services=tuple(map(twice, group.services)))

    before, after = limits(rendered(load(source))), limits(rendered(load(source), doubled))
    for was, now in zip(before, after, strict=True):
        for name in {"cpu", "memory", "ephemeral-storage"} & was.keys():
            assert int(now[name].removesuffix("m")) == 2 * int(was[name].removesuffix("m"))
