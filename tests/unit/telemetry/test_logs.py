import io

from provider.telemetry.logs import open_log, text_sink


class FixedClock:
    def now(self):
        return 1_800_000_000.25


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


def test_the_text_sink_writes_one_line_a_record():
    stream = io.StringIO()
    open_log(FixedClock(), text_sink(stream)).info("lease lost", height=7)

    assert stream.getvalue() == "2027-01-15T08:00:00.250+00:00 info    lease lost height=7\n"
