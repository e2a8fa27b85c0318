"""
kubeconfig files: clusters, users and contexts, merged as kubectl merges them.

Of several files the first that names a cluster, a user or a context wins, and the first that names
the current context; files of $KUBECONFIG that do not exist are passed over. Paths are relative to the
file that holds them. Nothing is opened but the files themselves.

Source: `k8s.io/client-go` `tools/clientcmd`, v1 of the API.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import attrs

from provider.jsontypes import JSONObject
from provider.kubernetes.document import AccessError, Part, read_document

_T = TypeVar("_T")

EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_EXEC_EXTENSION = "client.authentication.k8s.io/exec"


@attrs.frozen
class Cluster:
    """Where an API server is, and how it is known to be the right one."""

    part: Part
    server: str
    authority: Path | None = None
    authority_data: bytes = b""
    insecure: bool = False
    """True when its certificate is not looked at."""
    server_name: str = ""
    """What its certificate must name; "" for the server's host."""
    proxy_url: str = attrs.field(default="", repr=False)
    exec_config: JSONObject | None = None
    """What the file wants exec plugins to know of the cluster."""


@attrs.frozen
class ExecPlugin:
    """A program that prints credentials."""

    part: Part
    api_version: str
    command: str
    args: tuple[str, ...] = attrs.field(default=(), repr=False)
    env: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    install_hint: str = ""
    provide_cluster_info: bool = False


@attrs.frozen
class User:
    """Who asks."""

    part: Part
    token: str = attrs.field(default="", repr=False)
    token_file: Path | None = None
    certificate: Path | None = None
    certificate_data: bytes = attrs.field(default=b"", repr=False)
    key: Path | None = None
    key_data: bytes = attrs.field(default=b"", repr=False)
    username: str = ""
    password: str = attrs.field(default="", repr=False)
    plugin: ExecPlugin | None = None
    impersonate: tuple[tuple[str, str], ...] = ()
    """Headers that ask to be taken for somebody else."""


@attrs.frozen
class Context:
    """Which user asks which cluster."""

    part: Part
    cluster: str
    user: str
    namespace: str = ""


@attrs.frozen
class Kubeconfig:
    """What one or more files say."""

    files: tuple[Path, ...]
    current: str
    clusters: dict[str, Part]
    users: dict[str, Part]
    contexts: dict[str, Part]

    def context(self, name: str = "") -> tuple[str, Context]:
        """
        Read the named context, or the current one.

        Raises:
            AccessError: there is none.
        """
        chosen = name or self.current
        if not chosen:
            raise AccessError(
                f"{self._files}: current-context: is not set; set it, or name a context"
            )
        field = "context" if name else "current-context"
        part = self._find(self.contexts, chosen, "contexts", f"{self._files}: {field}")
        return chosen, Context(
            part=part,
            cluster=part.get("cluster").text(),
            user=part.get("user").text(),
            namespace=part.get("namespace").text(),
        )

    def cluster(self, context: Context) -> Cluster:
        """Read a context's cluster."""
        named = context.part.get("cluster")
        return _cluster(self._find(self.clusters, context.cluster, "clusters", _place(named)))

    def user(self, context: Context) -> User:
        """Read a context's user; a context without one asks as nobody."""
        named = context.part.get("user")
        if not context.user:
            return User(named)
        return _user(self._find(self.users, context.user, "users", _place(named)))

    @property
    def _files(self) -> str:
        return ", ".join(str(file) for file in self.files)

    def _find(self, among: dict[str, Part], name: str, what: str, place: str) -> Part:
        if name not in among:
            known = ", ".join(sorted(among)) or "none"
            raise AccessError(f"{place}: {what} has no {name!r}; it has {known}")
        return among[name]


def read_kubeconfig(files: Sequence[Path], *, all_must_exist: bool) -> Kubeconfig:
    """
    Read and merge files.

    Args:
        files: in the order in which they win.
        all_must_exist: True for a file that was named by itself, False for $KUBECONFIG.

    Raises:
        AccessError: one cannot be read, or none exists.
    """
    found = [file for file in files if all_must_exist or file.exists()]
    if not found:
        named = ", ".join(str(file) for file in files)
        raise AccessError(f"KUBECONFIG: none of these files exists: {named}")
    documents = [read_document(file) for file in found]
    currents = [document.get("current-context").text() for document in documents]
    return Kubeconfig(
        files=tuple(found),
        current=next((name for name in currents if name), ""),
        clusters=_merged(documents, "clusters", "cluster"),
        users=_merged(documents, "users", "user"),
        contexts=_merged(documents, "contexts", "context"),
    )


def _merged(documents: Sequence[Part], list_name: str, key: str) -> dict[str, Part]:
    merged: dict[str, Part] = {}
    for document in documents:
        own: dict[str, Part] = {}
        for entry in document.get(list_name).each():
            name = entry.get("name").text()
            if name in own:
                raise entry.get("name").error(f"{name!r} is there twice; remove one")
            own[name] = entry.get(key)
        merged = own | merged
    return merged


def _cluster(part: Part) -> Cluster:
    cluster = Cluster(
        part=part,
        server=part.get("server").text(),
        authority=part.get("certificate-authority").path(),
        authority_data=part.get("certificate-authority-data").data(),
        insecure=part.get("insecure-skip-tls-verify").flag(),
        server_name=part.get("tls-server-name").text(),
        proxy_url=part.get("proxy-url").text(),
        exec_config=_extension(part),
    )
    if not cluster.server:
        raise part.get("server").error("is missing; give the API server's URL")
    if cluster.insecure and (cluster.authority or cluster.authority_data):
        raise part.get("insecure-skip-tls-verify").error(
            "cannot be together with certificate-authority; remove one of the two"
        )
    return cluster


def _extension(part: Part) -> JSONObject | None:
    for entry in part.get("extensions").each():
        if entry.get("name").text() == _EXEC_EXTENSION:
            return entry.get("extension").mapping()
    return None


def _user(part: Part) -> User:
    if part.get("auth-provider").present:
        raise part.get("auth-provider").error(
            "was removed from Kubernetes in 1.26; use an exec plugin (such as gke-gcloud-auth-plugin "
            "or kubelogin), a token or a client certificate"
        )
    # Data goes before a file, as with kubectl.
    data = part.get("client-certificate-data").data()
    key_data = part.get("client-key-data").data()
    user = User(
        part=part,
        token=part.get("token").text(),
        token_file=part.get("tokenFile").path(),
        certificate=None if data else part.get("client-certificate").path(),
        certificate_data=data,
        key=None if key_data else part.get("client-key").path(),
        key_data=key_data,
        username=part.get("username").text(),
        password=part.get("password").text(),
        plugin=_maybe(part.get("exec"), _plugin),
        impersonate=_impersonation(part),
    )
    if bool(user.certificate_data or user.certificate) != bool(user.key_data or user.key):
        raise part.error("client-certificate and client-key go together; give both, or none")
    if (user.token or user.token_file) and user.username:
        raise part.error("token and username exclude each other; remove one of the two")
    return user


def _plugin(part: Part) -> ExecPlugin:
    api_version, mode = part.get("apiVersion").text(), part.get("interactiveMode").text()
    command = part.get("command").text()
    if api_version not in EXEC_VERSIONS:
        raise part.get("apiVersion").error(f"must be one of {', '.join(EXEC_VERSIONS)}")
    if not command:
        raise part.get("command").error("is missing; name the plugin's program")
    if not mode and api_version == EXEC_VERSIONS[0]:
        raise part.get("interactiveMode").error("is required with v1; set it to Never")
    if mode not in ("", "Never", "IfAvailable"):
        raise part.get("interactiveMode").error(
            "must be Never or IfAvailable: a daemon has no terminal to answer at"
        )
    path = part.get("command").path() if "/" in command else None
    return ExecPlugin(
        part=part,
        api_version=api_version,
        command=str(path or command),
        args=part.get("args").texts(),
        env=tuple(
            (entry.get("name").text(), entry.get("value").text())
            for entry in part.get("env").each()
        ),
        install_hint=part.get("installHint").text(),
        provide_cluster_info=part.get("provideClusterInfo").flag(),
    )


def _impersonation(part: Part) -> tuple[tuple[str, str], ...]:
    named = part.get("as").text()
    groups = part.get("as-groups").texts()
    extra = part.get("as-user-extra").mapping()
    if (groups or extra or part.get("as-uid").present) and not named:
        raise part.get("as").error("is missing; as-groups, as-uid and as-user-extra need it")
    if len(groups) > 1 or extra:
        # One header a group: a client whose headers are a mapping cannot send two of a name.
        raise part.get("as-groups").error("at most one group and no as-user-extra can be asked for")
    uid = part.get("as-uid").text()
    headers = [("impersonate-user", named), ("impersonate-uid", uid)]
    headers += [("impersonate-group", group) for group in groups]
    return tuple((name, value) for name, value in headers if value)


def _maybe(part: Part, read: Callable[[Part], _T]) -> _T | None:
    return read(part) if part.present else None


def _place(part: Part) -> str:
    return f"{part.file}: {part.field}"
