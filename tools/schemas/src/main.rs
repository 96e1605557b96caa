//! Makes the schemas of Kubernetes' own kinds that consign carries, from what API servers publish.
//!
//! ```text
//! schemas dump                 what the API server of kubectl's current context publishes, as JSON on standard output
//! schemas build DATA DUMP...   writes consign's data from one dump for each version of Kubernetes
//! schemas check DATA DUMP      fails where the data and a dump tell different things about the dump's version
//! schemas show DATA            the data as text
//! ```
//!
//! A dump is a JSON object with `version` (`1.35`), `kinds` (`"GROUP/VERSION KIND"` to `plural`, `namespaced`, `create`) and `schemas`
//! (the definitions of `/openapi/v3` by name). The file's name may tell the version instead: `1.35.json`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the command line")]

mod data;
mod dump;
mod gather;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use data::{read, write};
use gather::{Dump, Table};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["dump", ref kubectl @ ..] => dump::print(kubectl),
        ["build", to, ref dumps @ ..] if !dumps.is_empty() => build(Path::new(to), dumps),
        ["check", data, dump] => check(Path::new(data), Path::new(dump)),
        ["show", data] => show(Path::new(data)),
        _ => Err("usage: schemas dump [KUBECTL OPTION...] | build DATA DUMP... | check DATA DUMP | show DATA".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("schemas: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build(to: &Path, dumps: &[&str]) -> Result<(), Box<dyn Error>> {
    let dumps = dumps.iter().map(|path| Dump::read(Path::new(path))).collect::<Result<Vec<_>, _>>()?;
    let text = Table::new(&dumps)?.text();
    let packed = write(&text)?;
    println!("{} bytes of text, {} packed", text.len(), packed.len());
    Ok(fs::write(to, packed)?)
}

fn check(data: &Path, dump: &Path) -> Result<(), Box<dyn Error>> {
    let dump = Dump::read(dump)?;
    let expected = Table::new(std::slice::from_ref(&dump))?.text();
    let found = data::only(&read(&fs::read(data)?)?, &dump.version)?;
    let differences: Vec<String> = data::differences(&found, &expected);
    if differences.is_empty() {
        println!("the data and Kubernetes {} agree", dump.version);
        return Ok(());
    }
    for difference in &differences {
        println!("{difference}");
    }
    Err(format!(
        "{} differences to Kubernetes {} (`-` in the data only, `+` at the server only)",
        differences.len(),
        dump.version
    )
    .into())
}

fn show(data: &Path) -> Result<(), Box<dyn Error>> {
    print!("{}", read(&fs::read(data)?)?);
    Ok(())
}
