"""Every message that a stack definition can be refused with: the table is `messages.txt`."""

import ast
from pathlib import Path

import pytest

import provider.sdl
from provider.sdl.compile import compile_sdl
from provider.sdl.errors import SdlError
from tests.unit.sdl.definitions import DROP, EXPOSE, RESOURCES, definition

TABLE = Path(__file__).with_name("messages.txt")
MESSAGES = dict(line.split(": ", 1) for line in TABLE.read_text().splitlines())

GPU = {"units": 1, "attributes": {"vendor": {"nvidia": [{"model": "a100"}]}}}
TO = f"{EXPOSE}.to"


def gpu(**attributes):
    return {f"{RESOURCES}.gpu": {"units": 1, "attributes": attributes}}


def http(**options):
    return {f"{EXPOSE}.http_options": options}


def two(**changes):
    """With a second service."""
    return {
        "services.api": {"image": "nginx", "expose": [{"port": 1}]},
        "deployment.api": {"west": {"profile": "small", "count": 1}},
        **changes,
    }


CASES = {
    "text too long": "x" * 1_000_001,
    "not yaml": "version: [\n",
    "forbidden character": "version: \x00",
    "half a character": "version: \ud800",
    "empty": "",
    "no mapping": "- a\n",
    "tag": "version: !!int 2\n",
    "complex key": "? [a]\n: b\n",
    "defined twice": "version: 2\nversion: 3\n",
    "unknown anchor": "version: *a\n",
    "contains itself": "version: &a [*a]\n",
    "no mapping to merge": "<<: a\n",
    "too many values": "a: &a ["
    + ",".join("x" for _ in range(300))
    + "]\nb: &b ["
    + ",".join(["*a"] * 200)
    + "]\n",
    "too many levels": "a: " + "[" * 60 + "]" * 60 + "\n",
    "list expected": {"services.web.env": "A=1"},
    "single value expected": {"services.web.image": ["a"]},
    "mapping expected": {"services.web": "nginx"},
    "quoted number": {f"{EXPOSE}.port": "80"},
    "no number": {f"{EXPOSE}.port": "http"},
    "number too large": {f"{EXPOSE}.port": 5_000_000_000},
    "no boolean": {f"{TO}.0.global": "true"},
    "no version": {"version": DROP},
    "odd version": {"version": "two"},
    "other version": {"version": "1.0"},
    "unknown top-level key": {"service": {}},
    "service not defined": {"deployment.api": {"west": {"profile": "small", "count": 1}}},
    "nothing deployed": {"deployment": DROP},
    "no such placement": {"deployment.web": {"east": {"profile": "small", "count": 1}}},
    "no such profile": {"deployment.web.west.profile": "large"},
    "no price": {"profiles.placement.west.pricing": {"large": {"denom": "uakt", "amount": 1}}},
    "count 0": {"deployment.web.west.count": 0},
    "protocol": {f"{EXPOSE}.proto": "sctp"},
    "body too large": http(max_body_size=104857601),
    "next case": http(next_cases=["418"]),
    "off alone": http(next_cases=["off", "error"]),
    "endpoint name": {"endpoints": {"1": {"kind": "ip"}}},
    "endpoint kind": {"endpoints": {"front": {"kind": "dns"}}},
    "ip not global": {"endpoints": {"front": {"kind": "ip"}}, TO: [{"ip": "front"}]},
    "ip not declared": {TO: [{"ip": "front", "global": True}]},
    "ip in use": {
        "endpoints": {"front": {"kind": "ip"}},
        TO: [{"ip": "front", "global": True}, {"ip": "front", "global": True}],
    },
    "endpoint not used": {"endpoints": {"front": {"kind": "ip"}}},
    "cpu attribute": {f"{RESOURCES}.cpu.attributes": {"vendor": "amd"}},
    "gpu key": {f"{RESOURCES}.gpu": {"units": 1, "model": "a100"}},
    "gpu without attributes": {f"{RESOURCES}.gpu": {"units": 1}},
    "gpu attribute": gpu(model="a100"),
    "gpu vendor missing": gpu(vendor=None),
    "gpu model twice": gpu(vendor={"nvidia": [{"model": "a100"}, {"model": "a100"}]}),
    "gpu model missing": gpu(vendor={"nvidia": [{"ram": "80Gi"}]}),
    "gpu interface": gpu(vendor={"nvidia": [{"model": "a100", "interface": "agp"}]}),
    "gpu ram": gpu(vendor={"nvidia": [{"model": "a100", "ram": "80G"}]}),
    "gpu units": {f"{RESOURCES}.gpu": {"units": "one", "attributes": {"vendor": {"nvidia": None}}}},
    "cpu units": {f"{RESOURCES}.cpu.units": "half"},
    "size": {f"{RESOURCES}.memory.size": "512MB"},
    "cpu too small": {f"{RESOURCES}.cpu.units": "5m"},
    "memory too small": {f"{RESOURCES}.memory.size": "1k"},
    "too many gpus": {f"{RESOURCES}.gpu": {**GPU, "units": 25}},
    "gpu attributes without units": {f"{RESOURCES}.gpu": {**GPU, "units": 0}},
    "no storage": {f"{RESOURCES}.storage": []},
    "volume too small": {f"{RESOURCES}.storage": {"size": "1Mi"}},
    "cpu missing": {f"{RESOURCES}.cpu": DROP},
    "price too high": {"profiles.placement.west.pricing.small.amount": 10_000_001},
    "two denominations": two(
        **{
            "profiles.compute.big": {
                "resources": {
                    "cpu": {"units": 1},
                    "memory": {"size": "1Gi"},
                    "storage": {"size": "1Gi"},
                }
            },
            "profiles.placement.west.pricing.big": {"denom": "uact", "amount": 1},
            "deployment.api": {"west": {"profile": "big", "count": 1}},
        }
    ),
    "group too large": {f"{RESOURCES}.memory.size": "2Ti", "deployment.web.west.count": 51},
    "volume name twice": {f"{RESOURCES}.storage": [{"size": "1Gi"}, {"size": "2Gi"}]},
    "storage attribute": {
        f"{RESOURCES}.storage": [{"size": "1Gi", "attributes": {"speed": "fast"}}]
    },
    "persistent": {
        f"{RESOURCES}.storage": [{"size": "1Gi", "attributes": {"persistent": "maybe"}}]
    },
    "storage class": {f"{RESOURCES}.storage": [{"size": "1Gi", "attributes": {"class": "gold"}}]},
    "ram persistent": {
        f"{RESOURCES}.storage": [
            {"size": "1Gi", "attributes": {"class": "ram", "persistent": True}}
        ]
    },
    "class not persistent": {
        f"{RESOURCES}.storage": [
            {"size": "1Gi", "attributes": {"class": "beta2", "persistent": False}}
        ]
    },
    "mount of no volume": {"services.web.params": {"storage": {"data": {"mount": "/data"}}}},
    "mounted twice": {
        f"{RESOURCES}.storage": [{"size": "1Gi", "name": "a"}, {"size": "1Gi", "name": "b"}],
        "services.web.params": {"storage": {"a": {"mount": "/d"}, "b": {"mount": "/d"}}},
    },
    "ram read-only": {
        "version": "2.1",
        f"{RESOURCES}.storage": [
            {"size": "1Gi", "name": "a", "attributes": {"class": "ram", "persistent": False}}
        ],
        "services.web.params": {"storage": {"a": {"mount": "/d", "readOnly": True}}},
    },
    "persistent not mounted": {
        f"{RESOURCES}.storage": [
            {"size": "1Gi", "name": "a", "attributes": {"class": "beta2", "persistent": True}}
        ]
    },
    "relative mount": {
        f"{RESOURCES}.storage": [{"size": "1Gi", "name": "a"}],
        "services.web.params": {"storage": {"a": {"mount": "data"}}},
    },
    "placement without name": {
        "profiles.placement": {"": {"pricing": {"small": {"denom": "uakt", "amount": 1}}}}
    },
    "placement attribute": {"profiles.placement.west.attributes": {"1": "x"}},
    "denomination": {"profiles.placement.west.pricing.small.denom": "1"},
    "amount": {"profiles.placement.west.pricing.small.amount": 0},
    "window": {"reclamation": {"min_window": "soon"}},
    "tee": {"services.web.params": {"tee": "gpu"}},
    "tee needs gpus": {"services.web.params": {"tee": "cpu-gpu"}},
    "two tees": two(
        **{
            "services.web.params": {"tee": "cpu-gpu"},
            f"{RESOURCES}.gpu": GPU,
            "services.api": {"image": "x", "expose": [{"port": 1}], "params": {"tee": "cpu"}},
        }
    ),
    "credentials": {"services.web.credentials": {"host": "ghcr.io"}},
    "broken rule of the manifest": {"services.web.image": DROP},
}


def refused(case):
    changes = CASES[case]
    with pytest.raises(SdlError) as caught:
        compile_sdl(changes if isinstance(changes, str) else definition(changes))
    return caught.value


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_names_the_place_and_what_would_be_right(case):
    assert str(refused(case)) == MESSAGES[case]


def test_the_table_has_no_row_without_a_case():
    assert set(MESSAGES) == set(CASES)


def test_no_message_is_missing_from_the_table():
    """Each `raise` of the room is passed by some case."""
    passed = set()
    for case in CASES:
        trace = refused(case).__traceback__
        while trace is not None:
            passed.add((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
            trace = trace.tb_next
    missing = [
        f"{path.name}:{node.lineno} {ast.unparse(node)}"
        for path in sorted(Path(*provider.sdl.__path__).glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Raise)
        and not any((str(path), n) in passed for n in range(node.lineno, node.end_lineno + 1))
    ]

    assert missing == []
