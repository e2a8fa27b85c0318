"""Nobody gives away, by a role or a binding, what he does not hold himself."""

import pytest

from tests.unit.access.conftest import RBAC, Granting, Http, rule

ROLES = f"/apis/{RBAC}/v1/namespaces/n/roles"
BINDINGS = f"/apis/{RBAC}/v1/namespaces/n/rolebindings"
ADAM = {"authorization": "Bearer adam"}


def role(*rules: object) -> dict[str, object]:
    return {"metadata": {"name": "r"}, "rules": list(rules)}


def binding(name: str, kind: str = "Role") -> dict[str, object]:
    return {
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": name},
        "subjects": [{"kind": "User", "apiGroup": RBAC, "name": "eve"}],
    }


@pytest.fixture
def writer(grant: Granting) -> Granting:
    """Adam may write roles and bindings, and read pods."""
    grant.allow("adam", rule(RBAC, "roles rolebindings", "create update patch"))
    grant.allow("adam", rule("core", "pods", "get list"))
    return grant


@pytest.mark.parametrize(
    ("wanted", "missing"),
    [
        (rule("core", "pods", "get"), ""),
        (rule("core", "pods", "get list"), ""),
        (rule("core", "pods", "get", "p"), ""),
        (
            rule("core", "pods", "delete get watch"),
            '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}',
        ),
        (
            rule("core", "pods secrets", "get"),
            '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
        ),
        (
            rule("core", "pods/log", "get", "p"),
            '{APIGroups:[""], Resources:["pods/log"], ResourceNames:["p"], Verbs:["get"]}',
        ),
        (rule("*", "*", "*"), '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}'),
    ],
)
async def test_a_role_gives_only_what_its_author_has(
    http: Http, writer: Granting, wanted: dict[str, object], missing: str
) -> None:
    code, answer = await http.send("POST", ROLES, role(wanted), **ADAM)
    if not missing:
        assert code == 201, answer
        return
    assert code == 403
    assert answer["message"] == (
        f'roles.{RBAC} "r" is forbidden: user "adam" (groups=["devs" "system:authenticated"]) '
        f"is attempting to grant RBAC permissions not currently held:\n{missing}"
    )


async def test_who_has_one_object_cannot_give_all_of_them(http: Http, writer: Granting) -> None:
    writer.allow("adam", rule("core", "secrets", "get", "s"))
    one, every = rule("core", "secrets", "get", "s"), rule("core", "secrets", "get")
    assert (await http.send("POST", ROLES, role(every), **ADAM))[0] == 403
    assert (await http.send("POST", ROLES, role(one), **ADAM))[0] == 201


async def test_a_role_that_gathers_others_gives_everything(http: Http, writer: Granting) -> None:
    writer.allow("adam", rule(RBAC, "clusterroles", "create"), namespace="")
    selectors = [{"matchLabels": {"gathered": "yes"}}]
    wanted = role() | {"aggregationRule": {"clusterRoleSelectors": selectors}}
    target = f"/apis/{RBAC}/v1/clusterroles"
    code, answer = await http.send("POST", target, wanted, **ADAM)
    assert (code, '{APIGroups:["*"]' in answer["message"]) == (403, True)


async def test_a_role_cannot_grow_beyond_its_author(http: Http, writer: Granting) -> None:
    assert (await http.send("POST", ROLES, role(rule("core", "pods", "get")), **ADAM))[0] == 201
    grown = {"rules": [rule("core", "secrets", "get")]}
    merge = {"content_type": "application/merge-patch+json", **ADAM}
    assert (await http.send("PATCH", f"{ROLES}/r", grown, **merge))[0] == 403
    label = {"metadata": {"ownerReferences": None}}
    assert (await http.send("PATCH", f"{ROLES}/r", label, **merge))[0] == 200


async def test_who_may_escalate_gives_what_he_has_not(http: Http, writer: Granting) -> None:
    writer.allow("adam", rule(RBAC, "roles", "escalate", "r"))
    wanted = role(rule("core", "secrets", "get"))
    assert (await http.send("POST", ROLES, wanted, **ADAM))[0] == 201


async def test_a_binding_gives_only_what_its_author_has(http: Http, writer: Granting) -> None:
    writer.role("secrets", rule("core", "secrets", "get"))
    writer.role("pods", rule("core", "pods", "get"))
    code, answer = await http.send("POST", BINDINGS, binding("secrets"), **ADAM)
    assert (code, "not currently held" in answer["message"]) == (403, True)
    assert (await http.send("POST", BINDINGS, binding("pods"), **ADAM))[0] == 201


async def test_who_may_bind_a_role_binds_it(http: Http, writer: Granting) -> None:
    writer.allow("adam", rule(RBAC, "clusterroles", "bind", "cluster-admin"))
    wanted = binding("cluster-admin", "ClusterRole")
    assert (await http.send("POST", BINDINGS, wanted, **ADAM))[0] == 201


async def test_everything_is_listed_as_missing_for_cluster_admin(
    http: Http, writer: Granting
) -> None:
    wanted = binding("cluster-admin", "ClusterRole")
    _, answer = await http.send("POST", BINDINGS, wanted, **ADAM)
    assert answer["message"].endswith(
        'held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n'
        '{NonResourceURLs:["*"], Verbs:["*"]}'
    )


async def test_a_binding_to_a_role_that_is_not_there_is_not_found(
    http: Http, writer: Granting
) -> None:
    code, answer = await http.send("POST", BINDINGS, binding("gone"), **ADAM)
    assert (code, answer["message"]) == (404, f'roles.{RBAC} "gone" not found')
