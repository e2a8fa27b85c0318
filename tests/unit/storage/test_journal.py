"""The journal and its trace."""

from simulator.journal import CommitEntry, Journal, RequestEntry


def request(number: int, answer: bytes = b"{}") -> RequestEntry:
    return RequestEntry(
        number=number,
        time=1.0,
        user="u",
        agent="a",
        method="GET",
        target="/x",
        body=b"",
        status=200,
        answer=answer,
    )


def commit(revision: int) -> CommitEntry:
    return CommitEntry(
        time=1.0,
        revision=revision,
        type="ADDED",
        resource="v1/pods",
        namespace="n",
        name="p",
        object={},
        previous=None,
        user="u",
        request=1,
    )


def test_requests_are_numbered_in_the_order_of_arrival() -> None:
    journal = Journal()
    assert [journal.begin_request(), journal.begin_request()] == [1, 2]


def test_entries_are_kept_in_order_and_told_apart() -> None:
    journal = Journal()
    journal.committed(commit(2), b"{}")
    journal.answered(request(1))
    assert [entry.revision for entry in journal.commits] == [2]
    assert [entry.number for entry in journal.requests] == [1]
    assert list(journal) == [commit(2), request(1)]


def test_a_limited_journal_forgets_the_oldest_and_still_traces_all() -> None:
    limited, full = Journal(limit=2), Journal()
    for journal in (limited, full):
        for number in range(1, 6):
            journal.answered(request(number))
    assert [entry.number for entry in limited.requests] == [4, 5]
    assert limited.trace_hash() == full.trace_hash()


def test_the_trace_tells_every_byte() -> None:
    def traced(answer: bytes, chunk: bytes, encoded: bytes) -> str:
        journal = Journal()
        journal.answered(request(1, answer))
        journal.streamed(1, 1.0, chunk)
        journal.committed(commit(2), encoded)
        return journal.trace_hash()

    traces = {traced(b"a", b"b", b"c"), traced(b"x", b"b", b"c"), traced(b"a", b"x", b"c")}
    traces |= {traced(b"a", b"b", b"x"), traced(b"ab", b"", b"c")}
    assert len(traces) == 5
    assert traced(b"a", b"b", b"c") in traces


def test_a_subscriber_hears_of_entries_until_it_ends() -> None:
    journal = Journal()
    heard: list[object] = []
    end = journal.subscribe(heard.append)
    journal.answered(request(1))
    end()
    journal.answered(request(2))
    assert heard == [request(1)]
