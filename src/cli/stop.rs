//! SIGINT, SIGTERM and SIGHUP end the process with a sentence, and with the code that shells know.
//!
//! There is nothing to clean up: what is being written has no name until it is whole.

use std::io::Write as _;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// From now on a signal ends the process with 128 and its number: 130, 143 or 129.
pub(super) fn on_signals() {
    // Without a handler the signals still end the process, only without the sentence.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // On a terminal the cursor stands behind a bar or a `^C`.
            let _ = writeln!(std::io::stderr(), "\nstopped; nothing incomplete was left under a name or a tag");
            #[allow(clippy::exit, reason = "the only way out of a process whose main thread is at work")]
            std::process::exit(128 + signal);
        }
    });
}
