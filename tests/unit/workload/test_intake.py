"""Whatever a tenant sends is refused with a path, or can be rendered, recorded and read back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from provider.lease.codec import decode_manifest
from provider.lease.manifest import ManifestError
from provider.lease.rules import validate
from provider.reconcile.wish import read_wish, wish_notes
from provider.workload.accepted import encode_accepted
from provider.workload.bundle import render
from tests.unit.workload.samples import LEASE, OPTIONS
from tests.unit.workload.test_golden import CASES, repeats

DOCUMENTS = [json.dumps([json.loads(source.read_text())["group"]]) for source in CASES]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
    | st.sampled_from(["-1", "1e3", "", "TCP", "a.b", "\x00", "x" * 300]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)


def places(value, path=()):
    """Paths of all values inside a document."""
    inside = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for key, inner in inside:
        yield (*path, key)
        yield from places(inner, (*path, key))


@given(st.data())
def test_junk_in_a_manifest_is_refused_or_taken_whole(data):
    document = json.loads(data.draw(st.sampled_from(DOCUMENTS), label="manifest"))
    *above, last = data.draw(st.sampled_from(list(places(document))), label="place")
    holder = document
    for part in above:
        holder = holder[part]
    holder[last] = data.draw(JUNK, label="junk")

    try:
        manifest = decode_manifest(document)
        validate(manifest)
        notes = wish_notes(manifest[0], encode_accepted(manifest[0]))
        bundle = render(LEASE, manifest[0], OPTIONS, annotations=notes)
    except ManifestError as refusal:
        assert refusal.rule  # noqa: PT017
        return

    assert [found for obj in bundle.objects[1:] for found in repeats(obj)] == []
    wish = read_wish(json.loads(json.dumps(bundle.record)))
    assert (wish.lease, wish.edited) == (LEASE, False)
    assert render(LEASE, wish.group, OPTIONS, annotations=notes) == bundle
