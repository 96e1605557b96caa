//! The work that waits for a thread.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::late::Placed;
use crate::bundle::{Block, Deflater};
use crate::object::Document;
use crate::validate::Definitions;

/// Something a worker can do by itself.
///
/// The memory for what it makes comes with the job, from the thread that will free it: with glibc's allocator each thread keeps
/// what it frees to itself, and many threads would keep much.
pub(super) enum Job {
    /// Read these entries, check them and make their part of the tar.
    Read { index: usize, entries: Range<usize>, buffer: Vec<u8>, heavy: bool },
    /// Check documents of the entry that is being streamed.
    Check { index: usize, entry: usize, documents: Vec<Document<'static>>, heavy: bool },
    /// Check the custom resources of these documents, whose definitions are known by now.
    Late { index: usize, documents: Vec<Placed>, definitions: Arc<Definitions>, heavy: bool },
    /// Compress a block; without a compressor it stays as it is.
    Encode { block: Block, deflater: Option<Deflater>, buffer: Vec<u8> },
}

/// How many workers do the heavy jobs, which build large trees: as few as keep two cores busy, for the same reason.
const HEAVY_WORKERS: usize = 2;

/// Jobs for the workers: those that give memory back come first.
pub(super) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
}

#[derive(Default)]
struct State {
    encode: VecDeque<Job>,
    heavy: VecDeque<Job>,
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
            Job::Encode { .. } => state.encode.push_back(job),
            Job::Check { heavy: true, .. } | Job::Read { heavy: true, .. } | Job::Late { heavy: true, .. } => {
                state.heavy.push_back(job);
                drop(state);
                // Not every worker that waits would take it.
                self.ready.notify_all();
                return;
            }
            Job::Check { .. } | Job::Late { .. } => state.check.push_back(job),
            Job::Read { .. } => state.read.push_back(job),
        }
        drop(state);
        self.ready.notify_one();
    }

    /// The next job for this worker, by its number; none when the queue is closed.
    pub(super) fn next(&self, worker: usize) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let State { encode, heavy, check, read, .. } = &mut *state;
            let heavy = if worker < HEAVY_WORKERS { heavy.pop_front() } else { None };
            if let Some(job) = heavy.or_else(|| [encode, check, read].into_iter().find_map(VecDeque::pop_front)) {
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
