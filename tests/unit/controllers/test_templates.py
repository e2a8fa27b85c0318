"""Hashes of templates, and pods made from them."""

import re

from simulator.controllers.catalog import REPLICA_SET
from simulator.controllers.templates import pod_from, same_template, short_hash
from tests.unit.controllers.builders import metadata, template


def test_a_hash_depends_on_content_and_not_on_the_order_of_keys() -> None:
    assert short_hash({"a": 1, "b": 2}) == short_hash({"b": 2, "a": 1})
    assert short_hash({"a": 1}) != short_hash({"a": 2})
    assert short_hash({"a": 1}) != short_hash({"a": 1}, collisions=1)
    assert re.fullmatch("[bcdfghjklmnpqrstvwxz2456789]{1,10}", short_hash(template()))


def test_templates_are_equal_whatever_hash_they_carry() -> None:
    assert same_template(template(), template(**{"app": "web", "pod-template-hash": "x"}))
    assert not same_template(template(), template("nginx:2"))
    assert not same_template(template(), template(app="other"))


def test_a_pod_has_what_its_template_says_and_belongs_to_its_maker() -> None:
    of = template()
    of["metadata"]["annotations"] = {"note": "a"}

    pod = pod_from(of, REPLICA_SET, {"metadata": metadata("web-abc")})

    assert pod["metadata"] == {
        "generateName": "web-abc-",
        "labels": {"app": "web"},
        "annotations": {"note": "a"},
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": "web-abc",
                "uid": "uid-web-abc",
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }
    assert pod["spec"] is of["spec"]
