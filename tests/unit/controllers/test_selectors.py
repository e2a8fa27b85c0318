"""Label selectors and node selector requirements."""

import pytest

from simulator.controllers.selectors import matches, meets

LABELS = {"app": "web", "gpu": "2", "empty": ""}


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("In", "app", ["db", "web"], True),
        ("In", "app", ["db"], False),
        ("In", "none", ["web"], False),
        ("NotIn", "app", ["db"], True),
        ("NotIn", "app", ["web"], False),
        ("NotIn", "none", ["web"], True),
        ("Exists", "empty", None, True),
        ("Exists", "none", None, False),
        ("DoesNotExist", "none", None, True),
        ("DoesNotExist", "app", None, False),
        ("Gt", "gpu", ["1"], True),
        ("Gt", "gpu", ["2"], False),
        ("Gt", "app", ["0"], False),
        ("Gt", "none", ["0"], False),
        ("Gt", "gpu", ["many"], False),
        ("Lt", "gpu", ["10"], True),
        ("Lt", "gpu", ["2"], False),
        ("Near", "gpu", ["2"], False),
    ],
)
def test_a_requirement(operator: str, key: str, values: list[str] | None, expected: bool) -> None:
    assert meets(LABELS, {"key": key, "operator": operator, "values": values}) is expected


def test_a_selector_needs_all_its_parts_and_an_empty_one_matches_all() -> None:
    expressions = [{"key": "gpu", "operator": "Exists"}]

    assert matches(LABELS, {"matchLabels": {"app": "web"}, "matchExpressions": expressions})
    assert not matches(LABELS, {"matchLabels": {"app": "db"}, "matchExpressions": expressions})
    assert not matches({"app": "web"}, {"matchExpressions": expressions})
    assert matches(LABELS, {})
    assert not matches(LABELS, None)
