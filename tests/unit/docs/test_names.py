"""Settings, metrics, reasons, log events and annotations that the pages name are those of the code."""

import re

import pytest

from provider.configuration.table import OPTIONS
from provider.deployment.phases import Phase
from provider.telemetry.metrics import Metrics
from provider.workload import labels
from tests.unit.docs.pages import EVERYTHING, ROOT, TEXTS, codes, section

KEYS = {option.key for option in OPTIONS}
FAMILIES = {family.name: family for family in Metrics().families}
OPERATIONS = TEXTS["docs/operations.md"]
SOURCES = "\n".join(path.read_text() for path in sorted((ROOT / "provider").rglob("*.py")))
NOT_OURS = {"docs/metrics.md"}
"""Names what the Go provider has and we have not."""
NO_SETTINGS = {"docs/simulator.md"}
"""Names hosts and values of a world."""


@pytest.mark.parametrize("page", [page for page in TEXTS if page not in NO_SETTINGS])
def test_every_setting_that_is_named_exists(page):
    sections = "|".join(sorted({key.partition(".")[0] for key in KEYS if "." in key}))
    named = [
        code for code in codes(TEXTS[page]) if re.match(rf"({sections})\.[a-z_…]+( =|$)", code)
    ]
    named = [code.partition(" ")[0] for code in named if not code.endswith((".py", ".log"))]

    for name in named:
        begin, gap, end = name.partition("…")
        alike = {key for key in KEYS if key.startswith(begin) and key.endswith(end)}
        assert alike if gap else name in KEYS, name


@pytest.mark.parametrize("page", [page for page in TEXTS if page not in NOT_OURS])
def test_every_metric_that_is_named_exists_with_its_labels(page):
    for name, asked in re.findall(r"`[^`]*?\b(provider_[a-z_]+)(\{[^}`]*\})?", TEXTS[page]):
        assert name in FAMILIES, name
        for label, _, value in re.findall(r'(\w+)(="([^"]*)")?', asked.strip("{}")):
            assert label in FAMILIES[name].labels
            arms = {part for arm in FAMILIES[name].arms for part in arm}
            assert not FAMILIES[name].arms or value in arms


def test_every_reason_not_to_be_ready_is_explained_and_no_other():
    rows = section(OPERATIONS, "Not ready").splitlines()
    explained = {row.split("`")[1] for row in rows if row.startswith("| `")}

    assert explained == set(re.findall(r'Reason\(\s*"([a-z ]+)"', SOURCES))


def test_every_phase_is_explained():
    assert {phase.value for phase in Phase} <= set(codes(section(OPERATIONS, "Leases")))


def test_every_brake_is_explained():
    rows = section(OPERATIONS, "Brakes").splitlines()

    assert {row.split("`")[1] for row in rows if row.startswith("| `")} == {"losses", "closures"}


def test_every_log_event_that_is_named_exists():
    named = set(re.findall(r"[Ll]og `([^`]+)`", OPERATIONS))

    assert named
    assert named - set(re.findall(r'log\.\w+\(\s*"([^"]+)"', SOURCES)) == set()


def test_every_annotation_that_is_named_exists():
    ours = {value for value in vars(labels).values() if str(value).startswith("leasekeeper.")}
    named = re.findall(r"leasekeeper\.akash\.network/([a-z-]+[a-z])", EVERYTHING)

    assert {f"leasekeeper.akash.network/{name}" for name in named} <= ours
