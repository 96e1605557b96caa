//! The API server as judge: every object that it accepts must pass `consign validate`, and what it refuses must be found.
//!
//! `corpus/` holds small objects of every kind that can be created; the server accepts each. A generator breaks them in one place each,
//! with numbers from a seed, so that a run can be had again. The real server and consign then judge all of them, and the two verdicts are
//! counted. `pinned/` holds objects with a story, most of them found by a fresh seed, that are judged as they are.
//!
//! Another test does the same with rules in CEL: those written down in `expressions/`, and others that are put together at random. A third
//! compares the schemas that consign carries with those of the server.
//!
//! `ETCD` and `KUBE_APISERVER` name the programs (`.ci/run` makes them), `SCHEMAS` and `KUBECTL` those of the third test.
//! `CONSIGN_SHARED_CRDS` may name a folder with the CRDs of Config Sync, Flux and Argo CD; then the objects of `consumers.yaml` are judged too. `JUDGE_SEED=N` judges that seed instead of a fresh one.
//! `JUDGE_REPORT=FILE` writes all differences, grouped; `JUDGE_RECORD=FOLDER` keeps all objects with the server's verdicts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the counts are for people to read")]

#[path = "../apiserver/mod.rs"]
mod apiserver;
#[path = "../common/mod.rs"]
mod common;

mod corpus;
mod differences;
mod expressions;
mod mutate;
mod ours;
mod server;
mod state;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime};

use corpus::{Case, Corpus};
use differences::Tally;
use server::Server;

/// Those whose outcome is known: no false alarm may be among them, and few may be missed.
const PINNED_SEEDS: [u64; 3] = [1, 2, 3];

/// How many of the objects that the server refuses may pass unnoticed, in a hundred.
const MAY_BE_MISSED: f64 = 5.0;

#[test]
#[ignore = "needs etcd and kube-apiserver; .ci/run makes them"]
fn the_api_server_gives_the_same_verdicts() {
    let corpus = Corpus::read();
    let server = Server::start();
    server.apply(&corpus.definitions);

    let mut report = String::new();
    let mut pinned = Tally::default();
    let as_they_are = corpus.as_they_are();
    let verdicts = judged(&server, &corpus, &as_they_are, &mut pinned, "as they are");
    for (case, verdict) in as_they_are.iter().zip(&verdicts) {
        let is_sound = case.is_pinned || verdict.accepted;
        assert!(is_sound, "{} belongs to what the server accepts: {}", case.id, verdict.message);
    }
    judged(&server, &corpus, &corpus.annotated(), &mut pinned, "annotated");
    for seed in PINNED_SEEDS {
        let cases = corpus.mutations(seed);
        judged(&server, &corpus, &cases, &mut pinned, &format!("seed {seed}"));
    }
    println!("pinned: {pinned}");
    report.push_str(&pinned.report());

    let seed = seed();
    let mut fresh = Tally::default();
    judged(&server, &corpus, &corpus.mutations(seed), &mut fresh, &format!("seed {seed}"));
    println!("fresh seed {seed}: {fresh}");
    if !fresh.is_same() {
        println!("{}", fresh.report());
        report.push_str(&fresh.report());
    }
    if let Some(path) = std::env::var_os("JUDGE_REPORT") {
        std::fs::write(path, &report).expect("the report can be written");
    }
    few_differ(&pinned);
}

#[test]
#[ignore = "needs etcd and kube-apiserver; .ci/run makes them"]
fn the_api_server_compiles_the_same_rules() {
    let server = Server::start();
    let no_others = Corpus::default();
    let mut pinned = Tally::default();
    judged(&server, &no_others, &expressions::written(), &mut pinned, "rules that are written down");
    for seed in PINNED_SEEDS {
        judged(&server, &no_others, &expressions::random(seed), &mut pinned, &format!("rules of seed {seed}"));
    }
    println!("pinned rules: {pinned}");
    let seed = seed();
    let mut fresh = Tally::default();
    judged(&server, &no_others, &expressions::random(seed), &mut fresh, &format!("rules of seed {seed}"));
    println!("rules of fresh seed {seed}: {fresh}");
    if !fresh.is_same() {
        println!("{}", fresh.report());
    }
    few_differ(&pinned);
}

#[test]
#[ignore = "needs etcd, kube-apiserver, kubectl and tools/schemas; .ci/run makes them"]
fn the_schemas_in_the_binary_are_those_that_the_server_publishes() {
    let schemas =
        std::env::var_os("SCHEMAS").expect("SCHEMAS must name the program of tools/schemas: .ci/run makes it");
    let server = Server::start();
    let run = |args: &[&str]| {
        let output = Command::new(&schemas).args(args).output().expect("the program of tools/schemas runs");
        let (told, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{told}{failed}");
        output.stdout
    };
    let folder = common::Folder::new();
    let dump = folder.file(
        "dump.json",
        run(&["dump", "--server", server.address(), "--token", apiserver::TOKEN, "--insecure-skip-tls-verify"]),
    );
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/src/validate/kubernetes/kubernetes.data");
    run(&["check", data, dump.to_str().expect("UTF-8")]);
}

/// Fails on any false alarm, and where too much is missed.
fn few_differ(pinned: &Tally) {
    assert!(pinned.false_alarms() == 0, "false alarms among the pinned seeds:\n{}", pinned.report());
    assert!(pinned.missed_percent() <= MAY_BE_MISSED, "too much is missed:\n{}", pinned.report());
}

/// Both verdicts on each case, counted; gives the server's.
fn judged(server: &Server, corpus: &Corpus, cases: &[Case], tally: &mut Tally, what: &str) -> Vec<server::Verdict> {
    let started = Instant::now();
    let verdicts = server.judge(cases);
    let by_server = started.elapsed();
    let findings = ours::findings(cases, &corpus.definitions);
    let mut part = Tally::default();
    for (case, verdict) in cases.iter().zip(&verdicts) {
        part.count(case, verdict, findings.get(&case.id).map_or(&[], Vec::as_slice));
    }
    println!(
        "{what}: {part} (after {:.1} s the server, after {:.1} s both)",
        by_server.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    if let Some(folder) = std::env::var_os("JUDGE_RECORD") {
        record(Path::new(&folder), what, corpus, cases, &verdicts);
    }
    tally.add(part);
    verdicts
}

/// Keeps the objects, with their folders as [`ours`] judges them, and a line of JSON on each.
fn record(folder: &Path, what: &str, corpus: &Corpus, cases: &[Case], verdicts: &[server::Verdict]) {
    let folder = folder.join(what.replace(' ', "-"));
    ours::write(&folder.join("dir"), cases, &corpus.definitions);
    let lines: String = cases
        .iter()
        .zip(verdicts)
        .map(|(case, verdict)| {
            let mut line = BTreeMap::from([
                ("id", case.id.clone().into()),
                ("what", case.what.clone().into()),
                ("object", case.object.clone()),
                ("accepted", verdict.accepted.into()),
                ("status", verdict.status.into()),
                ("message", verdict.message.clone().into()),
            ]);
            if let Some(state) = state::state(verdict) {
                line.insert("state", state.into());
            }
            serde_json::to_string(&line).expect("JSON") + "\n"
        })
        .collect();
    std::fs::write(folder.join("verdicts.jsonl"), lines).expect("the verdicts can be written");
}

/// The one asked for, or one of this moment.
fn seed() -> u64 {
    if let Some(seed) = std::env::var("JUDGE_SEED").ok().filter(|seed| !seed.is_empty()) {
        return seed.parse().expect("JUDGE_SEED is a number");
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    now.as_secs()
}
