//! What a room tells while it works: progress and warnings.
//!
//! The library never prints. It tells a [`Notice`], and the command line decides what a person or a log sees of it.

use std::sync::Arc;

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
        /// What is being done, as a present participle: `packing`.
        step: &'a str,
        /// Bytes in all.
        total: u64,
    },
    /// So many bytes of the running step are done.
    Advanced(u64),
    /// The running step is over; `summary` is one line about it.
    Finished(&'a str),
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
