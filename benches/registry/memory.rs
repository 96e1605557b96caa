//! The most memory that `consign push` holds at once, with few and with many threads.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::CONSIGN;
use crate::peak::watch;
use crate::registry::Pace;
use crate::remote::Remote;

/// Prints the table for one tree.
pub(crate) fn report(name: &str, tree: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("### {name}: peak resident memory\n\n| command | peak |\n| --- | ---: |");
    for threads in ["2", "32"] {
        let remote = Remote::start(folder, Pace::AtOnce, 64 << 10)?;
        let mut command = Command::new(CONSIGN);
        command.args(["push", "--quiet", "--no-cache", "--threads", threads]).arg(tree).arg(remote.reference("big"));
        remote.introduce(&mut command);
        let mut child = command.env("TMPDIR", folder).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let (status, peak) = watch(&mut child)?;
        if !status.success() {
            return Err(format!("consign push --threads {threads}: {status}").into());
        }
        println!("| `consign push --threads {threads}` | {:.1} MiB |", peak as f64 / 1024.0);
    }
    println!();
    Ok(())
}
