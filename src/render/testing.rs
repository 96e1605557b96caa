//! Copies of bundles for tests.

use super::Copy;
use crate::bundle::Limits;
use crate::tar;

/// A copy of a bundle with these files.
pub(super) fn copy(files: &[(&str, &str)]) -> Copy {
    let mut sorted = files.to_vec();
    sorted.sort_unstable();
    let mut out = Vec::new();
    let mut before = "";
    for (name, text) in sorted {
        for (slash, _) in name.match_indices('/') {
            let directory = &name[..=slash];
            if !before.starts_with(directory) {
                tar::directory(&mut out, directory);
            }
        }
        tar::file(&mut out, name, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
        out.resize(out.len() + tar::padding(text.len() as u64), 0);
        before = name;
    }
    out.extend_from_slice(&tar::END);
    Copy::unpack(&out[..], Limits::default()).unwrap()
}
