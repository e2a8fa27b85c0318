import pytest

from simulator.kinds.schemas import type_of
from simulator.patches.typing import mistakes_in

DEPLOYMENT = type_of("apps/v1", "Deployment")


def deployment(container: dict) -> dict:
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def test_a_good_object_has_no_mistakes() -> None:
    assert (
        mistakes_in(deployment({"name": "a", "env": [{"name": "A", "value": None}]}), DEPLOYMENT)
        == ""
    )


AT = '.spec.template.spec.containers[name="a"]'

NUMERIC = "expected numeric (int or float)"
NO_KEY = (
    'associative list with keys has an element that omits all key fields ["name"] '
    "(and doesn't have default values for any key fields)"
)


@pytest.mark.parametrize(
    ("container", "text"),
    [
        ({"imagee": "x"}, f"{AT}.imagee: field not declared in schema"),
        (
            {"env": [{"name": "A"}, {"name": "A"}]},
            f'{AT}.env: duplicate entries for key [name="A"]',
        ),
        (
            {"ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]},
            f'{AT}.ports: duplicate entries for key [containerPort=80,protocol="TCP"]',
        ),
        (
            {"env": [{"name": "A", "value": 8080}]},
            f'{AT}.env[name="A"].value: expected string, got &value.valueUnstructured{{Value:8080}}',
        ),
        ({"tty": "yes"}, f"{AT}.tty: expected boolean, got &{{yes}}"),
        (
            {"ports": [{"containerPort": "80"}]},
            f'{AT}.ports[containerPort="80",protocol="TCP"].containerPort: {NUMERIC}, got string',
        ),
        ({"args": "x"}, f"{AT}.args: expected list, got &{{x}}"),
        ({"resources": [1]}, f"{AT}.resources: expected map, got &{{[1]}}"),
        (
            {"env": [{"value": "1"}]},
            f"{AT}.env: element 0: {NO_KEY}",
        ),
        ({"args": [1]}, f"{AT}.args[0]: expected string, got &value.valueUnstructured{{Value:1}}"),
    ],
)
def test_mistakes_are_told_with_their_path(container: dict, text: str) -> None:
    assert mistakes_in(deployment({"name": "a", **container}), DEPLOYMENT) == text


def test_several_mistakes_are_listed() -> None:
    text = mistakes_in(deployment({"name": "a", "tty": 1, "stdin": 1}), DEPLOYMENT)
    assert text.split("\n") == [
        "errors:",
        f"  {AT}.tty: expected boolean, got &{{1}}",
        f"  {AT}.stdin: expected boolean, got &{{1}}",
    ]


def test_quantities_may_be_numbers() -> None:
    assert (
        mistakes_in(deployment({"name": "a", "resources": {"limits": {"cpu": 1}}}), DEPLOYMENT)
        == ""
    )
