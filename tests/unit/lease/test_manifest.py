import pytest

from provider.lease.manifest import Attribute, Expose, Storage


@pytest.mark.parametrize(
    ("expose", "port"),
    [(Expose(8080), 8080), (Expose(8080, external_port=80), 80), (Expose(80, external_port=0), 80)],
)
def test_port_seen_from_outside_is_the_inner_one_unless_told(expose, port):
    assert expose.effective_port == port


@pytest.mark.parametrize(
    ("expose", "kinds"),
    [
        (Expose(80, global_=True), [(0, 0)]),
        (Expose(8080, external_port=80, global_=True), [(0, 0)]),
        (Expose(80, external_port=81, global_=True), [(1, 0)]),
        (Expose(80, proto="UDP", global_=True), [(1, 0)]),
        (Expose(80, service="web"), []),
        (Expose(80, service="web", ip="x", endpoint_sequence_number=4), []),
        (Expose(80, global_=True, ip="x", endpoint_sequence_number=4), [(0, 0), (2, 4)]),
        (Expose(53, global_=True, ip="x", endpoint_sequence_number=4), [(1, 0), (2, 4)]),
    ],
)
def test_endpoints_that_an_expose_takes(expose, kinds):
    assert [(e.kind, e.sequence_number) for e in expose.endpoints] == kinds


def test_attributes_of_a_volume_are_found_by_key():
    volume = Storage("data", 1, (Attribute("class", "beta2"), Attribute("persistent", "true")))

    assert volume.attribute("class") == "beta2"
    assert volume.attribute("mount") == ""
    assert volume.persistent
    assert not Storage("data", 1, (Attribute("persistent", "false"),)).persistent
