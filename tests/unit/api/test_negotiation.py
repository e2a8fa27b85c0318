"""Which form an answer takes."""

import pytest

from simulator.api.negotiation import Form, media_type, negotiate
from simulator.ports import Refused

SHAPES = ("PartialObjectMetadata",)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", Form()),
        ("*/*", Form()),
        ("application/json", Form()),
        ("application/vnd.kubernetes.protobuf,application/json", Form()),
        ("application/yaml", Form("application/yaml")),
        ("application/json;as=Odd;v=v1;g=meta.k8s.io,application/json", Form()),
        (
            "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
            Form("application/json", "PartialObjectMetadata", "v1"),
        ),
        ("text/html, application/*;q=0.9", Form()),
    ],
)
def test_the_first_form_that_can_be_served_is_taken(accept: str, expected: Form) -> None:
    assert negotiate(accept, SHAPES) == expected


@pytest.mark.parametrize(
    "accept", ["text/html", "application/vnd.kubernetes.protobuf", "application/json;as=Odd"]
)
def test_what_cannot_be_served_is_not_acceptable(accept: str) -> None:
    with pytest.raises(Refused) as caught:
        negotiate(accept, SHAPES)
    assert (caught.value.code, caught.value.reason) == (406, "NotAcceptable")


def test_a_content_type_loses_its_parameters() -> None:
    assert media_type("Application/JSON; charset=utf-8") == "application/json"
    assert media_type("") == "application/json"
