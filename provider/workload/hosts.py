"""
ProviderHost: which lease holds a hostname, under the hostname as its name.

The Go provider adds the annotation `akash.network/lease.updated_at` with the time of each declare
and thereby makes every declare a write. Nothing reads it, and a stable value of it would be a lie,
so it is left out; one that an adopted object carries stays, since it is not ours.
"""

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.workload import labels
from provider.workload.ingress import Route
from provider.workload.options import RenderOptions
from provider.workload.record import API_VERSION


def provider_host(lease: LeaseID, route: Route, options: RenderOptions) -> JSONObject:
    """The object that declares one hostname; here `dseq` is a number, unlike in the record."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ProviderHost",
        "metadata": {
            "name": route.hostname,
            "namespace": options.records_namespace,
            "labels": labels.managed(lease),
        },
        "spec": {
            "owner": lease.owner,
            "provider": lease.provider,
            "hostname": route.hostname,
            "dseq": lease.dseq,
            "gseq": lease.gseq,
            "oseq": lease.oseq,
            "service_name": route.service,
            "external_port": route.port,
        },
    }
