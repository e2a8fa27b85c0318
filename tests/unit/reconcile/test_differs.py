"""What differs: the recorded pairs of a real API server, then each rule by itself."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.lease.manifest import Expose
from provider.reconcile.differs import differs
from provider.workload import labels
from provider.workload.bundle import render
from tests.unit.reconcile.server import applied, fields_of, posted
from tests.unit.workload.samples import GROUPS, LEASE, OPTIONS, group, http, ram, service, volume
from tests.unit.workload.test_bundle import RECORDED

LIVE = Path(__file__).parents[2] / "data" / "live"
BUNDLE = render(LEASE, RECORDED, OPTIONS)


def pairs(name):
    return [
        pytest.param(pair["desired"], pair["live"], id=pair["name"])
        for pair in json.loads((LIVE / f"{name}.json").read_text())
    ]


@pytest.mark.parametrize(("desired", "live"), pairs("equal"))
def test_recorded_equal_pair_needs_no_write(desired, live):
    assert differs(desired, live) == ()


@pytest.mark.parametrize(("desired", "live"), pairs("different"))
def test_recorded_different_pair_needs_a_write(desired, live):
    assert differs(desired, live)


def test_a_difference_is_told_by_its_path():
    found = {param.id: differs(*param.values) for param in (*pairs("different"),)}

    assert found == {
        "scaled-to-zero": ("spec.replicas",),
        "env-removed": ("spec.template.spec.containers[web].env[A]",),
        "label-changed": ("metadata.labels.akash.network/manifest-service",),
        "image-changed": ("spec.template.spec.containers[web].image",),
        "residue-of-older-generation": ("spec.template.spec.containers[web].env[OLD]",),
    }


def test_a_recorded_object_is_read_and_never_changed():
    for param in pairs("equal"):
        before = copy.deepcopy(param.values)
        differs(*param.values)
        assert list(before) == list(param.values)


def find(kind, name=None):
    for obj in BUNDLE.objects:
        if obj["kind"] == kind and name in (None, obj["metadata"]["name"]):
            return obj
    raise LookupError(kind)


def edited(obj, path, value):
    """A copy with one member replaced; a value of None removes it."""
    changed = copy.deepcopy(obj)
    at = changed
    for part in path[:-1]:
        at = at[part]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return changed


CONTAINER = ("spec", "template", "spec", "containers", 0)
DEPLOYMENT = find("Deployment", "web")


# ── Rule 1 ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wanted", "given_back", "equal"),
    [
        ("1000m", "1", True),
        ("1500m", "1.5", True),
        ("1073741824", "1Gi", True),
        ("1000m", 1, True),
        ("1000m", "1001m", False),
        ("1000m", "one", False),
    ],
)
def test_quantities_are_compared_as_exact_numbers(wanted, given_back, equal):
    path = (*CONTAINER, "resources", "limits", "cpu")
    desired = edited(DEPLOYMENT, path, wanted)

    for live in (applied(desired), posted(desired)):
        assert (differs(desired, edited(live, path, given_back)) == ()) is equal


def test_text_that_only_looks_like_a_quantity_is_compared_as_text():
    desired = render(LEASE, group(service(env=("SIZE=1000m",))), OPTIONS).workloads[0]
    live = applied(desired)
    live["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = "1"

    assert differs(desired, live) == ("spec.template.spec.containers[web].env[SIZE].value",)


@pytest.mark.parametrize("serve", [applied, posted])
def test_true_is_not_one(serve):
    desired = edited(DEPLOYMENT, ("spec", "replicas"), 1)

    assert differs(desired, edited(serve(desired), ("spec", "replicas"), True))


@pytest.mark.parametrize("serve", [applied, posted])
def test_the_order_of_items_with_keys_does_not_matter(serve):
    live = serve(DEPLOYMENT)
    live["spec"]["template"]["spec"]["containers"][0]["env"].reverse()

    assert differs(DEPLOYMENT, live) == ()


@pytest.mark.parametrize("serve", [applied, posted])
def test_the_order_of_a_list_without_keys_matters(serve):
    desired = edited(DEPLOYMENT, (*CONTAINER, "args"), ["a", "b"])

    assert differs(desired, edited(serve(desired), (*CONTAINER, "args"), ["b", "a"]))


# ── Rule 2 ──────────────────────────────────────────────────────────────────────────────────────


def test_what_the_server_dropped_is_no_difference():
    live = edited(applied(DEPLOYMENT), ("spec", "template", "spec", "securityContext"), {})

    assert differs(DEPLOYMENT, live) == ()


def test_a_map_that_the_server_dropped_with_all_it_held_is_no_difference():
    live = edited(applied(DEPLOYMENT), ("spec", "template", "spec", "securityContext"), None)

    assert differs(DEPLOYMENT, live) == ()


def test_a_value_that_is_not_zero_was_never_dropped():
    live = edited(applied(DEPLOYMENT), ("spec", "replicas"), None)

    assert differs(DEPLOYMENT, live) == ("spec.replicas",)


def test_an_empty_variable_that_is_given_a_value_is_a_difference():
    """The server drops the empty value but leaves its path in our entry."""
    older, newer = (
        render(LEASE, group(service(env=(entry,))), OPTIONS).workloads[0] for entry in ("A=", "A=1")
    )

    assert differs(older, applied(older)) == ()
    assert differs(newer, applied(older)) == ("spec.template.spec.containers[web].env[A].value",)


def test_what_somebody_removed_is_a_difference():
    live = edited(applied(DEPLOYMENT), ("spec", "template", "spec", "securityContext"), {})
    fields = live["metadata"]["managedFields"][0]["fieldsV1"]
    del fields["f:spec"]["f:template"]["f:spec"]["f:securityContext"]

    assert differs(DEPLOYMENT, live) == ("spec.template.spec.securityContext",)


# ── Rule 3 ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("older", "path"),
    [
        (edited(DEPLOYMENT, ("metadata", "labels", "old"), "x"), "metadata.labels.old"),
        (edited(DEPLOYMENT, ("metadata", "annotations"), {"a": "b"}), "metadata.annotations"),
        (
            edited(DEPLOYMENT, (*CONTAINER, "command"), ["sh"]),
            "spec.template.spec.containers[web].command",
        ),
        (
            edited(DEPLOYMENT, (*CONTAINER, "ports", 0, "containerPort"), 81),
            "spec.template.spec.containers[web].ports[80/TCP]",
        ),
    ],
)
def test_residue_of_an_older_generation_is_a_difference(older, path):
    live = applied(DEPLOYMENT, fields=fields_of(older))

    assert path in differs(DEPLOYMENT, live)


def test_the_last_port_going_leaves_residue():
    fewer = edited(DEPLOYMENT, (*CONTAINER, "ports"), [])

    assert differs(fewer, applied(fewer, fields=fields_of(DEPLOYMENT))) == (
        "spec.template.spec.containers[web].ports[80/TCP]",
        "spec.template.spec.containers[web].ports[12345/UDP]",
    )


def test_an_equal_value_that_is_not_ours_any_more_is_a_difference():
    live = applied(DEPLOYMENT)
    del live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:replicas"]

    assert differs(DEPLOYMENT, live) == ("spec.replicas",)


def test_a_zero_that_is_zero_needs_no_owner():
    stopped = edited(DEPLOYMENT, ("spec", "replicas"), 0)
    live = applied(stopped)
    del live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:replicas"]

    assert differs(stopped, live) == ()
    assert differs(stopped, edited(live, ("spec", "replicas"), 1)) == ("spec.replicas",)


def test_a_list_whose_keys_are_not_known_is_compared_whole():
    desired = edited(DEPLOYMENT, ("spec", "things"), ["a", "b"])
    fields = fields_of(desired)
    fields["f:spec"]["f:things"] = {'v:"a"': {}, 'v:"b"': {}}
    live = applied(desired, fields=fields)

    assert differs(desired, live) == ()
    assert differs(desired, edited(live, ("spec", "things"), ["a"])) == ("spec.things",)


def test_a_zero_inside_what_is_compared_whole_may_be_dropped():
    record = BUNDLE.record
    live = applied(record)
    for one in live["spec"]["group"]["services"]:
        for expose in one.get("expose", ()):
            del expose["endpoint_sequence_number"]

    assert differs(record, live) == ()


def test_a_port_that_the_server_chose_is_no_difference():
    (service,) = (obj for obj in BUNDLE.workloads if obj["metadata"]["name"] == "web-np")
    for live in (applied(service), posted(service)):
        live["spec"]["ports"][0]["nodePort"] = 31518
        assert differs(service, live) == ()


def test_the_second_protocol_of_a_port_is_told_where_the_go_provider_lost_it():
    exposes = (Expose(port=53, global_=True), Expose(port=53, proto="UDP", global_=True))
    service_ = render(LEASE, group(service("dns", *exposes)), OPTIONS).workloads[-1]
    lost = copy.deepcopy(service_)
    del lost["spec"]["ports"][1]

    assert differs(service_, posted(lost)) == ("spec.ports[53/UDP]",)
    assert differs(service_, applied(lost)) == ("spec.ports[53/UDP]",)
    assert differs(lost, applied(service_)) == ("spec.ports[53/UDP]",)


def test_a_selector_widened_by_somebody_is_a_difference():
    desired = find("Service")
    live = applied(desired)
    live["spec"]["selector"]["extra"] = "x"
    del live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:selector"]

    assert differs(desired, live) == ("spec.selector",)


@pytest.mark.parametrize("serve", [applied, posted])
def test_a_policy_narrowed_to_some_pods_is_a_difference(serve):
    desired = find("NetworkPolicy")
    live = serve(desired)
    live["spec"]["podSelector"] = {"matchLabels": {"a": "b"}}
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"].pop("f:podSelector")

    assert differs(desired, live) == ("spec.podSelector",)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(command=["sh"]),
        lambda one: one.pop("env"),
        lambda one: one["resources"]["memory"].update(size="1"),
        lambda one: one["expose"].append(one["expose"][0]),
        lambda one: one["expose"][0]["hosts"].append("b.example.com"),
    ],
)
def test_a_record_differs_in_anything_that_its_list_of_services_holds(change):
    """One path owns the whole list, so that ownership tells nothing of what is inside."""
    desired = render(LEASE, group(service(env=("A=1",))), OPTIONS).record
    newer = copy.deepcopy(desired)
    change(newer["spec"]["group"]["services"][0])

    assert differs(newer, applied(desired)) == ("spec.group.services",)
    assert differs(desired, applied(newer)) == ("spec.group.services",)


def test_what_others_add_beside_ours_is_left_alone():
    live = applied(DEPLOYMENT)
    live["metadata"]["labels"]["team"] = "x"
    live["metadata"]["annotations"] = {"note": "by hand"}
    live["spec"]["template"]["spec"]["containers"].append({"name": "sidecar"})
    live["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "B", "value": "2"})

    assert differs(DEPLOYMENT, live) == ()


# ── Rule 4 ──────────────────────────────────────────────────────────────────────────────────────


def test_an_adopted_object_may_hold_more_than_we_want():
    live = posted(DEPLOYMENT)
    live["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "B", "value": "2"})
    live["spec"]["template"]["spec"]["runtimeClassName"] = "none"

    assert differs(DEPLOYMENT, live) == ()


def test_an_adopted_object_may_not_hold_less():
    live = edited(posted(DEPLOYMENT), (*CONTAINER, "image"), None)

    assert differs(DEPLOYMENT, live) == ("spec.template.spec.containers[web].image",)


def test_null_in_an_adopted_object_is_as_good_as_absent():
    record = BUNDLE.record
    path = ("spec", "group", "services", 0, "expose", 0, "endpoint_sequence_number")
    zero, one = edited(record, path, 0), edited(record, path, 1)
    null = posted(record)
    null["spec"]["group"]["services"][0]["expose"][0]["endpoint_sequence_number"] = None

    assert differs(zero, null) == ()
    assert differs(one, null)


@pytest.mark.parametrize("serve", [applied, posted])
@pytest.mark.parametrize("other", ["text", 7, ["x"], {"x": "y"}])
@pytest.mark.parametrize("field", ["template", "replicas", "selector"])
def test_a_value_of_another_type_is_a_difference_and_no_crash(serve, field, other):
    assert differs(DEPLOYMENT, edited(serve(DEPLOYMENT), ("spec", field), other))


def test_of_a_variable_that_an_adopted_object_repeats_the_last_counts():
    live = posted(DEPLOYMENT)
    live["spec"]["template"]["spec"]["containers"][0]["env"].insert(0, {"name": "A", "value": "0"})

    assert differs(DEPLOYMENT, live) == ()


def test_a_longer_adopted_list_without_keys_is_a_difference():
    desired = find("NetworkPolicy")
    live = posted(desired)
    live["spec"]["egress"].append({})

    assert differs(desired, live) == ("spec.egress",)


@pytest.mark.parametrize(
    "entry",
    [
        {"manager": "leasekeeper", "operation": "Update"},
        {"manager": "leasekeeper", "operation": "Apply", "subresource": "status"},
        {"manager": "leasekeeper-intent", "operation": "Apply"},
        {"manager": "kubectl", "operation": "Apply"},
    ],
)
def test_only_our_apply_entry_for_the_object_itself_counts(entry):
    live = applied(DEPLOYMENT, fields={"f:spec": {"f:paused": {}}})
    assert "spec.paused" in differs(DEPLOYMENT, live)

    live["metadata"]["managedFields"][0] |= entry
    assert differs(DEPLOYMENT, live) == ()


def test_an_object_without_managed_fields_is_adopted():
    live = applied(DEPLOYMENT)
    del live["metadata"]["managedFields"]

    assert differs(DEPLOYMENT, live) == ()


def test_a_hardened_policy_is_the_one_thing_that_adoption_corrects():
    recorded = {p.id: p.values[1] for p in pairs("equal")}["networkpolicy-base-by-go-provider"]

    assert differs(find("NetworkPolicy"), recorded) == ("spec.egress[2].to[0].ipBlock.except",)


# ── The opaque version ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("serve", [applied, posted])
@pytest.mark.parametrize("version", ["1042", None])
def test_the_version_label_is_never_compared(serve, version):
    path = ("metadata", "labels", labels.RESOURCE_VERSION)
    live = edited(serve(DEPLOYMENT), path, version)
    live = edited(live, ("spec", "template", *path), version)

    assert differs(DEPLOYMENT, live) == ()
    assert differs(edited(DEPLOYMENT, path, None), applied(DEPLOYMENT)) == ()


# ── Laws ────────────────────────────────────────────────────────────────────────────────────────


@given(GROUPS)
def test_what_was_just_written_does_not_differ(whole):
    for obj in render(LEASE, whole, OPTIONS).objects:
        assert differs(obj, applied(obj)) == ()
        assert differs(obj, posted(obj)) == ()


def leaves(value, path=()):
    """Paths of all scalars."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, item in members for leaf in leaves(item, (*path, key))]
    return [path]


GATED = ("spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
"""What a server may drop whatever its value; we never give it another one."""
IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}
WHOLE = render(
    LEASE,
    group(
        service(storage=(volume(), ram())),
        *RECORDED.services,
        service("web2", http("b.example.com", next_timeout=7)),
    ),
    OPTIONS,
).objects


@given(st.data())
def test_any_changed_leaf_differs(data):
    obj = data.draw(st.sampled_from(WHOLE), label="object")
    path = data.draw(
        st.sampled_from(
            [
                p
                for p in leaves(obj)
                if p not in {*IDENTITY, GATED} and p[-1] != labels.RESOURCE_VERSION
            ]
        ),
        label="leaf",
    )
    value = obj
    for part in path:
        value = value[part]
    changed = edited(
        obj, path, not value if isinstance(value, bool) else f"{value}0" if value != 0 else 1
    )

    assert differs(changed, applied(obj))
    assert differs(changed, posted(obj))
