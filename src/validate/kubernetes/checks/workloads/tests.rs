//! What makes pods from a template, each sound and spoilt.

use crate::validate::kubernetes::tests::each_is_found;

#[test]
#[rustfmt::skip]
fn deployments() {
    each_is_found(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: 1, minReadySeconds: 1, revisionHistoryLimit: 1, progressDeadlineSeconds: 5, strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 25%, maxSurge: 0}}, selector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b, c]}]}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}}}",
        &[
            ("replicas: 1", "replicas: -1", "is -1, and 0 is the least"),
            ("minReadySeconds: 1", "minReadySeconds: -1", "is -1, and 0 is the least"),
            ("revisionHistoryLimit: 1", "revisionHistoryLimit: -1", "is -1, and 0 is the least"),
            ("progressDeadlineSeconds: 5", "progressDeadlineSeconds: 1", "is not more than minReadySeconds"),
            ("25%", "101%", "is more than `100%`"),
            ("25%", "\"25\"", "is no percentage"),
            ("maxSurge: 0", "maxSurge: -1", "0 is the least"),
            ("25%", "0", "no pod could ever be replaced"),
            ("type: RollingUpdate", "type: Recreate", "does not go with `type: Recreate`"),
            ("selector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b, c]}]}, ", "", "`spec.selector` of Deployment \"d\" is missing"),
            ("{matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b, c]}]}", "{matchLabels: {}}", "would select nothing"),
            ("labels: {a: b}}, spec", "labels: {a: c}}, spec", "are not those that `selector` asks for"),
            ("values: [b, c]", "values: [c]", "are not those that `selector` asks for"),
            ("operator: In, values: [b, c]", "operator: DoesNotExist", "are not those that `selector` asks for"),
            (", template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}", "", "`spec.template` of Deployment \"d\" is missing"),
            ("spec: {containers", "spec: {restartPolicy: Never, containers", "supported are Always"),
            ("spec: {containers", "spec: {activeDeadlineSeconds: 5, containers", "only Jobs end"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn stateful_sets() {
    each_is_found(
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: s}, spec: {serviceName: a, ordinals: {start: 1}, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}, persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain}, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}, volumeClaimTemplates: [{metadata: {name: c}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}}",
        &[
            ("serviceName: a", "serviceName: a.b", "has a `.`"),
            ("start: 1", "start: -1", "0 is the least"),
            ("partition: 1", "partition: -1", "0 is the least"),
            ("type: RollingUpdate", "type: OnDelete", "does not go with `type: OnDelete`"),
            ("whenDeleted: Retain", "whenDeleted: Keep", "is not supported"),
            ("{name: c}", "{name: c.d}", "has a `.`"),
            ("{name: c}", "{}", "volumeClaimTemplates[0].metadata.name` of StatefulSet \"s\" is missing"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn daemon_sets() {
    each_is_found(
        "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: d}, spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 10%}}, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}}}",
        &[
            ("maxUnavailable: 0, ", "", "write `maxUnavailable: 0` beside it"),
            ("maxSurge: 10%", "maxSurge: 0", "no pod could ever be replaced"),
            ("maxSurge: 10%", "maxSurge: ten", "is no percentage"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn replication_controllers() {
    each_is_found(
        "{apiVersion: v1, kind: ReplicationController, metadata: {name: r}, spec: {selector: {a: b}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}}}",
        &[
            ("selector: {a: b}", "selector: {a: c}", "are not those that `selector` asks for"),
            ("selector: {a: b}, template: {metadata: {labels: {a: b}}, ", "template: {", "`spec.selector` of ReplicationController \"r\" is missing"),
            ("template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}", "replicas: 1", "`spec.template` of ReplicationController \"r\" is missing"),
            ("spec: {selector: {a: b}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}}", "spec: {}", "`spec` of ReplicationController \"r\" is empty"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn budgets() {
    each_is_found(
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {minAvailable: 50%, unhealthyPodEvictionPolicy: AlwaysAllow}}",
        &[
            ("minAvailable: 50%", "minAvailable: -1", "0 is the least"),
            ("minAvailable: 50%", "minAvailable: 50%, maxUnavailable: 1", "stands beside `minAvailable`"),
            ("AlwaysAllow", "\"\"", "is empty"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn revisions() {
    each_is_found(
        "{apiVersion: apps/v1, kind: ControllerRevision, metadata: {name: r}, revision: 1, data: {}}",
        &[
            (", data: {}", "", "`data` of ControllerRevision \"r\" is missing"),
            ("revision: 1", "revision: -1", "0 is the least"),
        ],
    );
}
