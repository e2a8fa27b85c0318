import attrs
from hypothesis import given

from provider.kubernetes.kinds import MANIFEST, key_of
from provider.lease.manifest import Expose
from provider.reconcile.plan import plan
from provider.workload.bundle import render
from tests.unit.reconcile.server import applied, posted
from tests.unit.workload.samples import GROUPS, LEASE, OPTIONS, group, service

BUNDLE = render(LEASE, group(service("api"), service("web")), OPTIONS)


def served(bundle, serve=applied):
    return {key_of(obj): serve(obj) for obj in bundle.objects}


def test_leased_addresses_come_last():
    bundle = render(LEASE, group(service("web", Expose(port=1, global_=True, ip="one"))), OPTIONS)

    whole = plan(bundle, {})
    assert [step.key.kind.kind for step in whole.leased_ips] == ["ProviderLeasedIP"]
    assert whole.steps[-1] == whole.leased_ips[0]
    assert not attrs.evolve(whole, record=None, waves=(), hosts=()).empty


def test_nothing_there_means_creating_everything_wave_by_wave():
    found = plan(BUNDLE, {})

    assert not any(step.paths for step in found.steps)
    assert [step.desired for step in found.steps] == list(BUNDLE.objects)
    assert [[step.desired for step in wave] for wave in found.waves] == [
        list(wave) for wave in BUNDLE.waves
    ]


@given(GROUPS)
def test_a_plan_of_an_equal_state_is_empty(whole):
    bundle = render(LEASE, whole, OPTIONS)

    assert plan(bundle, served(bundle)).empty
    assert plan(bundle, served(bundle, posted)).empty


@given(GROUPS, GROUPS)
def test_carrying_a_plan_out_leaves_nothing_to_do(before, after):
    live = served(render(LEASE, before, OPTIONS))
    bundle = render(LEASE, after, OPTIONS)

    for step in plan(bundle, live).steps:
        live[step.key] = applied(step.desired)

    assert plan(bundle, live).empty


def test_a_new_image_updates_the_record_and_one_deployment():
    newer = render(LEASE, group(service("api"), service("web", image="nginx:2")), OPTIONS)

    steps = plan(newer, served(BUNDLE)).steps

    assert [(bool(s.paths), s.key.kind.kind, s.key.name) for s in steps] == [
        (True, "Manifest", LEASE.namespace),
        (True, "Deployment", "web"),
    ]


def test_an_update_says_where_it_differs():
    live = served(BUNDLE)
    record = live[key_of(BUNDLE.record)]
    record["spec"]["group"]["name"] = "other"

    (step,) = plan(BUNDLE, live).steps

    assert step.key.kind == MANIFEST
    assert step.paths == ("spec.group.name",)
