"""The checks at real journals: they say nothing of a clean run, and see a bad deed in the daemon's name."""

import pytest
import trio

from simulator.chaos import planfile, run
from simulator.world import KUBERNETES

PLAN = """
name: two-leases
leases:
- {name: A}
- {name: B, definition: stack}
actions:
- {do: open, lease: A, at: 1}
- {do: open, lease: B, at: 2}
- {do: close, lease: B, at: 60}
heal_at: 90
"""

DELETES = {
    "workload": "/apis/apps/v1/namespaces/{space}/deployments/web",
    "policy": "/apis/networking.k8s.io/v1/namespaces/{space}/networkpolicies/"
    "akash-deployment-restrictions",
    "namespace": "/api/v1/namespaces/{space}",
}


class Rogue:
    """Sends one DELETE in the daemon's name."""

    def __init__(self, path):
        self.path = path

    def begin(self, stage):
        stage.nursery.start_soon(self._act, stage, name="rogue")

    def deed(self, action):
        pass

    def rest(self, stage):
        pass

    async def _act(self, stage):
        await trio.sleep(40)
        path = self.path.format(space=stage.evidence.leases["A"].namespace)
        request = (
            f"DELETE {path} HTTP/1.1\r\nHost: {KUBERNETES}\r\nUser-Agent: leasekeeper/rogue\r\n"
        )
        stream = await stage.world.network.link("daemon-1").backend.connect_tcp(KUBERNETES, 80)
        await stream.write(f"{request}Connection: close\r\n\r\n".encode())
        await stream.read(65536, timeout=10)
        await stream.aclose()


def test_a_clean_run_violates_nothing():
    assert run.play(planfile.loads(PLAN)).outcome.violations == ()


@pytest.mark.parametrize(
    ("deed", "invariants"),
    [("workload", {"I2"}), ("policy", {"I2", "I16"}), ("namespace", {"I2"})],
)
def test_a_bad_deed_is_seen(deed, invariants):
    outcome = run.play(planfile.loads(PLAN), observer=Rogue(DELETES[deed])).outcome

    assert outcome.failure == ""
    assert invariants <= {violation.invariant for violation in outcome.violations}
    assert {violation.lease for violation in outcome.violations} == {"A"}
