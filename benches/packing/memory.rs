//! The most memory that `consign build` holds at once, with few and with many threads.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use crate::CONSIGN;

/// Prints the table for one tree.
pub(crate) fn report(name: &str, tree: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("### {name}: peak resident memory\n\n| command | peak |\n| --- | ---: |");
    for threads in ["2", "32"] {
        let out = folder.join(format!("{threads}.tar.gz"));
        let mut child = Command::new(CONSIGN)
            .args(["build", "--quiet", "--threads", threads])
            .arg(tree)
            .arg("-o")
            .arg(&out)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let (status, peak) = watch(&mut child)?;
        if !status.success() {
            return Err(format!("consign build --threads {threads}: {status}").into());
        }
        fs::remove_file(out)?;
        println!("| `consign build --threads {threads}` | {:.1} MiB |", peak as f64 / 1024.0);
    }
    println!();
    Ok(())
}

/// Waits for the child; also gives its peak in KiB.
///
/// Linux keeps the high-water mark itself, so looking often only matters for the last few milliseconds.
fn watch(child: &mut Child) -> Result<(ExitStatus, u64), Box<dyn Error>> {
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
