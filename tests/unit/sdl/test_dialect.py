import pytest

from provider.sdl.dialect import Dialect, read_dialect
from provider.sdl.errors import SdlError
from provider.sdl.source import load
from tests.unit.sdl.definitions import DROP, compiled, refusal


@pytest.mark.parametrize("version", ["2.0", "'2.0'", "2", "v2.0", "2.0.0", "' 2.0 '", "2.0.0+x"])
def test_versions_of_the_first_dialect(version):
    assert read_dialect(load(f"version: {version}\n").root) is Dialect.V2_0


@pytest.mark.parametrize("version", ["2.1", "2.1.0", "2.2", "2.10", "2.2.0-rc1", "3", "10.0"])
def test_versions_of_the_second_dialect(version):
    assert read_dialect(load(f"version: {version}\n").root) is Dialect.V2_1


@pytest.mark.parametrize(
    "version",
    ["1.9", "1", "2.0.1", "2.0.0-rc1", "2.1.0-rc1", "two", "2.x", "2.0.0.0", "-2", "''", "[2]", "~",
     "9" * 5000],
)  # fmt: skip
def test_other_versions_are_refused(version):
    with pytest.raises(SdlError) as caught:
        read_dialect(load(f"version: {version}\n").root)

    assert caught.value.path == "version"


def test_unknown_key_at_the_top_is_refused_and_names_the_known_ones():
    error = refusal({"service": {}})

    assert error.path == "service"
    assert "services" in error.rule


@pytest.mark.parametrize("section", ["services", "profiles", "deployment"])
def test_missing_section_is_refused(section):
    assert refusal({section: DROP}).line >= 1


@pytest.mark.parametrize("section", ["services", "profiles", "deployment", "endpoints"])
@pytest.mark.parametrize("junk", ["text", 5, ["a"]])
def test_section_of_another_kind_is_refused(section, junk):
    assert refusal({section: junk}).path == section


@pytest.mark.parametrize("window", ["24h", "1h30m", "0.5s", ".5m", "1ns", "1µs", "+2h", "1h0s"])
def test_window_of_reclamation_is_a_duration(window):
    compiled({"reclamation": {"min_window": window}})


@pytest.mark.parametrize(
    "window",
    ["0s", "0", "24", "-1h", "1d", "abc", "", None, "1h -30m", "0.1ns", "9999999999h", "1h" * 30,
     "1e3s", ["1h"]],
)  # fmt: skip
def test_window_that_is_no_duration_above_zero_is_refused(window):
    assert refusal({"reclamation": {"min_window": window}}).path == "reclamation.min_window"


def test_empty_reclamation_is_the_same_as_none():
    compiled({"reclamation": None})
