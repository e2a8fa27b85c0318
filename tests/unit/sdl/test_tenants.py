"""Eighty definitions that tenants really deploy: what the reference takes is taken, and nothing else."""

from pathlib import Path

import pytest

from provider.sdl.compile import compile_sdl
from provider.sdl.errors import SdlError

FOLDER = Path(__file__).parents[2] / "data" / "sdl" / "awesome"

REFUSED = {
    "Venice-ElizaOS--deploy.yml": "cpu.units: expected a single value, got a list",
    "ghrunner--deploy.yaml": "got '2gb'",
    "gitea--deploy_postgres.yaml": "got '1gi'",
    "handshake--deploy.yaml": "got '2GB'",
    "minio--deploy.yml": "to: expected a list, its items marked with '-'",
    "tensorflow-jupyter-ezkl--deploy.yaml": "got '256GB'",
    "uptime-kuma--deploy.yaml": "got '512Mb'",
}
NAMES = sorted(path.name for path in FOLDER.iterdir())


def compiled(name):
    return compile_sdl((FOLDER / name).read_text())


def test_there_are_eighty():
    assert len(NAMES) == 80


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
def test_a_definition_that_the_reference_takes_compiles(name):
    assert compiled(name).manifest


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_definition_that_the_reference_refuses_is_refused_for_the_same_reason(name):
    with pytest.raises(SdlError) as caught:
        compiled(name)

    assert str(caught.value).endswith(REFUSED[name])


def test_options_above_the_limits_of_the_ingress_are_held_to_them_at_a_leased_address():
    """The reference's own limits refuse this one; see docs/differences.md."""
    result = compiled("codex--deploy.yml")
    [nginx] = [s for s in result.manifest[0].services if s.name == "nginx"]

    assert [e.http_options.max_body_size for e in nginx.expose] == [104857600, 1048576]
    assert [warning.path.rpartition(".")[2] for warning in result.warnings] == [
        "max_body_size",
        "read_timeout",
        "send_timeout",
    ]
