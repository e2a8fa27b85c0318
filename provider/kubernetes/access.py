"""
How the daemon reaches its API server: from a kubeconfig, or from inside the cluster.

What is asked first wins: a named file, $KUBECONFIG, ~/.kube/config, the pod's service account. Whatever
can be looked at without asking the server is looked at here, so that the daemon does not start with
something that can never work.
"""

import base64
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from provider.concurrency.clock import SystemClock, WallClock
from provider.http.authorization import AuthorizationError, Authorizer
from provider.http.client import DEFAULT_SLOTS, HttpClient, open_http
from provider.http.connection import NetworkBackend
from provider.http.proxy import Proxy, ProxyUrlError
from provider.kubernetes.credentials import Files, Fixed, Install, Material, Plugin, Renewed
from provider.kubernetes.document import AccessError, Part
from provider.kubernetes.kubeconfig import Cluster, Kubeconfig, User, read_kubeconfig
from provider.kubernetes.plugin import check_installed
from provider.kubernetes.tls import TlsError, add_authorities, make_context, set_identity

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where kubelet mounts a pod's token, namespace and the cluster's authorities."""


@attrs.frozen(kw_only=True, eq=False)
class Access:
    """One API server and one identity."""

    url: str
    origin: str
    """Where this was read: a file and its context, or the pod."""
    namespace: str = ""
    """Of the context or the pod; "" when neither names one."""
    authorizer: Authorizer = attrs.field(repr=False)
    ssl_context: ssl.SSLContext | None = None
    """None for plain HTTP."""
    server_name: str = ""
    proxy: Proxy | None = None
    insecure: bool = False

    def describe(self) -> str:
        """One line for the start; nothing secret."""
        way = f" through {self.proxy}" if self.proxy else ""
        warning = ", its certificate is NOT verified" if self.insecure else ""
        return f"{self.url}{way} ({self.origin}{warning})"

    def open_http(
        self, *, slots: int = DEFAULT_SLOTS, network_backend: NetworkBackend | None = None
    ) -> AbstractAsyncContextManager[HttpClient]:
        """Make a client of the API server; see `provider.http.client.open_http`."""
        return open_http(
            self.url,
            slots=slots,
            network_backend=network_backend,
            ssl_context=self.ssl_context,
            authorizer=self.authorizer,
            server_name=self.server_name,
            proxy=self.proxy,
        )


def load_access(
    kubeconfig: Path | None,
    context: str | None,
    env: Mapping[str, str],
    *,
    wall: WallClock | None = None,
    service_account: Path = SERVICE_ACCOUNT,
) -> Access:
    """
    Find out how to reach the API server; files are read, nothing is asked.

    Args:
        kubeconfig: the file to use; None to look for one.
        context: of the kubeconfig; None for its current one.
        env: KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST and _PORT, and what exec plugins get.
        wall: tells when credentials expire; None for the machine's clock.
        service_account: the pod's mounted directory.

    Raises:
        AccessError: nothing is configured, or something is wrong; names file, field and what to do.
    """
    clock = wall or SystemClock()
    loaded = _find_kubeconfig(kubeconfig, env)
    if loaded is not None:
        return _from_kubeconfig(loaded, context or "", env, clock)
    if context:
        raise AccessError(f"context {context!r}: there is no kubeconfig to find it in; name a file")
    return _in_cluster(env, clock, service_account)


def _find_kubeconfig(named: Path | None, env: Mapping[str, str]) -> Kubeconfig | None:
    if named is not None:
        return read_kubeconfig([named], all_must_exist=True)
    if listed := [Path(part) for part in env.get("KUBECONFIG", "").split(":") if part]:
        return read_kubeconfig(listed, all_must_exist=False)
    usual = Path(env.get("HOME", "/nonexistent")) / ".kube" / "config"
    return read_kubeconfig([usual], all_must_exist=True) if usual.exists() else None


def _in_cluster(env: Mapping[str, str], wall: WallClock, root: Path) -> Access:
    host, port = env.get("KUBERNETES_SERVICE_HOST", ""), env.get("KUBERNETES_SERVICE_PORT", "443")
    token, authorities = root / "token", root / "ca.crt"
    if not host or not root.is_dir():
        raise AccessError(
            "no kubeconfig was named, $KUBECONFIG is not set, ~/.kube/config does not exist, and this "
            "is no pod with a service account (KUBERNETES_SERVICE_HOST, "
            f"{root}): give --kubeconfig FILE"
        )
    files = Files(token=token, authorities=authorities)
    try:
        at_first = files.read()
        tls = make_context(at_first.authorities, insecure=False)
    except AuthorizationError as error:
        raise AccessError(f"{error}; is the pod's service account token mounted?") from None
    except TlsError as error:
        raise AccessError(f"{authorities}: {error}") from None
    namespace = root / "namespace"
    return Access(
        url=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        origin=f"the pod's service account, {root}",
        namespace=namespace.read_text().strip() if namespace.exists() else "",
        authorizer=Renewed(files, wall, _installer(tls, str(authorities))),
        ssl_context=tls,
    )


def _from_kubeconfig(
    loaded: Kubeconfig, name: str, env: Mapping[str, str], wall: WallClock
) -> Access:
    chosen, context = loaded.context(name)
    cluster, user = loaded.cluster(context), loaded.user(context)
    url = _server_url(cluster)
    tls = _cluster_context(cluster) if url.startswith("https://") else None
    return Access(
        url=url,
        origin=f"{context.part.file}, context {chosen}",
        namespace=context.namespace,
        authorizer=_authorizer(user, cluster, tls, env, wall),
        ssl_context=tls,
        server_name=cluster.server_name,
        proxy=_proxy(cluster),
        insecure=cluster.insecure,
    )


def _server_url(cluster: Cluster) -> str:
    server = cluster.server
    if "://" not in server:
        verified = cluster.authority or cluster.authority_data or cluster.insecure
        server = f"{'https' if verified else 'http'}://{server}"
    try:
        parts = urlsplit(server)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise cluster.part.get("server").error("must be a URL such as https://10.0.0.1:6443")
    return server


def _proxy(cluster: Cluster) -> Proxy | None:
    if not cluster.proxy_url:
        return None
    try:
        return Proxy.parse(cluster.proxy_url)
    except ProxyUrlError as error:
        raise cluster.part.get("proxy-url").error(str(error)) from None


def _cluster_context(cluster: Cluster) -> ssl.SSLContext:
    # Data goes before a file, as with kubectl.
    field = cluster.part.get(
        "certificate-authority-data" if cluster.authority_data else "certificate-authority"
    )
    authorities = cluster.authority_data or _content(cluster.authority, field)
    try:
        return make_context(authorities, insecure=cluster.insecure)
    except TlsError as error:
        raise field.error(str(error)) from None


def _authorizer(
    user: User,
    cluster: Cluster,
    tls: ssl.SSLContext | None,
    env: Mapping[str, str],
    wall: WallClock,
) -> Authorizer:
    """Pick what the user's entry means: a token or password goes before a plugin, as with kubectl."""
    headers = dict(user.impersonate)
    install = _installer(tls, f"{user.part.file}: {user.part.field}")
    # Files that both halves are in are read again as they rotate; anything else stays.
    rotates = tls is not None and user.certificate is not None and user.key is not None
    if tls is not None and not rotates:
        _install_certificate(user, tls)
    if user.username:
        named = f"{user.username}:{user.password}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(named).decode()}"
    elif user.token and not user.token_file:
        headers["authorization"] = f"Bearer {user.token}"
    elif user.plugin is not None and not user.token_file:
        check_installed(user.plugin, env)
        return Renewed(Plugin(user.plugin, cluster, env), wall, install, headers)
    files = Files(
        token=user.token_file,
        certificate=user.certificate if rotates else None,
        key=user.key if rotates else None,
        token_at_first=user.token,
    )
    if files.token is None and files.certificate is None:
        return Fixed(headers)
    try:
        install(files.read())
    except AuthorizationError as error:
        raise user.part.error(str(error)) from None
    return Renewed(files, wall, install, headers)


def _install_certificate(user: User, tls: ssl.SSLContext) -> None:
    field = user.part.get(
        "client-certificate-data" if user.certificate_data else "client-certificate"
    )
    certificate = user.certificate_data or _content(user.certificate, field)
    if not certificate:
        return
    key = user.key_data or _content(user.key, user.part.get("client-key"))
    try:
        set_identity(tls, certificate, key)
    except TlsError as error:
        raise field.error(str(error)) from None


def _installer(tls: ssl.SSLContext | None, place: str) -> Install:
    """Put certificates that were found anew into the context that new connections use."""

    def install(material: Material) -> None:
        if tls is None:
            return
        try:
            if material.authorities:
                add_authorities(tls, material.authorities)
            if material.certificate:
                set_identity(tls, material.certificate, material.key)
        except TlsError as error:
            raise AuthorizationError(f"{place}: {error}") from None

    return install


def _content(file: Path | None, field: Part) -> bytes:
    if file is None:
        return b""
    try:
        return file.read_bytes()
    except OSError as error:
        raise field.error(f"{file}: {error.strerror}") from None
