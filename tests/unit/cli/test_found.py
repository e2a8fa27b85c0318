"""What a start says of the cluster that it found."""

import trio

from provider.cli.found import tell_cluster
from provider.kubernetes.outcomes import Unseen
from provider.telemetry.logs import open_log
from provider.workload.rights import EVERYWHERE, RECORDS

KINDS = ("manifests", "providerhosts", "providerleasedips")


class Clock:
    def now(self):
        return 0.0


class Server:
    """Answers what it is given, and says nothing of what it is not."""

    def __init__(self, version="v1.36.1", kinds=KINDS, rights=EVERYWHERE | RECORDS):
        self.version, self.kinds, self.rights = version, kinds, rights

    async def read(self, _verb, _plural, path, *_):
        await trio.lowlevel.checkpoint()
        if self.version is None:
            return Unseen("silence")
        if path == "/version":
            major, minor = self.version.removeprefix("v").split(".")[:2]
            return {"gitVersion": self.version, "major": major, "minor": minor}
        return {"kind": "APIResourceList", "resources": [{"name": name} for name in self.kinds]}

    async def ask(self, *_):
        await trio.lowlevel.checkpoint()
        if self.version is None:
            return Unseen("silence")
        rules = [
            {"apiGroups": [r.group], "resources": [r.resource], "verbs": [r.verb]}
            for r in self.rights
        ]
        return {"status": {"resourceRules": rules, "incomplete": False}}


async def told(server):
    records = []
    log = open_log(Clock(), records.append)
    await tell_cluster(server, "lease", "https://k (file, context c)", log)
    return [{k: v for k, v in record.items() if k not in ("time", "level")} for record in records]


async def test_a_cluster_that_has_everything_is_one_line():
    assert await told(Server()) == [
        {"event": "cluster", "at": "https://k (file, context c)", "version": "v1.36.1"}
    ]


async def test_an_old_one_is_told():
    (_, line) = await told(Server(version="v1.20.3"))

    assert line == {"event": "cluster is old", "version": "v1.20.3", "expected": "1.27 or newer"}


async def test_kinds_that_are_missing_are_told_with_what_to_do():
    (_, line) = await told(Server(kinds=("providerhosts",)))

    assert line["kinds"] == "Manifest, ProviderLeasedIP"
    assert line["do"].startswith("provider crds")


async def test_rights_that_are_missing_are_told_by_resource():
    lacking = {r for r in EVERYWHERE | RECORDS if r.resource not in ("namespaces", "leases")}

    (_, everywhere, records) = await told(Server(rights=lacking))

    assert everywhere["rights"] == "create delete get list patch watch namespaces"
    assert records["namespace"] == "lease"
    assert records["rights"] == "create get patch leases.coordination.k8s.io"


async def test_a_server_that_is_silent_does_not_hold_up_the_start():
    assert await told(Server(version=None)) == [
        {"event": "cluster", "at": "https://k (file, context c)", "version": ""}
    ]
