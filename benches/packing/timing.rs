//! Wall-clock times of several commands that pack the same tree, taken in turns.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::CONSIGN;
use crate::corpus::measure;

/// A command line to measure.
struct Contestant {
    name: &'static str,
    program: &'static str,
    /// `TREE` and `OUT` stand for the tree and the file to write.
    arguments: &'static [&'static str],
    times: Vec<Duration>,
    size: u64,
}

impl Contestant {
    const fn new(name: &'static str, program: &'static str, arguments: &'static [&'static str]) -> Self {
        Self { name, program, arguments, times: Vec::new(), size: 0 }
    }

    /// Packs `tree` into `out` once, which must not be there before.
    fn run(&mut self, tree: &Path, out: &Path) -> Result<Duration, Box<dyn Error>> {
        if let Err(error) = fs::remove_file(out)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error.into());
        }
        let mut command = Command::new(self.program);
        for &argument in self.arguments {
            match argument {
                "TREE" => command.arg(tree),
                "OUT" => command.arg(out),
                _ => command.arg(argument),
            };
        }
        let started = Instant::now();
        let output = command.stdin(Stdio::null()).output()?;
        let took = started.elapsed();
        if !output.status.success() {
            return Err(format!("{}: {}\n{}", self.name, output.status, String::from_utf8_lossy(&output.stderr)).into());
        }
        self.size = fs::metadata(out)?.len();
        Ok(took)
    }
}

/// The first is what the others are compared with.
fn contestants() -> Vec<Contestant> {
    let mut all = vec![
        Contestant::new("`tar -czf`", "tar", &["-czf", "OUT", "-C", "TREE", "."]),
        Contestant::new("`consign build --no-validate`", CONSIGN, &["build", "--no-validate", "TREE", "-o", "OUT"]),
        Contestant::new("`consign build`", CONSIGN, &["build", "TREE", "-o", "OUT"]),
    ];
    if Command::new("pigz").arg("--version").output().is_ok_and(|output| output.status.success()) {
        all.push(Contestant::new("`tar \\| pigz -p2`", "tar", &["-I", "pigz -p2", "-cf", "OUT", "-C", "TREE", "."]));
    }
    all
}

/// Prints the table for one tree.
pub(crate) fn report(name: &str, tree: &Path, folder: &Path, rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut contestants = contestants();
    let out: PathBuf = folder.join("out.tar.gz");
    // The first run of each only warms the caches.
    for round in 0..=rounds {
        for contestant in &mut contestants {
            let took = contestant.run(tree, &out)?;
            if round > 0 {
                contestant.times.push(took);
            }
        }
    }
    let (files, bytes) = measure(tree)?;
    let cores = std::thread::available_parallelism()?;
    println!(
        "### {name}: {files} files, {:.2} MB; {cores} cores, {rounds} rounds\n\n\
         | command | median | fastest | times as fast as `tar -czf` | size | of `tar -czf`'s |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |",
        bytes as f64 / 1e6
    );
    let reference = &contestants[0];
    for contestant in &contestants {
        let seconds = contestant.times.iter().map(Duration::as_secs_f64);
        let ratios = reference.times.iter().zip(&contestant.times).map(|(theirs, ours)| theirs.div_duration_f64(*ours));
        println!(
            "| {} | {:.0} ms | {:.0} ms | {:.2} | {} kB | {:.3} |",
            contestant.name,
            median(seconds.clone()) * 1e3,
            seconds.fold(f64::INFINITY, f64::min) * 1e3,
            median(ratios),
            contestant.size.div_ceil(1000),
            contestant.size as f64 / reference.size as f64,
        );
    }
    println!();
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}
