//! Bars on a terminal, and the line that is left of each when it is done.
//!
//! Bars are decoration: without a terminal none is drawn, and all that is told are the lines. Who prints them is the console.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::notice::human_bytes;
use crate::report;

const STEP: &str = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
/// What is sent has long names; they are cut so that something is left for the bar.
const UPLOAD: &str = "{msg:36!} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";

/// What is going on: one step of this machine, and any number of uploads.
pub(super) struct Progress {
    bars: MultiProgress,
    running: Mutex<Running>,
    /// Lines about what is waited for.
    lines: Mutex<Vec<ProgressBar>>,
}

#[derive(Default)]
struct Running {
    step: Option<Task>,
    uploads: HashMap<String, Task>,
}

struct Task {
    /// What is being done, or sent.
    name: String,
    size: u64,
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    /// Bars on standard error, if that is a terminal and they are not to be `hidden`.
    pub(super) fn new(hidden: bool) -> Self {
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { bars: MultiProgress::with_draw_target(target), running: Mutex::default(), lines: Mutex::default() }
    }

    /// Writes something where the bars are, which come back below it.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        self.bars.suspend(write);
    }

    /// Shows these lines in place of those before, none to take them away; false where there is no terminal for them.
    pub(super) fn live(&self, texts: &[String]) -> bool {
        if self.bars.is_hidden() {
            return false;
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        while lines.len() > texts.len() {
            if let Some(line) = lines.pop() {
                line.finish_and_clear();
                self.bars.remove(&line);
            }
        }
        while lines.len() < texts.len() {
            let line = self.bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                line.set_style(style);
            }
            lines.push(line);
        }
        for (line, text) in lines.iter().zip(texts) {
            line.set_message(report::escape(text).into_owned());
            line.tick();
        }
        true
    }

    /// Takes all bars away.
    pub(super) fn clear(&self) {
        self.live(&[]);
        let running = std::mem::take(&mut *self.running());
        for task in running.step.into_iter().chain(running.uploads.into_values()) {
            self.end(&task);
        }
    }

    pub(super) fn step_started(&self, name: &str, total: u64) {
        let step = self.begin(name, total, STEP);
        if let Some(before) = self.running().step.replace(step) {
            self.end(&before);
        }
    }

    pub(super) fn step_advanced(&self, bytes: u64) {
        if let Some(step) = &self.running().step {
            step.bar.inc(bytes);
        }
    }

    /// The line about the step that is over: `packed 12 files in 0.35 s`.
    pub(super) fn step_finished(&self, summary: &str) -> Option<String> {
        let step = self.running().step.take()?;
        self.end(&step);
        Some(format!("{} {summary} in {}", step.name, seconds(step.started.elapsed())))
    }

    pub(super) fn upload_started(&self, name: &str, size: u64) {
        let mut running = self.running();
        if let Some(upload) = running.uploads.get(name) {
            upload.bar.set_position(0);
            return;
        }
        let upload = self.begin(name, size, UPLOAD);
        running.uploads.insert(name.to_owned(), upload);
    }

    pub(super) fn upload_sent(&self, name: &str, sent: u64) {
        if let Some(upload) = self.running().uploads.get(name) {
            upload.bar.set_position(sent);
        }
    }

    /// The line about it: `uploaded layer 1f2e3d4c5b6a to r.io/shop (1.2 MiB) in 0.35 s`, `already there: layer …`.
    pub(super) fn upload_ended(&self, name: &str, how: &str) -> String {
        let upload = self.running().uploads.remove(name);
        let (name, how) = (report::escape(name), report::escape(how));
        let between = if how == "uploaded" { " " } else { ": " };
        let Some(upload) = upload else { return format!("{how}{between}{name}") };
        self.end(&upload);
        let size = human_bytes(upload.size);
        format!("{how}{between}{name} ({size}) in {}", seconds(upload.started.elapsed()))
    }

    pub(super) fn upload_failed(&self, name: &str) {
        if let Some(upload) = self.running().uploads.remove(name) {
            self.end(&upload);
        }
    }

    fn begin(&self, name: &str, size: u64, template: &str) -> Task {
        let bar = self.bars.add(ProgressBar::new(size));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(report::escape(name).into_owned());
        Task { name: name.to_owned(), size, bar, started: Instant::now() }
    }

    fn end(&self, task: &Task) {
        task.bar.finish_and_clear();
        self.bars.remove(&task.bar);
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time as a log has it: `0.35 s`, `12 s`.
pub(in crate::cli) fn seconds(time: Duration) -> String {
    if time.as_secs() >= 10 { format!("{} s", time.as_secs()) } else { format!("{:.2} s", time.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_time(line: &str) -> &str {
        line.rsplit_once(" in ").map_or(line, |(rest, _)| rest)
    }

    #[test]
    fn an_upload_leaves_one_line_with_its_size() {
        let progress = Progress::new(true);
        progress.upload_started("layer 1f2e to r.io/a", 1_300_000);
        progress.upload_started("config 99 to r.io/a", 200);
        progress.upload_sent("layer 1f2e to r.io/a", 70_000);
        let line = progress.upload_ended("config 99 to r.io/a", "already there");
        assert_eq!(without_time(&line), "already there: config 99 to r.io/a (200 bytes)");
        let line = progress.upload_ended("layer 1f2e to r.io/a", "uploaded");
        assert_eq!(without_time(&line), "uploaded layer 1f2e to r.io/a (1.2 MiB)");
        assert!(line.ends_with(" s"), "{line}");
        assert!(progress.running().uploads.is_empty());
    }

    #[test]
    fn what_was_never_started_is_told_all_the_same() {
        let progress = Progress::new(true);
        assert_eq!(progress.upload_ended("layer 1 to r.io/a", "mounted from b"), "mounted from b: layer 1 to r.io/a");
        assert_eq!(progress.step_finished("nothing"), None);
        progress.upload_sent("layer 1 to r.io/a", 1);
        progress.upload_failed("layer 1 to r.io/a");
    }

    #[test]
    fn names_from_elsewhere_do_not_drive_the_terminal() {
        let progress = Progress::new(true);
        progress.upload_started("layer \u{1b}[2J", 1);
        let line = progress.upload_ended("layer \u{1b}[2J", "mounted from \u{7}");
        assert!(!line.contains(['\u{1b}', '\u{7}']), "{line}");
    }

    #[test]
    fn many_threads_may_tell_at_once() {
        let progress = Progress::new(true);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let progress = &progress;
                scope.spawn(move || {
                    for blob in 0..50 {
                        let name = format!("layer {blob} to {thread}");
                        progress.upload_started(&name, 10);
                        progress.upload_sent(&name, 5);
                        progress.aside(|| {});
                        progress.upload_ended(&name, "uploaded");
                    }
                });
            }
        });
        assert!(progress.running().uploads.is_empty());
    }
}
