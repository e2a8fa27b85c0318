"""
The login with which a service's image is pulled.

Source: Akash, `cluster/kube/builder/service_credentials.go`.
"""

import base64

from provider.jsontypes import JSONObject
from provider.lease.gojson import one_line
from provider.lease.identity import LeaseID
from provider.lease.manifest import Credentials, Service
from provider.workload import labels
from provider.workload.options import RenderOptions


def pull_secret(lease: LeaseID, service: Service) -> JSONObject | None:
    """The Secret with a service's credentials; None when it has none."""
    if service.credentials is None:
        return None
    config = one_line({"auths": {service.credentials.host: _login(service.credentials)}})
    data = {".dockerconfigjson": _base64(config)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": _name(service),
            "namespace": lease.namespace,
            "labels": labels.workload(lease.namespace, service.name, labels.version(data)),
        },
        "type": "kubernetes.io/dockerconfigjson",
        "data": data,
    }


def pull_secrets(service: Service, options: RenderOptions) -> list[JSONObject]:
    """`imagePullSecrets` of the pod: its own, else the operator's, else none."""
    name = _name(service) if service.credentials else options.image_pull_secret
    return [{"name": name}] if name else []


def _name(service: Service) -> str:
    return f"docker-creds-{service.name}"


def _login(credentials: Credentials) -> JSONObject:
    username, password = credentials.username.strip(), credentials.password.strip()
    login = {
        "username": username,
        "password": password,
        "email": credentials.email.strip(),
        "auth": _base64(f"{username}:{password}"),
    }
    return {key: value for key, value in login.items() if value}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
