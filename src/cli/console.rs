//! What a person or a log sees: the result on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{Color, Global};
use crate::error::{Error, Kind};
use crate::finding::Findings;
use crate::notice::{Event, Notice};
use crate::report;

/// Prints, and is the [`Notice`] of every command.
pub(super) struct Console {
    quiet: bool,
    verbose: bool,
    color: bool,
    /// The bar of the running step, on a terminal.
    step: Mutex<Option<Step>>,
}

struct Step {
    name: String,
    bar: ProgressBar,
    started: Instant,
}

impl Console {
    pub(super) fn new(global: &Global) -> Self {
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            // See <https://no-color.org>.
            Color::Auto => {
                io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Self { quiet: global.quiet, verbose: global.verbose > 0, color, step: Mutex::new(None) }
    }

    /// Prints the result. A reader that has gone away is no error: it has seen enough.
    #[allow(clippy::unused_self, reason = "all that is printed goes through the console")]
    pub(super) fn result(&self, text: &str) -> Result<(), Error> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::new(Kind::Local, "cannot write to standard output").because(error))
            }
            _ => Ok(()),
        }
    }

    /// A line about what is going on.
    pub(super) fn status(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// What was found; errors even when quiet.
    pub(super) fn findings(&self, findings: &Findings) {
        if findings.is_empty() || (self.quiet && findings.errors() == 0) {
            return;
        }
        let text = report::text(&findings.sorted(), report::Style { color: self.color, ..report::Style::default() });
        self.line(text.trim_end());
        self.line(&report::total(findings));
    }

    /// A failure, with what to do about it.
    pub(super) fn error(&self, error: &Error) {
        self.line(&format!("{} {}", self.paint("error:", "1;31"), report::escape(&error.to_string())));
        if let Some(hint) = error.hint_text() {
            self.line(&format!("  {} {}", self.paint("hint:", "1;36"), report::escape(hint)));
        }
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A line on standard error, above the bar if there is one.
    fn line(&self, text: &str) {
        let write = || {
            // If even standard error is gone, there is nobody to tell.
            let _ = writeln!(io::stderr().lock(), "{text}");
        };
        match &*self.step() {
            Some(step) => step.bar.suspend(write),
            None => write(),
        }
    }

    fn step(&self) -> std::sync::MutexGuard<'_, Option<Step>> {
        self.step.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn start(&self, name: &str, total: u64) {
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        *self.step() = Some(Step { name: name.to_owned(), bar, started: Instant::now() });
    }

    fn finish(&self, summary: &str) {
        let Some(step) = self.step().take() else { return };
        step.bar.finish_and_clear();
        self.status(&format!("{} {summary} in {}", step.name, seconds(step.started.elapsed())));
    }
}

/// Whatever was being shown must not stay on the terminal behind the next prompt.
impl Drop for Console {
    fn drop(&mut self) {
        if let Some(step) = self.step().take() {
            step.bar.finish_and_clear();
        }
    }
}

impl Notice for Console {
    fn notice(&self, event: &Event<'_>) {
        match event {
            Event::Warning(text) => {
                self.status(&format!("{} {}", self.paint("warning:", "1;33"), report::escape(text)));
            }
            Event::Packed { name, size } if self.verbose => {
                self.status(&format!("packed {} ({size} bytes)", report::escape(name)));
            }
            Event::LeftOut { name, why } if self.verbose => {
                self.status(&format!("left out {}: {}", report::escape(name), report::escape(why)));
            }
            Event::Started { step, total } => self.start(step, *total),
            Event::Advanced(bytes) => {
                if let Some(step) = &*self.step() {
                    step.bar.inc(*bytes);
                }
            }
            Event::Finished(summary) => self.finish(summary),
            _ => {}
        }
    }
}

fn seconds(time: Duration) -> String {
    if time.as_secs() >= 10 { format!("{} s", time.as_secs()) } else { format!("{:.2} s", time.as_secs_f64()) }
}
