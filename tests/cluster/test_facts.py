"""
What the fences rest on, asked of the server itself; docs/concurrency.md has the table.

Plain requests, without the client under test.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import orjson
import trio

from provider.http.client import HttpClient
from provider.kubernetes.kinds import NAMESPACE, ObjectKey
from tests.cluster.premises import Premises

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
JSON = "application/json"
OTHER_UID = "00000000-0000-4000-8000-000000000000"


@attrs.frozen(eq=False)
class Server:
    """One namespace of it."""

    http: HttpClient
    namespace: str

    def path(self, resource: str, name: str = "") -> str:
        root = "/apis/apps/v1" if resource == "deployments" else "/api/v1"
        return f"{root}/namespaces/{self.namespace}/{resource}" + (f"/{name}" if name else "")

    async def send(
        self, method: str, path: str, body: Any, content_type: str = JSON, manager: str = "test"
    ) -> tuple[int, Any]:
        query = [] if method in ("GET", "DELETE") else [("fieldManager", manager)]
        if content_type == APPLY:
            query.append(("force", "true"))
        answer = await self.http.request(
            method,
            path,
            query=query,
            body=orjson.dumps(body) if body is not None else b"",
            content_type=content_type,
        )
        return answer.status, orjson.loads(answer.body)

    async def apply(
        self, obj: Any, *, uid: str = "", version: str = "", manager: str = "test"
    ) -> tuple[int, Any]:
        """Server-side apply with what is given of uid and resourceVersion."""
        fence = {"uid": uid, "resourceVersion": version}
        metadata = {**obj["metadata"], **{k: v for k, v in fence.items() if v}}
        resource = obj["kind"].lower() + "s"
        path = self.path(resource, metadata["name"])
        return await self.send("PATCH", path, {**obj, "metadata": metadata}, APPLY, manager)

    async def created(self, obj: Any) -> Any:
        status, made = await self.apply(obj, version="1")
        assert status == 201, made
        return made["metadata"]


@asynccontextmanager
async def served(premises: Premises) -> AsyncIterator[Server]:
    async with premises.opened() as here:
        yield Server(here.http, premises.scratch)


def config(name: str, **data: str) -> Any:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str, *env: tuple[str, str]) -> Any:
    """One that starts no pod."""
    container = {
        "name": "main",
        "image": "registry.k8s.io/pause:3.10",
        "env": [{"name": key, "value": value} for key, value in env],
    }
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def variables(obj: Any) -> list[str]:
    return [v["name"] for v in obj["spec"]["template"]["spec"]["containers"][0].get("env", [])]


def causes(answer: Any) -> list[tuple[str, str]]:
    found = answer.get("details", {}).get("causes", [])
    return [(cause.get("reason", ""), cause.get("field", "")) for cause in found]


# ── creating ────────────────────────────────────────────────────────────────────────────────────


async def test_an_apply_at_version_1_creates_and_never_overwrites(premises: Premises) -> None:
    async with served(premises) as server:
        assert (await server.apply(config("one", a="1"), version="1"))[0] == 201
        status, answer = await server.apply(config("one", a="2"), version="1")
        assert (status, answer["reason"]) == (409, "Conflict")
        _, live = await server.send("GET", server.path("configmaps", "one"), None)
        assert live["data"] == {"a": "1"}


async def test_an_apply_at_version_0_fences_nothing(premises: Premises) -> None:
    async with served(premises) as server:
        await server.created(config("zero", a="1"))
        assert (await server.apply(config("zero", a="2"), version="0"))[0] == 200


async def test_an_apply_at_any_version_creates_what_is_absent(premises: Premises) -> None:
    async with served(premises) as server:
        elsewhere = await server.created(config("elsewhere"))
        version = elsewhere["resourceVersion"]
        assert (await server.apply(config("absent"), version=version))[0] == 201


async def test_a_merge_patch_of_what_is_absent_makes_no_ghost(premises: Premises) -> None:
    async with served(premises) as server:
        path = server.path("configmaps", "ghost")
        assert (await server.send("PATCH", path, {"data": {"a": "1"}}, MERGE))[0] == 404
        assert (await server.send("GET", path, None))[0] == 404


# ── updating ────────────────────────────────────────────────────────────────────────────────────


async def test_a_stale_version_is_a_conflict_also_when_nothing_would_change(
    premises: Premises,
) -> None:
    async with served(premises) as server:
        old = await server.created(config("stale", a="1"))
        assert (await server.apply(config("stale", a="2"), version=old["resourceVersion"]))[
            0
        ] == 200
        for data in ({"a": "3"}, {"a": "2"}):
            status, answer = await server.apply(
                config("stale", **data), uid=old["uid"], version=old["resourceVersion"]
            )
            assert (status, answer["reason"]) == (409, "Conflict")


async def test_a_version_is_stale_when_only_the_status_has_moved(premises: Premises) -> None:
    async with served(premises) as server:
        wanted = deployment("moved")
        old = await server.created(wanted)
        moved = {"status": {"observedGeneration": 1, "replicas": 0, "unavailableReplicas": 0}}
        extra = {"type": "Progressing", "status": "Unknown", "reason": "Test"}
        moved["status"]["conditions"] = [extra]
        path = server.path("deployments", "moved") + "/status"
        assert (await server.send("PATCH", path, moved, MERGE))[0] == 200
        status, answer = await server.apply(wanted, uid=old["uid"], version=old["resourceVersion"])
        assert (status, answer["reason"]) == (409, "Conflict")


async def test_the_same_apply_again_is_no_write(premises: Premises) -> None:
    async with served(premises) as server:
        first = await server.created(config("same", a="1"))
        status, again = await server.apply(config("same", a="1"))
        assert status == 200
        assert again["metadata"]["resourceVersion"] == first["resourceVersion"]


async def test_a_uid_keeps_an_update_from_whatever_else_has_the_name(premises: Premises) -> None:
    async with served(premises) as server:
        assert (await server.apply(config("nobody"), uid=OTHER_UID))[0] == 409
        live = await server.created(config("somebody", a="1"))
        for version in ("", live["resourceVersion"]):
            status, answer = await server.apply(
                config("somebody", a="2"), uid=OTHER_UID, version=version
            )
            assert status == 422
            assert "metadata.uid" in [field for _, field in causes(answer)]
        await server.apply(config("somebody", a="3"))
        status, _ = await server.apply(
            config("somebody", a="4"), uid=OTHER_UID, version=live["resourceVersion"]
        )
        assert status == 409


async def test_a_delete_with_another_uid_deletes_nothing(premises: Premises) -> None:
    async with served(premises) as server:
        await server.created(config("kept"))
        path = server.path("configmaps", "kept")
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": OTHER_UID}}
        assert (await server.send("DELETE", path, body))[0] == 409
        assert (await server.send("GET", path, None))[0] == 200


# ── ownership ───────────────────────────────────────────────────────────────────────────────────


async def test_what_was_posted_stays_and_what_was_applied_goes(premises: Premises) -> None:
    """Why every object is created by an apply."""
    async with served(premises) as server:
        both, one = (("A", "1"), ("B", "2")), (("A", "1"),)
        path = server.path("deployments")
        assert (await server.send("POST", path, deployment("posted", *both)))[0] == 201
        _, posted = await server.apply(deployment("posted", *one))
        assert variables(posted) == ["A", "B"]
        await server.created(deployment("applied", *both))
        _, applied = await server.apply(deployment("applied", *one))
        assert variables(applied) == ["A"]


async def test_a_note_of_another_manager_survives_the_next_apply(premises: Premises) -> None:
    """As the closing mark on a record has to."""
    async with served(premises) as server:
        await server.created(config("noted", a="1"))
        note = {"metadata": {"annotations": {"example.com/closing": "yes"}}}
        path = server.path("configmaps", "noted")
        assert (await server.send("PATCH", path, note, MERGE, manager="test-intent"))[0] == 200
        status, after = await server.apply(config("noted", a="2"))
        assert status == 200
        assert after["metadata"]["annotations"] == {"example.com/closing": "yes"}


async def test_a_list_that_repeats_a_key_is_refused_whole(premises: Premises) -> None:
    async with served(premises) as server:
        status, answer = await server.apply(deployment("twice", ("A", "1"), ("A", "2")))
        assert status == 500
        assert "failed to create typed patch object" in answer["message"]


async def test_a_generation_rises_with_the_spec_alone(premises: Premises) -> None:
    async with served(premises) as server:
        made = await server.created(deployment("counted", ("A", "1")))
        assert made["generation"] == 1
        note = {"metadata": {"annotations": {"example.com/note": "x"}}}
        path = server.path("deployments", "counted")
        _, noted = await server.send("PATCH", path, note, MERGE, manager="test-intent")
        assert noted["metadata"]["generation"] == 1
        _, changed = await server.apply(deployment("counted", ("A", "2")))
        assert changed["metadata"]["generation"] == 2


# ── on the way out ──────────────────────────────────────────────────────────────────────────────


async def test_a_terminating_namespace_takes_nothing_new_but_changes_of_what_is_there(
    premises: Premises,
) -> None:
    async with premises.opened() as here:
        name = f"{premises.scratch}-ending"
        await here.make_namespace(name)
        server = Server(here.http, name)
        # What holds the namespace up while it is looked at.
        held = config("held", a="1")
        held["metadata"]["finalizers"] = ["leasekeeper.akash.network/test"]
        await server.created(held)
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        path = f"/api/v1/namespaces/{name}"
        try:
            await here.client.delete(ObjectKey(NAMESPACE, "", name))
            _, ending = await server.send("GET", path, None)
            assert "deletionTimestamp" in ending["metadata"]

            status, answer = await server.apply(config("new"), version="1")
            assert (status, answer["reason"]) == (403, "Forbidden")
            assert "NamespaceTerminating" in [reason for reason, _ in causes(answer)]
            held["data"] = {"a": "2"}
            assert (await server.apply(held))[0] == 200
            manifest["metadata"]["labels"] = {"example.com/late": "true"}
            assert (await server.send("PATCH", path, manifest, APPLY))[0] == 200
            status, answer = await server.send("POST", "/api/v1/namespaces", manifest)
            assert status == 409
            assert "object is being deleted" in answer["message"]
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 10):
                loose = {"metadata": {"finalizers": None}}
                path = server.path("configmaps", "held")
                await server.send("PATCH", path, loose, MERGE)
