"""`kubectl logs`, `exec` and `attach`: what comes through, and how it ends."""

import pytest

from tests.kubectl.conftest import Kubectl

pytestmark = pytest.mark.kubectl

WAIT = "--timeout=30s"


@pytest.fixture(scope="module")
def pod(kubectl: Kubectl) -> str:
    kubectl.ok("run", "p", "--image=web", "--port=80", "--env=A=b")
    kubectl.ok("wait", "--for=condition=Ready", "pod/p", WAIT)
    return "p"


def test_logs(kubectl: Kubectl, pod: str) -> None:
    assert kubectl.ok("logs", pod).startswith("web started\nlistening on 80/TCP\n")
    assert kubectl.ok("logs", pod, "--tail=0") == ""
    stamped = kubectl.ok("logs", pod, "--timestamps", "--tail=1", "-c", "p")
    assert stamped[:2] == "20"


def test_logs_follow_to_the_end(kubectl: Kubectl) -> None:
    kubectl.ok("run", "teller", "--image=web", "--", "sh", "-c", "echo one; sleep 1; echo two")
    kubectl.ok("wait", "--for=condition=Ready", "pod/teller", WAIT)
    kubectl.ok("delete", "pod", "teller", "--wait=false", "--grace-period=3")
    assert kubectl.ok("logs", "-f", "teller").startswith("one\n")


def test_logs_of_the_run_before(kubectl: Kubectl) -> None:
    kubectl.ok("run", "crasher", "--image=crash")
    kubectl.ok(
        "wait",
        "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff",
        "pod/crasher",
        WAIT,
    )
    assert "exiting with status 1" in kubectl.ok("logs", "crasher", "--previous")


def test_logs_that_are_not_there(kubectl: Kubectl, pod: str) -> None:
    assert "not found" in kubectl.refused("logs", "nobody")
    assert "container x is not valid for pod p" in kubectl.refused("logs", pod, "-c", "x")
    kubectl.ok("run", "broken", "--image=fail")
    kubectl.ok(
        "wait",
        "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ErrImagePull",
        "pod/broken",
        WAIT,
    )
    assert "is waiting to start" in kubectl.refused("logs", "broken")


def test_exec_passes_output_and_exit_code_on(kubectl: Kubectl, pod: str) -> None:
    assert kubectl.ok("exec", pod, "--", "echo", "hi") == "hi\n"
    assert kubectl.ok("exec", pod, "--", "printenv", "A") == "b\n"
    result = kubectl.run("exec", pod, "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (result.code, result.out) == (7, "out\n")
    assert result.err.startswith("err\n")


def test_exec_passes_input_on(kubectl: Kubectl, pod: str) -> None:
    text = "line\n" * 5000
    assert kubectl.ok("exec", "-i", pod, "--", "cat", stdin=text) == text


def test_exec_of_what_is_not_there(kubectl: Kubectl, pod: str) -> None:
    missing = kubectl.run("exec", pod, "--", "nothing")
    assert missing.code == 127
    assert "executable file not found" in missing.err
    assert "not found" in kubectl.refused("exec", "nobody", "--", "ls")
    assert "container x is not valid" in kubectl.refused("exec", pod, "-c", "x", "--", "ls")
