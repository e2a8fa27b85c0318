"""
Which fields survive encoding when they hold a zero value, and which are written though nobody set
them: what the Go types behind the API do, and OpenAPI does not say.

Rule 1: a field is left out of an answer if it holds "", 0, false, [], {} or null.
Rule 2: ... unless Go keeps a pointer for it (`POINTERS`): then "", 0 and false stay.
Rule 3: ... unless the schema requires it, or it is a struct held by value or lacks `omitempty`
        (`WRITTEN`): then it is always there, a struct as {} or with what it always writes itself.

Definitions have short names (`core.v1.PodSpec`). Source: which fields are pointers and which lack
`omitempty`, as the published Go types of k8s.io/api v0.36 declare them; checked by recordings.
"""

from collections.abc import Mapping

from simulator.jsontypes import JSONValue

POINTERS: Mapping[str, str] = {
    "admissionregistration.v1.MutatingWebhook": (
        "failurePolicy matchPolicy reinvocationPolicy sideEffects timeoutSeconds"
    ),
    "admissionregistration.v1.RuleWithOperations": "scope",
    "admissionregistration.v1.ServiceReference": "path port",
    "admissionregistration.v1.ValidatingWebhook": (
        "failurePolicy matchPolicy sideEffects timeoutSeconds"
    ),
    "admissionregistration.v1.WebhookClientConfig": "url",
    "apiextensions.v1.CustomResourceDefinitionVersion": "deprecationWarning",
    "apiextensions.v1.CustomResourceSubresourceScale": "labelSelectorPath",
    "apiextensions.v1.JSONSchemaProps": (
        "$ref maxItems maxLength maxProperties maximum minItems minLength minProperties "
        "minimum multipleOf x-kubernetes-list-type x-kubernetes-map-type "
        "x-kubernetes-preserve-unknown-fields"
    ),
    "apiextensions.v1.ValidationRule": "optionalOldSelf reason",
    "apps.v1.DaemonSetSpec": "revisionHistoryLimit",
    "apps.v1.DaemonSetStatus": "collisionCount",
    "apps.v1.DeploymentSpec": "progressDeadlineSeconds replicas revisionHistoryLimit",
    "apps.v1.DeploymentStatus": "collisionCount terminatingReplicas",
    "apps.v1.ReplicaSetSpec": "replicas",
    "apps.v1.ReplicaSetStatus": "terminatingReplicas",
    "apps.v1.RollingUpdateDaemonSet": "maxSurge maxUnavailable",
    "apps.v1.RollingUpdateDeployment": "maxSurge maxUnavailable",
    "apps.v1.RollingUpdateStatefulSetStrategy": "maxUnavailable partition",
    "apps.v1.StatefulSetSpec": "replicas revisionHistoryLimit",
    "apps.v1.StatefulSetStatus": "collisionCount",
    "authentication.v1.TokenRequestSpec": "expirationSeconds",
    "autoscaling.v2.HPAScalingRules": "selectPolicy stabilizationWindowSeconds",
    "autoscaling.v2.HorizontalPodAutoscalerSpec": "minReplicas",
    "autoscaling.v2.HorizontalPodAutoscalerStatus": "observedGeneration",
    "autoscaling.v2.MetricTarget": "averageUtilization",
    "autoscaling.v2.MetricValueStatus": "averageUtilization",
    "batch.v1.CronJobSpec": (
        "failedJobsHistoryLimit startingDeadlineSeconds successfulJobsHistoryLimit suspend timeZone"
    ),
    "batch.v1.JobSpec": (
        "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions "
        "managedBy manualSelector maxFailedIndexes parallelism podReplacementPolicy suspend "
        "ttlSecondsAfterFinished"
    ),
    "batch.v1.JobStatus": "failedIndexes ready terminating",
    "batch.v1.PodFailurePolicyOnExitCodesRequirement": "containerName",
    "batch.v1.SuccessPolicyRule": "succeededCount succeededIndexes",
    "coordination.v1.LeaseSpec": (
        "acquireTime holderIdentity leaseDurationSeconds leaseTransitions preferredHolder "
        "renewTime strategy"
    ),
    "core.v1.AppArmorProfile": "localhostProfile",
    "core.v1.CSIVolumeSource": "fsType readOnly",
    "core.v1.ClientIPConfig": "timeoutSeconds",
    "core.v1.ClusterTrustBundleProjection": "name optional signerName",
    "core.v1.ConfigMap": "immutable",
    "core.v1.ConfigMapEnvSource": "optional",
    "core.v1.ConfigMapKeySelector": "optional",
    "core.v1.ConfigMapProjection": "optional",
    "core.v1.ConfigMapVolumeSource": "defaultMode optional",
    "core.v1.Container": "restartPolicy",
    "core.v1.ContainerStatus": "started stopSignal",
    "core.v1.DownwardAPIVolumeFile": "mode",
    "core.v1.DownwardAPIVolumeSource": "defaultMode",
    "core.v1.EmptyDirVolumeSource": "sizeLimit",
    "core.v1.EndpointAddress": "nodeName",
    "core.v1.EndpointPort": "appProtocol",
    "core.v1.EphemeralContainer": "restartPolicy",
    "core.v1.GRPCAction": "service",
    "core.v1.HostPathVolumeSource": "type",
    "core.v1.KeyToPath": "mode",
    "core.v1.Lifecycle": "stopSignal",
    "core.v1.LoadBalancerIngress": "ipMode",
    "core.v1.LocalVolumeSource": "fsType",
    "core.v1.NodeRuntimeHandlerFeatures": "recursiveReadOnlyMounts userNamespaces",
    "core.v1.PersistentVolumeClaimSpec": "storageClassName volumeAttributesClassName volumeMode",
    "core.v1.PersistentVolumeClaimStatus": "currentVolumeAttributesClassName",
    "core.v1.PersistentVolumeSpec": "volumeAttributesClassName volumeMode",
    "core.v1.PodDNSConfigOption": "value",
    "core.v1.PodResourceClaim": "resourceClaimName resourceClaimTemplateName",
    "core.v1.PodSecurityContext": (
        "fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seLinuxChangePolicy "
        "supplementalGroupsPolicy"
    ),
    "core.v1.PodSpec": (
        "activeDeadlineSeconds automountServiceAccountToken enableServiceLinks hostUsers "
        "hostnameOverride preemptionPolicy priority runtimeClassName setHostnameAsFQDN "
        "shareProcessNamespace terminationGracePeriodSeconds"
    ),
    "core.v1.PortStatus": "error",
    "core.v1.Probe": "terminationGracePeriodSeconds",
    "core.v1.ProjectedVolumeSource": "defaultMode",
    "core.v1.ReplicationControllerSpec": "replicas",
    "core.v1.SeccompProfile": "localhostProfile",
    "core.v1.Secret": "immutable",
    "core.v1.SecretEnvSource": "optional",
    "core.v1.SecretKeySelector": "optional",
    "core.v1.SecretProjection": "optional",
    "core.v1.SecretVolumeSource": "defaultMode optional",
    "core.v1.SecurityContext": (
        "allowPrivilegeEscalation privileged procMount readOnlyRootFilesystem runAsGroup "
        "runAsNonRoot runAsUser"
    ),
    "core.v1.ServiceAccount": "automountServiceAccountToken",
    "core.v1.ServiceAccountTokenProjection": "expirationSeconds",
    "core.v1.ServicePort": "appProtocol",
    "core.v1.ServiceSpec": (
        "allocateLoadBalancerNodePorts internalTrafficPolicy ipFamilyPolicy loadBalancerClass "
        "trafficDistribution"
    ),
    "core.v1.Toleration": "tolerationSeconds",
    "core.v1.TopologySpreadConstraint": "minDomains nodeAffinityPolicy nodeTaintsPolicy",
    "core.v1.TypedLocalObjectReference": "apiGroup",
    "core.v1.TypedObjectReference": "apiGroup namespace",
    "core.v1.VolumeMount": "mountPropagation recursiveReadOnly",
    "discovery.v1.Endpoint": "hostname nodeName zone",
    "discovery.v1.EndpointConditions": "ready serving terminating",
    "discovery.v1.EndpointPort": "appProtocol name port protocol",
    "meta.v1.ObjectMeta": "deletionGracePeriodSeconds",
    "meta.v1.OwnerReference": "blockOwnerDeletion controller",
    "networking.v1.HTTPIngressPath": "pathType",
    "networking.v1.IngressClassParametersReference": "apiGroup namespace scope",
    "networking.v1.IngressPortStatus": "error",
    "networking.v1.IngressSpec": "ingressClassName",
    "networking.v1.NetworkPolicyPort": "endPort port protocol",
    "policy.v1.PodDisruptionBudgetSpec": "maxUnavailable minAvailable unhealthyPodEvictionPolicy",
    "scheduling.v1.PriorityClass": "preemptionPolicy",
    "storage.v1.StorageClass": "allowVolumeExpansion reclaimPolicy volumeBindingMode",
}
"""Definition → names of its scalar fields that Go holds by pointer."""

_KIND: Mapping[str, JSONValue] = {"metadata": {}, "spec": {}, "status": {}}

WRITTEN: Mapping[str, Mapping[str, JSONValue]] = {
    "admissionregistration.v1.MutatingWebhook": {"clientConfig": {}},
    "admissionregistration.v1.MutatingWebhookConfiguration": {"metadata": {}},
    "admissionregistration.v1.ValidatingWebhook": {"clientConfig": {}},
    "admissionregistration.v1.ValidatingWebhookConfiguration": {"metadata": {}},
    "apiextensions.v1.CustomResourceDefinition": _KIND,
    "apiextensions.v1.CustomResourceDefinitionCondition": {"lastTransitionTime": None},
    "apiextensions.v1.CustomResourceDefinitionStatus": {
        "acceptedNames": {},
        "conditions": None,
        "storedVersions": None,
    },
    "apps.v1.ControllerRevision": {"metadata": {}},
    "apps.v1.DaemonSet": _KIND,
    "apps.v1.DaemonSetCondition": {"lastTransitionTime": None},
    "apps.v1.DaemonSetSpec": {"selector": None, "template": {}, "updateStrategy": {}},
    "apps.v1.Deployment": _KIND,
    "apps.v1.DeploymentCondition": {"lastTransitionTime": None, "lastUpdateTime": None},
    "apps.v1.DeploymentSpec": {"selector": None, "strategy": {}},
    "apps.v1.ReplicaSet": _KIND,
    "apps.v1.ReplicaSetCondition": {"lastTransitionTime": None},
    "apps.v1.ReplicaSetSpec": {"selector": None, "template": {}},
    "apps.v1.StatefulSet": _KIND,
    "apps.v1.StatefulSetCondition": {"lastTransitionTime": None},
    "apps.v1.StatefulSetOrdinals": {"start": 0},
    "apps.v1.StatefulSetSpec": {"selector": None, "serviceName": "", "updateStrategy": {}},
    "apps.v1.StatefulSetStatus": {"availableReplicas": 0},
    "authentication.v1.TokenRequest": _KIND,
    "authentication.v1.TokenRequestSpec": {
        "audiences": None,
        "boundObjectRef": None,
        "expirationSeconds": None,
    },
    "authentication.v1.TokenRequestStatus": {"expirationTimestamp": None, "token": ""},
    "authentication.v1.TokenReview": _KIND,
    "authentication.v1.TokenReviewStatus": {"user": {}},
    "autoscaling.v1.Scale": _KIND,
    "autoscaling.v2.HorizontalPodAutoscaler": _KIND,
    "autoscaling.v2.HorizontalPodAutoscalerCondition": {"lastTransitionTime": None},
    "autoscaling.v2.HorizontalPodAutoscalerStatus": {"currentMetrics": None},
    "batch.v1.CronJob": _KIND,
    "batch.v1.Job": _KIND,
    "batch.v1.JobCondition": {"lastProbeTime": None, "lastTransitionTime": None},
    "batch.v1.JobSpec": {"template": {}},
    "batch.v1.JobTemplateSpec": {"metadata": {}, "spec": {}},
    "batch.v1.PodFailurePolicyOnPodConditionsPattern": {"status": ""},
    "coordination.v1.Lease": {"metadata": {}, "spec": {}},
    "core.v1.Binding": {"metadata": {}},
    "core.v1.ConfigMap": {"metadata": {}},
    "core.v1.Container": {"resources": {}},
    "core.v1.ContainerImage": {"names": None},
    "core.v1.ContainerStateRunning": {"startedAt": None},
    "core.v1.ContainerStateTerminated": {"finishedAt": None, "startedAt": None},
    "core.v1.ContainerStatus": {"lastState": {}, "state": {}},
    "core.v1.Endpoints": {"metadata": {}},
    "core.v1.EphemeralContainer": {"resources": {}},
    "core.v1.Event": {
        "eventTime": None,
        "firstTimestamp": None,
        "lastTimestamp": None,
        "reportingComponent": "",
        "reportingInstance": "",
        "source": {},
    },
    "core.v1.EventSeries": {"lastObservedTime": None},
    "core.v1.GRPCAction": {"service": None},
    "core.v1.LimitRange": {"metadata": {}, "spec": {}},
    "core.v1.Namespace": _KIND,
    "core.v1.NamespaceCondition": {"lastTransitionTime": None},
    "core.v1.Node": _KIND,
    "core.v1.NodeCondition": {"lastHeartbeatTime": None, "lastTransitionTime": None},
    "core.v1.NodeDaemonEndpoints": {"kubeletEndpoint": {}},
    "core.v1.NodeStatus": {"daemonEndpoints": {}, "nodeInfo": {}},
    "core.v1.PersistentVolume": _KIND,
    "core.v1.PersistentVolumeClaim": _KIND,
    "core.v1.PersistentVolumeClaimCondition": {"lastProbeTime": None, "lastTransitionTime": None},
    "core.v1.PersistentVolumeClaimSpec": {"resources": {}},
    "core.v1.PersistentVolumeClaimTemplate": {"metadata": {}, "spec": {}},
    "core.v1.Pod": _KIND,
    "core.v1.PodCondition": {"lastProbeTime": None, "lastTransitionTime": None},
    "core.v1.PodTemplate": {"metadata": {}, "template": {}},
    "core.v1.PodTemplateSpec": {"metadata": {}, "spec": {}},
    "core.v1.ProjectedVolumeSource": {"sources": None},
    "core.v1.ReplicationController": _KIND,
    "core.v1.ReplicationControllerCondition": {"lastTransitionTime": None},
    "core.v1.ResourceFieldSelector": {"divisor": "0"},
    "core.v1.ResourceQuota": _KIND,
    "core.v1.Secret": {"metadata": {}},
    "core.v1.Service": _KIND,
    "core.v1.ServiceAccount": {"metadata": {}},
    "core.v1.ServicePort": {"targetPort": 0},
    "core.v1.ServiceStatus": {"loadBalancer": {}},
    "core.v1.TypedLocalObjectReference": {"apiGroup": None},
    "core.v1.TypedObjectReference": {"apiGroup": None},
    "discovery.v1.Endpoint": {"conditions": {}},
    "discovery.v1.EndpointSlice": {"endpoints": None, "metadata": {}, "ports": None},
    "events.v1.Event": {
        "deprecatedFirstTimestamp": None,
        "deprecatedLastTimestamp": None,
        "deprecatedSource": {},
        "eventTime": None,
        "metadata": {},
        "regarding": {},
    },
    "meta.v1.Condition": {"lastTransitionTime": None},
    "networking.v1.HTTPIngressPath": {"pathType": None},
    "networking.v1.Ingress": _KIND,
    "networking.v1.IngressClass": {"metadata": {}, "spec": {}},
    "networking.v1.IngressClassParametersReference": {"scope": None},
    "networking.v1.IngressServiceBackend": {"port": {}},
    "networking.v1.IngressStatus": {"loadBalancer": {}},
    "networking.v1.NetworkPolicy": {"metadata": {}, "spec": {}},
    "networking.v1.NetworkPolicySpec": {"podSelector": {}},
    "node.v1.RuntimeClass": {"metadata": {}},
    "policy.v1.Eviction": {"metadata": {}},
    "policy.v1.PodDisruptionBudget": _KIND,
    "policy.v1.PodDisruptionBudgetStatus": {
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "disruptionsAllowed": 0,
        "expectedPods": 0,
    },
    "rbac.v1.ClusterRole": {"metadata": {}, "rules": None},
    "rbac.v1.ClusterRoleBinding": {"metadata": {}},
    "rbac.v1.Role": {"metadata": {}, "rules": None},
    "rbac.v1.RoleBinding": {"metadata": {}},
    "rbac.v1.RoleRef": {"apiGroup": ""},
    "scheduling.v1.PriorityClass": {"metadata": {}, "value": 0},
    "storage.v1.StorageClass": {"metadata": {}},
}
"""Definition → fields that it always writes beside those that its schema requires → zero value."""

KEY_DEFAULTS: Mapping[tuple[str, str], JSONValue] = {
    ("core.v1.ContainerPort", "protocol"): "TCP",
    ("core.v1.ServicePort", "protocol"): "TCP",
}
"""(Definition, field) → what the field counts as where it is missing from a key."""
