//! Fields that a cluster drops without a look, because what they are for is switched off unless it is asked for.

use super::{Extra, Row, dropped, open};

pub(super) static ROWS: &[Row] = &[
    open(&["core.v1.Lifecycle"], &["stopSignal"]),
    open(&["resource.v1.DeviceTaint", "resource.v1beta1.DeviceTaint", "resource.v1beta2.DeviceTaint"], &["effect"]),
    open(
        &["resource.v1.DeviceToleration", "resource.v1beta1.DeviceToleration", "resource.v1beta2.DeviceToleration"],
        &["effect", "operator"],
    ),
    dropped(&["core.v1.VolumeProjection"], &["clusterTrustBundle", "podCertificate"], "1.37"),
    dropped(&["core.v1.Container"], &["resizePolicy"], "1.33"),
    dropped(&["core.v1.VolumeMount"], &["recursiveReadOnly"], "1.31"),
    dropped(&["core.v1.PodAffinityTerm"], &["matchLabelKeys", "mismatchLabelKeys"], "1.31"),
    dropped(&["batch.v1.JobSpec"], &["managedBy"], "1.32"),
    dropped(
        &["core.v1.PersistentVolumeClaimSpec", "core.v1.PersistentVolumeSpec"],
        &["volumeAttributesClassName"],
        "1.34",
    ),
];

pub(super) static EXTRAS: &[Extra] = &[];
