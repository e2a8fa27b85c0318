"""No secret survives masking, wherever it stands and however it is encoded."""

import base64
import zlib

import orjson
from hypothesis import given
from hypothesis import strategies as st

from simulator.chaos.report.masker import Masker
from simulator.chaos.report.masking import MASK, masked, secrets_in

SECRET = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=8).map(
    lambda text: f"s3cr3t{text}"
)
NAME = st.from_regex(r"\A[A-Z][A-Z0-9_]{0,8}\Z").filter(lambda name: name != "GENERATION")
HARMLESS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))


def b64(text):
    return base64.b64encode(text.encode()).decode()


def docker(secret):
    auth = b64(f"alice:{secret}")
    config = {"auths": {"r.example.com": {"username": "alice", "password": secret, "auth": auth}}}
    return b64(orjson.dumps(config).decode())


PLACES = (
    lambda secret, name: {"kind": "Secret", "data": {name: b64(secret)}},
    lambda secret, name: {"kind": "Secret", "stringData": {name: secret}},
    lambda secret, name: {"kind": "SecretList", "items": [{"data": {name: b64(secret)}}]},
    lambda secret, name: {"type": "Opaque", "data": {name: b64(secret)}},
    lambda secret, name: {"kind": "Secret", "data": {".dockerconfigjson": docker(secret)}},
    lambda secret, name: {".dockerconfigjson": docker(secret)},
    lambda secret, name: {"containers": [{"env": [{"name": name, "value": secret}]}]},
    lambda secret, name: {"services": [{"name": "web", "env": [f"{name}={secret}"]}]},
    lambda secret, name: {"services": {"web": {"env": {name: secret}}}},
    lambda secret, name: {"credentials": {"host": "r", "username": secret, "password": secret}},
    lambda secret, name: {"headers": [["Authorization", f"Bearer {secret}"]]},
    lambda secret, name: {"headers": {"authorization": f"Basic {b64(secret)}"}},
    lambda secret, name: {"status": {"token": secret}},
    lambda secret, name: [{"op": "add", "path": "/spec/env/0/value", "value": secret}],
    lambda secret, name: [{"op": "add", "path": "/spec/env/-", "value": f"{name}={secret}"}],
    lambda secret, name: [
        {"op": "add", "path": "/env", "value": [{"name": name, "value": secret}]}
    ],
    lambda secret, name: {
        "annotations": {
            "leasekeeper.akash.network/wish": b64(zlib.compress(secret.encode()).hex()),
            "kubectl.kubernetes.io/last-applied-configuration": f'{{"x": "{secret}"}}',
        }
    },
    lambda secret, name: {"body": orjson.dumps({"env": [f"{name}={secret}"]}).decode()},
)

QUOTES = (
    lambda secret: f"cannot do with {secret}",
    lambda secret: f"Invalid value: {orjson.dumps(secret).decode()}: must be shorter",
    lambda secret: f"RuntimeError({secret!r})",
    lambda secret: f"Invalid value: {secret[:18]}…",
    lambda secret: b64(secret),
    lambda secret: "x" + b64("a:" + secret),
    lambda secret: b64("ab:" + secret + "|"),
    lambda secret: {secret: 1},
    lambda secret: [[["deep", {"in": secret}]]],
)


def wrapped(draw, value):
    """The value somewhere deep in harmless JSON."""
    for _ in range(draw(st.integers(0, 4))):
        beside = draw(HARMLESS)
        value = [beside, value] if draw(st.booleans()) else {"beside": beside, "spec": value}
    return value


def text_of(value):
    return orjson.dumps(value).decode() + repr(value)


@given(st.data(), SECRET, NAME, st.sampled_from(PLACES))
def test_what_stands_in_a_secret_place_is_masked_at_any_depth(data, secret, name, place):
    value = wrapped(data.draw, place(secret, name))

    shown = masked(value)

    assert secret not in text_of(shown)
    assert b64(secret) not in text_of(shown)
    assert MASK in repr(shown)


@given(st.data(), SECRET, NAME, st.sampled_from(QUOTES))
def test_what_was_found_in_a_secret_place_is_masked_where_it_is_quoted(data, secret, name, quoted):
    known = secrets_in({"services": [{"env": [f"{name}={secret}"]}]})
    masker = Masker.knowing(known)

    shown = text_of(masker.json(wrapped(data.draw, quoted(secret))))

    assert secret[:16] not in shown
    assert b64(secret) not in shown


def test_names_of_variables_and_the_generation_stay():
    shown = masked({"env": ["GENERATION=3", "TOKEN=abc", "EMPTY="]})

    assert shown == {"env": ["GENERATION=3", f"TOKEN={MASK}", "EMPTY="]}


def test_the_daemons_own_variables_are_masked_but_are_no_secrets_elsewhere():
    value = {"env": [{"name": "AKASH_OWNER", "value": "akash1abc"}]}

    assert "akash1abc" not in repr(masked(value))
    assert secrets_in(value) == frozenset()


def test_what_is_public_stays_readable_although_a_tenant_hides_it_too():
    masker = Masker.knowing({"web.example.com", "hidden-value"}, public={"web.example.com"})

    assert masker.text("no route web.example.com for hidden-value") == (
        f"no route web.example.com for {MASK}"
    )


def test_a_patch_of_a_secret_is_told_by_its_kind():
    assert masked({"data": {"a": "eA=="}}, "secrets") == {"data": {"a": MASK}}
    assert masked({"data": {"a": "eA=="}}, "configmaps") == {"data": {"a": "eA=="}}


def test_credentials_in_texts_are_masked_though_nobody_knows_them():
    text = Masker.knowing(()).text

    assert "abc.def" not in text("GET / Authorization: Bearer abc.def")
    assert "hunter2" not in text('{"password": "hunter2"} password=hunter2 https://u:hunter2@host/')
    assert "c2VjcmV0" not in text("wish eJzrVVlr20AQ/itlnkUs2Yc2VjcmV0cQQ/itlnkUs")
    assert text("namespace 572b2gighm03pdn2ve0e79hn42sgtvgja9pou882vfupa is basic") == (
        "namespace 572b2gighm03pdn2ve0e79hn42sgtvgja9pou882vfupa is basic"
    )


def test_what_holds_no_secret_is_as_it_was():
    value = {"kind": "Deployment", "spec": {"replicas": 2, "image": "nginx:1", "ports": [1, None]}}

    assert Masker.knowing({"something"}).json(value) == value


def test_everyday_words_and_numbers_are_masked_by_place_only():
    known = secrets_in({"env": ["DEBUG=true", "LEVEL=info", "PORT=8080"]})

    assert Masker.knowing(known).text("true info 8080") == "true info 8080"


def test_what_base64_hides_is_known_too():
    known = secrets_in({"kind": "Secret", "data": {"a": b64("hidden-value")}})

    assert Masker.knowing(known).text("see hidden-value") == f"see {MASK}"
