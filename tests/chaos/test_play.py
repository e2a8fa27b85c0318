"""A run ends, whatever becomes of the daemon in it, and says what happened."""

import pytest
import trio

from provider.app import Daemon
from provider.deployment.manager import DeploymentManager
from simulator.chaos import planfile
from simulator.chaos.entries import PlanError
from simulator.chaos.run import play

PLAN = """
name: small
leases: [{name: A}]
actions:
- {do: open, at: 5, lease: A}
- {do: close, at: 40, lease: A}
heal_at: 60
bound_seconds: 120
"""


def played(text=PLAN, **more):
    return play(planfile.loads(text), **more)


def violated(run, invariant):
    return [one for one in run.outcome.violations if one.invariant == invariant]


def test_a_run_in_which_all_goes_well_is_clean():
    run = played()

    assert run.outcome.is_clean, run.outcome
    assert run.outcome.requests > 20
    facts = run.evidence.leases["A"]
    assert (facts.sent, facts.accepted, facts.closed_at) == ([(5, 1)], [(5, 1)], 40)
    assert [life.end for life in run.evidence.lives] == ["sigterm"]
    assert [mark.what for mark in run.evidence.marks] == [
        "start", "open", "accepted", "close", "heal", "sigterm",
    ]  # fmt: skip


def test_the_phases_follow_one_another():
    evidence = played().evidence

    assert evidence.healed_at == 60
    assert evidence.quiet_at >= 60 + 75
    assert evidence.ended_at >= evidence.quiet_at + 60
    assert {rest.daemon for rest in evidence.rests} == {1}
    assert all(look.status == look.livez == 200 for look in evidence.looks)


def test_a_killed_daemon_and_its_heir_are_two_lives():
    run = played(
        PLAN.replace("- {do: close", "- {do: kill, at: 20}\n- {do: start, at: 22}\n- {do: close")
    )

    assert run.outcome.is_clean, run.outcome
    first, second = run.evidence.lives
    assert (first.end, first.asked_at, first.ended_at) == ("kill", 20, 20)
    assert (second.end, second.started_at) == ("sigterm", 22)
    assert first.debts == {"A": 1}
    assert run.outcome.crashes == 1


def test_a_daemon_killed_between_its_answers_to_one_look_owed_no_more():
    plan = PLAN.replace(
        "- {do: close", "- {do: kill, at: 31.7}\n- {do: start, at: 35}\n- {do: close"
    )
    run = played(plan + "world: {latency_seconds: 0.4}\nlook_seconds: 30\n")

    assert run.evidence.lives[0].end == "kill"
    assert run.outcome.is_clean, run.outcome


def test_a_daemon_is_started_when_none_runs_at_the_time_of_healing():
    run = played(PLAN.replace("- {do: close", "- {do: kill, at: 20}\n- {do: close"))

    assert run.outcome.is_clean, run.outcome
    assert [life.started_at for life in run.evidence.lives] == [0, 60]


def test_a_deed_that_finds_nothing_to_be_done_to_makes_a_plan_vacuous():
    text = PLAN + "daemon: {restart_seconds: 5}\n"
    late = text.replace("heal_at", "- {do: update, at: 45, lease: A}\nheal_at")

    assert played(late).outcome.vacuous == ("update of a closed lease A at 45",)
    assert played(late + "lenient: true\n").outcome.is_clean


def test_an_unknown_setting_is_no_plan():
    with pytest.raises(PlanError, match=r"daemon\.settings\.cluster\.hurry: no such setting"):
        played(PLAN + "daemon: {settings: {cluster.hurry: 1}}")


def test_settings_that_do_not_go_are_no_plan():
    with pytest.raises(PlanError, match="poll_seconds must be above 0"):
        played(PLAN + "daemon: {settings: {cluster.poll_seconds: 0}}")


class Looking:
    def __init__(self):
        self.seen = []

    def begin(self, stage):
        self.seen.append(("begin", len(stage.processes), trio.current_time()))

    def deed(self, action):
        self.seen.append((action.do, trio.current_time()))

    def rest(self, stage):
        self.seen.append(("rest", len(stage.processes)))


def test_an_observer_is_told_of_each_phase_and_changes_nothing():
    observer = Looking()

    run = played(observer=observer)

    assert observer.seen == [("begin", 0, 0), ("open", 5), ("close", 40), ("rest", 1)]
    assert run.outcome.trace == played().outcome.trace


# ── what may become of the daemon ───────────────────────────────────────────────────────────────


def test_an_error_that_ends_the_daemon_is_a_crash(monkeypatch):
    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED):
        await trio.sleep(10)
        raise ValueError("no more")

    monkeypatch.setattr(Daemon, "run", run)

    crashes = violated(played(), "crash")

    assert next((one.key, one.time) for one in crashes) == ("ValueError", 10)
    assert "daemon 1 ended by itself: ValueError: no more" in crashes[0].text


def test_a_supervisor_starts_what_ended_by_itself(monkeypatch):
    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED):
        await trio.sleep(10)
        raise ValueError("no more")

    monkeypatch.setattr(Daemon, "run", run)

    lives = played(PLAN + "daemon: {restart_seconds: 7}").evidence.lives

    assert [life.started_at for life in lives[:4]] == [0, 17, 34, 51]


def test_an_error_that_a_manager_survives_is_a_crash_too(monkeypatch):
    async def broken(self, settling):
        raise KeyError("generation")

    monkeypatch.setattr(DeploymentManager, "_serve", broken)

    run = played()

    assert violated(run, "crash")[0].key == "manager broke KeyError"
    assert run.evidence.lives[0].crashes > 1


def test_a_daemon_that_runs_in_circles_ends_the_run(monkeypatch):
    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED):
        await trio.sleep(10)
        while True:
            await trio.lowlevel.checkpoint()

    monkeypatch.setattr(Daemon, "run", run)
    monkeypatch.setattr("simulator.chaos.scheduler.INSTANT_STEPS_MAX", 20_000)

    found = played()

    assert [one.key for one in violated(found, "crash")] == ["runs in circles"]
    assert "last in task 'daemon 1'" in violated(found, "crash")[0].text
    assert found.evidence.ended_at == 10


def test_a_daemon_that_refuses_to_end_does_not_hold_the_run_up(monkeypatch):
    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED):
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

    monkeypatch.setattr(Daemon, "run", run)

    found = played(PLAN.replace("heal_at", "- {do: kill, at: 50}\nheal_at"))

    assert not found.outcome.failure, found.outcome.failure
    assert found.evidence.lives[0].left_tasks == {"daemon 1": 1}
    assert any(mark.what == "it does not end" for mark in found.evidence.marks)


def test_an_error_of_the_harness_is_a_failure_of_the_run(monkeypatch):
    async def broken(stage, action):
        raise ZeroDivisionError("of the harness")

    monkeypatch.setattr("simulator.chaos.actions.carry_out", broken)

    found = played()

    assert found.outcome.failure == "ZeroDivisionError: of the harness"
    assert found.evidence.ended_at == 5


def test_whoever_interrupts_a_run_is_obeyed(monkeypatch):
    async def interrupted(stage, action):
        raise KeyboardInterrupt

    monkeypatch.setattr("simulator.chaos.actions.carry_out", interrupted)

    with pytest.raises(KeyboardInterrupt):
        played()
