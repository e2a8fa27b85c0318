"""`simulator serve --tls`: who is whom behind a certificate authority of the server's own."""

import base64
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import httpx
import pytest
import yaml

WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@attrs.frozen
class Secured:
    """A server and what its kubeconfig holds."""

    url: str
    authority: Path
    certificate: Path
    key: Path

    def client(self, *, shown: bool) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.authority))
        if shown:
            context.load_cert_chain(self.certificate, self.key)
        return httpx.Client(base_url=self.url, verify=context)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    config = tmp_path / "config"
    command = (sys.executable, "-m", "simulator", "serve", "--port", "0", "--nodes", "0")
    flags = ("--tls", "--write-kubeconfig", str(config))
    with subprocess.Popen((*command, *flags), text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("ready ").rstrip()
        assert process.stdout.readline() == f"kubeconfig {config}\n"
        read = yaml.safe_load(config.read_text())
        cluster, user = read["clusters"][0]["cluster"], read["users"][0]["user"]
        assert cluster["server"] == url
        paths = []
        for data in (
            cluster["certificate-authority-data"],
            user["client-certificate-data"],
            user["client-key-data"],
        ):
            paths.append(tmp_path / f"{len(paths)}.pem")
            paths[-1].write_bytes(base64.b64decode(data))
        yield Secured(url, *paths)
        process.kill()


def test_the_kubeconfig_makes_an_admin(secured: Secured) -> None:
    with secured.client(shown=True) as client:
        info = client.post(WHO, json={}).json()["status"]["userInfo"]
        assert info["username"] == "kubernetes-admin"
        assert "system:masters" in info["groups"]
        assert client.get("/api/v1/secrets").status_code == 200


def test_pods_are_given_the_authority_that_signed_the_server(secured: Secured) -> None:
    name = "/api/v1/namespaces/default/configmaps"
    query = "fieldSelector=metadata.name=kube-root-ca.crt&watch=1&timeoutSeconds=20"
    with (
        secured.client(shown=True) as client,
        client.stream("GET", f"{name}?{query}") as stream,
    ):
        event = json.loads(next(stream.iter_lines()))
    assert event["object"]["data"]["ca.crt"] == secured.authority.read_text()


def test_nobody_is_nobody(secured: Secured) -> None:
    with secured.client(shown=False) as client:
        answer = client.get("/api/v1/secrets")
        assert (answer.status_code, "system:anonymous" in answer.text) == (403, True)
        assert client.get("/readyz").text == "ok"
        wrong = client.get("/api/v1/secrets", headers={"authorization": "Bearer wrong"})
        assert wrong.status_code == 401


def test_its_certificate_is_for_loopback_by_its_names(secured: Secured) -> None:
    with secured.client(shown=False) as client:
        url = secured.url.replace("127.0.0.1", "localhost")
        assert client.get(f"{url}/readyz").status_code == 200


def test_who_does_not_know_the_authority_does_not_connect(secured: Secured) -> None:
    with pytest.raises(httpx.ConnectError), httpx.Client() as client:
        client.get(secured.url)


def test_a_watch_streams_over_tls(secured: Secured) -> None:
    with (
        secured.client(shown=True) as client,
        client.stream("GET", "/api/v1/namespaces?watch=1&timeoutSeconds=1") as stream,
    ):
        assert sum('"ADDED"' in line for line in stream.iter_lines()) == 4
