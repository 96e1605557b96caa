//! Versions of APIs that Kubernetes had and removed before the oldest version that the data knows.
//!
//! <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>

/// An apiVersion, the kinds that were removed with it, since when, and the apiVersion to use instead.
struct Row(&'static str, &'static [&'static str], &'static str, &'static str);

#[rustfmt::skip]
static ROWS: &[Row] = &[
    Row("extensions/v1beta1", &["DaemonSet", "Deployment", "ReplicaSet"], "1.16", "apps/v1"),
    Row("extensions/v1beta1", &["NetworkPolicy"], "1.16", "networking.k8s.io/v1"),
    Row("extensions/v1beta1", &["PodSecurityPolicy"], "1.16", ""),
    Row("extensions/v1beta1", &["Ingress"], "1.22", "networking.k8s.io/v1"),
    Row("apps/v1beta1", &["Deployment", "StatefulSet", "ControllerRevision"], "1.16", "apps/v1"),
    Row("apps/v1beta2", &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet", "ControllerRevision"], "1.16", "apps/v1"),
    Row("admissionregistration.k8s.io/v1beta1", &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"], "1.22", "admissionregistration.k8s.io/v1"),
    Row("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], "1.22", "apiextensions.k8s.io/v1"),
    Row("apiregistration.k8s.io/v1beta1", &["APIService"], "1.22", "apiregistration.k8s.io/v1"),
    Row("authentication.k8s.io/v1beta1", &["TokenReview"], "1.22", "authentication.k8s.io/v1"),
    Row("authorization.k8s.io/v1beta1", &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SubjectAccessReview", "SelfSubjectRulesReview"], "1.22", "authorization.k8s.io/v1"),
    Row("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], "1.25", "autoscaling/v2"),
    Row("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], "1.26", "autoscaling/v2"),
    Row("batch/v1beta1", &["CronJob"], "1.25", "batch/v1"),
    Row("batch/v2alpha1", &["CronJob"], "1.21", "batch/v1"),
    Row("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], "1.22", "certificates.k8s.io/v1"),
    Row("coordination.k8s.io/v1beta1", &["Lease"], "1.22", "coordination.k8s.io/v1"),
    Row("discovery.k8s.io/v1beta1", &["EndpointSlice"], "1.25", "discovery.k8s.io/v1"),
    Row("events.k8s.io/v1beta1", &["Event"], "1.25", "events.k8s.io/v1"),
    Row("flowcontrol.apiserver.k8s.io/v1beta1", &["FlowSchema", "PriorityLevelConfiguration"], "1.26", "flowcontrol.apiserver.k8s.io/v1"),
    Row("flowcontrol.apiserver.k8s.io/v1beta2", &["FlowSchema", "PriorityLevelConfiguration"], "1.29", "flowcontrol.apiserver.k8s.io/v1"),
    Row("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "1.22", "networking.k8s.io/v1"),
    Row("node.k8s.io/v1alpha1", &["RuntimeClass"], "1.22", "node.k8s.io/v1"),
    Row("node.k8s.io/v1beta1", &["RuntimeClass"], "1.25", "node.k8s.io/v1"),
    Row("policy/v1beta1", &["PodDisruptionBudget"], "1.25", "policy/v1"),
    Row("policy/v1beta1", &["PodSecurityPolicy"], "1.25", ""),
    Row("rbac.authorization.k8s.io/v1alpha1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], "1.22", "rbac.authorization.k8s.io/v1"),
    Row("rbac.authorization.k8s.io/v1beta1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], "1.22", "rbac.authorization.k8s.io/v1"),
    Row("scheduling.k8s.io/v1alpha1", &["PriorityClass"], "1.22", "scheduling.k8s.io/v1"),
    Row("scheduling.k8s.io/v1beta1", &["PriorityClass"], "1.22", "scheduling.k8s.io/v1"),
    Row("storage.k8s.io/v1alpha1", &["VolumeAttachment"], "1.22", "storage.k8s.io/v1"),
    Row("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], "1.22", "storage.k8s.io/v1"),
    Row("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], "1.27", "storage.k8s.io/v1"),
];

/// Since when it is gone, and what to do.
pub(super) fn removed(api_version: &str, kind: &str) -> Option<(&'static str, String)> {
    let row = ROWS.iter().find(|Row(version, kinds, ..)| *version == api_version && kinds.contains(&kind))?;
    let hint = match (kind, row.3) {
        ("PodSecurityPolicy", _) => {
            "nothing takes its place: use Pod Security admission (labels on the Namespace) or a ValidatingAdmissionPolicy".to_owned()
        }
        ("Ingress", version) => {
            format!("write `apiVersion: {version}`; its backends are `service: {{name: …, port: {{number: …}}}}`, and each path needs a pathType")
        }
        ("CustomResourceDefinition", version) => {
            format!("write `apiVersion: {version}`; each version there has a schema of its own")
        }
        (_, version) => format!("write `apiVersion: {version}`"),
    };
    Some((row.2, hint))
}
