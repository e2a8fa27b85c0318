"""Every setting, from each of its places."""

import attrs
import pytest

from provider.configuration.effective import resolve
from provider.configuration.option import options_of
from provider.configuration.table import BY_KEY, OPTIONS
from provider.settings import ClusterSettings, DeploymentSettings, MarketSettings
from provider.workload.options import RenderOptions

PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"
NEEDED = {"provider": PROVIDER, "market": "http://a:1317,http://b:1317"}

SAMPLES = {
    "provider": (PROVIDER.replace("n", "m"), PROVIDER.replace("n", "m")),
    "market.urls": ("http://c:1317, http://d:1317", ("http://c:1317", "http://d:1317")),
    "market.close": ("http://c:1317", "http://c:1317"),
    "gateway.listen": ("127.0.0.1:9", "127.0.0.1:9"),
    "gateway.probes": ("127.0.0.1:9", "127.0.0.1:9"),
    "cluster.lease_seconds": ("30", 30),
    "log.format": ("json", "json"),
    "log.level": ("error", "error"),
    "workload.routes": ("operator", "operator"),
}
"""Text and value for settings that take no arbitrary one."""


def sample(option):
    if option.key in SAMPLES:
        return SAMPLES[option.key]
    return {
        "TEXT": ("abc", "abc"),
        "true|false": (str(not option.default).lower(), not option.default),
        "N": ("7", 7),
        "NUMBER": ("7.5", 7.5),
        "A[,B…]": ("a,b", ("a", "b")),
    }[option.kind.metavar]


def toml_of(value):
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_every_setting_can_be_given_in_all_three_places(option, tmp_path):
    text, value = sample(option)
    file = tmp_path / "provider.toml"
    file.write_text(f"{option.key} = {toml_of(value)}\n")
    others = {name: given for name, given in NEEDED.items() if name != option.flag}

    by_flag = resolve({**others, option.flag: text}, (), {}, None)
    by_env = resolve(others, (), {option.env: text}, None)
    by_file = resolve(others, (), {}, file)

    for effective, source in (
        (by_flag, f"flag --{option.flag}"),
        (by_env, f"environment {option.env}"),
        (by_file, f"file {file}"),
    ):
        assert effective.problems == ()
        assert effective.given[option.key].value == value
        assert effective.given[option.key].source == source
        effective.settings("http://k")
        effective.options()


def test_a_flag_counts_more_than_the_environment_and_that_more_than_the_file(tmp_path):
    file = tmp_path / "provider.toml"
    file.write_text('chain_id = "file"\n[log]\nlevel = "error"\n[cluster]\npoll_seconds = 9\n')
    env = {"LEASEKEEPER_CHAIN_ID": "env", "LEASEKEEPER_LOG_LEVEL": "warning"}

    effective = resolve({**NEEDED, "chain-id": "flag"}, (), env, file)

    assert effective.text("chain_id") == "flag"
    assert effective.text("log.level") == "warning"
    assert effective.given["cluster.poll_seconds"].value == 9.0
    assert effective.given["gateway.listen"].source == "default"


def test_every_field_of_every_settings_class_is_a_setting():
    for section, cls in (
        ("deployment", DeploymentSettings),
        ("cluster", ClusterSettings),
        ("market", MarketSettings),
        ("workload", RenderOptions),
    ):
        for field in attrs.fields(cls):
            assert f"{section}.{field.name}" in BY_KEY or field.name == "api_servers"


def test_no_two_settings_share_a_key_a_flag_or_a_variable():
    for name in ("key", "flag", "env"):
        assert len({getattr(option, name) for option in OPTIONS}) == len(OPTIONS)


def test_every_setting_is_explained():
    assert [option.key for option in OPTIONS if len(option.help) < 15] == []


def test_the_text_under_a_field_is_its_help():
    (option,) = options_of(Small, section="s", panel="", without=frozenset())

    assert (option.key, option.flag, option.env) == (
        "s.two_words",
        "s-two-words",
        "LEASEKEEPER_S_TWO_WORDS",
    )
    assert option.help == "What it is for, on two lines."


@attrs.frozen
class Small:
    """One field."""

    two_words: int = 3
    """What it is for,
    on two lines."""
