"""A trace on file is the trace; a bad file is told by its line and the rule that it breaks."""

import gzip

import pytest

from simulator.chaos.report import thinning, tracefile
from tests.unit.chaos.report import made


@pytest.mark.parametrize("name", ["t.jsonl", "t.jsonl.gz"])
def test_what_was_written_is_read_back(tmp_path, name):
    trace = made.full()

    tracefile.put(trace, tmp_path / name)

    assert tracefile.read(tmp_path / name) == trace


def test_a_name_that_ends_in_gz_makes_a_packed_file_that_is_the_same_every_time(tmp_path):
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        tracefile.put(made.full(), tmp_path / name)

    one, two = ((tmp_path / name).read_bytes() for name in ("one.jsonl.gz", "two.jsonl.gz"))
    assert one == two
    assert gzip.decompress(one).startswith(b'{"trace":1')


def written(tmp_path, change):
    file = tmp_path / "t.jsonl"
    tracefile.put(made.trace(made.request(1, "A"), made.request(2, "A")), file)
    lines = file.read_text().splitlines()
    change(lines)
    file.write_text("\n".join(lines))
    return file


def replace(number, old, new):
    def change(lines):
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new)

    return change


BAD = {
    "line 1: empty": list.clear,
    'line 1: does not begin with "trace": 1': replace(1, '"trace":1', '"trace":9'),
    "line 1: not a header": replace(1, '"name":"made"', '"title":"made"'),
    "line 2: not JSON": replace(2, '"t":1', '"t":'),
    "line 2: not an object": lambda lines: lines.__setitem__(1, "[1]"),
    "line 2: t is no number": replace(2, '"t":1', '"t":"1"'),
    "line 3: t is 0, before the 1 of the line above": replace(3, '"t":2', '"t":0'),
    "line 2: what is none of request, commit": replace(2, '"request"', '"requested"'),
    "line 2: status is missing": replace(2, '"status":200', '"until":200'),
    "line 2: status is no int": replace(2, '"status":200', '"status":true'),
    "line 2: colour is no field of it": replace(2, '"status":200', '"status":200,"colour":"red"'),
    "line 3: lease is no text": replace(3, '"lease":"A"', '"lease":1'),
}


@pytest.mark.parametrize(("rule", "change"), BAD.items(), ids=BAD)
def test_a_bad_file_is_told_by_line_and_rule(tmp_path, rule, change):
    file = written(tmp_path, change)

    with pytest.raises(tracefile.TraceError) as error:
        tracefile.read(file)

    assert str(error.value).startswith(f"{file}, {rule}")


def test_a_torn_gzip_file_is_told_as_such(tmp_path):
    file = tmp_path / "t.jsonl.gz"
    tracefile.put(made.full(), file)
    file.write_bytes(file.read_bytes()[:-30])

    with pytest.raises(tracefile.TraceError, match="not whole as gzip"):
        tracefile.read(file)


# ── thinning ────────────────────────────────────────────────────────────────────────────────────


def test_polls_are_told_once_with_their_number():
    polls = [made.request(n, verb="get", kind="leases") for n in range(10)]

    kept, thinned = thinning.thinned(polls)

    assert [(one.time, one.fields["times"], one.fields["until"]) for one in kept] == [(0, 10, 9)]
    assert thinned == {thinning.REPEATED: 9}


def test_requests_of_a_lease_are_never_told_as_one():
    kept, thinned = thinning.thinned([made.request(n, "A") for n in range(10)])

    assert (len(kept), thinned) == (10, {})


def test_a_long_run_loses_by_stated_rules_what_tells_least():
    entries = [
        *(made.request(n, "A", verb="get") for n in range(50)),
        *(made.entry(n, "log", "A", level="info", event="e", text="") for n in range(50)),
        *(made.request(n, "A") for n in range(50)),
        made.entry(60, "violation", "A", invariant="I1", text="t", key="k"),
    ]

    kept, thinned = thinning.thinned(entries, most=60)

    assert thinned == {"logs below warning": 50, "reads that were answered": 50}
    assert len(kept) == 51


def test_what_matters_stays_whatever_the_limit_is():
    kept, thinned = thinning.thinned(made.full().entries, most=0)

    assert {one.what for one in kept} >= {"violation", "fault", "life", "mark", "chain", "sent"}
    assert len(kept) + sum(thinned.values()) == len(made.full().entries)
