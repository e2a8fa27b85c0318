"""Reaching an API server as a kubeconfig or a pod says; with real TLS over loopback."""

import base64
import json
import os
import ssl
import stat
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from provider.http.errors import NotSentError
from provider.kubernetes import tls
from provider.kubernetes.access import Access, load_access
from provider.kubernetes.document import AccessError
from simulator.wire.messages import Request, Response
from tests.unit.http.authority import Authority, serve, server_context
from tests.unit.kubernetes.test_kubeconfig import V1, config, write

CLUSTER = "clusters[0].cluster"
USER = "users[0].user"


@attrs.define
class HandClock:
    seconds: float = 1_700_000_000.0

    def now(self) -> float:
        return self.seconds


@attrs.define
class Server:
    """Takes whoever carries one of `accepted`, and notes what everybody carried."""

    accepted: set[str] = attrs.field(factory=set)
    seen: list[Request] = attrs.field(factory=list)

    @property
    def carried(self) -> list[str]:
        return [request.headers.get("authorization", "") for request in self.seen]

    async def handle(self, request: Request) -> Response:
        self.seen.append(request)
        fine = not self.accepted or self.carried[-1] in self.accepted
        return Response(200 if fine else 401, (), b"{}")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def kubeconfig(tmp_path: Path, **parts: Any) -> Path:
    return write(tmp_path / "config", config(**parts))


def load(file: Path, env: dict[str, str] | None = None, **options: Any) -> Access:
    return load_access(file, None, env or {"PATH": os.environ["PATH"]}, **options)


async def ask(access: Access) -> int:
    async with access.open_http() as client:
        return (await client.request("GET", "/version")).status


# The server.


async def test_the_servers_certificate_is_verified_with_the_kubeconfigs_authority(tmp_path):
    authority = Authority()
    context = server_context(authority, tmp_path, "127.0.0.1")
    (tmp_path / "ca.crt").write_bytes(authority.pem)
    async with serve(Server().handle, context) as port:
        url = {"server": f"https://127.0.0.1:{port}"}
        for trust in (
            {"certificate-authority-data": b64(authority.pem)},
            {"certificate-authority": "ca.crt"},
            {"insecure-skip-tls-verify": True},
        ):
            assert await ask(load(kubeconfig(tmp_path, cluster={**url, **trust}))) == 200
        for trust in ({}, {"certificate-authority-data": b64(Authority("other").pem)}):
            access = load(kubeconfig(tmp_path, cluster={**url, **trust}))
            with pytest.raises(NotSentError, match="TLS: "):
                await ask(access)


async def test_a_certificate_itself_can_be_what_is_trusted(tmp_path):
    context = server_context(Authority(), tmp_path, "127.0.0.1")
    leaf = (tmp_path / "server.pem").read_bytes().partition(b"-----BEGIN PRIVATE")[0]
    async with serve(Server().handle, context) as port:
        cluster = {
            "server": f"https://127.0.0.1:{port}",
            "certificate-authority-data": b64(leaf),
        }
        assert await ask(load(kubeconfig(tmp_path, cluster=cluster))) == 200


async def test_the_certificate_may_name_something_else_when_the_kubeconfig_says_so(tmp_path):
    authority = Authority()
    context = server_context(authority, tmp_path, "kubernetes.default")
    async with serve(Server().handle, context) as port:
        cluster = {
            "server": f"https://127.0.0.1:{port}",
            "certificate-authority-data": b64(authority.pem),
            "tls-server-name": "kubernetes.default",
        }
        assert await ask(load(kubeconfig(tmp_path, cluster=cluster))) == 200
        del cluster["tls-server-name"]
        with pytest.raises(NotSentError, match="mismatch"):
            await ask(load(kubeconfig(tmp_path, cluster=cluster)))


@pytest.mark.parametrize(
    ("parts", "field", "rule"),
    [
        ({"cluster": {"server": "ftp://x"}}, f"{CLUSTER}.server", "must be a URL"),
        ({"cluster": {"server": "https://x:port"}}, f"{CLUSTER}.server", "must be a URL"),
        ({"cluster": {"proxy-url": "socks5://x"}}, f"{CLUSTER}.proxy-url", "http://"),
        (
            {"cluster": {"certificate-authority": "missing"}},
            f"{CLUSTER}.certificate-authority",
            "No such file",
        ),
        (
            {"cluster": {"certificate-authority-data": b64(b"nonsense")}},
            f"{CLUSTER}.certificate-authority-data",
            "no certificate",
        ),
        ({"user": {"tokenFile": "missing"}}, USER, "No such file"),
        (
            {"user": {"client-certificate": "missing", "client-key": "missing"}},
            USER,
            "No such file",
        ),
        (
            {"user": {"client-certificate-data": b64(b"x"), "client-key-data": b64(b"y")}},
            f"{USER}.client-certificate-data",
            "no certificate and key",
        ),
        (
            {
                "user": {
                    "exec": {
                        "apiVersion": V1,
                        "command": "not-installed",
                        "interactiveMode": "Never",
                        "installHint": "get it from us",
                    }
                }
            },
            f"{USER}.exec.command",
            "cannot be run here; get it from us",
        ),
    ],
)
def test_what_can_never_work_is_refused_before_anything_is_sent(tmp_path, parts, field, rule):
    file = kubeconfig(tmp_path, **parts)

    with pytest.raises(AccessError) as caught:
        load(file)

    assert str(caught.value).startswith(f"{file}: {field}: ")
    assert rule in str(caught.value)


def test_the_start_line_names_file_context_server_and_what_is_unusual(tmp_path):
    cluster = {
        "server": "https://api:6443",
        "insecure-skip-tls-verify": True,
        "proxy-url": "http://user:hidden@proxy:3128",
    }
    file = kubeconfig(tmp_path, cluster=cluster, user={"token": "hidden"})

    access = load(file)

    said = access.describe()
    for part in (
        "https://api:6443",
        str(file),
        "context main",
        "http://proxy:3128",
        "NOT verified",
    ):
        assert part in said
    assert "hidden" not in said + repr(access)


def test_a_server_without_a_scheme_is_https_as_soon_as_anything_about_tls_is_said(tmp_path):
    assert load(kubeconfig(tmp_path, cluster={"server": "api:80"})).url == "http://api:80"
    cluster = {"server": "api:6443", "insecure-skip-tls-verify": True}
    assert load(kubeconfig(tmp_path, cluster=cluster)).url == "https://api:6443"


# Who asks.


@pytest.mark.parametrize(
    ("user", "carried"),
    [
        ({}, ""),
        ({"token": "t"}, "Bearer t"),
        ({"username": "u", "password": "p"}, "Basic dTpw"),
        ({"token": "t", "exec": {"apiVersion": V1, "command": "x", "interactiveMode": "Never"}}, "Bearer t"),
    ],
)  # fmt: skip
async def test_a_token_or_password_is_carried_by_every_request(tmp_path, user, carried):
    server = Server()
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        await ask(load(kubeconfig(tmp_path, cluster=url, user=user)))
    assert server.carried == [carried]


async def test_somebody_else_is_asked_as_in_headers(tmp_path):
    server = Server()
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        user = {"token": "t", "as": "jane", "as-groups": ["ops"]}
        await ask(load(kubeconfig(tmp_path, cluster=url, user=user)))
    [request] = server.seen
    assert request.headers["impersonate-user"] == "jane"
    assert request.headers["impersonate-group"] == "ops"


async def test_a_client_certificate_is_shown_from_data_or_files(tmp_path):
    authority, clients = Authority(), Authority("clients")
    context = server_context(authority, tmp_path, "127.0.0.1", clients=clients)
    certificate, key = clients.issue("me")
    (tmp_path / "me.crt").write_bytes(certificate)
    (tmp_path / "me.key").write_bytes(key)
    async with serve(Server().handle, context) as port:
        cluster = {
            "server": f"https://127.0.0.1:{port}",
            "certificate-authority-data": b64(authority.pem),
        }
        for user in (
            {"client-certificate-data": b64(certificate), "client-key-data": b64(key)},
            {"client-certificate": "me.crt", "client-key": "me.key"},
            {"client-certificate": "me.crt", "client-key-data": b64(key)},
        ):
            assert await ask(load(kubeconfig(tmp_path, cluster=cluster, user=user))) == 200
        with pytest.raises(Exception, match=r"TLS|RemoteProtocolError|ReadError"):
            await ask(load(kubeconfig(tmp_path, cluster=cluster)))


async def test_a_client_certificate_is_followed_as_its_files_are_replaced_one_by_one(tmp_path):
    authority, old, new = Authority(), Authority("old"), Authority("new")
    server = Server()
    written = [*old.issue("me"), *new.issue("me")]

    def put(certificate: bytes, key: bytes) -> None:
        (tmp_path / "me.crt").write_bytes(certificate)
        (tmp_path / "me.key").write_bytes(key)

    async def asked_by(clients: Authority) -> int:
        context = server_context(authority, tmp_path, "127.0.0.1", clients=clients)
        async with serve(server.handle, context) as port:
            return await ask(attrs.evolve(access, url=f"https://127.0.0.1:{port}"))

    put(written[0], written[1])
    cluster = {"certificate-authority-data": b64(authority.pem)}
    user = {"client-certificate": "me.crt", "client-key": "me.key"}
    access = load(kubeconfig(tmp_path, cluster=cluster, user=user))
    access.authorizer.source.recheck_seconds = 0.0  # type: ignore[attr-defined]
    assert await asked_by(old) == 200
    # Between the two writes they are no pair: the old ones stay in use.
    put(written[2], written[1])
    assert await asked_by(old) == 200
    put(written[2], written[3])
    assert await asked_by(new) == 200


def test_a_key_that_is_encrypted_or_anothers_is_refused_without_asking_anybody(tmp_path):
    clients = Authority()
    certificate, key = clients.issue("me", key_password="secret")
    user = {"client-certificate-data": b64(certificate), "client-key-data": b64(key)}
    with pytest.raises(AccessError, match=r"client-certificate-data: the key is encrypted"):
        load(kubeconfig(tmp_path, user=user))

    _, anothers = clients.issue("you")
    user["client-key-data"] = b64(anothers)
    with pytest.raises(AccessError, match="does not belong"):
        load(kubeconfig(tmp_path, user=user))


@pytest.mark.parametrize("memory", [True, False])
def test_a_key_given_as_data_is_never_readable_for_others(tmp_path, monkeypatch, memory):
    seen: list[tuple[str, int]] = []

    load_cert_chain = ssl.SSLContext.load_cert_chain

    def load_and_look(self: ssl.SSLContext, path: str, **options: Any) -> None:
        seen.append((path, stat.S_IMODE(os.stat(path).st_mode)))
        load_cert_chain(self, path, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load_and_look)
    if not memory:
        monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tls.tempfile, "tempdir", None)
    certificate, key = Authority().issue("me")
    user = {"client-certificate-data": b64(certificate), "client-key-data": b64(key)}
    file = kubeconfig(tmp_path, user=user)

    load(file)

    [(path, mode)] = set(seen)
    if memory:
        assert path.startswith("/proc/self/fd/")
    else:
        assert mode == 0o600
        assert not Path(path).exists()
    assert list(tmp_path.iterdir()) == [file]


async def test_a_token_file_is_read_again_after_a_minute_and_when_it_is_rejected(
    tmp_path, monkeypatch
):
    token = tmp_path / "token"
    token.write_text("one\n")
    server = Server()
    passed = 0.0
    monkeypatch.setattr("provider.kubernetes.credentials.trio.current_time", lambda: passed)
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        access = load(kubeconfig(tmp_path, cluster=url, user={"tokenFile": "token"}))
        await ask(access)
        token.write_text("two\n")
        passed = 59.0
        await ask(access)
        passed = 61.0
        await ask(access)
        assert server.carried == ["Bearer one", "Bearer one", "Bearer two"]

        token.write_text("three\n")
        server.accepted = {"Bearer three"}
        assert await ask(access) == 200
        assert server.carried[3:] == ["Bearer two", "Bearer three"]

        # Gone for a moment, or still the rejected one: the server's word is the answer.
        token.unlink()
        server.accepted = {"Bearer four"}
        assert await ask(access) == 401
        assert server.carried[5:] == ["Bearer three"]


async def test_a_token_beside_its_file_is_used_while_the_file_is_not_there(tmp_path):
    server = Server()
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        access = load(
            kubeconfig(tmp_path, cluster=url, user={"token": "given", "tokenFile": "token"})
        )
        await ask(access)
        (tmp_path / "token").write_text("two")
        server.accepted = {"Bearer two"}
        assert await ask(access) == 200
    assert server.carried == ["Bearer given", "Bearer given", "Bearer two"]


# Exec plugins.

PLUGIN = """#!{python}
import json, os, sys, time, pathlib
here = pathlib.Path(__file__).parent
runs = here / "runs"
number = len(runs.read_text().split()) + 1 if runs.exists() else 1
with runs.open("a") as file:
    file.write("run ")
(here / "info.json").write_text(os.environ["KUBERNETES_EXEC_INFO"])
(here / "env.json").write_text(json.dumps([sys.argv[1:], os.environ.get("ROLE"), sys.stdin.read()]))
print("signing in", file=sys.stderr)
exec((here / "does.py").read_text())
"""

PRINTS = """
print(json.dumps({{"apiVersion": {version!r}, "kind": "ExecCredential", "status": {status}}}))
"""


@attrs.define
class FakePlugin:
    """A program that does as it is told, and the kubeconfig's entry for it."""

    folder: Path
    version: str = V1

    def __attrs_post_init__(self) -> None:
        program = self.folder / "plugin"
        program.write_text(PLUGIN.format(python=sys.executable))
        program.chmod(0o755)
        self.prints('{"token": f"t{number}"}')

    def does(self, code: str) -> None:
        (self.folder / "does.py").write_text(code)

    def prints(self, status: str) -> None:
        self.does(PRINTS.format(version=self.version, status=status))

    @property
    def runs(self) -> int:
        runs = self.folder / "runs"
        return len(runs.read_text().split()) if runs.exists() else 0

    @property
    def user(self) -> dict[str, Any]:
        return {
            "exec": {
                "apiVersion": self.version,
                "command": "./plugin",
                "args": ["token", "--now"],
                "env": [{"name": "ROLE", "value": "provider"}],
                "interactiveMode": "Never",
                "provideClusterInfo": True,
            }
        }


@pytest.fixture(params=["client.authentication.k8s.io/v1beta1", V1])
def plugin(tmp_path, request) -> FakePlugin:
    return FakePlugin(tmp_path, request.param)


async def test_a_plugin_is_run_once_and_told_about_the_cluster(tmp_path, plugin):
    server = Server()
    authority = Authority()
    async with serve(server.handle, server_context(authority, tmp_path, "127.0.0.1")) as port:
        cluster = {
            "server": f"https://127.0.0.1:{port}",
            "certificate-authority-data": b64(authority.pem),
            "extensions": [
                {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}
            ],
        }
        access = load(kubeconfig(tmp_path, cluster=cluster, user=plugin.user))
        assert plugin.runs == 0
        async with access.open_http() as client, trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(client.request, "GET", "/")

    assert plugin.runs == 1
    assert set(server.carried) == {"Bearer t1"}
    assert json.loads((tmp_path / "env.json").read_text()) == [["token", "--now"], "provider", ""]
    assert json.loads((tmp_path / "info.json").read_text()) == {
        "apiVersion": plugin.version,
        "kind": "ExecCredential",
        "spec": {
            "interactive": False,
            "cluster": {
                "server": cluster["server"],
                "certificate-authority-data": b64(authority.pem),
                "config": {"audience": "x"},
            },
        },
    }


async def test_a_plugin_is_run_again_when_its_token_expires(tmp_path):
    plugin, server, clock = FakePlugin(tmp_path), Server(), HandClock(1_767_225_600.0)
    plugin.prints('{"token": f"t{number}", "expirationTimestamp": f"2026-01-01T0{number}:00:00Z"}')
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        access = load(kubeconfig(tmp_path, cluster=url, user=plugin.user), wall=clock)
        for passed in (0, 3500, 3595):
            clock.seconds = 1_767_225_600.0 + passed
            with_pause_over(access)
            await ask(access)

        assert server.carried == ["Bearer t1", "Bearer t1", "Bearer t2"]

        # A plugin that fails while the token still holds costs nothing; after that, it is the reason.
        plugin.does("sys.exit('not now')")
        with_pause_over(access)
        await ask(access)
        clock.seconds += 3600
        with_pause_over(access)
        with pytest.raises(NotSentError, match=r"plugin: exit code 1: signing in not now"):
            await ask(access)
        assert server.carried[3:] == ["Bearer t2"]


def with_pause_over(access: Access) -> None:
    """As if the pause between two runs had passed."""
    access.authorizer.source.pause_seconds = 0.0  # type: ignore[attr-defined]


async def test_a_rejected_token_runs_the_plugin_once_for_all_who_carried_it(tmp_path):
    plugin, server = FakePlugin(tmp_path), Server({"Bearer t2"})
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        access = load(kubeconfig(tmp_path, cluster=url, user=plugin.user))
        with_pause_over(access)
        async with access.open_http() as client, trio.open_nursery() as nursery:
            for _ in range(8):
                nursery.start_soon(client.request, "GET", "/")

    assert plugin.runs == 2
    assert sorted(set(server.carried)) == ["Bearer t1", "Bearer t2"]


async def test_a_plugin_whose_token_is_always_rejected_is_not_run_again_and_again(tmp_path):
    plugin, server = FakePlugin(tmp_path), Server({"nobody"})
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        access = load(kubeconfig(tmp_path, cluster=url, user=plugin.user))
        for _ in range(5):
            assert await ask(access) == 401
    assert plugin.runs == 1


async def test_a_plugin_that_prints_the_rejected_token_again_is_not_tried_with_it_again(tmp_path):
    plugin, server = FakePlugin(tmp_path), Server({"nobody"})
    plugin.prints('{"token": "same"}')
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        access = load(kubeconfig(tmp_path, cluster=url, user=plugin.user))
        with_pause_over(access)
        assert await ask(access) == 401
    assert plugin.runs == 2
    assert server.carried == ["Bearer same"]


async def test_a_tokens_file_goes_before_a_plugin(tmp_path):
    plugin, server = FakePlugin(tmp_path), Server()
    (tmp_path / "token").write_text("from the file")
    async with serve(server.handle) as port:
        url = {"server": f"http://127.0.0.1:{port}"}
        user = {**plugin.user, "tokenFile": "token"}
        await ask(load(kubeconfig(tmp_path, cluster=url, user=user)))
    assert plugin.runs == 0
    assert server.carried == ["Bearer from the file"]


async def test_a_plugin_can_give_a_client_certificate(tmp_path):
    plugin, authority, clients = FakePlugin(tmp_path), Authority(), Authority("clients")
    certificate, key = clients.issue("me")
    plugin.prints(
        json.dumps({"clientCertificateData": certificate.decode(), "clientKeyData": key.decode()})
    )
    context = server_context(authority, tmp_path, "127.0.0.1", clients=clients)
    server = Server()
    async with serve(server.handle, context) as port:
        cluster = {
            "server": f"https://127.0.0.1:{port}",
            "certificate-authority-data": b64(authority.pem),
        }
        assert await ask(load(kubeconfig(tmp_path, cluster=cluster, user=plugin.user))) == 200
    assert server.carried == [""]


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("sys.exit(3)", "exit code 3: signing in"),
        ("print('hidden')", "printed no ExecCredential"),
        ("print('{\"kind\": \"ExecCredential\", \"apiVersion\": \"v9\"}')", "of another version"),
        (PRINTS.format(version=V1, status="None"), "without a status"),
        (PRINTS.format(version=V1, status="{}"), "neither a token nor"),
        (PRINTS.format(version=V1, status='{"token": 7}'), "token is no text"),
        (PRINTS.format(version=V1, status='{"clientKeyData": "hidden"}'), "but not both"),
        (
            PRINTS.format(
                version=V1, status='{"clientKeyData": "hidden", "clientCertificateData": "hidden"}'
            ),
            "no certificate and key",
        ),
        (
            PRINTS.format(version=V1, status='{"token": "hidden", "expirationTimestamp": "soon"}'),
            "is no time",
        ),
        (
            PRINTS.format(
                version=V1, status='{"token": "hidden", "expirationTimestamp": "2026-01-01T00:00:00"}'
            ),
            "no time zone",
        ),
        ("print(' ' * 2_000_000)", "printed no ExecCredential"),
    ],
)  # fmt: skip
async def test_a_plugin_that_gives_nothing_usable_is_named_and_nothing_is_sent(
    tmp_path, does, says
):
    plugin = FakePlugin(tmp_path)
    plugin.does(does)
    cluster = {"server": "https://127.0.0.1:9", "insecure-skip-tls-verify": True}
    access = load(kubeconfig(tmp_path, cluster=cluster, user=plugin.user))

    with pytest.raises(NotSentError, match=says) as caught:
        await ask(access)

    assert "plugin" in str(caught.value)
    assert "hidden" not in str(caught.value)


async def test_an_authority_that_vanished_is_named_and_ends_nothing_else(tmp_path):
    plugin = FakePlugin(tmp_path)
    (tmp_path / "ca.crt").write_bytes(Authority().pem)
    cluster = {"certificate-authority": "ca.crt"}
    access = load(kubeconfig(tmp_path, cluster=cluster, user=plugin.user))
    (tmp_path / "ca.crt").unlink()

    with pytest.raises(NotSentError, match=r"ca\.crt: No such file"):
        await ask(access)


async def test_a_plugin_that_hangs_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("provider.kubernetes.plugin.RUN_SECONDS", 0.5)
    plugin = FakePlugin(tmp_path)
    plugin.does("time.sleep(60)")
    access = load(kubeconfig(tmp_path, user=plugin.user))

    with pytest.raises(NotSentError, match=r"not done within 0.5 s"):
        await ask(access)


# In the cluster.


def mount(folder: Path, authority: Authority, token: str = "one") -> Path:
    (folder / "token").write_text(token)
    (folder / "ca.crt").write_bytes(authority.pem)
    (folder / "namespace").write_text("akash-services")
    return folder


async def test_a_pod_uses_its_service_account_and_follows_its_rotation(tmp_path):
    authority, server = Authority(), Server()
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    mount(folder, authority)
    context = server_context(authority, tmp_path, "127.0.0.1")
    async with serve(server.handle, context) as port:
        env = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(port)}
        access = load_access(None, None, env, service_account=folder)
        assert access.url == f"https://127.0.0.1:{port}"
        assert access.namespace == "akash-services"
        assert str(folder) in access.describe()
        assert await ask(access) == 200

        # The token rotates, and so does the authority, with the server.
        newer = Authority("newer")
        mount(folder, newer, "two")
        server.accepted = {"Bearer two"}
        assert await ask(access) == 200
    context = server_context(newer, tmp_path, "127.0.0.1")
    async with serve(server.handle, context) as port:
        assert await ask(attrs.evolve(access, url=f"https://127.0.0.1:{port}")) == 200
    assert server.carried == ["Bearer one", "Bearer one", "Bearer two", "Bearer two"]


def test_without_anything_configured_the_daemon_says_what_it_looked_for(tmp_path):
    with pytest.raises(AccessError) as caught:
        load_access(None, None, {"HOME": str(tmp_path)}, service_account=tmp_path / "none")
    for part in ("KUBECONFIG", "~/.kube/config", "KUBERNETES_SERVICE_HOST", "--kubeconfig"):
        assert part in str(caught.value)

    with pytest.raises(AccessError, match="no kubeconfig to find it in"):
        load_access(None, "prod", {}, service_account=tmp_path)


@pytest.mark.parametrize("missing", ["token", "ca.crt"])
def test_a_service_account_that_is_not_whole_is_refused(tmp_path, missing):
    mount(tmp_path, Authority())
    (tmp_path / missing).unlink()
    env = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}

    with pytest.raises(AccessError, match=f"{missing}: No such file.*mounted"):
        load_access(None, None, env, service_account=tmp_path)


def test_a_named_file_goes_before_the_variable_and_that_before_the_home_and_the_pod(tmp_path):
    for name in ("named", "listed", "home/.kube/config"):
        write(tmp_path / name, config(cluster={"server": f"http://{name.partition('/')[0]}"}))
    pod = tmp_path / "pod"
    pod.mkdir()
    mount(pod, Authority())
    env = {
        "KUBECONFIG": f"{tmp_path}/missing:{tmp_path}/listed",
        "HOME": f"{tmp_path}/home",
        "KUBERNETES_SERVICE_HOST": "fd00::1",
    }

    def url(named: Path | None = None) -> str:
        return load_access(named, None, env, service_account=pod).url

    assert url(tmp_path / "named") == "http://named"
    assert url() == "http://listed"
    del env["KUBECONFIG"]
    assert url() == "http://home"
    del env["HOME"]
    assert url() == "https://[fd00::1]:443"
