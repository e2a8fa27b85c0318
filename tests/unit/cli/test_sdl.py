import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from provider.cli.app import app

DATA = Path(__file__).parents[2] / "data/sdl"
SIMPLE = DATA / "golden/v2.0-simple"
HASH = "8f8bac7161953993f3288189e3e76093a51d33f9cdff1c8242eb9ab506981737"


def run(*arguments, text=None):
    return CliRunner().invoke(app, ["sdl", *map(str, arguments)], input=text)


def process(*arguments, **options):
    """The command as a process of its own, for what only a real one has."""
    command = [sys.executable, "-m", "provider", "sdl", *map(str, arguments)]
    root = Path(__file__).parents[3]
    return subprocess.run(
        command, cwd=root, stderr=subprocess.PIPE, text=True, check=False, **options
    )


@pytest.mark.parametrize(
    ("command", "golden"), [("manifest", "manifest.json"), ("groups", "group-specs.json")]
)
def test_output_is_the_golden_file_byte_for_byte(command, golden):
    result = run(command, SIMPLE / "input.yaml")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout_bytes == (SIMPLE / golden).read_bytes()


def test_dash_reads_standard_input():
    result = run("manifest", "-", text=(SIMPLE / "input.yaml").read_text())

    assert result.stdout_bytes == (SIMPLE / "manifest.json").read_bytes()


def test_byte_order_mark_is_no_part_of_the_text():
    result = run("manifest", "-", text="\ufeff" + (SIMPLE / "input.yaml").read_text())

    assert result.exit_code == 0


def test_valid_definition_is_said_to_be_one_with_its_version():
    result = run("validate", SIMPLE / "input.yaml")

    assert result.exit_code == 0
    assert result.stdout == f"{SIMPLE}/input.yaml: valid, 1 group, 1 service, version {HASH}\n"


@pytest.mark.parametrize("command", ["manifest", "groups", "validate"])
def test_error_is_one_line_with_its_place_on_standard_error(command):
    file = DATA / "invalid/port-zero.yaml"

    result = run(command, file)

    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        result.stderr == f"{file}:8:15: services.web.expose[0].port: expected 1 to 65535, got 0\n"
    )


def test_every_invalid_definition_fails_with_one_line():
    for file in DATA.glob("invalid/*.yaml"):
        result = run("validate", file)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def test_warnings_go_to_standard_error_and_leave_the_output_alone():
    case = DATA / "golden/v2.0-multiple-services"

    result = run("groups", case / "input.yaml")

    assert result.exit_code == 0
    assert result.stdout_bytes == (case / "group-specs.json").read_bytes()
    first, _ = result.stderr.splitlines()
    assert first.startswith(f"{case}/input.yaml:12:5: services.web.dependencies: warning: ")


def test_file_that_cannot_be_read_is_one_clear_line(tmp_path):
    missing, wrong = tmp_path / "missing.yaml", tmp_path / "wrong.yaml"
    wrong.write_bytes(b"version: 2.0\nname: \xff\n")

    assert run("manifest", missing).stderr == f"{missing}: No such file or directory\n"
    assert run("manifest", tmp_path).stderr == f"{tmp_path}: Is a directory\n"
    assert run("manifest", wrong).stderr == f"{wrong}:2: expected UTF-8 text\n"
    assert run("manifest", missing).exit_code == 1


def test_endless_input_is_not_read_to_its_end():
    result = run("manifest", "/dev/zero")

    assert result.exit_code == 1
    assert "at most" in result.stderr


def test_reader_that_went_away_is_one_clear_line():
    read_end, write_end = os.pipe()
    os.close(read_end)
    result = process("manifest", SIMPLE / "input.yaml", stdout=write_end)
    os.close(write_end)

    assert (result.returncode, result.stderr) == (1, "standard output: Broken pipe\n")


def test_closed_standard_streams_are_one_clear_line():
    for stream, file in [(0, "-"), (1, SIMPLE / "input.yaml")]:
        command = f'"$0" -m provider sdl manifest "$1" {stream}<&-'
        result = subprocess.run(
            ["sh", "-c", command, sys.executable, file],
            cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False,
        )  # fmt: skip
        name = ("input", "output")[stream]
        assert (result.returncode, result.stderr) == (1, f"standard {name} is closed\n")


@pytest.mark.parametrize("command", [[], ["manifest"], ["groups"], ["validate"]])
def test_help_teaches_with_an_example(command):
    result = run(*command, "--help")

    assert result.exit_code == 0
    assert "Example: " in result.stdout
    assert "provider sdl" in result.stdout
