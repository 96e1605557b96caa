//! What a person or a log sees: the result on standard output, everything else on standard error.

mod progress;

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::args::{Color, FindingsFormat, Format, Global};
use super::findings::Found;
use super::receipt;
use crate::error::{Error, Kind};
use crate::notice::{Event, Exchange, Notice};
use crate::report;
use progress::Progress;
pub(super) use progress::seconds;

/// Prints, and is the [`Notice`] of every command.
pub(super) struct Console {
    quiet: bool,
    verbose: u8,
    color: bool,
    /// The same of standard output.
    color_result: bool,
    progress: Progress,
    /// Whether anything has been printed as the result. Locked while it is.
    printed: Mutex<bool>,
    /// Whether the reader of the result has gone away.
    unread: AtomicBool,
}

impl Console {
    pub(super) fn new(global: &Global) -> Self {
        let color = in_colour(global.color, io::stderr().is_terminal());
        let color_result = in_colour(global.color, io::stdout().is_terminal());
        let progress = Progress::new(global.quiet);
        Self {
            quiet: global.quiet,
            verbose: global.verbose,
            color,
            color_result,
            progress,
            printed: Mutex::new(false),
            unread: AtomicBool::new(false),
        }
    }

    /// Prints the result. A reader that has gone away is no error: it has seen enough.
    pub(super) fn result(&self, text: &str) -> Result<(), Error> {
        self.print(&mut self.printed(), text)
    }

    /// How findings look that are the result.
    pub(super) fn style(&self) -> report::Style {
        report::Style { color: self.color_result, ..report::Style::default() }
    }

    /// Whether the reader of the result is still there, as far as the last write has told.
    pub(super) fn is_read(&self) -> bool {
        !self.unread.load(Ordering::Relaxed)
    }

    fn print(&self, printed: &mut bool, text: &str) -> Result<(), Error> {
        *printed = true;
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.unread.store(true, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => Err(Error::new(Kind::Local, "cannot write to standard output").because(error)),
            Ok(()) => Ok(()),
        }
    }

    fn printed(&self) -> MutexGuard<'_, bool> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line about what is going on.
    pub(super) fn status(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// A line for those who want to know more (`-v`); for others it is not even made.
    pub(super) fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose > 0 {
            self.status(&text());
        }
    }

    /// Lines about what is waited for, in place of those before; false where nobody sees them being replaced.
    pub(super) fn live(&self, lines: &[String]) -> bool {
        const MOST: usize = 20;
        self.progress.live(&lines[..lines.len().min(MOST)])
    }

    /// A part of the result, in colour (an SGR code) where the result is.
    pub(super) fn paint_result(&self, text: &str, code: &str) -> String {
        if self.color_result { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Whether more is to be told than usual.
    pub(super) const fn is_verbose(&self) -> bool {
        self.verbose > 0
    }

    /// Takes away what tells how far the work is.
    pub(super) fn clear(&self) {
        self.progress.clear();
    }

    /// What was found beside the result; errors even when quiet.
    pub(super) fn findings(&self, found: &Found<'_>) {
        let summary = found.summary();
        let told = summary.errors + if self.quiet { 0 } else { summary.warnings };
        if told == 0 {
            return;
        }
        let text = found.write(FindingsFormat::Text, report::Style { color: self.color, ..report::Style::default() });
        self.line(text.trim_end());
        self.line(&summary.found());
    }

    /// A failure, with what to do about it.
    pub(super) fn error(&self, error: &Error) {
        self.line(&format!("{} {}", self.paint("error:", "1;31"), shown(&error.headline())));
        for step in error.what_was_tried() {
            self.line(&format!("  {} {}", self.paint("tried:", "1;36"), shown(step)));
        }
        if let Some(hint) = error.hint_text() {
            self.line(&format!("  {} {}", self.paint("hint:", "1;36"), shown(hint)));
        }
    }

    /// The failure that ends the command. A program that reads the result gets it too, unless it has a result already.
    pub(super) fn failure(&self, error: &Error, format: Format) {
        self.progress.clear();
        self.error(error);
        if format == Format::Json {
            let mut printed = self.printed();
            if !*printed {
                // The exit code tells it as well.
                let _ = self.print(&mut printed, &receipt::of_failure(error));
            }
        }
    }

    /// A part of the result in this colour, where standard output takes colours.
    pub(super) fn painted(&self, text: &str, code: &str) -> String {
        if self.color_result { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A line (or a block of them) on standard error, above the bars if there are any.
    fn line(&self, text: &str) {
        self.progress.aside(|| {
            // If even standard error is gone, there is nobody to tell.
            let _ = writeln!(io::stderr().lock(), "{text}");
        });
    }
}

fn in_colour(when: Color, terminal: bool) -> bool {
    match when {
        Color::Always => true,
        Color::Never => false,
        // See <https://no-color.org>.
        Color::Auto => {
            terminal
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// One line without what a terminal would act on, and without a password that somebody typed into a URL.
pub(super) fn shown(text: &str) -> String {
    report::without_passwords(&report::escape(text))
}

/// Whatever was being shown must not stay on the terminal behind the next prompt.
impl Drop for Console {
    fn drop(&mut self) {
        self.progress.clear();
    }
}

impl Notice for Console {
    fn notice(&self, event: &Event<'_>) {
        match event {
            Event::Warning(text) => {
                self.status(&format!("{} {}", self.paint("warning:", "1;33"), report::escape(text)));
            }
            Event::Packed { name, size } => self.detail(|| format!("packed {} ({size} bytes)", report::escape(name))),
            Event::LeftOut { name, why } => {
                self.detail(|| format!("left out {}: {}", report::escape(name), report::escape(why)));
            }
            Event::Started { step, total } => self.progress.step_started(step, *total),
            Event::Advanced(bytes) => self.progress.step_advanced(*bytes),
            Event::Finished(summary) => {
                if let Some(line) = self.progress.step_finished(summary) {
                    self.status(&line);
                }
            }
            Event::UploadStarted { name, size } => self.progress.upload_started(name, *size),
            Event::UploadSent { name, sent } => self.progress.upload_sent(name, *sent),
            Event::UploadEnded { name, how } => self.status(&self.progress.upload_ended(name, how)),
            Event::UploadFailed { name } => self.progress.upload_failed(name),
            Event::Waiting { on } => self.status(&format!("waiting for {}", report::escape(on))),
            Event::Retrying { what, why, wait } => self.status(&retrying(what, why, *wait)),
            Event::Exchange(exchange) if self.verbose > 0 => self.status(&exchanged(exchange, self.verbose > 1)),
            _ => {}
        }
    }
}

/// `retrying in 1.4 s: PUT https://r.io/…/uploads/…: the connection was reset`.
fn retrying(what: &str, why: &str, wait: Duration) -> String {
    let wait = if wait.as_secs() >= 10 { format!("{}", wait.as_secs()) } else { format!("{:.1}", wait.as_secs_f64()) };
    format!("retrying in {wait} s: {}: {}", report::escape(what), report::escape(why))
}

/// `PUT https://r.io/…/uploads/… 201 in 0.05 s`, and below it its headers.
fn exchanged(exchange: &Exchange, headers: bool) -> String {
    let status = exchange.status.map_or_else(|| "failed".to_owned(), |status| status.to_string());
    let (method, url) = (report::escape(&exchange.method), report::escape(&exchange.url));
    let mut text = format!("{method} {url} {status} in {}", seconds(exchange.elapsed));
    if let Some(why) = &exchange.failure {
        text += &format!(": {}", report::escape(why));
    }
    if headers {
        for (mark, headers) in [('>', &exchange.sent), ('<', &exchange.received)] {
            for (name, value) in headers {
                text += &format!("\n  {mark} {}: {}", report::escape(name), report::escape(value));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_tells_how_long_it_waits_and_why() {
        for (wait, expected) in [(1400, "1.4"), (80, "0.1"), (42_900, "42")] {
            assert_eq!(
                retrying("PUT https://r.io/…/uploads/…", "reset\u{1b}", Duration::from_millis(wait)),
                format!("retrying in {expected} s: PUT https://r.io/…/uploads/…: reset\\u{{1b}}")
            );
        }
    }

    #[test]
    fn a_request_is_one_line_and_its_headers_stand_below() {
        let mut exchange = Exchange {
            method: "PUT".into(),
            url: "https://r.io/…/uploads/…".into(),
            status: Some(201),
            failure: None,
            elapsed: Duration::from_millis(50),
            sent: vec![("authorization".into(), "***".into())],
            received: vec![("x-odd".into(), "\u{1b}[2J".into())],
        };
        assert_eq!(exchanged(&exchange, false), "PUT https://r.io/…/uploads/… 201 in 0.05 s");
        assert_eq!(
            exchanged(&exchange, true),
            "PUT https://r.io/…/uploads/… 201 in 0.05 s\n  > authorization: ***\n  < x-odd: \\u{1b}[2J"
        );
        exchange.status = None;
        exchange.failure = Some("the connection was reset".into());
        assert_eq!(
            exchanged(&exchange, false),
            "PUT https://r.io/…/uploads/… failed in 0.05 s: the connection was reset"
        );
    }
}
