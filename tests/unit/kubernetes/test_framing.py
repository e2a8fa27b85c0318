import itertools

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.kubernetes.framing import FramingError, Lines, WatchEvent, decode_event


def test_lines_end_at_a_line_feed_only():
    torn_by_splitlines = "a\u0085b\u2028c\u2029d\x0ce\x0bf\x1cg\rh"
    event = orjson.dumps({"type": "ADDED", "object": {"text": torn_by_splitlines}})
    raw = event.decode().encode() + b"\n"

    [line] = Lines().feed(raw)

    assert decode_event(line) == WatchEvent("ADDED", {"text": torn_by_splitlines})


@given(
    lines=st.lists(st.binary(min_size=1).filter(lambda line: b"\n" not in line)),
    cuts=st.lists(st.integers(min_value=0, max_value=200)),
)
def test_the_same_lines_come_out_wherever_the_pieces_are_cut(lines, cuts):
    whole = b"".join(line + b"\n" for line in lines)
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut <= len(whole))})
    framer = Lines()

    found = [
        line for start, end in itertools.pairwise(edges) for line in framer.feed(whole[start:end])
    ]

    assert found == lines


def test_empty_lines_are_left_out():
    assert Lines().feed(b"\n\na\n\n\nb\n") == [b"a", b"b"]


def test_an_unfinished_line_waits():
    lines = Lines()

    assert lines.feed(b"a\nb") == [b"a"]
    assert lines.feed(b"c") == []
    assert lines.feed(b"\n") == [b"bc"]


def test_a_line_over_the_limit_is_refused_before_it_has_ended():
    lines = Lines(max_line_bytes=10)

    assert lines.feed(b"x" * 10 + b"\n" + b"y" * 10) == [b"x" * 10]
    with pytest.raises(FramingError, match="longer than 10 bytes"):
        lines.feed(b"y")


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b'{"type": "ADDED"}', b'{"type": 1, "object": {}}', b"404 page not found"]
)
def test_what_is_no_event_is_refused(line):
    with pytest.raises(FramingError):
        decode_event(line)
