"""Commands in a thread of their own beside a listener in the test's own loop."""

from functools import partial

import pytest
import trio
from typer.testing import CliRunner

from provider.cli.app import app
from provider.cli.state import state_of
from provider.gateway.listening import Address, listen
from provider.gateway.operator import Operator
from provider.gateway.token import open_token
from provider.telemetry.logs import open_log
from provider.telemetry.metrics import Metrics
from tests.unit.gateway.fakes import FakeDaemon


class Clock:
    def now(self):
        return 0.0


class Home:
    """A user's machine: state directories, daemons, and commands."""

    def __init__(self, path, nursery):
        self.path = path
        self.env = {"HOME": str(path), "XDG_STATE_HOME": "", "COLUMNS": "200"}
        self.nursery = nursery

    async def start(self, daemon):
        """A daemon that listens, as `provider run` leaves it."""
        state = state_of(daemon.provider, "", self.env)
        operator = Operator(daemon, open_token(state.token), Metrics())
        log = open_log(Clock(), [].append)

        async def serve(task_status):
            await listen(Address("127.0.0.1", 0), operator.handle, log=log, task_status=task_status)

        address = await self.nursery.start(serve)
        state.write_url(f"http://{address}")
        return state

    async def run(self, *arguments, given=None):
        invoke = partial(CliRunner().invoke, app, list(arguments), input=given, env=self.env)
        return await trio.to_thread.run_sync(invoke)


@pytest.fixture
async def home(tmp_path, nursery):
    return Home(tmp_path, nursery)


@pytest.fixture
async def daemon(home):
    fake = FakeDaemon()
    await home.start(fake)
    return fake
