"""Who edited a record while no daemon ran, and what the tenant wanted."""

import copy

import attrs
import pytest
from hypothesis import given

from provider.lease.manifest import TEE, Endpoint, EndpointKind, Params
from provider.lease.scheduling import GPUParams, SchedulerParams
from provider.lease.version import version_hash
from provider.reconcile.wish import read_wish, wish_notes
from provider.workload import labels
from provider.workload.accepted import encode_accepted
from provider.workload.record import record
from tests.unit.reconcile.server import applied, posted
from tests.unit.workload.samples import GROUPS, LEASE, OPTIONS, group, recorded, resources, service

PLACED = {"web": SchedulerParams("nvidia", GPUParams("nvidia", "a100"))}


def rich():
    """A group of which the record's spec cannot hold everything."""
    endpoints = (Endpoint(), Endpoint(EndpointKind.LEASED_IP, 3))
    wide = attrs.evolve(resources(), endpoints=endpoints)
    return group(service(resources=wide, command=(), params=Params(tee=TEE("cpu"))))


def written(whole=None, scheduling=PLACED):
    whole = whole or rich()
    notes = wish_notes(whole, encode_accepted(whole, scheduling))
    return applied(record(LEASE, whole, OPTIONS, annotations=notes, scheduling=scheduling))


def test_what_a_record_cannot_hold_survives_a_restart():
    wish = read_wish(written())

    assert (wish.lease, wish.group, wish.scheduling) == (LEASE, rich(), PLACED)
    assert wish.version == version_hash((rich(),))
    assert not wish.edited


@given(GROUPS)
def test_no_record_that_we_wrote_counts_as_edited(whole):
    assert not read_wish(written(whole, {})).edited


def _image(one):
    one["spec"]["group"]["services"][0]["image"] = "evil"


def _dropped(one):
    one["spec"]["group"]["services"] = []


def _elsewhere(one):
    one["spec"]["group"]["services"][0]["scheduler_params"] = {"runtime_class": "runc"}


@pytest.mark.parametrize("edit", [_image, _dropped, _elsewhere])
def test_a_record_that_somebody_edited_is_no_wish(edit):
    one = written()
    edit(one)

    wish = read_wish(one)
    assert wish.edited
    assert (wish.group, wish.scheduling) == (rich(), PLACED)


def test_zeros_that_a_server_drops_are_no_edit():
    one = written()
    del one["spec"]["group"]["services"][0]["expose"][0]["endpoint_sequence_number"]

    assert not read_wish(one).edited


def test_a_record_of_the_go_provider_says_itself_what_is_wanted():
    wish = read_wish(posted(record(LEASE, rich(), OPTIONS)))

    assert (wish.group, wish.version, wish.edited) == (recorded(rich()), None, False)


def test_after_a_switch_back_the_go_providers_newer_manifest_rules():
    newer = group(service(image="nginx:2"))
    one = written()
    one["spec"] = copy.deepcopy(record(LEASE, newer, OPTIONS)["spec"])
    entry = {"manager": "provider-services", "operation": "Update", "fieldsV1": {"f:spec": {}}}
    one["metadata"]["managedFields"].append(entry)

    wish = read_wish(one)
    assert (wish.group, wish.version, wish.edited) == (recorded(newer), None, False)


@pytest.mark.parametrize(
    "notes",
    [
        {labels.WISH: "garbled"},
        {labels.WISH: encode_accepted(group(service(image="evil")))},
        {labels.MANIFEST_HASH: "0" * 64},
    ],
)
def test_an_annotation_that_does_not_match_its_hash_is_not_believed(notes):
    one = written()
    one["metadata"]["annotations"] |= notes

    assert read_wish(one).group == recorded(rich())
