"""Which Event a happening becomes."""

from simulator.controllers.correlation import Correlator, Happening

ABOUT = ("Deployment", "ns", "web", "uid")


def happening(message: str, about: tuple[str, ...] = ABOUT) -> Happening:
    return Happening(about, "Normal", "Scaled", message)


class Record:
    """A correlator whose Events are all written; tells text and count of each."""

    def __init__(self) -> None:
        self.correlator = Correlator()
        self.written = 0

    def tell(
        self, message: str, now: float = 0.0, about: tuple[str, ...] = ABOUT
    ) -> tuple[str, int, str] | None:
        told = happening(message, about)
        entry = self.correlator.correlate(told, now)
        if entry is None:
            return None
        self.written += 1
        name = entry.name or f"event-{self.written}"
        self.correlator.wrote(told, entry, name)
        return entry.happening.message, entry.count, entry.name


def test_the_same_happening_is_counted_up_in_one_event() -> None:
    record = Record()

    assert record.tell("up") == ("up", 1, "")
    assert record.tell("up") == ("up", 2, "event-1")
    assert record.tell("down") == ("down", 1, "")
    assert record.tell("up", now=4000.0) == ("up", 3, "event-1")


def test_the_tenth_different_text_is_combined_with_those_that_follow() -> None:
    record = Record()
    for number in range(9):
        assert record.tell(f"{number}") == (f"{number}", 1, "")

    prefix = "(combined from similar events): "
    assert record.tell("9") == (f"{prefix}9", 1, "")
    assert record.tell("10") == (f"{prefix}10", 2, "event-10")
    assert record.tell("11") == (f"{prefix}11", 3, "event-10")


def test_after_ten_quiet_minutes_texts_are_told_one_by_one_again() -> None:
    record = Record()
    for number in range(10):
        record.tell(f"{number}")

    assert record.tell("later", now=601.0) == ("later", 1, "")


def test_one_object_fills_only_so_many_events_and_another_is_not_hurt() -> None:
    record = Record()
    told = [record.tell("again") for _ in range(30)]

    assert told.count(None) == 5
    assert record.tell("again") is None
    assert record.tell("again", about=("Deployment", "ns", "db", "other")) is not None
    # A token comes back every five minutes.
    assert record.tell("again", now=301.0) == ("again", 26, "event-1")
    assert record.tell("again", now=301.0) is None


def test_an_event_that_was_not_written_is_not_counted() -> None:
    correlator = Correlator()
    correlator.correlate(happening("up"), 0.0)

    entry = correlator.correlate(happening("up"), 1.0)

    assert entry is not None
    assert entry.count == 1
