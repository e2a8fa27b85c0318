"""
The CustomResourceDefinitions of the three records, for a cluster that has none yet.

Structural schemas, member by member those of the Go provider's `crd.yaml`: no required fields, no
status subresource, no printer columns, unknown fields pruned. Its `format: uint64` on strings is
left out, since the API server does not know it and answers with a warning.

Version v2beta1 is there and not served, as in that file: a cluster that has ever stored objects of
it refuses a definition without it. What such an object held is kept whole.
"""

from typing import Final

from provider.jsontypes import JSONObject

_STRING: Final[JSONObject] = {"type": "string"}
_INTEGER: Final[JSONObject] = {"type": "integer"}
_NUMBER: Final[JSONObject] = {"type": "number"}
_BOOLEAN: Final[JSONObject] = {"type": "boolean"}


_LEASE_ID: Final[JSONObject] = {
    "type": "object",
    "properties": {
        "owner": _STRING,
        "dseq": _STRING,
        "gseq": _INTEGER,
        "oseq": _INTEGER,
        "provider": _STRING,
    },
}


def definitions() -> tuple[JSONObject, ...]:
    """All of them."""
    return manifest_crd(), provider_host_crd(), provider_leased_ip_crd()


def manifest_crd() -> JSONObject:
    """Definition of the record; its name is derived from the lease."""
    group = _object(name=_STRING, services=_array(_service()))
    return _definition("Manifest", "manifests", "mani", _object(lease_id=_LEASE_ID, group=group))


def provider_host_crd() -> JSONObject:
    """Definition of the declaration of a hostname."""
    spec = _object(
        owner=_STRING,
        provider=_STRING,
        hostname=_STRING,
        dseq=_INTEGER,
        gseq=_INTEGER,
        oseq=_INTEGER,
        service_name=_STRING,
        external_port=_INTEGER,
    )
    return _definition("ProviderHost", "providerhosts", "ph", spec)


def provider_leased_ip_crd() -> JSONObject:
    """Definition of the declaration of a port on a leased address."""
    spec = _object(
        lease_id=_LEASE_ID,
        service_name=_STRING,
        port=_INTEGER,
        external_port=_INTEGER,
        sharing_key=_STRING,
        protocol=_STRING,
    )
    return _definition("ProviderLeasedIP", "providerleasedips", "plip", spec)


def _definition(kind: str, plural: str, short: str, spec: JSONObject) -> JSONObject:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.akash.network",
            # Removing a Helm release must not remove every lease's record with it.
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "spec": {
            "group": "akash.network",
            "scope": "Namespaced",
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": kind.lower(),
                "shortNames": [short],
            },
            "versions": [
                {
                    "name": "v2beta1",
                    "served": False,
                    "storage": False,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "x-kubernetes-preserve-unknown-fields": True,
                        }
                    },
                },
                {
                    "name": "v2beta2",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": _object(spec=spec)},
                },
            ],
        },
    }


def _object(**members: JSONObject) -> JSONObject:
    return {"type": "object", "properties": members}


def _array(items: JSONObject) -> JSONObject:
    return {"type": "array", "items": items}


def _nullable(schema: JSONObject) -> JSONObject:
    return {**schema, "nullable": True}


def _amount(name: str, schema: JSONObject) -> JSONObject:
    """A resource: its amount under `name`, and attributes."""
    attributes = _nullable(_array(_object(key=_STRING, value=_STRING)))
    return _object(**{name: schema, "attributes": attributes})


def _service() -> JSONObject:
    volume = _amount("size", _STRING)
    return _object(
        name=_STRING,
        image=_STRING,
        command=_array(_STRING),
        args=_array(_STRING),
        env=_array(_STRING),
        resources=_object(
            id=_NUMBER,
            cpu=_amount("units", _NUMBER),
            gpu=_amount("units", _NUMBER),
            memory=_amount("size", _STRING),
            storage=_array(_object(name=_STRING, **volume["properties"])),
        ),
        count=_NUMBER,
        expose=_array(_expose()),
        params=_nullable(
            _object(
                storage=_array(_object(name=_STRING, mount=_STRING, readOnly=_BOOLEAN)),
                permissions=_nullable(_object(read=_array(_STRING))),
            )
        ),
        scheduler_params=_nullable(_scheduler_params()),
        credentials=_nullable(
            _object(host=_STRING, email=_STRING, username=_STRING, password=_STRING)
        ),
    )


def _expose() -> JSONObject:
    return _object(
        port=_INTEGER,
        external_port=_INTEGER,
        proto=_STRING,
        service=_STRING,
        hosts=_array(_STRING),
        ip=_STRING,
        endpoint_sequence_number=_NUMBER,
        http_options=_object(
            max_body_size=_INTEGER,
            read_timeout=_INTEGER,
            send_timeout=_INTEGER,
            next_tries=_INTEGER,
            next_timeout=_INTEGER,
            next_cases=_array(_STRING),
        ),
        **{"global": _BOOLEAN},
    )


def _scheduler_params() -> JSONObject:
    """What placement found, see `provider/lease/scheduling.py`."""
    gpu = _object(vendor=_STRING, model=_STRING, memory_size=_STRING, interface=_STRING)
    return _object(runtime_class=_STRING, resources=_nullable(_object(gpu=_nullable(gpu))))
