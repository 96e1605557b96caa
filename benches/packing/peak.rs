//! How much memory a process held at most.

use std::error::Error;
use std::fs;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::Duration;

/// Waits for the child; also gives its peak in KiB.
///
/// Linux keeps the high-water mark itself, so looking often only matters for the last few milliseconds.
pub(crate) fn watch(child: &mut Child) -> Result<(ExitStatus, u64), Box<dyn Error>> {
    let file = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        if let Some(mark) = fs::read_to_string(&file).ok().as_deref().and_then(high_water_mark) {
            peak = Some(mark);
        }
        if let Some(status) = child.try_wait()? {
            return Ok((status, peak.ok_or("the peak is read from /proc, which only Linux has")?));
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// `VmHWM` in KiB; a process that has ended has none.
fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
