"""The pictures of rooms are the contracts that the linter holds the code to."""

import re
import tomllib

import pytest

from tests.unit.docs.pages import ROOT, TEXTS, fences, section


def contract(program):
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [layers] = [c["layers"] for c in contracts["contracts"] if c.get("containers") == [program]]
    return layers


@pytest.mark.parametrize("program", ["provider", "simulator"])
def test_the_picture_has_the_layers_of_the_contract_in_their_order(program):
    drawn = fences(section(TEXTS["docs/architecture.md"], f"{program}, from the top"))

    assert [re.split(r"\s{2,}", line)[0] for line in drawn] == contract(program)


@pytest.mark.parametrize("program", ["provider", "simulator"])
def test_every_room_says_what_it_is_for(program):
    rooms = [path for path in (ROOT / program).iterdir() if (path / "__init__.py").exists()]

    for room in rooms:
        assert re.fullmatch(r'""".+\."""\n', (room / "__init__.py").read_text()), room
