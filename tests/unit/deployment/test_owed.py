import pytest

from provider.deployment.owed import owed_note, read_owed
from provider.deployment.status import CloseOwed
from provider.workload import labels


def record(text):
    return {"metadata": {"annotations": {labels.CLOSE_OWED: text}}}


@pytest.mark.parametrize("sent", [False, True])
def test_an_obligation_reads_back_as_it_was_noted(sent):
    owed = CloseOwed("crash loop", 1234.5, sent)

    assert read_owed(record(owed_note(owed))) == owed


def test_a_record_without_the_note_owes_nothing():
    assert read_owed({"metadata": {}}) is None
    assert read_owed({"metadata": {"annotations": {"other": "x"}}}) is None


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "{}", '{"cause": "image"}', '{"cause": "image", "since": "NaN"}']
)
def test_a_note_that_cannot_be_read_is_an_obligation_that_may_have_been_sent(text):
    owed = read_owed(record(text))

    assert owed is not None
    assert owed.sent
