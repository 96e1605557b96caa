//! The most memory that `consign build` holds at once, with few and with many threads.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::CONSIGN;
use crate::peak::watch;

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
