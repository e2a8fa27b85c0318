"""Commands that the pages name exist, with the options that they are given, and each explains itself."""

import re

import pytest
import typer
from typer.testing import CliRunner

from provider.cli.app import app as provider
from simulator.__main__ import app as simulator
from simulator.chaos.command import chaos
from simulator.demo.lease import lease
from tests.unit.docs.pages import TEXTS, codes, fences

PROGRAMS = {
    "provider": typer.main.get_command(provider),
    "simulator": typer.main.get_command(simulator),
}
PROGRAMS["simulator"].commands["lease"] = typer.main.get_command(lease)
PROGRAMS["simulator"].commands["chaos"] = typer.main.get_command(chaos)
LATE = {"lease": lease, "chaos": chaos}
"""Loaded by the program only when they are asked for."""
CALL = re.compile(r"(?<![\w/.·-])(?:\.venv/bin/)?(provider|simulator)((?: +[^\s|;&)`$<]+)+)")


def calls(text):
    """Program, words behind it."""
    for line in [*fences(text), *codes(text)]:
        for program, words in CALL.findall(line.partition("#")[0]):
            if re.match(r" +[a-z]+(\s|$)", words):
                yield program, words.split()


def found(program, words):
    """The command that the words name, how it is called, and the words left over."""
    command, name = PROGRAMS[program], [program]
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return None, " ".join([*name, words[0]]), words
        command, name, words = command.commands[words[0]], [*name, words[0]], words[1:]
    return command, " ".join(name), words


def unknown(text):
    for program, words in calls(text):
        command, name, rest = found(program, words)
        if command is None:
            yield name
            continue
        known = {option for param in command.params for option in param.opts} | {"--help"}
        asked = [
            re.split(r"[=\]]", word.strip("[…,"))[0]
            for word in rest
            if word.strip("[").startswith("--")
        ]
        yield from (f"{name} {option}" for option in asked if option not in known)


@pytest.mark.parametrize("page", TEXTS)
def test_every_command_that_is_named_exists_with_its_options(page):
    assert list(unknown(TEXTS[page])) == []


def test_the_search_finds_what_is_not_there():
    text = "`provider fly` and `provider leases --jsn`\n```\nsimulator serve --tlss\n```\n"

    assert set(unknown(text)) == {"provider fly", "provider leases --jsn", "simulator serve --tlss"}


def leaves(command, name):
    if not hasattr(command, "commands"):
        yield name
    for word, below in getattr(command, "commands", {}).items():
        yield from leaves(below, [*name, word])


NAMED = sorted({found(*call)[1] for text in TEXTS.values() for call in calls(text)})


@pytest.mark.parametrize("name", NAMED)
def test_every_command_that_is_named_explains_itself(name):
    program, *words = name.split()
    apps = {"provider": provider, "simulator": simulator}
    app = apps[program]
    if words and words[0] in LATE and program == "simulator":
        app, words = LATE[words[0]], words[1:]

    result = CliRunner().invoke(app, [*words, "--help"])

    assert result.exit_code == 0, result.output
    assert "Usage" in result.output


def test_every_command_of_the_provider_is_named_somewhere():
    there_are = {" ".join(name) for name in leaves(PROGRAMS["provider"], ["provider"])}

    assert there_are - set(NAMED) == set()
