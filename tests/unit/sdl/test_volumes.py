import pytest

from tests.unit.sdl.definitions import RESOURCES, WEB, refusal, service

MOUNTED = {f"{WEB}.params": {"storage": {"a": {"mount": "/a"}}}}


def volumes(*items):
    changes = {f"{RESOURCES}.storage": [*items, {"name": "a", "size": "30Ti"}]}
    return service({**changes, **MOUNTED}).resources.storage[:-1]


def attributes(value):
    [volume] = volumes({"name": "x", "size": "1Gi", "attributes": value})
    return {attribute.key: attribute.value for attribute in volume.attributes}


def test_single_mapping_is_a_volume_named_default_whatever_it_says():
    resources = service({f"{RESOURCES}.storage": {"name": "mine", "size": "1Gi"}}).resources

    assert [volume.name for volume in resources.storage] == ["default"]


def test_volumes_are_sorted_by_size():
    names = [v.name for v in volumes({"name": "b", "size": "2Gi"}, {"size": "1Gi"})]

    assert names == ["default", "b"]


def test_volumes_of_one_size_are_sorted_as_the_reference_sorts_them():
    kept = {"persistent": True}
    names = [
        volume.name
        for volume in volumes(
            {"name": "z", "size": "1Gi", "attributes": kept},
            {"name": "y", "size": "1Gi", "attributes": kept},
            {"name": "b", "size": "1Gi"},
            {"name": "c", "size": "1Gi"},
            {"name": "r", "size": "1Gi", "attributes": {"class": "ram"}},
            {"name": "s", "size": "1Gi", "attributes": {"class": "ram"}},
        )
    ]

    # Ephemeral ones come in reverse order of the text, persistent ones by name.
    assert names == ["c", "b", "s", "r", "y", "z"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {}),
        ({}, {"persistent": "false"}),
        ({"persistent": False}, {"persistent": "false"}),
        ({"persistent": True}, {"class": "default", "persistent": "true"}),
        ({"persistent": "on"}, {"class": "default", "persistent": "true"}),
        ({"persistent": True, "class": "beta3"}, {"class": "beta3", "persistent": "true"}),
        ({"class": "ram"}, {"class": "ram", "persistent": "false"}),
        ({"class": "ram", "persistent": "no"}, {"class": "ram", "persistent": "false"}),
    ],
)
def test_attributes_of_a_volume(value, expected):
    assert attributes(value) == expected
    assert list(attributes(value)) == sorted(expected)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"class": "ram", "persistent": True}, "attributes.class"),
        ({"class": "beta1"}, "attributes.class"),
        ({"class": "default", "persistent": False}, "attributes.class"),
        ({"class": "beta9", "persistent": True}, "attributes.class"),
        ({"persistent": "True!"}, "attributes.persistent"),
        ({"persistent": 1}, "attributes.persistent"),
        ({"size": "1Gi"}, "attributes.size"),
        (["persistent"], "attributes"),
    ],
)
def test_wrong_attributes_of_a_volume_are_refused(value, path):
    error = refusal({f"{RESOURCES}.storage": [{"size": "1Gi", "attributes": value}]})

    assert error.path == f"profiles.compute.small.resources.storage[0].{path}"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("1Gi", "storage"),
        ([], "storage"),
        (["1Gi"], "storage[0]"),
        ([{"name": "a"}], "storage[0].size"),
        ([{"size": "1Gi"}, {"size": "2Gi"}], "storage[1].name"),
        ([{"name": "a", "size": "1Gi"}, {"name": "a", "size": "2Gi"}], "storage[1].name"),
    ],
)
def test_wrong_storage_is_refused(value, path):
    error = refusal({f"{RESOURCES}.storage": value})

    assert error.path == f"profiles.compute.small.resources.{path}"
