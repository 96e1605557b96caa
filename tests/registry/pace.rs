//! Time in a test registry: holding answers, waiting, and ending all of it at once when the registry is dropped.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::config::Pace;

/// The clock that all threads of a registry share.
#[derive(Debug)]
pub struct Clock {
    pace: Pace,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    stopped: bool,
    /// When something arrived last.
    arrived: Instant,
    /// How often held answers were let go.
    released: u64,
}

/// The registry ends; whoever hears of it lets go of what it does.
#[derive(Debug)]
pub struct Stopped;

impl Clock {
    pub fn new(pace: Pace) -> Self {
        let state = State { stopped: false, arrived: Instant::now(), released: 0 };
        Self { pace, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Something arrived.
    pub fn touch(&self) {
        if matches!(self.pace, Pace::Lockstep(_)) {
            self.state().arrived = Instant::now();
        }
    }

    /// The round trips that a new connection takes.
    pub fn connect(&self, trips: u32) -> Result<(), Stopped> {
        self.touch();
        match self.pace {
            Pace::RoundTrip(time) => self.sleep(time * trips),
            Pace::AtOnce | Pace::PerRequest(_) | Pace::Lockstep(_) => Ok(()),
        }
    }

    /// Holds an answer for as long as the pace says.
    pub fn hold(&self) -> Result<(), Stopped> {
        match self.pace {
            Pace::AtOnce => Ok(()),
            Pace::RoundTrip(time) | Pace::PerRequest(time) => self.sleep(time),
            Pace::Lockstep(quiet) => self.wait_for_quiet(quiet),
        }
    }

    fn wait_for_quiet(&self, quiet: Duration) -> Result<(), Stopped> {
        let mut state = self.state();
        state.arrived = Instant::now();
        let mine = state.released;
        loop {
            if state.stopped {
                return Err(Stopped);
            }
            if state.released != mine {
                return Ok(());
            }
            let left = quiet.saturating_sub(state.arrived.elapsed());
            if left.is_zero() {
                state.released += 1;
                self.changed.notify_all();
                return Ok(());
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        let end = Instant::now() + time;
        let mut state = self.state();
        while !state.stopped {
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            state = self.changed.wait_timeout(state, end - now).unwrap_or_else(PoisonError::into_inner).0;
        }
        Err(Stopped)
    }

    pub fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    pub fn stopped(&self) -> bool {
        self.state().stopped
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
