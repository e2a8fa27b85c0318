import base64
import json

from provider.lease.manifest import Credentials
from provider.workload import controllers, registry
from provider.workload.options import RenderOptions
from tests.unit.workload.samples import LEASE, OPTIONS, service

LOGIN = Credentials("https://registry.example/v2/ ", " me@example.com", " me ", "se<cret>\n")


def config_of(credentials):
    secret = registry.pull_secret(LEASE, service(credentials=credentials))
    return base64.b64decode(secret["data"][".dockerconfigjson"]).decode()


def test_the_login_is_what_a_container_runtime_reads():
    assert json.loads(config_of(LOGIN)) == {
        "auths": {
            "https://registry.example/v2/ ": {
                "username": "me",
                "password": "se<cret>",
                "email": "me@example.com",
                "auth": base64.b64encode(b"me:se<cret>").decode(),
            }
        }
    }


def test_the_bytes_are_those_that_go_writes():
    """So that a Secret of the Go provider is adopted without a write."""
    text = config_of(Credentials("ghcr.io", "", "me", "a&b"))

    auth = base64.b64encode(b"me:a&b").decode()
    assert text == (
        '{"auths":{"ghcr.io":{"username":"me","password":"a\\u0026b","auth":"' + auth + '"}}}'
    )


def test_the_secret_is_one_that_pods_may_pull_with():
    secret = registry.pull_secret(LEASE, service(credentials=LOGIN))

    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    assert secret["metadata"]["name"] == "docker-creds-web"
    assert registry.pull_secret(LEASE, service()) is None


def pulled_with(one, options=OPTIONS):
    return controllers.pod_spec(LEASE, one, options).get("imagePullSecrets")


def test_a_pod_pulls_with_its_own_login_else_with_the_operators():
    operators = RenderOptions(image_pull_secret="operators-login")

    assert pulled_with(service(credentials=LOGIN), operators) == [{"name": "docker-creds-web"}]
    assert pulled_with(service(), operators) == [{"name": "operators-login"}]
    assert pulled_with(service()) is None


def test_no_part_of_a_login_is_ever_printed():
    for text in (repr(LOGIN), repr(service(credentials=LOGIN))):
        assert "registry.example" in text
        assert "cret" not in text
        assert "me@" not in text
        assert "username" not in text
