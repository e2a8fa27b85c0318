"""
A real kubectl against a real `simulator serve`: one server a module and worker, over real sockets, in real time.

The kubectl is the one that $KUBECTL names, else the one on PATH. Without one, the summary has a line
that says how many tests did not run.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

SECONDS = 60
"""For a command; the slowest takes a few."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a kubectl one item stays, and says how many did not run."""
    if executable():
        return
    here = Path(__file__).parent
    ours = [item for item in items if item.path.is_relative_to(here)]
    if not ours:
        return
    first, *others = ours
    reason = f"{len(ours)} tests did not run: no kubectl in $KUBECTL or on PATH"
    first.add_marker(pytest.mark.skip(reason=reason))
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def executable() -> str:
    """The kubectl to drive; empty if there is none."""
    return os.environ.get("KUBECTL") or shutil.which("kubectl") or ""


@attrs.frozen
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str


@attrs.frozen
class Kubectl:
    """A kubectl with its own home, pointed at one server."""

    executable: str
    server: str
    home: Path

    def command(self, *arguments: str) -> list[str]:
        return [self.executable, "--server", self.server, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        (self.home / "kubeconfig").touch()
        own = {"HOME": str(self.home), "KUBECONFIG": str(self.home / "kubeconfig")}
        return {"PATH": os.environ["PATH"], "KUBECTL_DIFF": "diff", **own}

    def run(self, *arguments: str, stdin: str = "") -> Result:
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=SECONDS,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str, stdin: str = "") -> str:
        """Standard output of a command that succeeds."""
        result = self.run(*arguments, stdin=stdin)
        assert result.code == 0, result.err
        return result.out

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """Standard error of a command that fails with 1."""
        result = self.run(*arguments, stdin=stdin)
        assert result.code == 1, result
        return result.err


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    serve = [sys.executable, "-m", "simulator", "serve", "--port", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            ready, _, url = server.stdout.readline().strip().partition(" ")
            assert ready == "ready"
            yield Kubectl(executable(), url, tmp_path_factory.mktemp("home"))
        finally:
            server.terminate()
