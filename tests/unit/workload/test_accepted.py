import base64
import zlib

import attrs
import pytest
from hypothesis import given

from provider.lease.manifest import TEE, Endpoint, EndpointKind, ManifestError, Params
from provider.lease.scheduling import GPUParams, SchedulerParams
from provider.workload.accepted import accepted_scheduling, decode_accepted, encode_accepted
from tests.unit.workload.samples import GROUPS, group, resources, service


def test_nothing_of_a_group_is_lost():
    one = service(params=Params(tee=TEE("cpu", True)))
    endpoints = (Endpoint(), Endpoint(EndpointKind.LEASED_IP, 3))
    whole = group(attrs.evolve(one, resources=attrs.evolve(resources(), endpoints=endpoints)))

    assert decode_accepted(encode_accepted(whole)) == whole


def test_where_it_ran_is_kept_with_it():
    scheduling = {
        "api": SchedulerParams(),
        "web": SchedulerParams("nvidia", GPUParams("nvidia", "a100", "80Gi", "sxm")),
    }

    packed = encode_accepted(group(), scheduling)
    assert accepted_scheduling(packed) == scheduling
    assert decode_accepted(packed) == group()
    assert accepted_scheduling(encode_accepted(group())) == {}


@given(GROUPS)
def test_any_group_comes_back_whole(whole):
    # The wire drops an empty list of volumes, which means the same as none.
    services = tuple(
        attrs.evolve(
            one, resources=attrs.evolve(one.resources, storage=one.resources.storage or None)
        )
        for one in whole.services
    )

    assert decode_accepted(encode_accepted(whole)) == attrs.evolve(whole, services=services)


def test_an_annotation_that_unpacks_to_too_much_is_refused_although_it_begins_well():
    document = zlib.decompress(base64.b64decode(encode_accepted(group())))
    bomb = base64.b64encode(zlib.compress(document + b" " * 9_000_000)).decode()

    with pytest.raises(ManifestError):
        decode_accepted(bomb)


def test_a_large_group_takes_little_room():
    services = tuple(service(f"s{n:03}", env=("KEY=" + "v" * 200,) * 20) for n in range(50))

    assert len(encode_accepted(group(*services))) < 64 * 1024


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64!",
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(b'{"group": {}}')[:-4]).decode(),
        base64.b64encode(zlib.compress(b"{")).decode(),
        base64.b64encode(zlib.compress(b"[]")).decode(),
        base64.b64encode(zlib.compress(b"{}")).decode(),
        base64.b64encode(zlib.compress(b'{"group": {"name": 1}}')).decode(),
    ],
    ids=["empty", "text", "packed otherwise", "cut", "no JSON", "no object", "no group", "no name"],
)
def test_a_planted_annotation_is_refused(text):
    with pytest.raises(ManifestError):
        decode_accepted(text)
