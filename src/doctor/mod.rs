//! Looks at the whole chain from this machine to a cluster in sync, and says what is missing and how to mend it: programs and logins, the
//! registry and the rights there, the cluster and what syncs on it, and the grant with which it pulls.
//!
//! Nothing is changed anywhere: no registry is written to, and of `gcloud` and `kubectl` only questions are asked. What does not depend on
//! one another is looked at at the same time.

mod artifact_registry;
mod binding;
mod check;
mod cluster;
mod google;
mod policy;
mod registry;
mod version;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

pub use check::{Check, Subject, Verdict};

use crate::credentials;
use crate::error::Error;
use crate::kubectl::Cluster;
use crate::notice::Notice;
use crate::oci::{ArtifactRegistry, Reference};
use crate::setup::WORKLOAD_POOL;
use crate::store::registry::Remote;
use crate::sync::Sync;

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Options {
    /// The image or repository in question; without it only the machine and the cluster are looked at.
    pub reference: Option<Reference>,
    /// How its registry is reached, and as whom.
    pub remote: Remote,
    /// The cluster.
    pub cluster: Cluster,
    /// Syncs whose right to pull is in question, there or not; without any: those on the cluster that take their bundle from the
    /// repository.
    pub syncs: Vec<Sync>,
    /// The project of the cluster's fleet; without it: as the cluster tells.
    pub fleet_project: Option<String>,
    /// How long all of it may take.
    pub limit: Duration,
}

/// Looks at everything, in the order of [`Subject`]. What has no meaning for the reference is left out.
///
/// Fails where the options make no sense: a certificate that is not there, a proxy that is none.
pub fn examine(options: &Options, notice: &Arc<dyn Notice>) -> Result<Vec<Check>, Error> {
    let Options { reference, remote, cluster, syncs, fleet_project, limit } = options;
    let reference = reference.as_ref();
    let end = Instant::now() + *limit;
    let of_google = reference.is_none_or(|reference| credentials::is_google(reference.host()));
    let is_meant = cluster.context.is_some() || !syncs.is_empty();
    let (google, registry, cluster) = thread::scope(|scope| {
        let google = of_google.then(|| scope.spawn(|| google::examine(end)));
        let cluster = scope.spawn(|| cluster::examine(cluster, is_meant, reference, end));
        let registry = registry::examine(reference, remote, end, notice);
        (google.map(joined), registry, joined(cluster))
    });
    let mut checks = registry?;
    let place = reference.and_then(ArtifactRegistry::of);
    let unusable = google.as_ref().and_then(|google| google.unusable);
    let pool = fleet_project.as_ref().map(|project| format!("{project}{WORKLOAD_POOL}"));
    let bindings = place.map(|place| binding::examine(&place, syncs, pool, &cluster, unusable, end));
    let mut google = google.map(|google| google.checks).unwrap_or_default();
    if !checks.iter().any(|check| check.subject == Subject::Credential && check.is_problem()) {
        not_needed(&mut google);
    }
    checks.splice(0..0, google);
    checks.extend(cluster.checks);
    checks.extend(bindings.into_iter().flatten());
    Ok(checks)
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Where there is a credential, or none is asked for, whatever is wrong with gcloud stands in nobody's way yet.
fn not_needed(checks: &mut [Check]) {
    for check in checks.iter_mut().filter(|check| check.is_problem()) {
        check.verdict = Verdict::Warning;
    }
}

/// How long a question may take: so long, and no longer than there is time left.
fn left(end: Instant, most: Duration) -> Duration {
    end.saturating_duration_since(Instant::now()).min(most)
}
