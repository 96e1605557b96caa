//! What a room tells while it works: progress and warnings.
//!
//! The library never prints. It tells a [`Notice`], and the command line decides what a person or a log sees of it.

use std::sync::Arc;
use std::time::Duration;

/// Something that happened and that somebody may want to see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Something a user should know although the work goes on.
    Warning(&'a str),
    /// A file went into the bundle under this name (shown with `-v`).
    Packed {
        /// Its name in the bundle.
        name: &'a str,
        /// Its size in bytes.
        size: u64,
    },
    /// A file or folder stayed out of the bundle (shown with `-v`).
    LeftOut {
        /// Its path below the source.
        name: &'a str,
        /// The rule that left it out.
        why: &'a str,
    },
    /// A step begins; `total` is its size in bytes.
    Started {
        /// What will have been done: `packed`; the summary follows it.
        step: &'a str,
        /// Bytes in all.
        total: u64,
    },
    /// So many bytes of the running step are done.
    Advanced(u64),
    /// The running step is over; `summary` is one line about it.
    Finished(&'a str),
    /// A blob is to go to a registry; several may be on their way at once. `name` tells them apart.
    UploadStarted {
        /// `layer 1f2e3d4c5b6a to HOST/REPOSITORY`.
        name: &'a str,
        /// Its size in bytes.
        size: u64,
    },
    /// So many of its bytes have been sent; fewer than before where it had to begin again.
    UploadSent {
        /// As in [`Event::UploadStarted`].
        name: &'a str,
        /// Bytes in all.
        sent: u64,
    },
    /// It is there.
    UploadEnded {
        /// As in [`Event::UploadStarted`].
        name: &'a str,
        /// `uploaded`, `already there` or `mounted from REPOSITORY`.
        how: &'a str,
    },
    /// It will not get there; an error says why.
    UploadFailed {
        /// As in [`Event::UploadStarted`].
        name: &'a str,
    },
    /// Something takes longer than one would expect.
    Waiting {
        /// What is waited for: `the credential helper docker-credential-gcloud`.
        on: &'a str,
    },
    /// Something failed, and is tried again.
    Retrying {
        /// What is tried again: `PUT https://HOST/…/uploads/…`, `the credential helper docker-credential-gcloud`.
        what: &'a str,
        /// Why it failed.
        why: &'a str,
        /// How long is waited before.
        wait: Duration,
    },
    /// A request was answered, or failed (shown with `-v`; its headers with `-vv`). There are no secrets in it.
    Exchange(&'a Exchange),
}

/// A request and what came of it, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// `GET`.
    pub method: String,
    /// The URL, as far as it may be shown.
    pub url: String,
    /// The answer's status; none where there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub failure: Option<String>,
    /// From the first byte sent to the last byte read.
    pub elapsed: Duration,
    /// The headers sent; the values of secret ones are `***`.
    pub sent: Vec<(String, String)>,
    /// The headers of the answer, likewise.
    pub received: Vec<(String, String)>,
}

/// Takes the events. Called from several threads.
pub trait Notice: Send + Sync {
    /// One event; must not block for long.
    fn notice(&self, event: &Event<'_>);
}

/// Hears everything and says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Notice for Silent {
    fn notice(&self, _event: &Event<'_>) {}
}

impl<N: Notice + ?Sized> Notice for Arc<N> {
    fn notice(&self, event: &Event<'_>) {
        (**self).notice(event);
    }
}

/// A number of bytes for people: `512 bytes`, `1.5 MiB`.
pub fn human_bytes(count: u64) -> String {
    let (unit, name): (u64, _) = match count {
        0..=1023 => return format!("{count} bytes"),
        1024..=1_048_575 => (1 << 10, "KiB"),
        1_048_576..=1_073_741_823 => (1 << 20, "MiB"),
        _ => (1 << 30, "GiB"),
    };
    let tenths = u128::from(count) * 10 / u128::from(unit);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// A number of things: `1 file`, `2 files`.
pub fn human_count(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_for_people() {
        for (count, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (3 << 20, "3.0 MiB"),
            (5 << 30, "5.0 GiB"),
            (5000 << 30, "5000.0 GiB"),
        ] {
            assert_eq!(human_bytes(count), text);
        }
    }
}
