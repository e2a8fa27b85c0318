"""Whatever the input: a result that is whole, or an `SdlError`."""

import copy
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from provider.lease.codec import decode_manifest, encode_manifest
from provider.lease.groups import encode_groups
from provider.lease.version import version_hash
from provider.sdl.compile import compile_sdl
from provider.sdl.errors import SdlError

TEXTS = [
    path.read_text()
    for path in sorted((Path(__file__).parents[2] / "data/sdl").glob("*/**/*.yaml"))
]
DOCUMENTS = [yaml.safe_load(text) for text in TEXTS]

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        [
            "-1",
            "0",
            "1e999999",
            "9" * 5000,
            "1Gi",
            "~",
            "\ud800",
            "\x85",
            "<<",
            "*",
            "a" * 300,
            10**400,
            float("inf"),
            "global",
            "80",
            "true",
        ]
    ),
    lambda junk: (
        st.lists(junk, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.integers()
            | st.none()
            | st.sampled_from(["port", "to", "size", "units", "attributes", "vendor", "web", "<<"]),
            junk,
            max_size=3,
        )
    ),
    max_leaves=8,
)
TOKENS = st.sampled_from(
    ["-", ":", "&a", "*a", "<<: *a", "!!binary", "'", '"', "|", ">", "[", "]", "{", "}", "#", "\t",
     "---", "...", "? ", "~", "\x00", "\ud800", "\u2028", "9" * 30, "as: 0x", "count: 1_0"]
)  # fmt: skip


def compiles_or_is_refused(text):
    try:
        compiled = compile_sdl(text)
    except SdlError as error:
        assert "\n" not in str(error)  # noqa: PT017 - any of many texts may be refused or not
        return
    encoded = encode_manifest(compiled.manifest)
    assert decode_manifest(encoded) == compiled.manifest
    assert len(version_hash(compiled.manifest)) == 32
    assert len(encode_groups(compiled.groups)) == len(encoded)


def places(value):
    """Every collection of a document with each of its keys or indexes."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in list(steps):
        yield value, key
        if isinstance(child, dict | list):
            yield from places(child)


@given(st.text())
def test_any_text(text):
    compiles_or_is_refused(text)


@given(JUNK)
def test_any_value(value):
    compiles_or_is_refused(yaml.safe_dump(value, allow_unicode=True))


@given(st.data())
def test_any_value_in_place_of_any_other(data):
    document = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    for _ in range(data.draw(st.integers(1, 2))):
        collection, key = data.draw(st.sampled_from(list(places(document))))
        collection[key] = data.draw(JUNK)

    compiles_or_is_refused(yaml.safe_dump(document, allow_unicode=True))


@given(st.data())
def test_any_key_missing_or_added(data):
    document = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    collection, key = data.draw(st.sampled_from(list(places(document))))
    if isinstance(collection, dict) and data.draw(st.booleans()):
        collection[data.draw(st.text(max_size=3))] = collection.pop(key)
    else:
        del collection[key]

    compiles_or_is_refused(yaml.safe_dump(document))


@given(st.data())
def test_any_token_anywhere_in_the_text(data):
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        dropped = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(TOKENS) + text[at + dropped :]

    compiles_or_is_refused(text)
