from pathlib import Path

import attrs
import pytest

from provider.lease.codec import decode_manifest
from provider.lease.version import canonical_json, version_hash

GOLDEN = Path(__file__).parents[2] / "data/sdl/golden"

# Computed from the reference SDK's own output.
HASHES = {
    "v2.0-gpu-basic": "b388e6d97d15c37fc87ba0e9a555250941f7e1a04be768984cfa829a9500be47",
    "v2.0-ip-endpoint": "aa2046c89e083b0fd7a6b7c47246a6bc5f53f254a5dacd3ac3ec5150e992560d",
    "v2.0-multiple-services": "27bca68b1c45773b3a9ee6b2d4938d48c784abe068d3e2c6ba143c5f79b209e0",
    "v2.0-persistent-storage": "b6fc0503f97fd6dbf581ed7fbb98e9a73dc7058318d5c714e43baf6e0eeb7ce3",
    "v2.0-port-ranges": "d776416f4651ce8279a63905135ec87e6cde1aa8413af735bebfb9adfdf294f2",
    "v2.0-simple": "8f8bac7161953993f3288189e3e76093a51d33f9cdff1c8242eb9ab506981737",
    "v2.1-credentials": "9b7070ebba84bcfe5f2cc00c53b2fc3a8fe6466fb688dc33c0eef5e0095c79ac",
    "v2.1-ip-endpoint": "94563c52dacf48f4a5a8f0413e7e479bc5273f4acd6c41c4c16405b78456fbfd",
}

WORKED_EXAMPLE = rb"""[{"name":"dc1","services":[{"args":["--motd=a\u003cb\u0026c"],"command":null,"count":2,"credentials":null,"env":["MODE=prod"],"expose":[{"endpointSequenceNumber":0,"externalPort":80,"global":true,"hosts":["api.example.com"],"httpOptions":{"maxBodySize":1048576,"nextCases":["error","timeout"],"nextTimeout":0,"nextTries":3,"readTimeout":60000,"sendTimeout":60000},"ip":"","port":8080,"proto":"TCP","service":""}],"image":"registry.example/api:1","name":"api","resources":{"cpu":{"units":{"val":"500"}},"endpoints":[{"sequence_number":0}],"gpu":{"units":{"val":"0"}},"id":1,"memory":{"size":{"val":"268435456"}},"storage":[{"name":"default","size":{"val":"536870912"}}]}}]}]"""


@pytest.mark.parametrize("case", HASHES)
def test_hash_of_golden_manifest(case):
    manifest = decode_manifest((GOLDEN / case / "manifest.json").read_bytes())

    assert version_hash(manifest).hex() == HASHES[case]


def test_worked_example_is_its_own_canonical_form():
    manifest = decode_manifest(WORKED_EXAMPLE)

    assert canonical_json(manifest) == WORKED_EXAMPLE
    assert (
        version_hash(manifest).hex()
        == "6936d40ffb4ce9e4b367e970d9b79f05341a0f4df95eb320dc627fe66e06b09f"
    )


def test_strings_are_escaped_as_go_does():
    [group] = decode_manifest(b"[{}]")
    text = '<>&\u2028\u2029 \u00e9\U0001f600\x7f \x00\x1f \b\f\n\r\t "\\'

    canonical = canonical_json((attrs.evolve(group, name=text),))

    assert canonical.decode() == (
        '[{"name":"\\u003c\\u003e\\u0026\\u2028\\u2029 \u00e9\U0001f600\x7f'
        ' \\u0000\\u001f \\b\\f\\n\\r\\t \\"\\\\","services":[]}]'
    )


def test_any_change_changes_the_hash():
    manifest = decode_manifest(WORKED_EXAMPLE)
    other = decode_manifest(WORKED_EXAMPLE.replace(b'"command":null', b'"command":[]'))

    assert len(version_hash(manifest)) == 32
    assert version_hash(manifest) != version_hash(other)
