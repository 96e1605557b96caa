//! How fast consign packs and checks, beside the tools it replaces, and how much memory it takes.
//!
//! ```text
//! cargo bench --bench packing -- [many|some|few|dozen|big|all] [ROUNDS]
//! cargo bench --bench packing -- generate many|some|few|big FOLDER
//! ```
//!
//! It prints Markdown tables: times for `many`, `some`, `few` and `dozen`, memory for `big`. kubeconform takes part where it is in `PATH` and
//! `KUBECONFORM_SCHEMAS` names the folder that `kubeconform-schemas.py` has filled. Everything lies in a temporary folder
//! (`TMPDIR` moves it), of which `big` needs 3 GiB. On a busy machine the ratios are worth more than the times: each is of two
//! runs that followed one another.

#![allow(clippy::print_stdout, reason = "the tables are the result")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "making the trees is not measured, so it may be plain"
)]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

mod apps;
mod corpus;
mod large;
mod memory;
mod peak;
mod random;
mod timing;

use std::error::Error;
use std::path::Path;

/// The binary under test.
const CONSIGN: &str = env!("CARGO_BIN_EXE_consign");

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["generate", name, folder] if corpus::NAMES.contains(&name) => {
            println!("{}", corpus::tree(name, Path::new(folder))?.display());
            Ok(())
        }
        [] => bench("all", 7),
        [name] => bench(name, 7),
        [name, rounds] => bench(name, rounds.parse()?),
        _ => Err("usage: packing [many|some|few|dozen|big|all] [ROUNDS], or generate many|some|few|big FOLDER".into()),
    }
}

fn bench(chosen: &str, rounds: usize) -> Result<(), Box<dyn Error>> {
    if chosen != "all" && !corpus::NAMES.contains(&chosen) {
        return Err(format!("no tree is named `{chosen}`: {} or all", corpus::NAMES.join(", ")).into());
    }
    if rounds == 0 {
        return Err("at least one round".into());
    }
    for name in corpus::NAMES {
        if chosen != "all" && chosen != name {
            continue;
        }
        let folder = tempfile::Builder::new().prefix("consign-bench-").tempdir()?;
        let tree = corpus::tree(name, folder.path())?;
        if name == "big" {
            memory::report(name, &tree, folder.path())?;
        } else {
            timing::report(name, &tree, folder.path(), rounds)?;
        }
    }
    Ok(())
}
