"""Links lead somewhere, files and tests that are named exist, the first page stays one page."""

import re
from functools import cache
from itertools import product

import pytest

from tests.unit.docs.pages import ROOT, TEXTS, codes, fences

ROOMS = ("provider/", "simulator/", "tests/", "scripts/", "docs/", "deploy/")


def test_the_first_page_is_one_page():
    assert len(TEXTS["README.md"].splitlines()) <= 150


@pytest.mark.parametrize("page", TEXTS)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", TEXTS[page])
    local = [link for link in links if "://" not in link]

    assert [link for link in local if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("page", [page for page in TEXTS if page.startswith("docs/")])
def test_every_page_can_be_reached_from_another(page):
    name = page.rpartition("/")[2]

    assert any(f"{name})" in text for other, text in TEXTS.items() if other != page)


def spelled_out(path):
    """`a/{b,c}.py` as the paths that it stands for."""
    parts = [part.strip("{}").split(",") for part in re.split(r"(\{[^}]*\})", path)]
    return ["".join(some) for some in product(*parts)]


@pytest.mark.parametrize("page", TEXTS)
def test_every_file_that_is_named_exists(page):
    words = [word for code in codes(TEXTS[page]) for word in code.split() if "<" not in word]
    named = [path for word in words if word.startswith(ROOMS) for path in spelled_out(word)]

    assert [path for path in named if not (ROOT / path.partition("#")[0]).exists()] == []


@cache
def all_tests():
    files = (ROOT / "tests").rglob("*.py")
    return {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())}


@pytest.mark.parametrize("page", TEXTS)
def test_every_test_that_is_named_exists(page):
    named = {code for code in codes(TEXTS[page]) if re.fullmatch(r"test_\w+", code)}

    assert named - all_tests() == set()


@pytest.mark.parametrize("page", TEXTS)
def test_every_test_file_that_is_named_exists(page):
    named = {code for code in codes(TEXTS[page]) if re.fullmatch(r"test_\w+\.py", code)}

    assert [name for name in named if not list((ROOT / "tests").rglob(name))] == []


def test_no_fence_is_left_open():
    assert [page for page, text in TEXTS.items() if text.count("```") % 2] == []
    assert any(list(fences(text)) for text in TEXTS.values())
