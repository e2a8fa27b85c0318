"""The settings that hold: flags before environment before file before defaults, and all errors at once."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs

from provider.configuration import sources
from provider.configuration.sources import Given, Problem, Reading
from provider.configuration.table import OPTIONS
from provider.errors import ProviderError
from provider.gateway.listening import Address
from provider.settings import (
    ClusterSettings,
    DeploymentSettings,
    MarketSettings,
    Settings,
    SettingsError,
)
from provider.workload.options import RenderOptions

_T = TypeVar("_T", bound=attrs.AttrsInstance)


class ConfigurationError(ProviderError):
    """Settings that cannot be used; every problem on a line of its own."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@attrs.frozen
class Effective:
    """Every setting with its source, and what is wrong."""

    given: Mapping[str, Given]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]

    def text(self, key: str) -> str:
        """A setting that is text."""
        return str(self.given[key].value)

    def flag(self, key: str) -> bool:
        """A setting that is true or false."""
        return bool(self.given[key].value)

    def settings(self, kubernetes_url: str) -> Settings:
        """
        What the daemon is told.

        Raises:
            ConfigurationError: something is wrong.
        """
        if self.problems:
            raise ConfigurationError(self.problems)
        urls = self.given["market.urls"].value
        assert isinstance(urls, tuple)
        try:
            return Settings(
                provider=self.text("provider"),
                chain_id=self.text("chain_id"),
                kubernetes_url=kubernetes_url,
                market_urls=urls,
                deployment=self._build("deployment", DeploymentSettings),
                cluster=self._build("cluster", ClusterSettings),
                market=self._build("market", MarketSettings),
            )
        except SettingsError as error:
            raise ConfigurationError([Problem("settings", "", str(error))]) from error

    def options(self) -> RenderOptions:
        """What the operator decides about rendering."""
        return self._build("workload", RenderOptions)

    def _build(self, section: str, cls: type[_T]) -> _T:
        names = (field.name for field in attrs.fields(cls))
        keys = {name: f"{section}.{name}" for name in names}
        values: dict[str, Any] = {
            name: self.given[key].value for name, key in keys.items() if key in self.given
        }
        return cls(**values)


def resolve(
    flags: Mapping[str, str],
    leftovers: Sequence[str],
    env: Mapping[str, str],
    file: Path | None,
) -> Effective:
    """
    Read every source.

    Args:
        flags: our own flags that were given, by name without dashes.
        leftovers: arguments that are none of ours: the Go provider's flags, or mistakes.
        env: the environment.
        file: the TOML file, None for none.
    """
    texts, mistakes = sources.split_flags(leftovers)
    env_texts, env_names = sources.environment_flags(env)
    # Flags that belong together may come from either place; a flag counts more.
    together = {**env_texts, **texts}
    named = {name: f"environment {env_names[name]}" for name in env_texts}
    named |= {name: f"flag --{name}" for name in texts}
    foreign = sources.read_upstream(together, named)
    readings = [
        sources.read_flags(flags),
        _part(foreign, lambda source: source.startswith("flag")),
        sources.read_environment(env),
        _part(foreign, lambda source: not source.startswith("flag")),
        *([sources.read_file(file)] if file is not None else []),
    ]
    given = {
        option.key: Given(option.default, "default")
        for option in OPTIONS
        if option.default is not None
    }
    for reading in reversed(readings):
        given |= reading.given
    problems = [*mistakes, *foreign.problems]
    for reading in readings:
        problems += reading.problems
    spoken_of = {problem.key for problem in problems}
    problems += [
        Problem("settings", option.key, f"must be given: --{option.flag}, {option.env} or the file")
        for option in OPTIONS
        if option.required and option.key not in given and option.key not in spoken_of
    ]
    problems += _not_loopback(given)
    warnings = [*foreign.warnings, *(line for reading in readings for line in reading.warnings)]
    return Effective(given, tuple(problems), tuple(warnings))


def _not_loopback(given: Mapping[str, Given]) -> list[Problem]:
    """The operators' listener speaks plain HTTP: other machines reach it only if somebody said so."""
    listen = given["gateway.listen"]
    if Address.parse(str(listen.value)).loopback or given["gateway.listen_beyond_loopback"].value:
        return []
    rule = (
        "other machines reach it, over plain HTTP; say --listen-beyond-loopback true if you mean it"
    )
    return [Problem(listen.source, "gateway.listen", f"{listen.value}: {rule}")]


def _part(reading: Reading, wanted: Callable[[str], bool]) -> Reading:
    """The values of a reading whose source is wanted; problems and warnings are told once, elsewhere."""
    return Reading({key: one for key, one in reading.given.items() if wanted(one.source)})
