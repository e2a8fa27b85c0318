"""Who may do what: one table of questions over the same few roles, and what refusals say."""

import pytest

from simulator.access.attributes import Attributes, attributes
from simulator.access.users import ADMIN, ANONYMOUS, User, authenticated, service_account
from simulator.verbs.cluster import Cluster
from tests.unit.access.conftest import RBAC, Granting, Http, rule

ADAM = authenticated("adam", ("devs",))


def asked(text: str) -> Attributes:
    """`verb group resource[/sub] [name] [@namespace]`, or `verb /path`."""
    words = text.split()
    if words[1].startswith("/"):
        return Attributes(verb=words[0], path=words[1])
    namespace = words.pop()[1:] if words[-1].startswith("@") else ""
    verb, group, whole, *names = words
    resource, _, subresource = whole.partition("/")
    return Attributes(
        verb=verb,
        group="" if group == "core" else group,
        resource=resource,
        subresource=subresource,
        namespace=namespace,
        name=names[0] if names else "",
    )


@pytest.mark.parametrize(
    ("given", "question", "allowed"),
    [
        (rule("core", "pods", "get list"), "list core pods @n", True),
        (rule("core", "pods", "get list"), "watch core pods @n", False),
        (rule("core", "pods", "get list"), "list core pods @other", False),
        (rule("core", "pods", "get list"), "list core pods", False),
        (rule("core", "pods", "get list"), "list apps pods @n", False),
        (rule("core", "pods", "get"), "get core pods/log p @n", False),
        (rule("core", "pods/log", "get"), "get core pods/log p @n", True),
        (rule("core", "pods/log", "get"), "get core pods p @n", False),
        (rule("core", "*/scale", "get"), "get core replicationcontrollers/scale x @n", True),
        (rule("core", "*/scale", "get"), "get core pods p @n", False),
        (rule("core", "*", "get"), "get core pods/log p @n", True),
        (rule("*", "deployments", "get"), "get apps deployments d @n", True),
        (rule("core", "pods", "*"), "deletecollection core pods @n", True),
        (rule("core", "pods", "delete"), "deletecollection core pods @n", False),
        (rule("core", "secrets", "get", "a b"), "get core secrets b @n", True),
        (rule("core", "secrets", "get", "a b"), "get core secrets c @n", False),
        (rule("core", "secrets", "list", "a"), "list core secrets @n", False),
        (rule("core", "secrets", "list", "a"), "list core secrets a @n", True),
        (rule("core", "secrets", "create", "a"), "create core secrets @n", False),
        (rule("core", "namespaces", "get"), "get core namespaces n @n", True),
    ],
)
def test_a_role_allows_what_its_rules_say(
    cluster: Cluster, grant: Granting, given: dict[str, object], question: str, allowed: bool
) -> None:
    grant.allow("adam", given)
    assert cluster.authorizer.decide(ADAM, asked(question)).allowed is allowed


@pytest.mark.parametrize(
    ("urls", "path", "allowed"),
    [
        (["/metrics"], "/metrics", True),
        (["/metrics"], "/metrics/cadvisor", False),
        (["/logs/*"], "/logs/a/b", True),
        (["/logs/*"], "/logs", False),
        (["*"], "/anything", True),
    ],
)
def test_paths_that_are_no_resources_are_allowed_by_their_own_rules(
    cluster: Cluster, grant: Granting, urls: list[str], path: str, allowed: bool
) -> None:
    grant.allow("adam", {"nonResourceURLs": urls, "verbs": ["get"]}, namespace="")
    assert cluster.authorizer.decide(ADAM, asked(f"get {path}")).allowed is allowed


def test_a_cluster_role_bound_in_a_namespace_holds_there_alone(
    cluster: Cluster, grant: Granting
) -> None:
    grant.role("reader", rule("core", "pods nodes", "list"), namespace="")
    grant.bind("reader", "adam", kind="ClusterRole")
    decide = cluster.authorizer.decide
    assert decide(ADAM, asked("list core pods @n")).allowed
    assert not decide(ADAM, asked("list core pods")).allowed
    assert not decide(ADAM, asked("list core nodes")).allowed


def test_a_cluster_role_bound_to_the_cluster_holds_everywhere(
    cluster: Cluster, grant: Granting
) -> None:
    grant.allow("adam", rule("core", "pods", "list"), namespace="")
    decide = cluster.authorizer.decide
    assert decide(ADAM, asked("list core pods @n")).allowed
    assert decide(ADAM, asked("list core pods")).allowed


@pytest.mark.parametrize(
    ("subject", "user"),
    [
        ({"kind": "Group", "apiGroup": RBAC, "name": "devs"}, ADAM),
        ({"kind": "Group", "apiGroup": RBAC, "name": "system:authenticated"}, ADAM),
        ({"kind": "ServiceAccount", "name": "sa", "namespace": "n"}, service_account("n", "sa")),
        (
            {"kind": "Group", "apiGroup": RBAC, "name": "system:serviceaccounts:n"},
            service_account("n", "sa"),
        ),
    ],
)
def test_groups_and_accounts_are_bound_like_users(
    cluster: Cluster, grant: Granting, subject: dict[str, str], user: User
) -> None:
    grant.role("r", rule("core", "pods", "get"))
    reference = {"apiGroup": RBAC, "kind": "Role", "name": "r"}
    fields = {"roleRef": reference, "subjects": [subject]}
    grant.ask.create(f"{RBAC}/v1/rolebindings", "b", fields)
    assert cluster.authorizer.decide(user, asked("get core pods p @n")).allowed
    for stranger in (ANONYMOUS, User("eve"), User("sa"), User("system:serviceaccount:m:sa")):
        assert not cluster.authorizer.decide(stranger, asked("get core pods p @n")).allowed


def test_the_reason_names_binding_role_and_subject(cluster: Cluster, grant: Granting) -> None:
    grant.role("r", rule("core", "pods", "get"))
    grant.bind("r", "adam", name="b")
    decision = cluster.authorizer.decide(ADAM, asked("get core pods p @n"))
    assert decision.reason == 'RBAC: allowed by RoleBinding "b/n" of Role "r" to User "adam"'


def test_masters_need_no_role_and_get_no_reason(cluster: Cluster) -> None:
    decision = cluster.authorizer.decide(ADMIN, asked("delete core nodes x"))
    assert (decision.allowed, decision.reason) == (True, "")


def test_a_binding_to_a_role_that_is_gone_is_told_in_the_refusal(
    cluster: Cluster, grant: Granting
) -> None:
    grant.bind("gone", "adam")
    decision = cluster.authorizer.decide(ADAM, asked("get core pods p @n"))
    assert not decision.allowed
    assert decision.reason == f'RBAC: role.{RBAC} "gone" not found'


def test_edit_gathers_what_is_labelled_for_view(cluster: Cluster, grant: Granting) -> None:
    grant.bind("edit", "adam", kind="ClusterRole")
    question = asked("get example.com widgets w @n")
    assert not cluster.authorizer.decide(ADAM, question).allowed
    labels = {f"{RBAC}/aggregate-to-view": "true"}
    fields = {"metadata": {"labels": labels}, "rules": [rule("example.com", "widgets", "get")]}
    grant.ask.create(f"{RBAC}/v1/clusterroles", "widgets", fields)
    assert cluster.authorizer.decide(ADAM, question).allowed


@pytest.mark.parametrize(
    ("role", "question", "allowed"),
    [
        ("view", "list core pods @n", True),
        ("view", "get core secrets s @n", False),
        ("view", "create core pods @n", False),
        ("edit", "create apps deployments @n", True),
        ("edit", "create core pods/exec p @n", True),
        ("edit", f"create {RBAC} roles @n", False),
        ("admin", f"create {RBAC} roles @n", True),
        ("admin", "create core resourcequotas @n", False),
        ("cluster-admin", "create core resourcequotas @n", True),
    ],
)
def test_the_roles_for_people_grow_from_view_to_cluster_admin(
    cluster: Cluster, grant: Granting, role: str, question: str, allowed: bool
) -> None:
    grant.bind(role, "adam", kind="ClusterRole")
    assert cluster.authorizer.decide(ADAM, asked(question)).allowed is allowed


@pytest.mark.parametrize(
    ("method", "target", "question"),
    [
        ("GET", "/api/v1/pods", "list core pods"),
        ("GET", "/api/v1/namespaces/n/pods", "list core pods @n"),
        ("GET", "/api/v1/namespaces/n/pods?watch=1", "watch core pods @n"),
        ("GET", "/api/v1/namespaces/n/pods?watch=false", "list core pods @n"),
        ("GET", "/api/v1/watch/namespaces/n/pods", "watch core pods @n"),
        ("GET", "/api/v1/namespaces/n/pods?fieldSelector=metadata.name=p", "list core pods p @n"),
        ("HEAD", "/api/v1/namespaces/n/pods/p", "get core pods p @n"),
        ("GET", "/api/v1/namespaces/n/pods/p/log", "get core pods/log p @n"),
        ("POST", "/api/v1/namespaces/n/pods/p/eviction", "create core pods/eviction p @n"),
        ("PUT", "/apis/apps/v1/namespaces/n/deployments/d", "update apps deployments d @n"),
        ("PATCH", "/apis/apps/v1/namespaces/n/deployments/d", "patch apps deployments d @n"),
        ("DELETE", "/api/v1/namespaces/n/pods/p", "delete core pods p @n"),
        ("DELETE", "/api/v1/namespaces/n/pods", "deletecollection core pods @n"),
        ("GET", "/api/v1/namespaces/n", "get core namespaces n @n"),
        ("PUT", "/api/v1/namespaces/n/finalize", "update core namespaces/finalize n @n"),
        ("GET", "/api/v1/nodes/x", "get core nodes x"),
        ("POST", "/healthz", "post /healthz"),
        ("GET", "/apis/apps/v1", "get /apis/apps/v1"),
    ],
)
def test_a_request_becomes_the_question_that_roles_know(
    method: str, target: str, question: str
) -> None:
    path, _, query = target.partition("?")
    pairs = dict(part.split("=", 1) for part in query.split("&") if part)
    found = attributes(method, path, pairs)
    wanted = asked(question)
    assert (found.whole, found.question()) == (wanted.whole, wanted.question())
    assert (found.verb, found.name, found.namespace) == (
        wanted.verb,
        wanted.name,
        wanted.namespace,
    )


@pytest.mark.parametrize(
    ("method", "target", "message", "details"),
    [
        (
            "GET",
            "/api/v1/namespaces/n/pods/p",
            (
                'pods "p" is forbidden: User "adam" cannot get resource "pods" in API group "" '
                'in the namespace "n"'
            ),
            {"name": "p", "kind": "pods"},
        ),
        (
            "GET",
            "/api/v1/namespaces/n/pods/p/log",
            (
                'pods "p" is forbidden: User "adam" cannot get resource "pods/log" in API group "" '
                'in the namespace "n"'
            ),
            {"name": "p", "kind": "pods"},
        ),
        (
            "POST",
            "/apis/apps/v1/namespaces/n/deployments",
            (
                'deployments.apps is forbidden: User "adam" cannot create resource "deployments" '
                'in API group "apps" in the namespace "n"'
            ),
            {"group": "apps", "kind": "deployments"},
        ),
        (
            "GET",
            "/api/v1/nodes",
            (
                'nodes is forbidden: User "adam" cannot list resource "nodes" in API group "" '
                "at the cluster scope"
            ),
            {"kind": "nodes"},
        ),
        (
            "GET",
            "/metrics",
            'forbidden: User "adam" cannot get path "/metrics"',
            {},
        ),
    ],
)
async def test_a_refusal_says_who_may_not_do_what_where(
    http: Http, method: str, target: str, message: str, details: dict[str, str]
) -> None:
    code, status = await http.send(method, target, authorization="Bearer adam")
    assert (code, status["reason"], status["message"]) == (403, "Forbidden", message)
    assert status["details"] == details


async def test_a_right_that_is_given_holds_at_once(http: Http, grant: Granting) -> None:
    target = "/api/v1/namespaces/n/configmaps"
    assert (await http.send("GET", target, authorization="Bearer adam"))[0] == 403
    grant.allow("adam", rule("core", "configmaps", "list"))
    assert (await http.send("GET", target, authorization="Bearer adam"))[0] == 200


async def test_nobody_sees_the_version_and_nothing_else(http: Http) -> None:
    assert (await http.send("GET", "/version"))[0] == 200
    assert (await http.send("GET", "/livez"))[0] == 200
    code, status = await http.send("GET", "/apis")
    assert (code, f'User "{ANONYMOUS.name}"' in status["message"]) == (403, True)


async def test_an_apply_that_creates_needs_both_rights(http: Http, grant: Granting) -> None:
    target = "/api/v1/namespaces/n/configmaps/c?fieldManager=me"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    apply = {"content_type": "application/apply-patch+yaml", "authorization": "Bearer adam"}
    grant.allow("adam", rule("core", "configmaps", "patch"))
    code, status = await http.send("PATCH", target, body, **apply)
    assert (code, status["message"]) == (403, 'configmaps "c" is forbidden: ')
    grant.allow("adam", rule("core", "configmaps", "create"))
    assert (await http.send("PATCH", target, body, **apply))[0] == 201
