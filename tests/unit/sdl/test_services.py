import pytest

from provider.lease.manifest import TEE, Credentials, Params, StorageParams
from tests.unit.sdl.definitions import DROP, RESOURCES, WEB, compiled, refusal, service

LOGIN = {"host": " h ", "username": " u ", "password": " p ", "email": " e "}
VOLUMES = [
    {"size": "1Gi"},
    {"name": "data", "size": "2Gi", "attributes": {"persistent": True, "class": "beta2"}},
    {"name": "shm", "size": "3Gi", "attributes": {"class": "ram"}},
]


def stored(params, *, volumes=VOLUMES, **more):
    return {f"{WEB}.params": {"storage": params}, f"{RESOURCES}.storage": volumes, **more}


def test_texts_of_a_service_are_taken_as_written():
    changes = {"command": ["sh", "-c"], "args": [1, True, None, "x y"], "env": ["A=1", "B="]}

    read = service({f"{WEB}.{key}": value for key, value in changes.items()})

    assert read.command == ("sh", "-c")
    assert read.args == ("1", "true", "x y")
    assert read.env == ("A=1", "B=")
    assert read.image == "nginx"


def test_absent_lists_are_null_and_empty_ones_stay_empty():
    assert service().env is None
    assert service({f"{WEB}.env": []}).env == ()


@pytest.mark.parametrize("key", ["command", "args", "env", "expose"])
@pytest.mark.parametrize("junk", ["text", {"a": "b"}])
def test_lists_must_be_lists(key, junk):
    assert refusal({f"{WEB}.{key}": junk}).path == f"services.web.{key}"


@pytest.mark.parametrize("image", [DROP, None, ""])
def test_image_is_required(image):
    assert refusal({f"{WEB}.image": image}).path == "services.web.image"


def test_first_dialect_takes_credentials_as_they_are_and_without_e_mail():
    assert service({f"{WEB}.credentials": LOGIN}).credentials == Credentials(
        " h ", "", " u ", " p "
    )


def test_second_dialect_trims_credentials():
    read = service({f"{WEB}.credentials": LOGIN, "version": "2.1"})

    assert read.credentials == Credentials("h", "e", "u", "p")


@pytest.mark.parametrize("key", ["host", "username", "password"])
@pytest.mark.parametrize("value", [DROP, "", "  ", None])
@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_credentials_are_given_together(key, value, version):
    error = refusal(
        {"version": version, f"{WEB}.credentials": dict(LOGIN), f"{WEB}.credentials.{key}": value}
    )

    assert error.path == f"services.web.credentials.{key}"


def test_mounts_become_parameters_sorted_by_name():
    read = service(stored({"data": {"mount": "/b"}, "default": {"mount": "/a", "readOnly": True}}))

    assert read.params == Params(
        storage=(StorageParams("data", "/b"), StorageParams("default", "/a", read_only=True))
    )


def test_parameters_without_storage_have_null_for_it():
    assert service({f"{WEB}.params": {}}).params == Params()
    assert service({f"{WEB}.params": None}).params is None


def test_permissions_are_kept_even_when_empty():
    for value, expected in [({"read": ["logs"]}, ("logs",)), ({}, ()), (None, None)]:
        params = service({f"{WEB}.params": {"permissions": value}}).params
        assert params.permissions_read == expected


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"data": {"mount": "data"}}, "data.mount"),
        ({"data": {"mount": ""}}, "data.mount"),
        ({"data": None}, "data.mount"),
        ({"data": {"mount": "/a", "readOnly": "true"}}, "data.readOnly"),
        ({"data": {"mount": "/a"}, "shm": {"mount": "/a"}}, "shm.mount"),
        ({"data": {"mount": "/a"}, "nosuch": {"mount": "/b"}}, "nosuch"),
    ],
)
@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_wrong_mount_is_refused(params, path, version):
    assert refusal(stored(params, version=version)).path == f"services.web.params.storage.{path}"


def test_persistent_volume_must_be_mounted():
    error = refusal({f"{RESOURCES}.storage": VOLUMES})

    assert error.path == "services.web.params.storage.data"


def test_persistent_volume_beside_another_mounted_one_is_only_warned_of():
    [warning] = compiled(stored({"default": {"mount": "/a"}})).warnings

    assert warning.path == "profiles.compute.small.resources.storage[1]"


def test_read_only_memory_is_refused_in_the_second_dialect_only():
    changes = stored({"data": {"mount": "/a"}, "shm": {"mount": "/b", "readOnly": True}})

    service(changes)
    error = refusal({**changes, "version": "2.1"})
    assert error.path == "services.web.params.storage.shm.readOnly"


def test_trusted_execution_is_attested():
    assert service({f"{WEB}.params": {"tee": "cpu"}}).params.tee == TEE("cpu", attestation=True)
    assert service({f"{WEB}.params": {"tee": ""}}).params.tee is None


@pytest.mark.parametrize("kind", ["gpu", "CPU", "true"])
def test_unknown_kind_of_trusted_execution_is_refused(kind):
    assert refusal({f"{WEB}.params": {"tee": kind}}).path == "services.web.params.tee"
