"""One mistake at a time, in objects that are right otherwise."""

from typing import Any

import pytest

from simulator.admission.validation import validate_create, validate_update
from simulator.jsontypes import JSONObject
from simulator.kinds.defaults import defaulted
from simulator.kinds.resources import Resource, by_kind


def resource_of(obj: JSONObject) -> Resource:
    found = by_kind(obj["apiVersion"], obj["kind"])
    assert found is not None
    return found


def complete(obj: JSONObject) -> JSONObject:
    return defaulted(resource_of(obj), obj)


def told(causes: Any) -> list[str]:
    return [f"{cause.field}: {cause.message}" for cause in causes]


def create(obj: JSONObject) -> list[str]:
    return told(validate_create(resource_of(obj), complete(obj)))


def change(old: JSONObject, new: JSONObject) -> list[str]:
    return told(validate_update(resource_of(old), complete(new), complete(old)))


def changed(obj: JSONObject, path: str, value: object) -> JSONObject:
    head, _, rest = path.partition(".")
    key: Any = int(head) if isinstance(obj, list) else head
    copy: Any = list(obj) if isinstance(obj, list) else dict(obj)
    inner = copy[key] if isinstance(obj, list) else copy.get(key, {})
    copy[key] = changed(inner, rest, value) if rest else value
    return copy  # type: ignore[no-any-return]


def thing(api_version: str, kind: str, **fields: Any) -> JSONObject:
    metadata = {"name": "a", "namespace": "ns"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


CONTAINER: JSONObject = {
    "name": "web",
    "image": "nginx:1",
    "env": [{"name": "A", "value": "1"}],
    "ports": [{"containerPort": 80, "name": "http"}],
    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
}
POD = thing(
    "v1", "Pod", spec={"containers": [CONTAINER], "volumes": [{"name": "data", "emptyDir": {}}]}
)
LABELS = {"app": "a"}
DEPLOYMENT = thing(
    "apps/v1",
    "Deployment",
    spec={
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {"containers": [{"name": "web", "image": "nginx:1"}]},
        },
    },
)
STATEFUL_SET = thing(
    "apps/v1",
    "StatefulSet",
    spec={**DEPLOYMENT["spec"], "serviceName": "a", "volumeClaimTemplates": []},
)
REPLICA_SET = thing("apps/v1", "ReplicaSet", spec=DEPLOYMENT["spec"])
SERVICE = thing("v1", "Service", spec={"ports": [{"port": 80, "name": "http"}], "selector": LABELS})
INGRESS = thing(
    "networking.k8s.io/v1",
    "Ingress",
    spec={
        "rules": [
            {
                "host": "a.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "web", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ]
    },
)
POLICY = thing(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    spec={
        "podSelector": {},
        "ingress": [
            {
                "ports": [{"port": 80}],
                "from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
            }
        ],
    },
)
CLAIM = thing(
    "v1",
    "PersistentVolumeClaim",
    spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
)
SECRET = thing("v1", "Secret", data={"a": "YQ=="})
CONFIG_MAP = thing("v1", "ConfigMap", data={"a": "1"})
ROLE = thing(
    "rbac.authorization.k8s.io/v1",
    "Role",
    rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
)
BINDING = thing(
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
    subjects=[{"kind": "ServiceAccount", "name": "sa", "namespace": "ns"}],
)
LEASE = thing("coordination.k8s.io/v1", "Lease", spec={"leaseDurationSeconds": 15})
SLICE = thing(
    "discovery.k8s.io/v1",
    "EndpointSlice",
    addressType="IPv4",
    endpoints=[{"addresses": ["10.0.0.1"]}],
    ports=[{"name": "http", "port": 80}],
)
VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "a"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Gi"},
        "hostPath": {"path": "/x"},
    },
}
CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "a"},
    "provisioner": "x/y",
}
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}, "spec": {}}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Widget", "plural": "widgets"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}

GOOD = [
    POD, DEPLOYMENT, STATEFUL_SET, REPLICA_SET, SERVICE, INGRESS, POLICY, CLAIM, SECRET, CONFIG_MAP,
    ROLE, BINDING, LEASE, SLICE, VOLUME, CLASS, NODE, DEFINITION,
]  # fmt: skip


@pytest.mark.parametrize("obj", GOOD, ids=lambda obj: obj["kind"])
def test_good_objects_are_taken_and_may_stay_as_they_are(obj: JSONObject) -> None:
    assert create(obj) == []
    assert change(obj, obj) == []


C, T = "spec.containers.0", "spec.template.spec.containers.0"
AT = "spec.containers[0]"
RULE, PATH = "spec.rules.0", "spec.rules[0].http.paths[0]"
PATHS = f"{RULE}.http.paths.0"


@pytest.mark.parametrize(
    ("obj", "path", "value", "wrong"),
    [
        (POD, f"{C}.image", " nginx", f'{AT}.image: Invalid value: " nginx": must not have leading or'),
        (POD, f"{C}.env.0.name", "", f"{AT}.env[0].name: Required value"),
        (POD, f"{C}.env.0.name", "A=", f'{AT}.env[0].name: Invalid value: "A=": a valid environment'),
        (POD, f"{C}.ports.0.containerPort", 0, f"{AT}.ports[0].containerPort: Required value"),
        (POD, f"{C}.ports.0.containerPort", 70000, "must be between 1 and 65535, inclusive"),
        (POD, f"{C}.ports.0.protocol", "X", 'Unsupported value: "X": supported values: "SCTP", "TCP"'),
        (POD, f"{C}.ports.0.name", "80", "must contain at least one letter (a-z)"),
        (POD, f"{C}.volumeMounts.0.name", "gone", f'{AT}.volumeMounts[0].name: Not found: "gone"'),
        (POD, f"{C}.volumeMounts.0.mountPath", "", f"{AT}.volumeMounts[0].mountPath: Required value"),
        (POD, f"{C}.volumeMounts", [CONTAINER["volumeMounts"][0]] * 2, '"/data": must be unique'),
        (POD, f"{C}.imagePullPolicy", "Maybe", f"{AT}.imagePullPolicy: Unsupported value"),
        (POD, f"{C}.resources", {"limits": {"cpu": "-1"}}, "must be greater than or equal to 0"),
        (POD, f"{C}.resources", {"limits": {"speed": "1"}}, "must be a standard resource for containers"),
        (POD, f"{C}.resources", {"requests": {"x.y/gpu": "1"}, "limits": {"x.y/gpu": "2"}}, "must be equal to x.y/gpu limit of 2"),
        (POD, f"{C}.resources", {"limits": {"x.y/gpu": "0.5"}}, "must be an integer"),
        (POD, f"{C}.livenessProbe", {"periodSeconds": 1}, f"{AT}.livenessProbe: Required value: must specify a handler type"),
        (POD, f"{C}.livenessProbe", {"tcpSocket": {"port": 0}}, "tcpSocket.port: Invalid value: 0"),
        (POD, f"{C}.livenessProbe", {"exec": {}}, "exec.command: Required value"),
        (POD, f"{C}.livenessProbe", {"tcpSocket": {"port": 1}, "successThreshold": 2}, "successThreshold: Invalid value: 2: must be 1"),
        (POD, f"{C}.securityContext", {"runAsUser": -1}, "must be between 0 and 2147483647, inclusive"),
        (POD, "spec.containers", [CONTAINER, CONTAINER], 'spec.containers[1].name: Duplicate value: "web"'),
        (POD, "spec.initContainers", [CONTAINER], 'spec.initContainers[0].name: Duplicate value: "web"'),
        (POD, "spec.volumes", [{"name": "data", "emptyDir": {}}] * 2, 'spec.volumes[1].name: Duplicate value: "data"'),
        (POD, "spec.volumes.0", {"name": "data", "secret": {}}, "spec.volumes[0].secret.secretName: Required value"),
        (POD, "spec.volumes.0", {"name": "data", "emptyDir": {}, "configMap": {"name": "x"}}, "may not specify more than 1 volume type"),
        (POD, "spec.restartPolicy", "Perhaps", "spec.restartPolicy: Unsupported value"),
        (POD, "spec.dnsPolicy", "Perhaps", "spec.dnsPolicy: Unsupported value"),
        (POD, "spec.activeDeadlineSeconds", 0, "spec.activeDeadlineSeconds: Invalid value: 0"),
        (POD, "spec.terminationGracePeriodSeconds", -1, "spec.terminationGracePeriodSeconds: Invalid value: -1"),
        (POD, "spec.tolerations", [{"operator": "Equal"}], "operator must be Exists when `key` is empty"),
        (POD, "spec.tolerations", [{"key": "a", "tolerationSeconds": 1}], "effect must be 'NoExecute'"),
        (POD, "spec.nodeSelector", {"bad key": "x"}, "spec.nodeSelector: Invalid value"),
        (DEPLOYMENT, "spec.replicas", -1, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (DEPLOYMENT, "spec.selector", None, "spec.selector: Required value"),
        (DEPLOYMENT, "spec.selector", {}, "spec.selector: Invalid value: {}: empty selector is invalid for deployment"),
        (DEPLOYMENT, "spec.strategy", {"type": "Sideways"}, "spec.strategy.type: Unsupported value"),
        (DEPLOYMENT, "spec.strategy", {"type": "Recreate", "rollingUpdate": {}}, "may not be specified when strategy `type` is 'Recreate'"),
        (DEPLOYMENT, "spec.strategy.rollingUpdate", {"maxSurge": 0, "maxUnavailable": "0%"}, "may not be 0 when `maxSurge` is 0"),
        (DEPLOYMENT, "spec.strategy.rollingUpdate", {"maxSurge": "a lot"}, "a valid percent string must be"),
        (DEPLOYMENT, "spec.progressDeadlineSeconds", 0, "must be greater than minReadySeconds"),
        (DEPLOYMENT, "spec.template.spec.restartPolicy", "Never", 'Unsupported value: "Never": supported values: "Always"'),
        (DEPLOYMENT, "spec.template.spec.activeDeadlineSeconds", 5, "activeDeadlineSeconds in ReplicaSet is not Supported"),
        (DEPLOYMENT, f"{T}.image", "", "spec.template.spec.containers[0].image: Required value"),
        (DEPLOYMENT, "status", {"availableReplicas": 1, "replicas": 1}, ""),
        (STATEFUL_SET, "spec.podManagementPolicy", "Chaotic", "spec.podManagementPolicy: Unsupported value"),
        (STATEFUL_SET, "spec.updateStrategy", {"type": "Sideways"}, "must be 'RollingUpdate' or 'OnDelete'"),
        (STATEFUL_SET, "spec.template.metadata.labels", {"app": "b"}, "`selector` does not match template `labels`"),
        (REPLICA_SET, "spec.selector", {}, "empty selector is invalid for deployment"),
        (POD, f"{C}.env", [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.x"}}}], "fieldPath: Invalid value: \"metadata.x\": error converting fieldPath: field label not supported: metadata.x"),
        (POD, f"{C}.env", [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}}], "fieldPath: Unsupported value: \"status.phase\": supported values: \"metadata.name\""),
        (POD, f"{C}.env", [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a']"}}}], ""),
        (POD, f"{C}.env", [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.x"}}}], "resourceFieldRef.resource: Unsupported value: \"limits.x\""),
        (POD, f"{C}.envFrom", [{}], "spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`"),
        (POD, f"{C}.envFrom", [{"prefix": "=", "secretRef": {"name": "A"}}], "spec.containers[0].envFrom[0].secretRef.name: Invalid value: \"A\""),
        (POD, f"{C}.resources", {"limits": {"hugepages-2Mi": "2Mi"}}, "resources: Forbidden: HugePages require cpu or memory"),
        (POD, f"{C}.securityContext", {"seccompProfile": {"type": "Localhost"}}, "localhostProfile: Required value: must be set when seccomp type is Localhost"),
        (POD, f"{C}.securityContext", {"procMount": "Odd"}, 'procMount: Unsupported value: "Odd": supported values: "Default", "Unmasked"'),
        (POD, f"{C}.readinessProbe", {"exec": {"command": ["a"]}, "terminationGracePeriodSeconds": 5}, "must not be set for readinessProbes"),
        (POD, "spec.ephemeralContainers", [{"name": "e", "image": "i"}], "spec.ephemeralContainers: Forbidden: cannot be set on create"),
        (POD, "spec.affinity", {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}, "nodeSelectorTerms: Required value: must have at least one node selector term"),
        (POD, "spec.affinity", {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In"}]}]}}}, "matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"),
        (POD, "spec.affinity", {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 0, "preference": {}}]}}, "weight: Invalid value: 0: must be in the range 1-100"),
        (POD, "spec.affinity", {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": ""}]}}, "topologyKey: Required value: can not be empty"),
        (POD, "spec.topologySpreadConstraints", [{"maxSkew": 0, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule"}], "maxSkew: Invalid value: 0: must be greater than zero"),
        (POD, "spec.readinessGates", [{"conditionType": "a b"}], "spec.readinessGates[0].conditionType: Invalid value"),
        (POD, "spec.schedulingGates", [{"name": "a"}, {"name": "a"}], 'spec.schedulingGates[1]: Duplicate value: "a"'),
        (POD, "spec.dnsPolicy", "None", "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"),
        (POD, "spec.dnsConfig", {"nameservers": ["x"]}, 'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address'),
        (POD, "spec.hostAliases", [{"ip": "x", "hostnames": ["A_"]}], "spec.hostAliases[0].ip: Invalid value"),
        (POD, "spec.os", {"name": "plan9"}, 'spec.os.name: Unsupported value: "plan9": supported values: "linux", "windows"'),
        (POD, "spec", {"hostNetwork": True, "containers": [{"name": "a", "image": "i", "ports": [{"containerPort": 80, "hostPort": 81}]}]}, "containerPort: Invalid value: 80: must match `hostPort` when `hostNetwork` is true"),
        (POD, "spec.volumes.0", {"name": "data", "secret": {"secretName": "s", "items": [{"key": "a", "path": "../a"}]}}, "items[0].path: Invalid value: \"../a\": must not contain '..'"),
        (POD, "spec.volumes.0", {"name": "data", "nfs": {"server": "s", "path": "a"}}, "nfs.path: Invalid value: \"a\": must be an absolute path"),
        (DEPLOYMENT, "spec.template.spec.ephemeralContainers", [{"name": "e", "image": "i"}], "ephemeral containers not allowed in pod template"),
        (INGRESS, "spec.tls", [{"secretName": "A_"}], "spec.tls[0].secretName: Invalid value"),
        (INGRESS, "metadata.annotations", {"kubernetes.io/ingress.class": "odd"}, ""),
        (INGRESS, "spec.defaultBackend", {}, 'spec.defaultBackend: Invalid value: "": resource or service backend is required'),
        (INGRESS, "spec.defaultBackend", {"resource": {"kind": "", "name": "a"}}, "spec.defaultBackend.resource.kind: Required value"),
        (DEPLOYMENT, "spec.selector", {"matchExpressions": [{"key": "a", "operator": "In"}]}, 'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"In"}]}: invalid label selector'),
        (STATEFUL_SET, "spec.ordinals", {"start": -1}, "spec.ordinals.start: Invalid value: -1"),
        (SERVICE, "spec.ports", [], "spec.ports: Required value"),
        (SERVICE, "spec.ports.0.name", "A_B", "spec.ports[0].name: Invalid value"),
        (SERVICE, "spec.ports", [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}], "spec.ports[1]: Duplicate value"),
        (SERVICE, "spec.ports", [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}], 'spec.ports[1].name: Duplicate value: "a"'),
        (SERVICE, "spec.ports.0.nodePort", 30001, "may not be used when `type` is 'ClusterIP'"),
        (SERVICE, "spec.type", "Strange", "spec.type: Unsupported value"),
        (SERVICE, "spec.type", "ExternalName", "spec.externalName: Required value"),
        (SERVICE, "spec.clusterIP", "ten", "spec.clusterIPs[0]: Invalid value"),
        (SERVICE, "spec.sessionAffinity", "Strong", "spec.sessionAffinity: Unsupported value"),
        (SERVICE, "spec.sessionAffinityConfig", {"clientIP": {"timeoutSeconds": 5}}, "spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None"),
        (SERVICE, "spec", {"ports": [{"port": 80}], "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}}, "timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400"),
        (SERVICE, "spec.clusterIPs", ["10.96.0.9"], 'spec.clusterIPs: Invalid value: ["10.96.0.9"]: must be empty when `clusterIP` is not specified'),
        (SERVICE, "spec", {"ports": [{"port": 80}], "clusterIP": "10.96.0.8", "clusterIPs": ["10.96.0.9"]}, "spec.clusterIPs: Invalid value: [\"10.96.0.9\"]: first value must match `clusterIP`"),
        (SERVICE, "spec", {"ports": [{"port": 80}], "clusterIP": "10.96.0.8", "clusterIPs": ["10.96.0.8", "10.96.0.9"]}, "may specify no more than one IP for each IP family"),
        (SERVICE, "spec", {"ports": [{"port": 80}], "clusterIP": "10.96.0.8", "ipFamilies": ["IPv6"]}, "spec.clusterIPs[0]: Invalid value: \"10.96.0.8\": expected an IPv6 value as indicated by `ipFamilies[0]`"),
        (SERVICE, "spec", {"ports": [{"port": 80}], "clusterIP": "None", "clusterIPs": ["None", "10.96.0.8"]}, "'None' must be the first and only value"),
        (SERVICE, "spec.ipFamilies", ["IPv5"], 'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'),
        (SERVICE, "spec.ipFamilies", ["IPv4", "IPv4"], 'spec.ipFamilies[1]: Duplicate value: "IPv4"'),
        (SERVICE, "spec.ipFamilyPolicy", "Some", 'spec.ipFamilyPolicy: Unsupported value: "Some"'),
        (SERVICE, "spec.externalIPs", ["127.0.0.1"], "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (SERVICE, "spec.loadBalancerSourceRanges", ["10.0.0.0/8"], "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"),
        (SERVICE, "spec.loadBalancerClass", "a", "spec.loadBalancerClass: Forbidden: may only be used"),
        (SERVICE, "spec.allocateLoadBalancerNodePorts", False, "spec.allocateLoadBalancerNodePorts: Forbidden"),
        (SERVICE, "spec.externalTrafficPolicy", "Local", 'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'),
        (SERVICE, "spec.internalTrafficPolicy", "Near", 'spec.internalTrafficPolicy: Unsupported value: "Near": supported values: "Cluster", "Local"'),
        (SERVICE, "spec.healthCheckNodePort", 30000, "spec.healthCheckNodePort: Invalid value: 30000: may only be set"),
        (SERVICE, "spec.trafficDistribution", "Near", "spec.trafficDistribution: Unsupported value"),
        (SERVICE, "spec.ports.0.appProtocol", "a b", "spec.ports[0].appProtocol: Invalid value"),
        (SERVICE, "spec", {"type": "LoadBalancer", "ports": [{"port": 10250}]}, "may not expose port 10250 externally since it is used by kubelet"),
        (SERVICE, "spec", {"type": "ExternalName", "externalName": "a.example.com", "ipFamilyPolicy": "SingleStack"}, "spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services"),
        (INGRESS, "spec", {}, "either `defaultBackend` or `rules` must be specified"),
        (INGRESS, f"{RULE}.host", "10.0.0.1", "must be a DNS name, not an IP address"),
        (INGRESS, f"{RULE}.host", "a.*.com", "a wildcard DNS-1123 subdomain must start with '*.'"),
        (INGRESS, f"{PATHS}.pathType", None, f"{PATH}.pathType: Required value: pathType must be specified"),
        (INGRESS, f"{PATHS}.pathType", "Fuzzy", f"{PATH}.pathType: Unsupported value"),
        (INGRESS, f"{PATHS}.path", "/a//b", f"{PATH}.path: Invalid value: \"/a//b\": must not contain '//'"),
        (INGRESS, f"{PATHS}.backend", {}, f'{PATH}.backend: Invalid value: "": resource or service backend is required'),
        (INGRESS, f"{PATHS}.backend.service.port", {"number": 0}, "port name or number is required"),
        (INGRESS, f"{PATHS}.backend.service.name", "", f"{PATH}.backend.service.name: Required value"),
        (POLICY, "spec.ingress.0.from.0", {}, "spec.ingress[0].from[0]: Required value: must specify a peer"),
        (POLICY, "spec.ingress.0.from.0.ipBlock.except", ["11.0.0.0/8"], "must be a strict subset of `cidr`"),
        (POLICY, "spec.ingress.0.ports.0", {"port": 80, "endPort": 79}, "must be greater than or equal to `port`"),
        (POLICY, "spec.ingress.0.ports.0", {"port": 0}, "spec.ingress[0].ports[0].port: Invalid value: 0"),
        (POLICY, "spec.policyTypes", ["Sideways"], "spec.policyTypes[0]: Unsupported value"),
        (CLAIM, "spec.accessModes", [], "spec.accessModes: Required value: at least 1 access mode is required"),
        (CLAIM, "spec.resources", {}, "spec.resources[storage]: Required value"),
        (CLAIM, "spec.resources.requests.storage", "0", "must be greater than zero"),
        (SECRET, "data", {"a/b": "YQ=="}, "data[a/b]: Invalid value"),
        (SECRET, "type", "kubernetes.io/tls", "data[tls.crt]: Required value"),
        (SECRET, "type", "kubernetes.io/dockerconfigjson", "data[.dockerconfigjson]: Required value"),
        (CONFIG_MAP, "data", {"a b": "1"}, "data[a b]: Invalid value"),
        (CONFIG_MAP, "data", {"a": "x" * 1048577}, "Too long: may not be more than 1048576 bytes"),
        (CONFIG_MAP, "binaryData", {"a": "YQ=="}, "duplicate of key present in binaryData"),
        (ROLE, "rules.0.verbs", [], "rules[0].verbs: Required value: verbs must contain at least one value"),
        (ROLE, "rules.0", {"verbs": ["get"]}, "resource rules must supply at least one api group"),
        (ROLE, "rules.0", {"verbs": ["get"], "nonResourceURLs": ["/x"]}, "namespaced rules cannot apply to non-resource URLs"),
        (BINDING, "roleRef.kind", "Rule", "roleRef.kind: Unsupported value"),
        (BINDING, "subjects.0.namespace", "", "subjects[0].namespace: Required value"),
        (LEASE, "spec.leaseTransitions", -1, "spec.leaseTransitions: Invalid value: -1"),
        (SLICE, "endpoints.0.addresses", ["nope"], "endpoints[0].addresses[0]: Invalid value"),
        (SLICE, "addressType", "Post", "addressType: Unsupported value"),
        (VOLUME, "spec.capacity", {}, "spec.capacity: Required value"),
        (VOLUME, "spec.hostPath", None, "spec: Required value: must specify a volume type"),
        (CLASS, "provisioner", "", "provisioner: Required value"),
        (CLASS, "volumeBindingMode", "Later", "volumeBindingMode: Unsupported value"),
        (NODE, "spec.taints", [{"key": "a", "effect": "Go"}], "spec.taints[0].effect: Unsupported value"),
        (DEFINITION, "metadata.name", "gadgets.example.com", 'must be spec.names.plural+"."+spec.group'),
        (DEFINITION, "spec.scope", "Galaxy", "spec.scope: Unsupported value"),
        (DEFINITION, "spec.versions.0.schema", {}, "spec.versions[0].schema.openAPIV3Schema: Required value"),
        (DEFINITION, "spec.versions.0.schema.openAPIV3Schema.properties", {"a": {"type": "string", "pattern": "("}}, "openAPIV3Schema.properties[a].pattern: Invalid value"),
        (DEFINITION, "spec.versions.0.storage", False, "must have exactly one version marked as storage version"),
        (DEFINITION, "spec.versions.0.name", "1", "spec.version: Invalid value: \"1\": a DNS-1035 label must"),
        (DEFINITION, "spec.group", "example", "should be a domain with at least one dot"),
        (DEFINITION, "spec.names.kind", "Bad_Kind", "spec.names.kind: Invalid value: \"Bad_Kind\": may have mixed case"),
        (DEFINITION, "spec.names.shortNames", ["A"], "spec.names.shortNames[0]: Invalid value"),
        (DEFINITION, "spec.versions.0.subresources", {"scale": {"specReplicasPath": "spec", "statusReplicasPath": ".spec.a"}}, "spec.subresources.scale.statusReplicasPath: Invalid value: \".spec.a\": should be a json path under .status"),
        (DEFINITION, "spec.versions.0.additionalPrinterColumns", [{"name": "a", "type": "text", "jsonPath": "a"}], "spec.additionalPrinterColumns[0].type: Invalid value: \"text\": must be one of boolean,date,integer,number,string"),
    ],
)  # fmt: skip
def test_a_mistake_is_told(obj: JSONObject, path: str, value: object, wrong: str) -> None:
    found = create(changed(obj, path, value))
    assert any(wrong in text for text in found) if wrong else found == []


@pytest.mark.parametrize(
    ("obj", "path", "value", "wrong"),
    [
        (DEPLOYMENT, "metadata.labels", {"a": "b"}, ""),
        (DEPLOYMENT, "spec.replicas", 5, ""),
        (DEPLOYMENT, "status", {"replicas": 1, "updatedReplicas": 2}, "cannot be greater than status.replicas"),
        (REPLICA_SET, "status", {"replicas": 1, "readyReplicas": 2}, "cannot be greater than status.replicas"),
        (STATEFUL_SET, "status", {"replicas": 1, "availableReplicas": 1}, "cannot be greater than status.readyReplicas"),
        (STATEFUL_SET, "spec.template.spec.containers.0.image", "nginx:2", ""),
        (STATEFUL_SET, "spec.podManagementPolicy", "Parallel", "updates to statefulset spec for fields other than"),
        (POD, f"{C}.image", "nginx:2", ""),
        (POD, "spec.tolerations", [{"key": "a", "operator": "Exists"}], ""),
        (POD, "spec.activeDeadlineSeconds", 5, ""),
        (POD, f"{C}.env.0.value", "2", "pod updates may not change fields other than"),
        (POD, "spec.containers", [CONTAINER, {**CONTAINER, "name": "b"}], "pod updates may not add or remove containers"),
        (CONFIG_MAP, "data.a", "2", ""),
        (CLAIM, "spec.volumeName", "pv-1", ""),
        (CLAIM, "spec.accessModes", ["ReadWriteMany"], "spec is immutable after creation"),
        (CLASS, "provisioner", "x/z", "updates to provisioner are forbidden."),
        (CLASS, "volumeBindingMode", "WaitForFirstConsumer", "field is immutable"),
        (SLICE, "addressType", "IPv6", "field is immutable"),
        (BINDING, "roleRef.name", "other", "cannot change roleRef"),
        (DEFINITION, "spec.scope", "Cluster", "field is immutable"),
    ],
)  # fmt: skip
def test_a_change_is_taken_or_refused(
    obj: JSONObject, path: str, value: object, wrong: str
) -> None:
    found = change(obj, changed(obj, path, value))
    assert any(wrong in text for text in found) if wrong else found == []


@pytest.mark.parametrize("obj", [CONFIG_MAP, SECRET], ids=["ConfigMap", "Secret"])
def test_what_is_sealed_stays_sealed(obj: JSONObject) -> None:
    sealed = {**obj, "immutable": True}
    why = "Forbidden: field is immutable when `immutable` is set"
    assert change(obj, sealed) == []
    assert change(sealed, obj) == [f"immutable: {why}"]
    assert change(sealed, {**sealed, "data": {"b": "Yg=="}}) == [f"data: {why}"]


def test_a_bound_claim_may_ask_for_more_and_not_for_less_than_it_has() -> None:
    bound = {**CLAIM, "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}}
    assert change(bound, changed(bound, "spec.resources.requests.storage", "2Gi")) == []
    (less,) = change(bound, changed(bound, "spec.resources.requests.storage", "1Mi"))
    assert "field can not be less than status.capacity" in less


def test_a_deadline_of_a_pod_only_shrinks() -> None:
    pod = changed(POD, "spec.activeDeadlineSeconds", 9)
    assert change(pod, changed(POD, "spec.activeDeadlineSeconds", 5)) == []
    assert change(pod, changed(POD, "spec.activeDeadlineSeconds", 10)) == [
        "spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous value 9"
    ]


def test_a_status_that_stays_wrong_is_let_be() -> None:
    wrong = {**DEPLOYMENT, "status": {"replicas": 1, "updatedReplicas": 2}}
    assert change(wrong, changed(wrong, "spec.replicas", 5)) == []


def test_a_write_of_a_status_is_held_to_the_rules_for_metadata_and_status_only() -> None:
    stored = changed(complete(DEPLOYMENT), "spec.replicas", -1)
    new = {**stored, "status": {"replicas": 1, "updatedReplicas": 2}}
    (cause,) = validate_update(resource_of(stored), new, stored, status_only=True)
    assert cause.field == "status.updatedReplicas"
    bad = changed(stored, "metadata.labels", {"-": ""})
    found = validate_update(resource_of(stored), bad, stored, status_only=True)
    assert {cause.field for cause in found} == {"metadata.labels"}


def test_custom_resources_are_held_to_the_rules_for_metadata_only() -> None:
    widgets = Resource(
        group="example.com",
        version="v1",
        kind="Widget",
        plural="widgets",
        singular="widget",
        namespaced=True,
        custom=True,
    )
    obj = thing("example.com/v1", "Widget", spec={"anything": None})
    assert validate_create(widgets, obj) == ()
    assert validate_update(widgets, obj, obj) == ()
    assert told(validate_create(widgets, changed(obj, "metadata.name", "A")))[0].startswith(
        "metadata.name"
    )
