//! Everybody pushes the same tree in turns, to a registry that does not know it and then to one that does.

use std::error::Error;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::PACES;
use crate::corpus;
use crate::remote::Remote;
use crate::table;
use crate::tools::Tool;

/// What one push came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) time: Duration,
    pub(crate) requests: usize,
    pub(crate) connections: usize,
}

/// One tool's pushes, a pair for each round: the first, and the same again.
#[derive(Debug)]
pub(crate) struct Score {
    pub(crate) tool: Tool,
    pub(crate) rounds: Vec<[Sample; 2]>,
}

/// Prints the tables for one tree.
pub(crate) fn report(name: &str, tree: &Path, folder: &Path, rounds: usize) -> Result<(), Box<dyn Error>> {
    let scores = || Tool::ALL.map(|tool| Score { tool, rounds: Vec::new() });
    let mut distances = PACES.map(|pace| (pace, scores()));
    // The first round only warms the caches.
    for round in 0..=rounds {
        for (pace, scores) in &mut distances {
            // A new one each round: what was pushed lies in memory.
            let remote = Remote::start(folder, *pace, u64::MAX)?;
            show_the_realm(folder, &remote)?;
            let first = one_turn_each(round, scores, tree, folder, &remote)?;
            // oras writes the second into its manifest; within the same one its second push would be the same as its first.
            thread::sleep(Duration::from_secs(1));
            let again = one_turn_each(round, scores, tree, folder, &remote)?;
            if round > 0 {
                for (score, pair) in scores.iter_mut().zip(first.into_iter().zip(again)) {
                    score.rounds.push(pair.into());
                }
            }
        }
    }
    for (pace, scores) in &distances {
        table::print(name, tree, *pace, scores)?;
    }
    Ok(())
}

/// Lets each push once, each to a repository of its own; gives what came of it in the order of the scores.
fn one_turn_each(
    round: usize,
    scores: &[Score],
    tree: &Path,
    folder: &Path,
    remote: &Remote,
) -> Result<Vec<Sample>, Box<dyn Error>> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // Nobody always comes first.
    order.rotate_left(round % scores.len());
    let mut samples = Vec::new();
    for turn in order {
        let sample = push(scores[turn].tool, tree, folder, remote, &format!("bench/tool-{turn}"))?;
        samples.push((turn, sample));
    }
    samples.sort_by_key(|(turn, _)| *turn);
    Ok(samples.into_iter().map(|(_, sample)| sample).collect())
}

/// Lets `consign` meet the registry, so that its realm is known to the pushes that may know it.
fn show_the_realm(folder: &Path, remote: &Remote) -> Result<(), Box<dyn Error>> {
    let tiny = corpus::tree("dozen", folder)?;
    push(Tool::Consign { checks: false, realm_known: true }, &tiny, folder, remote, "earlier").map(|_| ())
}

fn push(tool: Tool, tree: &Path, folder: &Path, remote: &Remote, repository: &str) -> Result<Sample, Box<dyn Error>> {
    let time = tool.push(tree, folder, remote, &remote.reference(repository))?;
    let (requests, connections) = remote.counted();
    if !remote.holds(repository) {
        return Err(format!("{}: {repository} is not whole", tool.name()).into());
    }
    Ok(Sample { time, requests, connections })
}
