//! What asking a source comes to. It is asked once, however many callers wait for it, and more often only where it failed by chance.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::http::Clock;
use crate::notice::{Event, Notice};

/// What a source answers.
#[derive(Clone, Debug)]
pub(super) enum Outcome<T> {
    /// It has something.
    Found(T),
    /// It is not there, or has nothing for us; why.
    Nothing(String),
    /// It should have something and does not work. Passing it over would let chance choose as whom we speak.
    Broken(Failure),
}

/// An [`Error`] that can be kept and given to everybody who asks.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Failure {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = Self::new(failure.kind, failure.message);
        match failure.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// A value that is made once; callers that come meanwhile wait for it.
pub(super) struct Once<T> {
    value: tokio::sync::Mutex<Option<T>>,
    /// How often it was made.
    made: AtomicU64,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { value: tokio::sync::Mutex::new(None), made: AtomicU64::new(0) }
    }
}

impl<T: Clone> Once<T> {
    /// The value; made now if there is none, or if it is wanted `again` and nobody made it anew while this caller waited.
    pub(super) async fn get(&self, again: bool, make: impl Future<Output = T>) -> T {
        let before = self.made.load(Ordering::Acquire);
        let mut value = self.value.lock().await;
        if let Some(kept) = &*value
            && (!again || self.made.load(Ordering::Acquire) != before)
        {
            return kept.clone();
        }
        let fresh = make.await;
        *value = Some(fresh.clone());
        self.made.fetch_add(1, Ordering::Release);
        fresh
    }
}

/// Tells that `what` is tried again after it failed for the `attempt`th time, and waits. Half of the wait is chance: what ran into one
/// another (gcloud's database is locked) should not do so again.
pub(super) async fn pause(clock: Clock, notice: &dyn Notice, what: &str, why: &str, attempt: u32) {
    let longest = 250_u64 << attempt.min(5);
    let wait = Duration::from_millis(fastrand::u64(longest / 2..=longest));
    notice.notice(&Event::Retrying { what, why, wait });
    clock.sleep(wait).await;
}

/// What a program or a server said, on one line and not too long. The end of a long text tells most: there stands the exception of a
/// traceback.
pub(super) fn quote(text: &str) -> String {
    const LONGEST: usize = 300;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let shorten = |line: &&str| {
        if line.chars().count() <= LONGEST {
            (*line).to_owned()
        } else {
            line.chars().take(LONGEST).chain(['…']).collect()
        }
    };
    let short: Vec<String> = match lines.as_slice() {
        [first, second, _, .., last_but_one, last] => {
            [first, second, &"…", last_but_one, last].into_iter().map(shorten).collect()
        }
        all => all.iter().map(shorten).collect(),
    };
    short.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn callers_at_the_same_time_share_one_making() {
        let once = Once::default();
        let runs = AtomicU64::new(0);
        let make = || async {
            tokio::task::yield_now().await;
            runs.fetch_add(1, Ordering::Relaxed)
        };
        let all = futures_util::future::join_all((0..8).map(|_| once.get(false, make()))).await;
        assert_eq!(all, [0; 8]);
        let again = futures_util::future::join_all((0..8).map(|_| once.get(true, make()))).await;
        assert_eq!(again, [1; 8], "renewed once for all who waited");
        assert_eq!(once.get(true, make()).await, 2);
    }

    #[test]
    fn a_long_text_is_quoted_by_its_ends() {
        for (text, quoted) in
            [("", ""), (" one\n\n  two \r\n", "one two"), ("1\n2\n3\n4", "1 2 3 4"), ("1\n2\n3\n4\n5\n6", "1 2 … 5 6")]
        {
            assert_eq!(quote(text), quoted);
        }
        assert_eq!(quote(&"é".repeat(1000)).chars().count(), 301);
    }
}
