"""The programs of containers: what they print, wait for and return."""

import pytest

from simulator.streams.programs import Err, Inside, Out, Read, Sleep, knows, start

INSIDE = Inside("web-1", {"A": "b c", "B": "d"}, {"/etc/hostname": b"web-1\n", "/cfg/x": b"1"})


def run(argv: list[str], stdin: bytes = b"") -> tuple[bytes, bytes, float, int]:
    """Standard output, standard error, seconds slept, exit code."""
    out, err, slept = b"", b"", 0.0
    program, reply = start(argv, INSIDE), None
    while True:
        try:
            effect = next(program) if reply is None else program.send(reply)
        except StopIteration as done:
            return out, err, slept, done.value
        reply = None
        match effect:
            case Out(data=data):
                out += data
            case Err(data=data):
                err += data
            case Sleep(seconds=seconds):
                slept += seconds
            case Read():
                reply, stdin = stdin, b""


@pytest.mark.parametrize(
    ("argv", "output"),
    [
        (["echo", "a", "b"], b"a b\n"),
        (["echo", "-n", "a"], b"a"),
        (["/bin/echo", "a"], b"a\n"),
        (["hostname"], b"web-1\n"),
        (["cat", "/etc/hostname"], b"web-1\n"),
        (["cat", "cfg/x"], b"1"),
        (["env"], b"A=b c\nB=d\n"),
        (["printenv", "B"], b"d\n"),
        (["env", "echo", "a"], b"a\n"),
        (["ls"], b"cfg\netc\n"),
        (["ls", "/cfg"], b"x\n"),
        (["pwd"], b"/\n"),
        (["sh", "-c", "echo $A '$A' \"$A ${B}\" \\$A"], b"b c $A b c d $A\n"),
        (["sh", "-c", "true && echo yes || echo no; echo $?"], b"yes\n0\n"),
        (["sh", "-c", "false && echo yes || echo no"], b"no\n"),
        (["sh", "-c", "echo a > /dev/null; echo b"], b"b\n"),
        (["sh", "-c", "echo a # not this\necho b"], b"a\nb\n"),
        (["bash", "-ec", "exec echo a"], b"a\n"),
    ],
)
def test_what_it_prints(argv: list[str], output: bytes) -> None:
    assert run(argv) == (output, b"", 0.0, 0)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["true"], 0),
        (["false"], 1),
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "exit 300"], 44),
        (["sh", "-c", "false; exit"], 1),
        (["sh", "-c", "false"], 1),
        (["sh", "-c", "exit 3; echo no"], 3),
        (["cat", "/none"], 1),
        (["ls", "/none"], 1),
        (["printenv", "NONE"], 1),
        (["sleep"], 1),
        (["sleep", "x"], 1),
        (["sh", "-c", "none"], 127),
        (["sh", "-c", "echo a | cat"], 2),
        (["sh", "-c", "; echo"], 2),
        (["sh", "-c", "echo 'a"], 2),
        (["sh", "-c"], 2),
        ([], 127),
    ],
)
def test_how_it_ends(argv: list[str], code: int) -> None:
    assert run(argv)[3] == code


def test_a_command_that_nobody_has_is_told_in_the_words_of_the_runtime() -> None:
    out, err, _, code = run(["none", "x"])
    assert (out, code) == (b"", 127)
    assert b'exec: "none": executable file not found in $PATH' in err


def test_what_is_redirected_to_standard_error_goes_there() -> None:
    assert run(["sh", "-c", "echo a >&2; echo b"])[:2] == (b"b\n", b"a\n")


def test_sleeping_takes_as_long_as_it_says() -> None:
    assert run(["sleep", "1m", "2"])[2] == 62
    assert run(["sh", "-c", "sleep 0.5 && sleep 1"])[2] == 1.5


def test_cat_copies_its_input() -> None:
    assert run(["cat"], b"hi") == (b"hi", b"", 0.0, 0)


def test_a_shell_runs_what_it_reads() -> None:
    assert run(["sh"], b"echo hi\nexit 4\necho no\n") == (b"hi\n", b"", 0.0, 4)
    assert run(["sh"], b"echo no newline")[0] == b"no newline\n"


def test_which_programs_there_are() -> None:
    assert knows(["/usr/bin/env"])
    assert not knows(["nginx"])
    assert not knows([])
