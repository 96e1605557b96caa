//! Leases, and who stands for election.

use super::fields::any_text;
use super::{Extra, Must, Row, Walk, extra, forms, must, needs, text};
use crate::object::Node;
use crate::validate::subject::quote;
use crate::validate::texts;

const CANDIDATE: &[&str] = &["coordination.v1beta1.LeaseCandidate", "coordination.v1alpha2.LeaseCandidate"];
const CANDIDATE_SPEC: &[&str] =
    &["coordination.v1beta1.LeaseCandidateSpec", "coordination.v1alpha2.LeaseCandidateSpec"];

pub(super) static ROWS: &[Row] = &[
    must(&["coordination.v1.LeaseSpec"], &["leaseDurationSeconds"], &[Must::Between(1, i64::MAX)]),
    must(&["coordination.v1.LeaseSpec"], &["leaseTransitions"], &[Must::Between(0, i64::MAX)]),
    needs(CANDIDATE, &["spec"]),
    needs(CANDIDATE_SPEC, &["leaseName", "binaryVersion", "strategy"]),
    must(CANDIDATE_SPEC, &["binaryVersion", "emulationVersion"], &[Must::Text(forms::semantic_version)]),
    must(CANDIDATE_SPEC, &["strategy"], &[Must::Text(strategy)]),
];

pub(super) static EXTRAS: &[Extra] = &[extra(CANDIDATE_SPEC, versions)];

fn strategy(text: &str) -> Option<String> {
    match text {
        "OldestEmulationVersion" => None,
        _ if text.contains('/') => texts::qualified_name(text),
        _ => Some("is neither `OldestEmulationVersion` nor a name with a domain".to_owned()),
    }
}

/// A binary can emulate older versions, not newer ones.
fn versions(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let emulated = any_text(walk, spec, "emulationVersion").unwrap_or_default();
    if text(spec, "strategy") == Some("OldestEmulationVersion")
        && matches!(emulated, "" | "0.0.0")
        && text(spec, "emulationVersion").is_none_or(|version| !walk.is_placeholder(version))
    {
        return walk.missing(spec, "emulationVersion", "the strategy goes by it: add `emulationVersion:`");
    }
    let binary = any_text(walk, spec, "binaryVersion").unwrap_or_default();
    if let (Some(own), Some(other)) = (numbers(binary), numbers(emulated))
        && own < other
    {
        let fault = format!("is {}, which is older than the `emulationVersion` {}", quote(binary), quote(emulated));
        walk.invalid(spec.get("binaryVersion").unwrap_or(spec), "binaryVersion", &fault, "");
    }
}

/// The three numbers of a version.
fn numbers(version: &str) -> Option<[u64; 3]> {
    if forms::semantic_version(version).is_some() {
        return None;
    }
    let end = version.find(['-', '+']).unwrap_or(version.len());
    let mut parts = version.get(..end)?.split('.').map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    fn leases() {
        each_is_found(
            "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: a}, spec: {leaseDurationSeconds: 1, leaseTransitions: 0}}",
            &[("Seconds: 1", "Seconds: 0", "1 is the least"), ("Transitions: 0", "Transitions: -1", "0 is the least")],
        );
    }

    #[test]
    fn candidates() {
        each_is_found(
            "{apiVersion: coordination.k8s.io/v1beta1, kind: LeaseCandidate, metadata: {name: A_b}, spec: {leaseName: a, binaryVersion: 1.35.0, emulationVersion: 1.34.0, strategy: OldestEmulationVersion}}",
            &[
                ("leaseName: a, ", "", "`spec.leaseName`"),
                ("binaryVersion: 1.35.0", "binaryVersion: 1.33.0", "is older than"),
                ("1.35.0", "v1.35", "is no version"),
                ("emulationVersion: 1.34.0, ", "", "`spec.emulationVersion`"),
                ("OldestEmulationVersion", "Newest", "neither `OldestEmulationVersion`"),
                ("OldestEmulationVersion", "a/b/c", "more than one"),
            ],
        );
    }
}
