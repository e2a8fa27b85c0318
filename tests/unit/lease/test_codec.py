from pathlib import Path

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.lease.codec import decode_manifest, encode_manifest
from provider.lease.gojson import indented
from provider.lease.manifest import (
    CPU,
    GPU,
    TEE,
    Attribute,
    Credentials,
    Endpoint,
    EndpointKind,
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

GOLDEN = sorted((Path(__file__).parents[2] / "data/sdl/golden").glob("*/manifest.json"))

TEXTS = st.text(max_size=8)
UINT32 = st.integers(0, 2**32 - 1)
AMOUNTS = st.integers(0, 10**30)
LISTS = st.none() | st.lists(TEXTS, max_size=2).map(tuple)


def several(values, *, empty=True):
    return st.lists(values, min_size=0 if empty else 1, max_size=2).map(tuple)


ATTRIBUTES = several(st.builds(Attribute, TEXTS, TEXTS))
CREDENTIALS = st.builds(Credentials, TEXTS, TEXTS, TEXTS, TEXTS)
RESOURCES = st.builds(
    Resources,
    id=UINT32,
    cpu=st.none() | st.builds(CPU, AMOUNTS, ATTRIBUTES),
    memory=st.none() | st.builds(Memory, AMOUNTS, ATTRIBUTES),
    # An empty list of volumes is dropped on the wire, so it comes back as none.
    storage=st.none() | several(st.builds(Storage, TEXTS, AMOUNTS, ATTRIBUTES), empty=False),
    gpu=st.none() | st.builds(GPU, AMOUNTS, ATTRIBUTES),
    endpoints=st.none() | several(st.builds(Endpoint, st.sampled_from(EndpointKind), UINT32)),
)
EXPOSES = st.builds(
    Expose,
    port=UINT32,
    external_port=UINT32,
    proto=TEXTS,
    service=TEXTS,
    global_=st.booleans(),
    hosts=LISTS,
    http_options=st.builds(
        HTTPOptions, UINT32, UINT32, UINT32, UINT32, UINT32, several(TEXTS), UINT32
    ),
    ip=TEXTS,
    endpoint_sequence_number=UINT32,
)
PARAMS = st.builds(
    Params,
    storage=st.none() | several(st.builds(StorageParams, TEXTS, TEXTS, st.booleans())),
    permissions_read=LISTS,
    tee=st.none() | st.builds(TEE, TEXTS, st.booleans()),
    credentials=st.none() | CREDENTIALS,
)
SERVICES = st.builds(
    Service,
    name=TEXTS,
    image=TEXTS,
    resources=RESOURCES,
    count=UINT32,
    command=LISTS,
    args=LISTS,
    env=LISTS,
    expose=st.none() | several(EXPOSES),
    params=st.none() | PARAMS,
    credentials=st.none() | CREDENTIALS,
)
MANIFESTS = several(st.builds(Group, TEXTS, several(SERVICES)))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "services", "resources", "cpu", "units", "val", "expose", "x"]
            ),
            values,
        )
    ),
)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_golden_manifest_survives_decoding_and_encoding_byte_for_byte(path):
    text = path.read_text()

    assert indented(encode_manifest(decode_manifest(text.encode()))) == text


@given(MANIFESTS)
def test_every_manifest_survives_encoding_and_decoding(manifest):
    assert decode_manifest(orjson.dumps(encode_manifest(manifest))) == manifest


@given(st.lists(JSON, max_size=2) | JSON)
def test_any_json_is_either_a_manifest_or_refused_with_a_manifest_error(value):
    try:
        manifest = decode_manifest(value)
    except ManifestError:
        return
    encoded = encode_manifest(manifest)
    assert encode_manifest(decode_manifest(encoded)) == encoded


def test_null_and_empty_lists_stay_apart():
    [encoded] = encode_manifest(
        decode_manifest([{"services": [{"args": [], "env": None, "expose": []}]}])
    )

    service = encoded["services"][0]
    assert service["args"] == []
    assert service["env"] is None
    assert service["command"] is None
    assert service["expose"] == []


def test_what_is_empty_is_dropped_or_kept_as_the_model_says():
    [encoded] = encode_manifest(decode_manifest([{"services": [{}]}]))

    assert encoded == {
        "name": "",
        "services": [
            {
                "name": "",
                "image": "",
                "command": None,
                "args": None,
                "env": None,
                "resources": {"id": 0, "endpoints": None},
                "count": 0,
                "expose": None,
                "credentials": None,
            }
        ],
    }


def test_null_is_the_zero_value_of_every_scalar():
    nothing = dict.fromkeys(["port", "proto", "service", "global", "ip", "hosts", "httpOptions"])
    resources = {"id": None, "cpu": {"units": {"val": None}}, "gpu": {"units": None}}

    [group] = decode_manifest([{"services": [{"expose": [nothing], "resources": resources}]}])

    [service] = group.services
    assert service.expose == (Expose(port=0, proto=""),)
    assert service.resources == Resources(id=0, cpu=CPU(0), gpu=GPU(0))


def test_shared_http_endpoint_drops_its_kind():
    encoded = encode_manifest(
        decode_manifest([{"services": [{"resources": {"endpoints": [{}, {"kind": 2}]}}]}])
    )

    assert encoded[0]["services"][0]["resources"]["endpoints"] == [
        {"sequence_number": 0},
        {"kind": 2, "sequence_number": 0},
    ]


def test_unknown_keys_are_dropped():
    assert decode_manifest(b'[{"name": "a", "colour": {"deep": [1]}}]') == (Group("a"),)


def test_unused_credentials_inside_params_are_kept_because_they_are_hashed():
    value = {"host": "h", "email": "", "username": "u", "password": "p"}
    encoded = encode_manifest(decode_manifest([{"services": [{"params": {"credentials": value}}]}]))

    assert encoded[0]["services"][0]["params"] == {"storage": None, "credentials": value}


def test_password_stays_out_of_the_representation():
    service = attrs.evolve(
        decode_manifest([{"services": [{}]}])[0].services[0],
        credentials=Credentials("h", "e", "u", "hunter2"),
        env=("TOKEN=hunter2",),
    )

    assert "hunter2" not in repr(service)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({}, ""),
        (None, ""),
        ([1], "[0]"),
        ([{"name": 1}], "[0].name"),
        ([{"services": {}}], "[0].services"),
        ([{"services": [{"env": [1]}]}], "[0].services[0].env[0]"),
        ([{"services": [{"count": -1}]}], "[0].services[0].count"),
        ([{"services": [{"count": 2**32}]}], "[0].services[0].count"),
        ([{"services": [{"count": 1.0}]}], "[0].services[0].count"),
        ([{"services": [{"count": True}]}], "[0].services[0].count"),
        ([{"services": [{"expose": [{"global": 1}]}]}], "[0].services[0].expose[0].global"),
        (
            [{"services": [{"resources": {"cpu": {"units": {"val": 5}}}}]}],
            "[0].services[0].resources.cpu.units.val",
        ),
        (
            [{"services": [{"resources": {"cpu": {"units": {"val": "-5"}}}}]}],
            "[0].services[0].resources.cpu.units.val",
        ),
        (
            [{"services": [{"resources": {"memory": {"size": {"val": "1" * 79}}}}]}],
            "[0].services[0].resources.memory.size.val",
        ),
        (
            [{"services": [{"resources": {"endpoints": [{"kind": 3}]}}]}],
            "[0].services[0].resources.endpoints[0].kind",
        ),
        ([{"name": "\ud800"}], "[0].name"),
    ],
)
def test_refusal_names_the_path(value, path):
    with pytest.raises(ManifestError) as caught:
        decode_manifest(value)

    assert caught.value.path == path


@pytest.mark.parametrize("text", [b"", b"[", b"\xff", b"[" * 5000, b'["\\ud800"]'])
def test_text_that_is_no_json_is_refused(text):
    with pytest.raises(ManifestError, match="not JSON"):
        decode_manifest(text)
