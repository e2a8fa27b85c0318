"""deploy/chaos-job.yaml, applied to a simulated cluster: every index gets its seeds and the claim."""

from pathlib import Path

import pytest
import trio
import yaml

from simulator import deterministic
from simulator.chaos.swarm.shares import Share
from simulator.controllers.images import Image
from simulator.controllers.job_indexes import INDEX
from simulator.controllers.settings import ControllerSettings
from simulator.world import open_world

DEPLOY = Path("deploy/chaos-job.yaml")
NAME = "leasekeeper-chaos"


def shown():
    return list(yaml.safe_load_all(DEPLOY.read_text()))


def job():
    [found] = [obj for obj in shown() if obj["kind"] == "Job"]
    return found


def played(image, seconds):
    """What the cluster holds after a while: Jobs, pods and claims, where the image behaves so."""

    async def main():
        settings = ControllerSettings(images={"leasekeeper": image})
        async with open_world(controllers=settings) as world:
            await world.install(shown())
            await trio.sleep(seconds)
            return {
                kind: [
                    one.object
                    for served in world.cluster.registry
                    if served.path == kind
                    for one in world.cluster.store.items(served.storage)
                ]
                for kind in ("batch/v1/jobs", "v1/pods", "v1/persistentvolumeclaims")
            }

    return deterministic.run(0, main)


@pytest.fixture(scope="module")
def done():
    return played(Image.ENDS, 120)


def test_every_index_succeeds_once_and_the_job_is_complete(done):
    [campaign] = done["batch/v1/jobs"]

    assert campaign["status"]["completedIndexes"] == f"0-{job()['spec']['completions'] - 1}"
    assert campaign["status"]["conditions"][-1]["type"] == "Complete"
    assert sorted(int(pod["metadata"]["labels"][INDEX]) for pod in done["v1/pods"]) == list(
        range(job()["spec"]["completions"])
    )


def test_all_pods_write_to_one_bound_claim(done):
    [claim] = done["v1/persistentvolumeclaims"]

    assert claim["status"]["phase"] == "Bound"
    for pod in done["v1/pods"]:
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        [container] = pod["spec"]["containers"]
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        out = container["args"][container["args"].index("--out") + 1]
        assert volumes[mounts[out]]["persistentVolumeClaim"]["claimName"] == "chaos-results"


def test_an_index_that_found_something_is_not_tried_again():
    found = played(Image.CRASHES, 600)

    [campaign] = found["batch/v1/jobs"]
    assert campaign["status"]["conditions"][-1]["reason"] == "FailedIndexes"
    assert campaign["status"]["failed"] == job()["spec"]["completions"]


def test_pods_may_do_nothing_but_compute_and_write_their_results():
    spec = job()["spec"]["template"]["spec"]
    [container] = spec["containers"]

    assert spec["automountServiceAccountToken"] is False
    assert spec["restartPolicy"] == "Never"
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    [policy] = [obj for obj in shown() if obj["kind"] == "NetworkPolicy"]
    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_no_two_indices_play_the_same_seed():
    [container] = job()["spec"]["template"]["spec"]["containers"]
    told = dict(zip(container["args"][::2], container["args"][1::2], strict=True))
    count, first = int(told["--count"]), int(told["--first-seed"])
    shares = [
        Share(first_seed=first, count=count, index=index)
        for index in range(job()["spec"]["completions"])
    ]

    assert [seed for share in shares for seed in share.seeds] == list(
        range(first, first + count * len(shares))
    )
