//! Fields that a cluster drops without a look, because what they are for is switched off unless it is asked for.

use super::{Extra, Row, open};

pub(super) static ROWS: &[Row] = &[
    open(&["core.v1.Lifecycle"], &["stopSignal"]),
    open(&["resource.v1.DeviceTaint", "resource.v1beta1.DeviceTaint", "resource.v1beta2.DeviceTaint"], &["effect"]),
    open(
        &["resource.v1.DeviceToleration", "resource.v1beta1.DeviceToleration", "resource.v1beta2.DeviceToleration"],
        &["effect", "operator"],
    ),
];

pub(super) static EXTRAS: &[Extra] = &[];
