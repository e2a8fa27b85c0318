import pytest

from provider.sdl.errors import SdlError
from provider.sdl.source import load


def value(text):
    return load(f"v: {text}\n").root.get("v")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("80", 80), ("+80", 80), ("0x1F", 31), ("0o17", 15), ("017", 15), ("0b101", 5),
     ("1_000", 1000), ("80.0", 80), ("08", 8), ("4294967295", 2**32 - 1), ("", 0), ("~", 0)],
)  # fmt: skip
def test_whole_numbers_are_read_as_the_reference_reads_them(text, number):
    assert value(text).integer() == number


@pytest.mark.parametrize(
    "text",
    ["'80'", "eighty", "80.5", "1e3", "-1", "4294967296", "9" * 5000, "0x", ".inf", "[80]", "{}",
     "true", "''", "\u0661"],
)  # fmt: skip
def test_what_is_no_whole_number_is_refused_on_one_short_line(text):
    with pytest.raises(SdlError) as caught:
        value(text).integer()

    assert caught.value.path == "v"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "yes", "on", "Y", "'yes'"])
def test_flags_that_are_set(text):
    assert value(text).flag() is True


@pytest.mark.parametrize("text", ["false", "False", "no", "off", "N", "'off'", "", "null"])
def test_flags_that_are_not_set(text):
    assert value(text).flag() is False


@pytest.mark.parametrize("text", ["1", "0", "'true'", "maybe", "[]", "tRUE", "''"])
def test_what_is_no_flag_is_refused(text):
    with pytest.raises(SdlError):
        value(text).flag()


def test_any_scalar_is_a_text_and_nulls_are_dropped_from_lists():
    assert value("[a, 1, true, 1.50, 'null', null, ~]").texts() == (
        "a",
        "1",
        "true",
        "1.50",
        "null",
    )
    assert value("[]").texts() == ()
    assert value("").texts() is None


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        ("texts", "a", "list"),
        ("texts", "{a: b}", "list"),
        ("texts", "[[a]]", "single value"),
        ("text", "[a]", "single value"),
        ("text", "{a: b}", "single value"),
        ("entries", "a", "mapping"),
        ("entries", "[a]", "mapping"),
        ("items", "''", "list"),
    ],
)
def test_a_value_of_another_kind_is_refused(read, text, expected):
    with pytest.raises(SdlError, match=expected):
        getattr(value(text), read)()


def test_absent_values_read_as_nothing():
    absent = value("{}").get("a").get("b")

    assert absent.text() == ""
    assert absent.integer() == 0
    assert absent.flag() is False
    assert absent.items() == ()
    assert absent.entries() == ()
    assert absent.texts() is None
    assert absent.maybe(str) is None
