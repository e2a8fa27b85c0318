"""Admission webhooks: who is asked about what, and what becomes of a write after each answer."""

import pytest

from simulator.admission.webhooks import Allowed, Denied, Unreachable, Write
from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from tests.unit.verbs.asking import Asking

NAME = "validate.example.com"
API = "admissionregistration.k8s.io/v1"


def configure(
    ask: Asking, *, kind: str = "validating", rule: JSONObject | None = None, **more: object
) -> None:
    all_maps = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["configmaps"],
    }
    service = {"namespace": "n", "name": "hook", "path": "/check"}
    webhook = {
        "name": NAME,
        "rules": [all_maps | (rule or {})],
        "clientConfig": {"service": service},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        **more,
    }
    ask.create(f"{API}/{kind}webhookconfigurations", "hooks", {"webhooks": [webhook]})


class Asked:
    """A backend that remembers what it was asked."""

    def __init__(self, verdict: Allowed | Denied | Unreachable) -> None:
        self.verdict = verdict
        self.writes: list[tuple[str, str]] = []

    def __call__(self, write: Write) -> Allowed | Denied | Unreachable:
        self.writes.append((write.operation, f"{write.namespace}/{write.name}"))
        return self.verdict


def refused(ask: Asking, name: str = "c") -> Refused:
    with pytest.raises(Refused) as found:
        ask.create("v1/configmaps", name)
    return found.value


def test_a_denial_is_passed_on_with_its_words(ask: Asking) -> None:
    configure(ask)
    ask.cluster.webhooks[NAME] = Asked(Denied("host is taken", 400, "BadRequest"))
    answer = refused(ask)
    assert (answer.code, answer.reason) == (400, "BadRequest")
    assert answer.status["message"] == (
        f'admission webhook "{NAME}" denied the request: host is taken'
    )


def test_a_denial_without_words_says_so(ask: Asking) -> None:
    configure(ask)
    ask.cluster.webhooks[NAME] = Asked(Denied(""))
    assert refused(ask).status["message"].endswith("denied the request without explanation")


def test_who_allows_is_asked_about_creates_and_updates(ask: Asking) -> None:
    configure(ask)
    backend = ask.cluster.webhooks[NAME] = Asked(Allowed())
    ask.create("v1/configmaps", "c")
    ask.replace("v1/configmaps", "c", ask.get("v1/configmaps", "c") | {"data": {"k": "v"}})
    ask.create("v1/secrets", "s")
    ask.delete("v1/configmaps", "c")
    assert backend.writes == [("CREATE", "n/c"), ("UPDATE", "n/c")]


def test_a_deletion_can_be_refused(ask: Asking) -> None:
    configure(ask, rule={"operations": ["DELETE"]})
    ask.create("v1/configmaps", "c")
    ask.cluster.webhooks[NAME] = Asked(Denied("keep it"))
    with pytest.raises(Refused, match="keep it"):
        ask.delete("v1/configmaps", "c")
    assert ask.get("v1/configmaps", "c")


URL = "https://hook.n.svc:443/check?timeout=10s"


@pytest.mark.parametrize(
    ("service", "addresses", "why"),
    [
        (False, False, 'service "hook" not found'),
        (True, False, 'no endpoints available for service "hook"'),
        (True, True, "dial tcp ADDRESS:443: connect: connection refused"),
    ],
)
def test_where_nobody_answers_the_write_fails_as_on_a_real_cluster(
    ask: Asking, service: bool, addresses: bool, why: str
) -> None:
    configure(ask)
    if service:
        made = ask.create("v1/services", "hook", {"spec": {"ports": [{"port": 443}]}}).object
        why = why.replace("ADDRESS", made["spec"]["clusterIP"])
    if addresses:
        subsets = [{"addresses": [{"ip": "10.1.1.1"}], "ports": [{"port": 443}]}]
        ask.create("v1/endpoints", "hook", {"subsets": subsets})
    answer = refused(ask)
    text = f'failed calling webhook "{NAME}": failed to call webhook: Post "{URL}": {why}'
    assert (answer.code, answer.reason) == (500, "InternalError")
    assert answer.status["message"] == f"Internal error occurred: {text}"
    assert answer.status["details"] == {"causes": [{"message": text}]}


def test_a_failure_that_may_be_ignored_is(ask: Asking) -> None:
    configure(ask, failurePolicy="Ignore")
    ask.create("v1/configmaps", "c")


def test_a_planted_failure_has_its_own_words(ask: Asking) -> None:
    configure(ask)
    ask.cluster.webhooks[NAME] = Asked(Unreachable("context deadline exceeded"))
    text = "failed to call webhook: context deadline exceeded"
    assert refused(ask).status["message"].endswith(text)


def test_selectors_leave_namespaces_and_objects_out(ask: Asking) -> None:
    ask.create("v1/namespaces", "m", {"metadata": {"labels": {"watched": "yes"}}})
    configure(
        ask,
        namespaceSelector={"matchLabels": {"watched": "yes"}},
        objectSelector={"matchExpressions": [{"key": "free", "operator": "DoesNotExist"}]},
    )
    ask.cluster.webhooks[NAME] = Asked(Denied("no"))
    ask.create("v1/configmaps", "c")
    ask.create("v1/configmaps", "c", {"metadata": {"labels": {"free": ""}}}, namespace="m")
    with pytest.raises(Refused, match="no"):
        ask.create("v1/configmaps", "d", namespace="m")


def test_a_subresource_is_asked_about_by_its_own_name(ask: Asking) -> None:
    configure(ask, rule={"resources": ["namespaces/finalize"]})
    backend = ask.cluster.webhooks[NAME] = Asked(Allowed())
    ask.create("v1/namespaces", "m")
    live = ask.get("v1/namespaces", "m")
    ask.replace("v1/namespaces", "m", live | {"spec": {}}, subresource="finalize")
    assert backend.writes == [("UPDATE", "/m")]


def test_a_mutating_webhook_changes_what_is_stored(ask: Asking) -> None:
    configure(ask, kind="mutating")
    patch = ({"op": "add", "path": "/data", "value": {"added": "yes"}},)
    ask.cluster.webhooks[NAME] = Asked(Allowed(patch))
    assert ask.create("v1/configmaps", "c").object["data"] == {"added": "yes"}


def test_a_webhook_with_side_effects_allows_no_dry_run(ask: Asking) -> None:
    configure(ask, sideEffects="Some")
    ask.cluster.webhooks[NAME] = Asked(Allowed())
    ask.create("v1/configmaps", "c")
    with pytest.raises(Refused, match="does not support dry run"):
        ask.create("v1/configmaps", "d", dry_run=True)


def test_a_webhook_that_refuses_everything_can_be_removed(ask: Asking) -> None:
    everything = {"apiGroups": ["*"], "resources": ["*"], "operations": ["*"]}
    configure(ask, rule=everything)
    ask.cluster.webhooks[NAME] = Asked(Denied("never"))
    assert refused(ask).code == 403
    ask.delete(f"{API}/validatingwebhookconfigurations", "hooks", namespace="")
    ask.create("v1/configmaps", "c")
