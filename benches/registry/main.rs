//! How long `consign push` takes over a network, beside the tools it replaces, and how much memory.
//!
//! ```text
//! cargo bench --bench registry -- [tiny|many|big|all] [ROUNDS]
//! ```
//!
//! It prints Markdown tables: times and counts of requests for `tiny` (`examples/shop`) and `many` (20,000 files of 60 MB), memory
//! for `big` (1 GiB). The registry is the tests' own, in this process, with TLS and tokens; it answers at once, or 50 ms after each
//! request, or as if each round trip took 50 ms: then a new connection costs one for TCP and one for TLS. `CRANE` and `ORAS` name the other tools, which are
//! otherwise looked for in `PATH`. On a busy machine the ratios are worth more than the times: each is of two runs of one round.

#![allow(clippy::print_stdout, reason = "the tables are the result")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "making the trees is not measured, so it may be plain"
)]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

#[path = "../packing/apps.rs"]
mod apps;
mod contest;
#[path = "../packing/corpus.rs"]
#[allow(dead_code, reason = "the other bench asks for the names of the trees")]
mod corpus;
#[path = "../packing/large.rs"]
mod large;
mod memory;
#[path = "../packing/peak.rs"]
mod peak;
#[path = "../packing/random.rs"]
mod random;
#[path = "../../tests/registry/mod.rs"]
mod registry;
mod remote;
mod table;
mod tools;

use std::error::Error;
use std::time::Duration;

use registry::Pace;

/// The binary under test.
const CONSIGN: &str = env!("CARGO_BIN_EXE_consign");

/// What can be asked for, and the tree it pushes.
const CASES: [(&str, &str); 3] = [("tiny", "dozen"), ("many", "many"), ("big", "big")];

/// How far away the registry is: next door; each request waits; each request and, twice, each new connection waits.
const PACES: [Pace; 3] = [Pace::AtOnce, Pace::PerRequest(TRIP), Pace::RoundTrip(TRIP)];

/// A round trip.
const TRIP: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => bench("all", 5),
        [name] => bench(name, 5),
        [name, rounds] => bench(name, rounds.parse()?),
        _ => Err("usage: registry [tiny|many|big|all] [ROUNDS]".into()),
    }
}

fn bench(chosen: &str, rounds: usize) -> Result<(), Box<dyn Error>> {
    if chosen != "all" && CASES.iter().all(|(name, _)| *name != chosen) {
        return Err(format!("nothing is named `{chosen}`: tiny, many, big or all").into());
    }
    if rounds == 0 {
        return Err("at least one round".into());
    }
    for (name, tree) in CASES {
        if chosen != "all" && chosen != name {
            continue;
        }
        let folder = tempfile::Builder::new().prefix("consign-bench-").tempdir()?;
        let tree = corpus::tree(tree, folder.path())?;
        if name == "big" {
            memory::report(name, &tree, folder.path())?;
        } else {
            contest::report(name, &tree, folder.path(), rounds)?;
        }
    }
    Ok(())
}
