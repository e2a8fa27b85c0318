import pytest

from provider.deployment.mark import Loss, is_marked, mark_text, read_mark
from provider.workload import labels


def record(annotations):
    return {"metadata": {"name": "x", "annotations": annotations}}


def test_a_mark_reads_back_as_the_loss_it_tells_of():
    loss = Loss("closed", 1234, "https://node")

    assert read_mark(record({labels.CLOSING: mark_text(loss)})) == loss


def test_a_record_without_the_annotation_is_not_marked():
    assert not is_marked(record({"other": "x"}))
    assert read_mark({"metadata": {"name": "x"}}) is None


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}", '{"reason": "closed"}', "null"])
def test_a_mark_that_cannot_be_read_is_a_mark_all_the_same(text):
    assert is_marked(record({labels.CLOSING: text}))
    assert read_mark(record({labels.CLOSING: text})) is not None
