"""
Tests against a real cluster, in real time; only with `--cluster KUBECONFIG`.

Where none was named, the summary has a line that says how many tests did not run. On a simulated server
they pass as well:

    simulator serve --port 0 --tls --write-kubeconfig /tmp/simulated.yaml
    scripts/test --cluster /tmp/simulated.yaml
"""

import os
import secrets
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import trio

from provider.errors import ProviderError
from provider.kubernetes.access import load_access
from simulator.demo.real import UnfitError
from tests.cluster.premises import Premises

_UNFIT = 2
"""Exit status when the cluster was not touched, as of the demo."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a cluster one item stays, and says how many did not run."""
    here = Path(__file__).parent
    ours = [item for item in items if item.path.is_relative_to(here)]
    if config.getoption("cluster") or not ours:
        return
    first, *others = ours
    reason = f"{len(ours)} tests did not run: no cluster was named (scripts/test --cluster FILE)"
    first.add_marker(pytest.mark.skip(reason=reason))
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Ctrl-C ends the run, not only one test: out of Trio it comes wrapped."""
    try:
        return (yield)
    except BaseExceptionGroup as errors:
        if errors.subgroup(KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise


@pytest.fixture(scope="session")
def premises(request: pytest.FixtureRequest) -> Iterator[Premises]:
    """The cluster of the command line, with everything removed at the end."""
    named = Path(request.config.getoption("cluster"))
    env = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    try:
        found = Premises(load_access(named, None, env), secrets.token_hex(4))
        trio.run(_check, found, request.config.getoption("beside_live_leases"))
    except (ProviderError, UnfitError) as error:
        pytest.exit(f"{named}: {error}", returncode=_UNFIT)
    try:
        trio.run(_install, found)
        yield found
    finally:
        left = trio.run(_sweep, found)
        assert left == [], "still in the cluster"


async def _check(premises: Premises, beside_live_leases: bool) -> None:
    async with premises.opened() as here:
        await here.cluster.check(beside_live_leases=beside_live_leases)


async def _install(premises: Premises) -> None:
    async with premises.opened() as here:
        await here.cluster.install()
        await here.make_namespace(premises.scratch)


async def _sweep(premises: Premises) -> list[str]:
    async with premises.opened() as here:
        return await here.cluster.sweep()
