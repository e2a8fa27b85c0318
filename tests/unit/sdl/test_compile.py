from pathlib import Path

import pytest

from provider.lease.codec import encode_manifest
from provider.lease.gojson import indented
from provider.lease.groups import encode_groups
from provider.sdl.compile import compile_sdl
from provider.sdl.errors import SdlError

DATA = Path(__file__).parents[2] / "data/sdl"
GOLDEN = sorted(DATA.glob("golden/*"))

REFUSED = {
    "count-zero": (32, 14, "deployment.web.akash.count"),
    "credentials-missing-host": (7, 5, "services.web.credentials.host"),
    "endpoint-not-used": (33, 3, "endpoints.myendpoint"),
    "invalid-endpoint-name": (5, 3, "endpoints.Invalid-Name"),
    "invalid-protocol": (10, 16, "services.web.expose[0].proto"),
    "ip-without-global": (14, 13, "services.web.expose[0].to[0]"),
    "missing-image": (5, 3, "services.web.image"),
    "missing-memory-size": (18, 9, "profiles.compute.web.resources.memory.size"),
    "missing-version": (3, 1, "version"),
    "negative-cpu": (16, 18, "profiles.compute.web.resources.cpu.units"),
    "port-too-high": (8, 15, "services.web.expose[0].port"),
    "port-zero": (8, 15, "services.web.expose[0].port"),
    "unknown-field": (4, 16, "unknown_field"),
    "v2.1-reclamation-bad-window": (36, 15, "reclamation.min_window"),
}


def golden(case):
    return (DATA / "golden" / case / "input.yaml").read_text()


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.name)
def test_golden_definition_compiles_to_the_reference_output_byte_for_byte(case):
    compiled = compile_sdl((case / "input.yaml").read_text())

    assert indented(encode_manifest(compiled.manifest)) == (case / "manifest.json").read_text()
    assert indented(encode_groups(compiled.groups)) == (case / "group-specs.json").read_text()


def test_every_invalid_definition_has_its_place_below():
    assert {path.stem for path in DATA.glob("invalid/*.yaml")} == set(REFUSED)


@pytest.mark.parametrize("case", REFUSED)
def test_invalid_definition_is_refused_where_it_is_wrong(case):
    with pytest.raises(SdlError) as caught:
        compile_sdl((DATA / "invalid" / f"{case}.yaml").read_text())

    error = caught.value
    assert (error.line, error.column, error.path) == REFUSED[case]
    assert "expected" in error.rule
    assert str(error) == f"{error.line}:{error.column}: {error.path}: {error.rule}"


def edited(case, *edits):
    text = golden(case)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return compile_sdl(text)


def outputs(compiled):
    return indented(encode_manifest(compiled.manifest)), indented(encode_groups(compiled.groups))


@pytest.mark.parametrize(
    ("case", "edits", "results"),
    [
        ("v2.0-simple", [("image: nginx", "image: a/b:1")], ['"image": "a/b:1"', None]),
        ("v2.0-simple", [("westcoast", "east")], ['"name": "east"', '"name": "east"']),
        ("v2.0-simple", [('"100m"', "0.2")], ['"val": "200"', '"val": "200"']),
        ("v2.0-simple", [("128Mi", "1G")], ['"val": "1000000000"', '"val": "1000000000"']),
        ("v2.0-simple", [("1Gi", "1.5Gi")], ['"val": "1610612736"', '"val": "1610612736"']),
        ("v2.0-simple", [("count: 2", "count: 7")], ['"count": 7', '"count": 7']),
        ("v2.0-simple", [("12345", "9")], ['"port": 9', None]),
        ("v2.0-simple", [("ahostname.com", "b.example")], ['"b.example"', None]),
        ("v2.0-simple", [("amount: 50", "amount: .5")], SdlError),
        ("v2.0-simple", [("amount: 50", "amount: 0.5")], [None, '"0.500000000000000000"']),
        ("v2.0-simple", [("uakt", "ibc/27394FB0")], [None, '"denom": "ibc/27394FB0"']),
        ("v2.0-simple", [("us-west", "eu")], [None, '"value": "eu"']),
        ("v2.0-gpu-basic", [("rtx3080", "a100")], ["model/a100", "model/a100"]),
        ("v2.0-gpu-basic", [("as: 80", "as: 8000")], ['"kind": 1', '"kind": 1']),
        ("v2.0-persistent-storage", [("beta2", "beta3")], ['"beta3"', '"beta3"']),
        ("v2.0-persistent-storage", [("/var/lib/postgresql/", "/")], ['"/data"', None]),
        ("v2.1-credentials", [("mypassword", '"  new "')], ['"password": "new"', None]),
    ],
)
def test_changed_input_changes_the_output_accordingly(case, edits, results):
    if results is SdlError:
        with pytest.raises(SdlError):
            edited(case, *edits)
        return

    for name, before, after, expected in zip(
        ("manifest", "groups"), outputs(edited(case)), outputs(edited(case, *edits)), results,
        strict=True,
    ):  # fmt: skip
        if expected is not None:
            assert expected not in before, name
            assert expected in after, name


def test_renamed_service_is_renamed_where_it_is_referred_to_and_sorted_anew():
    before = edited("v2.0-multiple-services")
    after = edited("v2.0-multiple-services", ("  db:\n", "  zdb:\n"))

    assert [s.name for s in before.manifest[0].services] == ["api", "db", "web"]
    assert [s.name for s in after.manifest[0].services] == ["api", "web", "zdb"]
    sizes = [unit.resources.memory.size for unit in after.groups[0].resources]
    assert sizes == [2**30, 2**28, 2**31]
    assert [s.resources.id for s in after.manifest[0].services] == [1, 2, 3]


def test_moved_port_moves_its_expose():
    compiled = edited("v2.0-port-ranges", ("port: 8080", "port: 30000"))

    exposes = compiled.manifest[0].services[0].expose
    assert [(e.port, e.effective_port) for e in exposes] == [
        (10000, 10000),
        (20000, 20000),
        (30000, 80),
    ]
    kinds = [e.kind for e in compiled.groups[0].resources[0].resources.endpoints]
    assert kinds == [1, 1, 0]


@pytest.mark.parametrize(
    ("case", "old", "new", "line", "path"),
    [
        ("v2.0-multiple-services", "  web:\n", "  Web:\n", 5, "services.Web"),
        ("v2.0-simple", "ahostname.com", "A.com", 10, "services.web.expose[0].accept[0]"),
        (
            "v2.0-simple",
            "port: 12345",
            "port: 80\n        as: 65536",
            14,
            "services.web.expose[1].as",
        ),
        ("v2.0-multiple-services", "DATABASE_URL", "0", 18, "services.api.env[1]"),
        ("v2.0-port-ranges", "port: 10000", "port: 65536", 12, "services.streaming.expose[1].port"),
        ("v2.0-port-ranges", "global: true", "global: false", 4, "services"),
    ],
)
def test_broken_rule_of_the_manifest_is_found_in_the_text(case, old, new, line, path):
    with pytest.raises(SdlError) as caught:
        edited(case, (old, new))

    assert (caught.value.line, caught.value.path) == (line, path)


def test_hostname_that_occurs_twice_is_refused_at_the_second_place():
    second = "  - port: 12345\n        accept: [ahostname.com]"
    with pytest.raises(SdlError) as caught:
        edited("v2.0-simple", ("  - port: 12345", second))

    assert caught.value.path == "services.web.expose[1].accept[0]"


def test_warnings_come_sorted_and_name_their_place():
    warnings = edited(
        "v2.0-multiple-services", ("    image:", "    labels: 1\n    image:")
    ).warnings

    assert [(w.line, w.path) for w in warnings] == [
        (6, "services.web.labels"),
        (13, "services.web.dependencies"),
        (16, "services.api.labels"),
        (26, "services.api.dependencies"),
        (29, "services.db.labels"),
    ]
    assert str(warnings[0]) == "6:13: services.web.labels: warning: no such key: it has no effect"
