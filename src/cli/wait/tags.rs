//! What specs name at the registry while a cluster is waited for.
//!
//! The registry is asked beside the waiting, never instead of it, and that it does not answer is no failure: then it is not known
//! what a tag names.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::cluster::{Named, are_of_one_repository};
use crate::oci::{Reference, media_type};
use crate::runtime;
use crate::store::registry::{Access, Registries};

/// How long after an answer the registry is asked again: soon at first, in case it had not yet heard of a push.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Asks what tags name.
pub(in crate::cli) struct Tags {
    registries: Option<Registries>,
    /// Only what is of these repositories is asked for.
    repositories: Vec<Reference>,
    asked: Arc<Mutex<HashMap<String, Asked>>>,
}

#[derive(Default)]
struct Asked {
    is_asked_now: bool,
    next: Option<Instant>,
    pause: Duration,
    last: Option<Named>,
    /// What two answers in a row have said.
    sure: Option<Named>,
}

impl Tags {
    /// With `registries` none, nothing is ever known.
    pub(in crate::cli) fn new(registries: Option<Registries>, repositories: Vec<Reference>) -> Self {
        Self { registries, repositories, asked: Arc::default() }
    }

    /// What the tag or the digest names, as far as that is known now. One answer by itself is not believed: behind some registries' front doors
    /// the old one lives on for a moment.
    pub(in crate::cli) fn named(&self, reference: &Reference) -> Option<Named> {
        let registries = self.registries.as_ref()?;
        if !self.repositories.iter().any(|repository| are_of_one_repository(repository, reference)) {
            return None;
        }
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = all.entry(reference.to_string()).or_default();
        if !asked.is_asked_now && asked.next.is_none_or(|next| next <= Instant::now()) {
            asked.is_asked_now = true;
            let (registries, reference, all) = (registries.clone(), reference.clone(), Arc::clone(&self.asked));
            thread::spawn(move || {
                let answer = resolve(&registries, &reference);
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.entry(reference.to_string()).or_default().take(answer);
            });
        }
        asked.sure
    }
}

fn resolve(registries: &Registries, reference: &Reference) -> Option<Named> {
    let found = runtime::block_on(async {
        registries.open(reference, Access::Pull).await?.resolve(reference.tag(), reference.digest()).await
    });
    let image = found.ok()?.ok()?;
    let is_index = [media_type::OCI_INDEX, media_type::DOCKER_MANIFEST_LIST].contains(&image.media_type.as_str());
    Some(Named { digest: image.digest, is_index })
}

impl Asked {
    fn take(&mut self, answer: Option<Named>) {
        self.is_asked_now = false;
        self.sure = answer.filter(|_| self.last == answer);
        self.last = answer;
        self.pause = (self.pause * 2).clamp(AGAIN.0, AGAIN.1);
        self.next = Some(Instant::now() + self.pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;

    #[test]
    fn what_two_answers_say_is_believed() {
        let [a, b] = [b"a", b"b"].map(|text| Named { digest: Digest::of(text), is_index: false });
        let mut asked = Asked::default();
        for (answer, sure) in
            [(Some(a), None), (Some(a), Some(a)), (Some(b), None), (None, None), (Some(b), None), (Some(b), Some(b))]
        {
            asked.take(answer);
            assert_eq!(asked.sure, sure);
        }
        assert_eq!(asked.pause, Duration::from_secs(30));
    }

    #[test]
    fn without_a_registry_nothing_is_known() {
        assert_eq!(Tags::new(None, Vec::new()).named(&"r.io/a:v1".parse().unwrap()), None);
    }
}
