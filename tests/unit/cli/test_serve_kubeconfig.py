"""The kubeconfig of a server: what is in it, who may read it, and which files it leaves alone."""

import base64
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from simulator.cli import kubeconfig
from simulator.cli.authority import issued
from simulator.cli.kubeconfig import Access, ForeignFileError, check, document, write
from tests.unit.cli.test_serve import SECONDS, SERVE

PLAIN = Access("http://127.0.0.1:1", "t0ken")


def test_it_holds_one_context_with_the_token(tmp_path: Path) -> None:
    path = tmp_path / "config"
    write(path, PLAIN)
    read = yaml.safe_load(path.read_text())
    (context,) = read["contexts"]
    assert read["current-context"] == context["name"]
    assert read["clusters"][0]["cluster"] == {"server": "http://127.0.0.1:1"}
    assert read["users"][0]["user"] == {"token": "t0ken"}


def test_under_tls_it_holds_the_authority_and_a_client_certificate() -> None:
    certificates = issued(1_767_225_600.0, "root", "system:masters")
    made = document(Access("https://127.0.0.1:1", "t0ken", certificates))
    authority = base64.b64decode(made["clusters"][0]["cluster"]["certificate-authority-data"])
    assert authority == certificates.authority
    user = made["users"][0]["user"]
    assert sorted(user) == ["client-certificate-data", "client-key-data"]
    assert b"PRIVATE KEY" in base64.b64decode(user["client-key-data"])


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "config"
    write(path, PLAIN)
    path.chmod(0o644)
    write(path, PLAIN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["config"]


def test_its_own_file_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config"
    write(path, PLAIN)
    write(path, Access("http://127.0.0.1:2", "other"))
    assert "127.0.0.1:2" in path.read_text()


@pytest.mark.parametrize("content", ["", "apiVersion: v1\n", f"x\n{kubeconfig.MARKER}\n"])
def test_a_file_of_somebody_else_stays_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(ForeignFileError, match="was not written by"):
        write(path, PLAIN)
    assert path.read_text() == content


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    mine, link = tmp_path / "mine", tmp_path / "link"
    write(mine, PLAIN)
    link.symlink_to(mine)
    with pytest.raises(ForeignFileError, match="no plain file"):
        check(link)


def test_a_missing_folder_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ForeignFileError, match="mkdir -p"):
        check(tmp_path / "none" / "config")


def test_the_command_refuses_before_it_serves(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("mine\n")
    ended = subprocess.run(
        (*SERVE, "--port", "0", "--write-kubeconfig", str(path)),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert str(path) in line
    assert "name another path" in line
