import pytest

from simulator.patches.managers import (
    UPDATE_MANAGERS_MAX,
    Manager,
    Owned,
    capped,
    decode,
    encode,
    is_reset,
    same_but_time,
)


def entry(manager: str, operation: str = "Update", time: str = "", **more) -> dict:
    result = {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {f"f:{manager}": {}}},
        **more,
    }
    return {**result, "time": time} if time else result


def test_entries_survive_decoding_and_encoding() -> None:
    entries = [
        entry("a", "Apply", "2026-01-01T00:00:02Z"),
        entry("b", "Update"),
        entry("c", "Update", "2026-01-01T00:00:01Z", subresource="status"),
    ]
    assert encode(decode(entries) or {}) == entries


def test_applies_come_first_then_time_then_name_decides() -> None:
    managed = decode(
        [
            entry("late", time="2026-01-01T00:00:02Z"),
            entry("zoe", time="2026-01-01T00:00:01Z"),
            entry("amy", time="2026-01-01T00:00:01Z"),
            entry("timeless"),
            entry("applier", "Apply", "2026-01-01T00:00:09Z"),
        ]
    )
    order = [each["manager"] for each in encode(managed or {})]
    assert order == ["applier", "timeless", "amy", "zoe", "late"]


@pytest.mark.parametrize(
    "broken",
    [
        {"operation": "Sneak"},
        {"apiVersion": ""},
        {"fieldsType": ""},
        {"fieldsType": "FieldsV2"},
    ],
)
def test_entries_that_make_no_sense_spoil_all(broken: dict) -> None:
    assert decode([{**entry("a"), **broken}]) is None


def test_clients_can_ask_for_a_reset() -> None:
    assert is_reset([])
    assert is_reset([{}])
    assert not is_reset(None)
    assert not is_reset([entry("a")])


def test_managers_are_printed_with_what_tells_them_apart() -> None:
    assert str(Manager("a", "Apply", "")) == '"a"'
    assert str(Manager("a", "Update", "v1")) == '"a" using v1'
    scale = Manager("a", "Update", "apps/v1", "scale")
    assert str(scale) == '"a" with subresource "scale" using apps/v1'


def test_the_oldest_of_too_many_updates_are_merged() -> None:
    managed = {
        Manager(f"m{number}", "Update", "v1"): Owned(
            {"f:data": {f"f:{number}": {}}}, "v1", f"2026-01-01T00:00:{number:02}Z"
        )
        for number in range(UPDATE_MANAGERS_MAX + 2)
    }
    result = capped(managed)
    assert len(result) == UPDATE_MANAGERS_MAX
    bucket = result[Manager("ancient-changes", "Update", "v1")]
    assert bucket.fields == {"f:data": {"f:0": {}, "f:1": {}, "f:2": {}}}
    assert bucket.time == "2026-01-01T00:00:02Z"


def test_few_managers_stay_as_they_are() -> None:
    managed = decode([entry("a"), entry("b")]) or {}
    assert capped(managed) is managed


def test_times_do_not_count_as_a_difference() -> None:
    one = [entry("a", time="2026-01-01T00:00:01Z"), entry("b", time="2026-01-01T00:00:02Z")]
    other = [entry("b", time="2026-01-01T00:00:02Z"), entry("a", time="2026-01-01T00:00:03Z")]
    assert same_but_time(one, other)
    assert not same_but_time(one, one[:1])
    assert not same_but_time(one, [entry("a"), entry("c")])
