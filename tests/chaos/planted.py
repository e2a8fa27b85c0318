"""A worker process whose daemon has one bug, named on its command line."""

import sys

from provider.deployment.manager import DeploymentManager
from provider.deployment.mark import Loss
from provider.deployment.teardown import Teardown
from simulator.chaos.worker import serve


def forget_the_record():
    """A teardown ends when the namespace is gone, and leaves the record behind."""

    async def run(self):
        await self._remove_namespace()

    Teardown.run = run


def take_sigterm_for_a_loss():
    """What ends because the process leaves is torn down as if the lease were lost."""

    def drain(self):
        self.lose(Loss(reason="closed", height=1, endpoint="nobody"))

    DeploymentManager.drain = drain


if __name__ == "__main__":
    {"forget": forget_the_record, "sigterm": take_sigterm_for_a_loss}[sys.argv[1]]()
    serve()
