//! Two ways to end early: a signal (SIGINT, SIGTERM, SIGHUP), and `--timeout`.
//!
//! Little is to be cleaned up: what is being written has no name until it is whole, at a registry as on disk. Only what a program was
//! given to work on has.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::args::Format;
use super::console::Console;
use crate::error::{Error, Kind};
use crate::{process, scratch};

/// From now on a signal ends the process with 128 and its number, 130, 143 or 129, and with what is `told` then.
pub(super) fn on_signals(told: &'static str) {
    // Without a handler the signals still end the process, only without the sentence.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(128 + signal, move || {
                // On a terminal the cursor stands behind a bar or a `^C`.
                let _ = writeln!(std::io::stderr(), "\nstopped; {told}");
            });
        }
    });
}

/// Ends the process after it has told why. An output that nobody reads must not keep it alive.
fn end(code: i32, tell: impl FnOnce() + Send + 'static) {
    let telling = thread::spawn(tell);
    for _ in 0..100 {
        if telling.is_finished() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    process::end_all();
    scratch::remove_all();
    #[allow(clippy::exit, reason = "the only way out of a process whose main thread is at work")]
    std::process::exit(code);
}

/// Ends the process when the time is up, unless the command is done by then.
#[derive(Default)]
pub(super) struct Deadline {
    /// Whoever sets it first decides how the process ends.
    decided: Arc<AtomicBool>,
}

impl Deadline {
    /// Begins to count.
    pub(super) fn start(limit: Duration, console: &Arc<Console>, format: Format) -> Self {
        let deadline = Self::default();
        let (decided, console) = (Arc::clone(&deadline.decided), Arc::clone(console));
        thread::spawn(move || {
            thread::sleep(limit);
            if !decided.swap(true, Ordering::SeqCst) {
                end(Kind::Network.exit_code().into(), move || console.failure(&out_of_time(limit), format));
            }
        });
        deadline
    }

    /// The command is done. Does not come back if the time was up before.
    pub(super) fn done(&self) {
        while self.decided.swap(true, Ordering::SeqCst) {
            thread::park();
        }
    }
}

fn out_of_time(limit: Duration) -> Error {
    Error::new(Kind::Network, format!("time ran out: the command was given {limit:?} (--timeout)"))
        .hint("nothing incomplete was left under a name or a tag; run it again with more time: what is there already is not sent again")
}
