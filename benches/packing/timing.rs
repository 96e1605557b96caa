//! Wall-clock times of several commands that do the same to a tree, taken in turns.

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
    /// `TREE` and `OUT` stand for the tree and what is written, `LAYOUT` for `OUT` as an image layout, `SCHEMAS` for kubeconform's.
    arguments: &'static [&'static str],
    times: Vec<Duration>,
    /// Of what it wrote, if that is a file.
    size: u64,
}

impl Contestant {
    const fn new(name: &'static str, program: &'static str, arguments: &'static [&'static str]) -> Self {
        Self { name, program, arguments, times: Vec::new(), size: 0 }
    }

    /// The program, copied below `folder` as installing it would. What a linker wrote lies in the page cache in small pieces, and starts
    /// a third of a millisecond later.
    fn installed(&self, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        // A path stays what it is.
        let mut places = std::env::split_paths(&folders).map(|folder| folder.join(self.program));
        let found = places.find(|place| place.is_file()).ok_or_else(|| format!("there is no {}", self.program))?;
        let copy = folder.join("programs").join(found.file_name().unwrap_or_default());
        if !copy.exists() {
            fs::create_dir_all(folder.join("programs"))?;
            fs::copy(found, &copy)?;
        }
        Ok(copy)
    }

    /// Runs once, with `out` not there before.
    fn run(&mut self, program: &Path, tree: &Path, out: &Path) -> Result<Duration, Box<dyn Error>> {
        let removed = if out.is_dir() { fs::remove_dir_all(out) } else { fs::remove_file(out) };
        if let Err(error) = removed
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error.into());
        }
        let mut command = Command::new(program);
        for &argument in self.arguments {
            match argument {
                "TREE" => command.arg(tree),
                "OUT" => command.arg(out),
                "LAYOUT" => command.arg(format!("oci:{}:v1", out.display())),
                "SCHEMAS" => command.arg(format!(
                    "{}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
                    std::env::var("KUBECONFORM_SCHEMAS")?
                )),
                _ => command.arg(argument),
            };
        }
        let started = Instant::now();
        let output = command.stdin(Stdio::null()).output()?;
        let took = started.elapsed();
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            return Err(format!("{}: {}\n{}", self.name, output.status, String::from_utf8_lossy(&said)).into());
        }
        self.size = fs::metadata(out).map_or(0, |metadata| metadata.len());
        Ok(took)
    }
}

/// Whether a program is there to compare with.
fn has(program: &str, version: &str) -> bool {
    Command::new(program).arg(version).output().is_ok_and(|output| output.status.success())
}

/// Those who pack. The first is what the others are compared with, here and below.
fn packers() -> Vec<Contestant> {
    let mut all = vec![
        Contestant::new("`tar -czf`", "tar", &["-czf", "OUT", "-C", "TREE", "."]),
        Contestant::new("`consign build --no-validate`", CONSIGN, &["build", "--no-validate", "TREE", "-o", "OUT"]),
        Contestant::new("`consign build`", CONSIGN, &["build", "TREE", "-o", "OUT"]),
    ];
    if has("pigz", "--version") {
        all.push(Contestant::new("`tar \\| pigz -p2`", "tar", &["-I", "pigz -p2", "-cf", "OUT", "-C", "TREE", "."]));
    }
    all
}

/// Those who check.
fn checkers() -> Vec<Contestant> {
    let mut all = Vec::new();
    if std::env::var_os("KUBECONFORM_SCHEMAS").is_some() && has("kubeconform", "-v") {
        let arguments = &["-strict", "-n", "2", "-schema-location", "SCHEMAS", "TREE"];
        all.push(Contestant::new("`kubeconform -strict -n 2`", "kubeconform", arguments));
    }
    all.push(Contestant::new("`consign validate`", CONSIGN, &["validate", "TREE"]));
    all
}

/// Pushes into a layout, with the checks and without.
fn pushers() -> Vec<Contestant> {
    vec![
        Contestant::new("`consign push --no-validate`", CONSIGN, &["push", "--no-validate", "TREE", "LAYOUT"]),
        Contestant::new("`consign push`", CONSIGN, &["push", "TREE", "LAYOUT"]),
    ]
}

/// Prints the tables for one tree.
pub(crate) fn report(name: &str, tree: &Path, folder: &Path, rounds: usize) -> Result<(), Box<dyn Error>> {
    let (files, bytes) = measure(tree)?;
    let cores = std::thread::available_parallelism()?;
    println!("### {name}: {files} files, {:.2} MB; {cores} cores, {rounds} rounds\n", bytes as f64 / 1e6);
    let out: PathBuf = folder.join("out.tar.gz");
    for mut contestants in [packers(), checkers(), pushers()] {
        // The first run of each only warms the caches.
        let programs: Vec<_> = contestants.iter().map(|one| one.installed(folder)).collect::<Result<_, _>>()?;
        for round in 0..=rounds {
            for (contestant, program) in contestants.iter_mut().zip(&programs) {
                let took = contestant.run(program, tree, &out)?;
                if round > 0 {
                    contestant.times.push(took);
                }
            }
        }
        table(&contestants);
    }
    Ok(())
}

fn table(contestants: &[Contestant]) {
    let reference = &contestants[0];
    let is_file = contestants.iter().all(|contestant| contestant.size > 0 && contestant.arguments.contains(&"OUT"));
    let (title, line) = if is_file { (" size | of it |", " ---: | ---: |") } else { ("", "") };
    println!(
        "| command | median | fastest | times as fast as {} |{title}\n| --- | ---: | ---: | ---: |{line}",
        reference.name
    );
    for contestant in contestants {
        let seconds = contestant.times.iter().map(Duration::as_secs_f64);
        let ratios = reference.times.iter().zip(&contestant.times).map(|(theirs, ours)| theirs.div_duration_f64(*ours));
        print!(
            "| {} | {:.0} ms | {:.0} ms | {:.2} |",
            contestant.name,
            median(seconds.clone()) * 1e3,
            seconds.fold(f64::INFINITY, f64::min) * 1e3,
            median(ratios),
        );
        if is_file {
            print!(" {} kB | {:.3} |", contestant.size.div_ceil(1000), contestant.size as f64 / reference.size as f64);
        }
        println!();
    }
    println!();
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}
