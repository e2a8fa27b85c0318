"""What the daemon writes into its log through a life full of trouble."""

from tests.sim import tenants
from tests.sim.scene import play
from tests.sim.test_secrets import story

OF_THE_PROCESS = {"starting", "market not known", "no tenant may read from the API server"}
"""Events that concern no lease, or all of them."""


def test_every_line_of_a_manager_carries_its_lease():
    _, logs, _ = play(story)

    about_leases = [record for record in logs if record["event"] not in OF_THE_PROCESS]
    assert {record.get("lease") for record in about_leases} == {str(tenants.lease())}
    assert {"lease", "lease lost", "manager broke"} <= {record["event"] for record in about_leases}


def test_events_are_fixed_texts_and_what_varies_is_in_the_pairs():
    _, logs, _ = play(story)

    assert all("/" not in record["event"] for record in logs)
    assert all(set(record) >= {"time", "level", "event"} for record in logs)
