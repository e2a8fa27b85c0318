"""
The programs that containers can run: a small shell and a few commands. Pure.

A program is a generator: it yields what it wants done (print, wait, read) and returns its exit
code. Whoever runs it decides what waiting means: `exec` waits, a log only adds it up.
"""

import shlex
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TypeAlias

import attrs

NOT_FOUND = 127
_CANNOT_RUN = 126
_MAX_STEPS = 10_000
"""Commands that one script may run."""


@attrs.frozen
class Out:
    """Write to standard output."""

    data: bytes


@attrs.frozen
class Err:
    """Write to standard error."""

    data: bytes


@attrs.frozen
class Sleep:
    """Let time pass."""

    seconds: float


@attrs.frozen
class Read:
    """Wait for standard input; what is sent back is some of it, nothing at its end."""


Effect: TypeAlias = Out | Err | Sleep | Read
Program: TypeAlias = Generator[Effect, bytes, int]


@attrs.frozen
class Inside:
    """What a program sees of its container."""

    hostname: str
    environment: Mapping[str, str] = attrs.field(factory=dict)
    files: Mapping[str, bytes] = attrs.field(factory=dict)
    """Content by absolute path."""
    directory: str = "/"


def start(argv: list[str], inside: Inside) -> Program:
    """
    A program as a container's runtime starts it.

    A command that nobody has is told in the runtime's words, with the exit code 127.
    """
    command = _COMMANDS.get(_base(argv[0])) if argv else None
    if command is None:
        return _not_in_path(argv[0] if argv else "")
    return command(argv, inside)


def _base(path: str) -> str:
    return path.rpartition("/")[2] if path.startswith(("/bin/", "/usr/bin/")) else path


def _not_in_path(name: str) -> Program:
    yield Err(
        b"OCI runtime exec failed: exec failed: unable to start container process: exec: "
        + f'"{name}": executable file not found in $PATH: unknown\n'.encode()
    )
    return NOT_FOUND


def _echo(argv: list[str], _inside: Inside) -> Program:
    words, end = argv[1:], "\n"
    if words[:1] == ["-n"]:
        words, end = words[1:], ""
    yield Out((" ".join(words) + end).encode())
    return 0


def _true(_argv: list[str], _inside: Inside) -> Program:
    yield from ()
    return 0


def _false(_argv: list[str], _inside: Inside) -> Program:
    yield from ()
    return 1


def _sleep(argv: list[str], _inside: Inside) -> Program:
    try:
        seconds = sum(_seconds(word) for word in argv[1:])
    except ValueError:
        yield Err(f"sleep: invalid number '{argv[-1]}'\n".encode())
        return 1
    if len(argv) < 2:
        yield Err(b"sleep: missing operand\n")
        return 1
    yield Sleep(seconds)
    return 0


def _seconds(word: str) -> float:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    if word in ("infinity", "inf"):
        return 1e9
    number, unit = (word[:-1], units[word[-1]]) if word[-1:] in units else (word, 1)
    seconds = float(number) * unit
    if not 0 <= seconds < 1e12:
        raise ValueError(word)
    return seconds


def _cat(argv: list[str], inside: Inside) -> Program:
    code = 0
    for path in argv[1:] or ["-"]:
        if path == "-":
            while data := (yield Read()):
                yield Out(data)
        elif (content := inside.files.get(_absolute(path, inside))) is not None:
            yield Out(content)
        else:
            yield Err(f"cat: can't open '{path}': No such file or directory\n".encode())
            code = 1
    return code


def _absolute(path: str, inside: Inside) -> str:
    return path if path.startswith("/") else f"{inside.directory.rstrip('/')}/{path}"


def _env(argv: list[str], inside: Inside) -> Program:
    if len(argv) > 1:
        return (yield from start(argv[1:], inside))
    lines = (f"{name}={value}\n" for name, value in inside.environment.items())
    yield Out("".join(lines).encode())
    return 0


def _printenv(argv: list[str], inside: Inside) -> Program:
    if len(argv) == 1:
        return (yield from _env(argv, inside))
    found = [inside.environment[name] for name in argv[1:] if name in inside.environment]
    yield Out("".join(f"{value}\n" for value in found).encode())
    return 0 if len(found) == len(argv) - 1 else 1


def _ls(argv: list[str], inside: Inside) -> Program:
    code = 0
    for path in [word for word in argv[1:] if not word.startswith("-")] or [inside.directory]:
        absolute = _absolute(path, inside)
        if absolute in inside.files:
            yield Out(f"{path}\n".encode())
        elif names := _entries(absolute, inside):
            yield Out("".join(f"{name}\n" for name in names).encode())
        else:
            yield Err(f"ls: {path}: No such file or directory\n".encode())
            code = 1
    return code


def _entries(directory: str, inside: Inside) -> list[str]:
    root = directory.rstrip("/") + "/"
    below = (path.removeprefix(root) for path in inside.files if path.startswith(root))
    return sorted({rest.partition("/")[0] for rest in below})


def _hostname(_argv: list[str], inside: Inside) -> Program:
    yield Out(f"{inside.hostname}\n".encode())
    return 0


def _pwd(_argv: list[str], inside: Inside) -> Program:
    yield Out(f"{inside.directory}\n".encode())
    return 0


def _whoami(_argv: list[str], _inside: Inside) -> Program:
    yield Out(b"root\n")
    return 0


def _id(_argv: list[str], _inside: Inside) -> Program:
    yield Out(b"uid=0(root) gid=0(root) groups=0(root)\n")
    return 0


def _uname(argv: list[str], inside: Inside) -> Program:
    full = f"Linux {inside.hostname} 6.1.0 #1 SMP x86_64 GNU/Linux"
    yield Out((f"{full}\n" if "-a" in argv else "Linux\n").encode())
    return 0


def _shell(argv: list[str], inside: Inside) -> Program:
    flags = [word for word in argv[1:2] if word.startswith("-")]
    if flags and flags[0].endswith("c"):
        if len(argv) < 3:
            yield Err(b"sh: -c requires an argument\n")
            return 2
        return (yield from _script(argv[2], inside))
    code = 0
    pending = b""
    while data := (yield Read()):
        pending += data
        *lines, pending = pending.split(b"\n")
        for line in lines:
            result = yield from _line(line.decode(errors="replace"), inside, code)
            if result.exits:
                return result.code
            code = result.code
    if pending:
        code = (yield from _line(pending.decode(errors="replace"), inside, code)).code
    return code


@attrs.frozen
class _Result:
    code: int
    exits: bool = False


def _script(text: str, inside: Inside) -> Program:
    code = 0
    for line in text.splitlines():
        result = yield from _line(line, inside, code)
        if result.exits:
            return result.code
        code = result.code
    return code


def _line(text: str, inside: Inside, code: int) -> Generator[Effect, bytes, _Result]:
    """One line: commands between `;`, `&&` and `||`."""
    try:
        steps = list(_steps(text))
    except ValueError as error:
        yield Err(f"sh: syntax error: {error}\n".encode())
        return _Result(2, exits=True)
    for joint, words in steps[:_MAX_STEPS]:
        if (joint == "&&" and code) or (joint == "||" and not code):
            continue
        result = yield from _command(words, inside, code)
        if result.exits:
            return result
        code = result.code
    return _Result(code)


_JOINTS = (";", "&&", "||")


def _steps(text: str) -> Iterator[tuple[str, list[str]]]:
    """
    The commands of a line and what joins each to the one before.

    Raises:
        ValueError: the line makes no sense, or more than this shell knows.
    """
    lexer = shlex.shlex(text, posix=False, punctuation_chars=";&|<>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    joint, words = ";", list[str]()
    for token in lexer:
        if token in _JOINTS:
            if not words:
                raise ValueError(f'unexpected "{token}"')
            yield joint, words
            joint, words = token, []
        elif set(token) <= set(";&|<>") and token not in (">", ">&"):
            raise ValueError(f'unexpected "{token}"')
        else:
            words.append(token)
    if words:
        yield joint, words


def _command(raw: list[str], inside: Inside, code: int) -> Generator[Effect, bytes, _Result]:
    to_err = raw[-2:] in ([">&", "2"], ["1>&", "2"])
    silent = len(raw) > 2 and raw[-2:] == [">", "/dev/null"]
    if to_err or silent:
        raw = raw[:-2]
    if raw and raw[0] == "exec":
        raw = raw[1:]
    words = [_expanded(word, inside, code) for word in raw]
    if not words:
        return _Result(0)
    if words[0] == "exit":
        asked = words[1] if len(words) > 1 else str(code)
        return _Result(int(asked) % 256 if asked.isdigit() else 2, exits=True)
    program = _builtin(words, inside)
    reply = b""
    while True:
        try:
            effect = program.send(reply) if reply else next(program)
        except StopIteration as done:
            return _Result(int(done.value))
        reply = b""
        if isinstance(effect, Out) and to_err:
            effect = Err(effect.data)
        if not (isinstance(effect, Out) and silent):
            reply = yield effect


def _builtin(words: list[str], inside: Inside) -> Program:
    name = words[0]
    if name == ":":
        return _true(words, inside)
    command = _COMMANDS.get(_base(name))
    return _unknown(name) if command is None else command(words, inside)


def _unknown(name: str) -> Program:
    yield Err(f"sh: {name}: not found\n".encode())
    return NOT_FOUND


def _expanded(word: str, inside: Inside, code: int) -> str:
    """A word without its quotes and with its variables."""
    text, quote, position = "", "", 0
    while position < len(word):
        letter = word[position]
        position += 1
        if letter == quote:
            quote = ""
        elif not quote and letter in "'\"":
            quote = letter
        elif letter == "\\" and quote != "'" and position < len(word):
            text += word[position]
            position += 1
        elif letter == "$" and quote != "'":
            value, position = _variable(word, position, inside, code)
            text += value
        else:
            text += letter
    return text


def _variable(word: str, position: int, inside: Inside, code: int) -> tuple[str, int]:
    if word[position : position + 1] == "?":
        return str(code), position + 1
    if word[position : position + 1] == "{":
        end = word.find("}", position)
        if end > 0:
            return inside.environment.get(word[position + 1 : end], ""), end + 1
    end = position
    while end < len(word) and (word[end].isalnum() or word[end] == "_"):
        end += 1
    if end == position:
        return "$", position
    return inside.environment.get(word[position:end], ""), end


_COMMANDS: Mapping[str, Callable[[list[str], Inside], Program]] = {
    "ash": _shell,
    "bash": _shell,
    "cat": _cat,
    "echo": _echo,
    "env": _env,
    "false": _false,
    "hostname": _hostname,
    "id": _id,
    "ls": _ls,
    "printenv": _printenv,
    "pwd": _pwd,
    "sh": _shell,
    "sleep": _sleep,
    "true": _true,
    "uname": _uname,
    "whoami": _whoami,
}


def knows(argv: list[str]) -> bool:
    """Whether there is such a program."""
    return bool(argv) and _base(argv[0]) in _COMMANDS
