//! The work that waits for a thread.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::bundle::Block;
use crate::object::Document;

/// Something a worker can do by itself.
pub(super) enum Job {
    /// Read these entries, check them and make their part of the tar.
    Read { index: usize, entries: Range<usize> },
    /// Check one document of the entry that is being streamed.
    Check { index: usize, entry: usize, document: Document<'static> },
    /// Compress a block.
    Encode(Block),
}

/// Jobs for the workers: those that give memory back come first.
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
}

#[derive(Default)]
struct State {
    encode: VecDeque<Job>,
    check: VecDeque<Job>,
    read: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), ready: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is done while the lock is held that could leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, job: Job) {
        let mut state = self.lock();
        match job {
            Job::Encode(_) => state.encode.push_back(job),
            Job::Check { .. } => state.check.push_back(job),
            Job::Read { .. } => state.read.push_back(job),
        }
        drop(state);
        self.ready.notify_one();
    }

    /// The next job; none when the queue is closed.
    pub(super) fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let State { encode, check, read, .. } = &mut *state;
            if let Some(job) = [encode, check, read].into_iter().find_map(VecDeque::pop_front) {
                return Some(job);
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets every worker go home, whatever still waits.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }
}
