import io
import json

import pytest

from provider.telemetry.logs import json_sink, open_log, sink_for, text_sink


class FixedClock:
    def now(self):
        return 1_800_000_000.25


class Terminal(io.StringIO):
    def isatty(self):
        return True


def logged(make_sink, stream=None):
    stream = stream or io.StringIO()
    return open_log(FixedClock(), make_sink(stream)), stream


def test_a_record_carries_event_level_time_and_its_pairs():
    records = []
    log = open_log(FixedClock(), records.append)

    log.bind(lease="a/1/1/1/b").warning("held up", why="quota")

    assert records == [
        {
            "event": "held up",
            "level": "warning",
            "time": "2027-01-15T08:00:00.250+00:00",
            "lease": "a/1/1/1/b",
            "why": "quota",
        }
    ]


def test_records_below_the_level_are_dropped():
    records = []
    log = open_log(FixedClock(), records.append, level=30)

    log.info("quiet")
    log.error("loud")

    assert [record["event"] for record in records] == ["loud"]


def test_human_lines_are_aligned_and_hold_every_pair():
    log, stream = logged(text_sink)

    log.info("lease lost", height=7)
    log.warning("held up", why="no room")

    assert stream.getvalue() == (
        "2027-01-15T08:00:00.250+00:00 info    lease lost                   height=7\n"
        '2027-01-15T08:00:00.250+00:00 warning held up                      why="no room"\n'
    )


def test_an_event_without_pairs_leaves_no_trailing_blanks():
    log, stream = logged(text_sink)

    log.info("started")

    assert stream.getvalue().endswith("info    started\n")


@pytest.mark.parametrize("make_sink", [text_sink, json_sink])
def test_a_line_stays_one_line_whatever_others_wrote_into_it(make_sink):
    log, stream = logged(make_sink)

    log.error("refused\nfake line", why='a\nb\r\x1b[31m = "c" ')

    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_json_lines_lead_with_time_level_and_event():
    log, stream = logged(json_sink)

    log.info("lease lost", height=7, lease=object)

    record = json.loads(stream.getvalue())
    assert list(record)[:3] == ["time", "level", "event"]
    assert record["height"] == 7
    assert record["lease"] == "<class 'object'>"


def test_a_program_gets_json_and_a_terminal_gets_colours():
    log, piped = logged(sink_for)
    log.info("started")
    log, watched = logged(sink_for, Terminal())
    log.info("started")

    assert json.loads(piped.getvalue())["event"] == "started"
    assert "\x1b[" in watched.getvalue()


def test_the_form_can_be_forced_either_way():
    log, stream = logged(lambda out: sink_for(out, "human"))
    log.info("started")
    assert "info    started" in stream.getvalue()

    log, stream = logged(lambda out: sink_for(out, "json"), Terminal())
    log.info("started")
    assert json.loads(stream.getvalue())["event"] == "started"
