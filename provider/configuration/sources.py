"""Reads the three places where settings are given, and says what is wrong in each; changes nothing."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from provider.configuration import upstream
from provider.configuration.kinds import Value
from provider.configuration.option import PREFIX, Option
from provider.configuration.table import BY_KEY, OPTIONS
from provider.configuration.upstream import Fate, Flag

_FILE_MAX_BYTES = 1_000_000
_KUBERNETES_LINK = re.compile(r".*(_SERVICE_HOST|_SERVICE_PORT.*|_PORT(_\d+_.*)?)")
"""What a Service of that name puts into every pod's environment."""
OTHER_ENV = frozenset({"LEASEKEEPER_CONFIG", "LEASEKEEPER_GATEWAY", "LEASEKEEPER_SEED"})
"""Read elsewhere."""


@attrs.frozen
class Given:
    """A value, and where it came from."""

    value: Value
    source: str
    """`flag --x`, `environment X`, `file F`, or `default`."""


@attrs.frozen
class Problem:
    """Something that must be put right before a start."""

    source: str
    key: str
    rule: str

    def __str__(self) -> str:
        return (
            f"{self.source}: {self.key}: {self.rule}" if self.key else f"{self.source}: {self.rule}"
        )


@attrs.define
class Reading:
    """What one place gave."""

    given: dict[str, Given] = attrs.field(factory=dict)
    problems: list[Problem] = attrs.field(factory=list)
    warnings: list[str] = attrs.field(factory=list)

    def take(self, option: Option, value: Value, source: str) -> None:
        """Keep a value of the right kind if it breaks no rule."""
        try:
            option.check(value)
        except ValueError as error:
            self.problems.append(Problem(source, option.key, str(error)))
        else:
            self.given[option.key] = Given(value, source)

    def take_text(self, option: Option, text: str, source: str) -> None:
        """Keep a value that is written as text."""
        try:
            value = option.kind.of_text(text)
        except ValueError as error:
            self.problems.append(Problem(source, option.key, str(error)))
        else:
            self.take(option, value, source)


def read_flags(texts: Mapping[str, str]) -> Reading:
    """Our own flags, by name."""
    reading = Reading()
    for option in OPTIONS:
        if option.flag in texts:
            reading.take_text(option, texts[option.flag], f"flag --{option.flag}")
    return reading


def read_environment(env: Mapping[str, str]) -> Reading:
    """Our own variables; an empty one counts as not given, an unknown one is warned of."""
    reading = Reading()
    known = {option.env: option for option in OPTIONS}
    for name in sorted(env):
        if name in known and env[name]:
            reading.take_text(known[name], env[name], f"environment {name}")
        elif _is_mistaken(name) and name not in known:
            reading.warnings.append(f"environment {name}: no such setting{_like(name, known)}")
    return reading


def _is_mistaken(name: str) -> bool:
    """True for a name that looks like ours, and is put there by nobody else."""
    foreign = name in OTHER_ENV or _KUBERNETES_LINK.fullmatch(name)
    return name.startswith(PREFIX) and not foreign


def read_file(path: Path) -> Reading:
    """A TOML file."""
    reading, source = Reading(), f"file {path}"
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_MAX_BYTES + 1)
        if len(data) > _FILE_MAX_BYTES:
            too_long = Problem(source, "", f"expected at most {_FILE_MAX_BYTES} bytes")
            reading.problems.append(too_long)
            return reading
        decoded = tomllib.loads(data.decode())
    except OSError as error:
        reading.problems.append(Problem(source, "", error.strerror or str(error)))
        return reading
    except UnicodeDecodeError:
        reading.problems.append(Problem(source, "", "expected UTF-8 text"))
        return reading
    except ValueError as error:
        reading.problems.append(Problem(source, "", f"expected TOML: {error}"))
        return reading
    for key, value in _flat(decoded):
        option = BY_KEY.get(key)
        if option is None:
            reading.problems.append(Problem(source, key, f"no such setting{_like(key, BY_KEY)}"))
            continue
        try:
            reading.take(option, option.kind.of_toml(value), source)
        except ValueError as error:
            reading.problems.append(Problem(source, key, str(error)))
    return reading


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


# ── the Go provider's names ─────────────────────────────────────────────────────────────────────


def split_flags(arguments: Sequence[str]) -> tuple[dict[str, str], list[Problem]]:
    """The Go provider's flags in what our own parser left over, as Go writes them."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        name, equals, text = argument.lstrip("-").partition("=")
        flag = upstream.BY_NAME.get(name)
        if not argument.startswith("-") or flag is None:
            ours = [f"--{option.flag}" for option in OPTIONS]
            hint = _like(f"--{name}", [*ours, *(f"--{known}" for known in upstream.BY_NAME)])
            problems.append(Problem("flags", "", f"no such option {argument!r}{hint}"))
            continue
        if not equals:
            if flag.boolean and not (rest and rest[0].lower() in ("true", "false")):
                text = "true"
            elif rest:
                text = rest.pop(0)
            else:
                problems.append(Problem("flags", "", f"--{name} needs a value"))
                continue
        texts[name] = text
    return texts, problems


def environment_flags(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The Go provider's flags from the environment: their text, and the name of each one's variable."""
    texts, names = {}, {}
    for flag in upstream.FLAGS:
        for name in upstream.environment_names(flag):
            if env.get(name) and flag.name not in texts:
                texts[flag.name], names[flag.name] = env[name], name
    return texts, names


def read_upstream(texts: Mapping[str, str], sources: Mapping[str, str]) -> Reading:
    """
    What the Go provider's flags set here.

    Args:
        texts: by name.
        sources: where each was found, for messages.
    """
    reading = Reading()
    for name, text in texts.items():
        _read_upstream_flag(upstream.BY_NAME[name], text, sources[name], reading)
    for name, convert in upstream.converted(texts).items():
        try:
            for key, value in convert().items():
                reading.take(BY_KEY[key], value, sources[name])
        except ValueError as error:
            reading.problems.append(Problem(sources[name], "", str(error)))
    return reading


def _read_upstream_flag(flag: Flag, text: str, source: str, reading: Reading) -> None:
    match flag.fate:
        case Fate.SAME:
            reading.take_text(BY_KEY[flag.key], text, source)
        case Fate.IGNORED:
            reading.warnings.append(f"{source}: ignored: {flag.note}")
        case Fate.REFUSED if text.lower() not in flag.harmless:
            reading.problems.append(Problem(source, "", f"{text!r} is refused: {flag.note}"))
        case _:
            pass


def _like(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, cutoff=0.75)
    return f"; did you mean {near[0]}?" if near else ""
