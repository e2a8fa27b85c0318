"""kubeconfig files: merged as kubectl does, and refused with file, field and what to do."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from provider.kubernetes.document import AccessError
from provider.kubernetes.kubeconfig import read_kubeconfig


def config(
    *,
    cluster: dict[str, Any] | None = None,
    user: dict[str, Any] | None = None,
    name: str = "main",
    **more: Any,
) -> dict[str, Any]:
    """A kubeconfig of one cluster, one user and one context, all called the same."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": "https://api:6443", **(cluster or {})}}],
        "users": [{"name": name, "user": user or {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        **more,
    }


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return path


def read(*files: Path, all_must_exist: bool = False):
    loaded = read_kubeconfig(files, all_must_exist=all_must_exist)
    _, context = loaded.context()
    return loaded.cluster(context), loaded.user(context), context


def test_of_several_files_the_first_that_names_something_wins(tmp_path):
    one = write(tmp_path / "one", config(cluster={"server": "https://one"}, name="shared"))
    two = write(
        tmp_path / "two",
        config(cluster={"server": "https://two"}, name="shared", **{"current-context": "own"})
        | {"contexts": [{"name": "own", "context": {"cluster": "shared", "namespace": "lease"}}]},
    )

    loaded = read_kubeconfig([tmp_path / "missing", one, two], all_must_exist=False)

    assert loaded.files == (one, two)
    assert loaded.current == "shared"
    name, own = loaded.context("own")
    assert (name, own.namespace) == ("own", "lease")
    assert loaded.cluster(own).server == "https://one"
    # A context without a user asks as nobody.
    assert loaded.user(own).token == ""


def test_the_current_context_comes_from_the_first_file_that_has_one(tmp_path):
    one = write(tmp_path / "one", config(name="a", **{"current-context": ""}))
    two = write(tmp_path / "two", config(name="b"))

    assert read_kubeconfig([one, two], all_must_exist=False).context()[0] == "b"


def test_paths_are_relative_to_the_file_that_holds_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = write(
        tmp_path / "deep" / "config",
        config(
            cluster={"certificate-authority": "ca.crt"},
            user={
                "client-certificate": "pki/me.crt",
                "client-key": "/etc/me.key",
                "tokenFile": "../token",
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1beta1",
                    "command": "./bin/plugin",
                },
            },
        ),
    )

    cluster, user, _ = read(Path("deep/config"))

    assert cluster.authority == file.parent / "ca.crt"
    assert user.certificate == file.parent / "pki/me.crt"
    assert user.key == Path("/etc/me.key")
    assert user.token_file == file.parent / "../token"
    assert user.plugin is not None
    assert Path(user.plugin.command) == file.parent / "bin/plugin"


def test_a_plugin_without_a_slash_is_looked_for_on_the_path(tmp_path):
    exec_entry = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "aws",
        "args": ["eks", "get-token"],
        "env": [{"name": "AWS_PROFILE", "value": "prod"}],
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": True,
        "installHint": "install aws",
    }
    _, user, _ = read(write(tmp_path / "config", config(user={"exec": exec_entry})))

    plugin = user.plugin
    assert plugin is not None
    assert (plugin.command, plugin.args) == ("aws", ("eks", "get-token"))
    assert plugin.env == (("AWS_PROFILE", "prod"),)
    assert plugin.provide_cluster_info


def test_data_is_base64_and_goes_before_a_file(tmp_path):
    data = base64.b64encode(b"PEM").decode()
    user = {
        "client-certificate-data": data,
        "client-certificate": "absent",
        "client-key-data": data[:2] + "\n" + data[2:],
    }
    _, found, _ = read(write(tmp_path / "config", config(user=user)))

    assert (found.certificate_data, found.certificate, found.key_data) == (b"PEM", None, b"PEM")


def test_somebody_else_can_be_asked_as(tmp_path):
    user = {"token": "t", "as": "system:serviceaccount:ns:leasekeeper", "as-groups": ["g"]}
    _, found, _ = read(write(tmp_path / "config", config(user=user)))

    assert found.impersonate == (
        ("impersonate-user", "system:serviceaccount:ns:leasekeeper"),
        ("impersonate-group", "g"),
    )


V1 = "client.authentication.k8s.io/v1"


@pytest.mark.parametrize(
    ("document", "field", "rule"),
    [
        ("a: [", "line ", "is no YAML"),
        ("just text", "", "expected an object"),
        ("\x00", "", "is no YAML"),
        (config(clusters={}), "clusters", "expected a list"),
        (config(clusters=[1]), "clusters[0]", "expected an object"),
        (config(clusters=[]), "contexts[0].context.cluster", "clusters has no 'main'; it has none"),
        (config(users=[]), "contexts[0].context.user", "users has no 'main'"),
        (config(contexts=[]), "current-context", "contexts has no 'main'"),
        (config(**{"current-context": ""}), "current-context", "is not set"),
        (
            config(users=[{"name": "main", "user": {}}] * 2),
            "users[1].name",
            "'main' is there twice",
        ),
        (config(cluster={"server": ""}), "clusters[0].cluster.server", "is missing"),
        (config(cluster={"server": 7}), "clusters[0].cluster.server", "put it in quotes"),
        (
            config(cluster={"insecure-skip-tls-verify": "yes"}),
            "clusters[0].cluster.insecure-skip-tls-verify",
            "expected true or false",
        ),
        (
            config(cluster={"insecure-skip-tls-verify": True, "certificate-authority": "x"}),
            "clusters[0].cluster.insecure-skip-tls-verify",
            "remove one",
        ),
        (
            config(cluster={"certificate-authority-data": "-----BEGIN"}),
            "clusters[0].cluster.certificate-authority-data",
            "expected base64",
        ),
        (config(user={"token": 12345}), "users[0].user.token", "put it in quotes"),
        (
            config(user={"auth-provider": {"name": "oidc"}}),
            "users[0].user.auth-provider",
            "use an exec plugin",
        ),
        (config(user={"client-certificate": "x"}), "users[0].user", "go together"),
        (config(user={"token": "t", "username": "u"}), "users[0].user", "remove one"),
        (config(user={"as-groups": ["g"]}), "users[0].user.as", "is missing"),
        (config(user={"as": "u", "as-groups": ["g", "h"]}), "users[0].user.as-groups", "at most"),
        (config(user={"exec": {"command": "x"}}), "users[0].user.exec.apiVersion", "must be one of"),
        (
            config(user={"exec": {"apiVersion": V1, "interactiveMode": "Never"}}),
            "users[0].user.exec.command",
            "is missing",
        ),
        (
            config(user={"exec": {"apiVersion": V1, "command": "x"}}),
            "users[0].user.exec.interactiveMode",
            "set it to Never",
        ),
        (
            config(user={"exec": {"apiVersion": V1, "command": "x", "interactiveMode": "Always"}}),
            "users[0].user.exec.interactiveMode",
            "no terminal",
        ),
    ],
)  # fmt: skip
def test_a_refusal_names_file_field_and_what_to_do(tmp_path, document, field, rule):
    file = write(tmp_path / "config", document)

    with pytest.raises(AccessError) as caught:
        read(file)

    said = str(caught.value)
    assert said.startswith(str(file))
    assert re.search(rf"{re.escape(field)}.*{re.escape(rule)}", said), said


def test_a_file_that_was_named_must_exist_and_be_text(tmp_path):
    with pytest.raises(AccessError, match="No such file"):
        read(tmp_path / "missing", all_must_exist=True)
    with pytest.raises(AccessError, match="none of these files exists"):
        read(tmp_path / "missing")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AccessError, match="no text file"):
        read(tmp_path / "binary")


def test_nothing_secret_shows_in_a_refusal_or_a_text(tmp_path):
    broken = write(tmp_path / "broken", "users:\n- token: hidden\n  - x: hidden")
    with pytest.raises(AccessError) as caught:
        read(broken)
    assert "hidden" not in str(caught.value)

    exec_entry = {
        "apiVersion": V1, "command": "x", "interactiveMode": "Never", "args": ["--key=hidden"],
    }  # fmt: skip
    user = {"token": "hidden", "password": "hidden", "exec": exec_entry}
    _, found, _ = read(write(tmp_path / "config", config(user=user)))
    assert "hidden" not in repr(found)
