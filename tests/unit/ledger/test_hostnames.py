import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from provider.ledger.hostnames import HostnameBlocked, HostnameLedger, HostnameTaken
from tests.unit.workload.samples import LEASE

A = LEASE
SIBLING = attrs.evolve(LEASE, dseq=2)
SUCCESSOR = attrs.evolve(LEASE, oseq=2)
STRANGER = attrs.evolve(LEASE, owner="akash1other")


@pytest.fixture
def ledger():
    return HostnameLedger()


def test_free_names_are_reserved(ledger):
    assert ledger.reserve(A, ["a.example.com", "b.example.com"]).withheld == frozenset()
    assert ledger.held_by(A) == {"a.example.com", "b.example.com"}


def test_reserving_again_changes_nothing(ledger):
    ledger.reserve(A, ["a.example.com"])

    assert ledger.reserve(A, ["a.example.com"]).withheld == frozenset()
    assert ledger.held_by(A) == {"a.example.com"}


def test_names_are_told_apart_without_regard_to_case(ledger):
    ledger.reserve(A, ["A.Example.com"])

    assert ledger.holder("a.example.COM") == A
    with pytest.raises(HostnameTaken):
        ledger.reserve(STRANGER, ["a.example.com"])


def test_a_name_of_another_owner_refuses_the_whole_reservation(ledger):
    ledger.reserve(A, ["m.example.com"])

    with pytest.raises(HostnameTaken) as refusal:
        ledger.reserve(STRANGER, ["a.example.com", "m.example.com", "z.example.com"])

    assert (refusal.value.hostname, refusal.value.holder) == ("m.example.com", A)
    assert ledger.held_by(STRANGER) == frozenset()
    assert ledger.holder("a.example.com") is None


def test_the_refusal_does_not_tell_who_the_other_tenant_is(ledger):
    ledger.reserve(A, ["a.example.com"])

    with pytest.raises(HostnameTaken) as refusal:
        ledger.reserve(STRANGER, ["a.example.com"])

    assert A.owner not in str(refusal.value)
    assert "a.example.com" in str(refusal.value)


def test_a_name_of_the_same_owner_is_withheld_and_the_rest_reserved(ledger):
    ledger.reserve(A, ["a.example.com"])

    assert ledger.reserve(SIBLING, ["a.example.com", "b.example.com"]).withheld == {"a.example.com"}
    assert ledger.holder("a.example.com") == A
    assert ledger.held_by(SIBLING) == {"b.example.com"}


def test_a_withheld_name_is_had_in_the_step_in_which_its_holder_releases_it(ledger):
    ledger.reserve(A, ["a.example.com"])
    ledger.reserve(SIBLING, ["a.example.com"])
    assert ledger.queued_by(SIBLING) == {"a.example.com"}

    ledger.release(A, "a.example.com")

    assert ledger.holder("a.example.com") == SIBLING
    assert ledger.queued_by(SIBLING) == frozenset()
    with pytest.raises(HostnameTaken):
        ledger.reserve(STRANGER, ["a.example.com"])


def test_a_name_goes_to_who_of_the_owner_asked_first(ledger):
    for lease in (A, SIBLING, SUCCESSOR):
        ledger.reserve(lease, ["a.example.com"])

    ledger.release_all(A)
    assert ledger.holder("a.example.com") == SIBLING
    ledger.release_all(SIBLING)
    assert ledger.holder("a.example.com") == SUCCESSOR


def test_who_asks_for_a_name_no_longer_does_not_get_it(ledger):
    ledger.reserve(A, ["a.example.com", "b.example.com", "c.example.com"])
    ledger.reserve(SIBLING, ["a.example.com", "b.example.com", "c.example.com"])

    ledger.leave_queue(SIBLING, "A.example.com")
    ledger.release(SIBLING, "b.example.com")
    ledger.release(A, "a.example.com")
    ledger.release(A, "b.example.com")
    ledger.release_all(SIBLING)
    ledger.release(A, "c.example.com")

    assert all(map(ledger.is_free, ("a.example.com", "b.example.com", "c.example.com")))
    assert ledger.queued_by(SIBLING) == frozenset()


def test_a_transfer_goes_before_the_queue(ledger):
    for lease in (A, SIBLING):
        ledger.reserve(lease, ["a.example.com"])
    ledger.destine("a.example.com", SUCCESSOR)

    ledger.release(A, "a.example.com")

    assert ledger.holder("a.example.com") == SUCCESSOR
    assert ledger.queued_by(SIBLING) == {"a.example.com"}


def test_a_name_that_a_newer_manifest_drops_is_held_until_it_is_released(ledger):
    ledger.reserve(A, ["a.example.com"])
    ledger.reserve(A, ["b.example.com"])

    assert ledger.held_by(A) == {"a.example.com", "b.example.com"}


def test_an_old_lease_never_releases_its_successors_names(ledger):
    ledger.reserve(SUCCESSOR, ["a.example.com"])

    ledger.release(A, "a.example.com")
    ledger.release_all(A)

    assert ledger.holder("a.example.com") == SUCCESSOR


def test_releasing_all_frees_every_name_of_the_lease_and_no_other(ledger):
    ledger.reserve(A, ["a.example.com", "b.example.com"])
    ledger.reserve(STRANGER, ["c.example.com"])

    ledger.release_all(A)

    assert ledger.held_by(A) == frozenset()
    assert ledger.holder("c.example.com") == STRANGER
    ledger.reserve(STRANGER, ["a.example.com"])


def test_the_first_entry_of_a_name_counts_at_start(ledger):
    assert ledger.seed("a.example.com", A)
    assert not ledger.seed("A.example.com", STRANGER)
    assert ledger.seed("a.example.com", A)
    assert ledger.holder("a.example.com") == A


LEASES = st.sampled_from([A, SIBLING, SUCCESSOR, STRANGER])
NAMES = st.sampled_from(["a.x", "b.x", "C.x", "c.x"])


class Ledger(RuleBasedStateMachine):
    """Any sequence of requests against a plain dictionary."""

    def __init__(self):
        super().__init__()
        self.ledger = HostnameLedger()
        self.model = {}
        self.queues = {}

    def hold(self, name, lease):
        self.model[name] = lease
        self.queues[name] = [other for other in self.queues.get(name, []) if other != lease]

    def free(self, name):
        del self.model[name]
        if queue := self.queues.get(name):
            self.hold(name, queue[0])

    @rule(lease=LEASES, names=st.lists(NAMES, max_size=4))
    def reserve(self, lease, names):
        asked = {name.lower() for name in names}
        taken = any(self.model.get(n, lease).owner != lease.owner for n in asked)
        try:
            withheld = self.ledger.reserve(lease, names).withheld
        except HostnameTaken:
            assert taken
        else:
            assert not taken
            assert withheld == {n for n in asked if self.model.get(n, lease) != lease}
            for name in asked - withheld:
                self.hold(name, lease)
            for name in withheld:
                queue = self.queues.setdefault(name, [])
                queue.extend([] if lease in queue else [lease])

    @rule(lease=LEASES, name=NAMES)
    def seed(self, lease, name):
        holder = self.model.get(name.lower(), lease)
        assert self.ledger.seed(name, lease) == (holder == lease)
        if holder == lease:
            self.hold(name.lower(), lease)

    @rule(lease=LEASES, name=NAMES)
    def release(self, lease, name):
        self.ledger.release(lease, name)
        if lease in self.queues.get(name.lower(), []):
            self.queues[name.lower()].remove(lease)
        if self.model.get(name.lower()) == lease:
            self.free(name.lower())

    @rule(lease=LEASES)
    def release_all(self, lease):
        self.ledger.release_all(lease)
        for queue in self.queues.values():
            queue[:] = [other for other in queue if other != lease]
        for name in [n for n, holder in self.model.items() if holder == lease]:
            self.free(name)

    @invariant()
    def every_name_has_the_one_holder_that_it_should(self):
        held = {
            name: lease
            for lease in (A, SIBLING, SUCCESSOR, STRANGER)
            for name in self.ledger.held_by(lease)
        }
        assert held == self.model
        assert all(self.ledger.holder(name) == lease for name, lease in self.model.items())
        assert sum(len(self.ledger.held_by(lease)) for lease in set(held.values())) == len(held)


TestAnySequence = Ledger.TestCase
TestAnySequence.settings = settings(deadline=None)


# ── blocked names ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hostname", "blocked"),
    [
        ("example.com", True),
        ("Deep.In.Example.com", True),
        ("badexample.com", False),
        ("one.net", True),
        ("sub.one.net", False),
    ],
)
def test_a_pattern_with_a_dot_blocks_the_domain_and_all_below_another_itself_alone(
    hostname, blocked
):
    assert HostnameLedger(blocked=(".Example.com", "one.net")).is_blocked(hostname) is blocked


def test_a_blocked_name_refuses_the_whole_reservation():
    ledger = HostnameLedger(blocked=(".example.com",))

    with pytest.raises(HostnameBlocked):
        ledger.reserve(A, ["a.net", "b.example.com"])

    assert ledger.held_by(A) == frozenset()


def test_what_the_provider_generates_or_a_lease_holds_already_is_not_blocked():
    ledger = HostnameLedger(blocked=(".example.com",))
    ledger.seed("old.example.com", A)

    ledger.reserve(
        A,
        ["old.example.com", "static.example.com"],
        generated=frozenset({"static.example.com"}),
    )

    assert ledger.held_by(A) == {"old.example.com", "static.example.com"}


# ── transfer ────────────────────────────────────────────────────────────────────────────────────


def test_until_a_transfer_is_written_down_the_holder_keeps_the_name(ledger):
    ledger.reserve(A, ["a.example.com"])

    assert ledger.destine("a.example.com", SIBLING) == A
    assert ledger.holder("a.example.com") == A
    assert ledger.is_destined_elsewhere(A, "a.example.com")


def test_after_it_the_heir_holds_and_the_old_holder_departs_until_it_has_let_go(ledger):
    woken = []
    ledger.reserve(A, ["a.example.com"])
    ledger.destine("a.example.com", SIBLING)
    ledger.transfer("a.example.com", SIBLING)
    ledger.wake_on_release("a.example.com", lambda: woken.append(True))

    assert ledger.holder("a.example.com") == SIBLING
    assert ledger.departing_from(A) == {"a.example.com"}
    assert ledger.is_departing("a.example.com")
    ledger.release(A, "a.example.com")
    assert not ledger.is_departing("a.example.com")
    assert ledger.holder("a.example.com") == SIBLING
    assert woken == [True]


def test_a_holder_that_lets_go_before_the_transfer_is_written_leaves_the_name_to_the_heir(ledger):
    ledger.reserve(A, ["a.example.com"])
    ledger.destine("a.example.com", SIBLING)
    ledger.release(A, "a.example.com")

    assert ledger.holder("a.example.com") == SIBLING
    with pytest.raises(HostnameTaken):
        ledger.reserve(STRANGER, ["a.example.com"])


def test_a_name_that_went_there_and_back_departs_from_nobody_who_holds_it(ledger):
    ledger.reserve(A, ["a.example.com"])
    ledger.transfer("a.example.com", SIBLING)
    ledger.transfer("a.example.com", A)

    assert ledger.holder("a.example.com") == A
    assert ledger.departing_from(A) == frozenset()
    assert ledger.departing_from(SIBLING) == {"a.example.com"}


def test_a_transfer_stays_within_one_owner_and_off_blocked_names():
    ledger = HostnameLedger(blocked=("b.example.com",))
    ledger.reserve(A, ["a.example.com"])

    with pytest.raises(HostnameTaken):
        ledger.destine("a.example.com", STRANGER)
    with pytest.raises(HostnameBlocked):
        ledger.destine("b.example.com", A)


def test_a_route_found_at_start_beside_another_holder_departs(ledger):
    ledger.seed("a.example.com", SIBLING)
    ledger.seed_route("a.example.com", A)

    assert ledger.holder("a.example.com") == SIBLING
    assert ledger.departing_from(A) == {"a.example.com"}


def test_a_lost_lease_leaves_and_inherits_nothing(ledger):
    ledger.reserve(A, ["a.example.com", "b.example.com"])
    ledger.transfer("a.example.com", SIBLING)
    ledger.destine("b.example.com", SIBLING)
    ledger.release_all(SIBLING)
    ledger.release_all(A)

    assert ledger.is_free("a.example.com")
    assert ledger.is_free("b.example.com")
    assert not ledger.is_departing("a.example.com")
