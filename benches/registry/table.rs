//! What the rounds came to, as a Markdown table.

use std::error::Error;
use std::path::Path;

use crate::contest::{Sample, Score};
use crate::corpus::measure;
use crate::registry::Pace;
use crate::tools::Tool;

/// The first push, and the same again.
const FIRST: usize = 0;
const AGAIN: usize = 1;

/// Prints the table of one tree and one distance.
pub(crate) fn print(name: &str, tree: &Path, pace: Pace, scores: &[Score]) -> Result<(), Box<dyn Error>> {
    let oras = scores.iter().find(|score| score.tool == Tool::Oras).ok_or("oras takes part")?;
    let (files, bytes) = measure(tree)?;
    println!(
        "### {name}: {files} files, {:.2} MB; {}; {} cores, {} rounds\n\n\
         | command | first push | of `oras push`'s | requests | again | of their best | requests |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        bytes as f64 / 1e6,
        told(pace),
        std::thread::available_parallelism()?,
        oras.rounds.len(),
    );
    let best = best_of_theirs(scores).ok_or("others take part")?;
    for score in scores {
        println!(
            "| {} | {:.0} ms | {:.2} | {} | {:.0} ms | {:.2} | {} |",
            score.tool.name(),
            seconds(score, FIRST) * 1e3,
            ratio(score, oras, FIRST),
            requests(score, FIRST),
            seconds(score, AGAIN) * 1e3,
            ratio(score, best, AGAIN),
            requests(score, AGAIN),
        );
    }
    println!();
    Ok(())
}

fn told(pace: Pace) -> String {
    match pace {
        Pace::PerRequest(time) => format!("{} ms a request", time.as_millis()),
        Pace::RoundTrip(time) => format!("{} ms a round trip, connections too", time.as_millis()),
        Pace::AtOnce | Pace::Lockstep(_) => "no distance".to_owned(),
    }
}

/// Who of the others is quickest when the same is pushed again.
fn best_of_theirs(scores: &[Score]) -> Option<&Score> {
    let theirs = scores.iter().filter(|score| !score.tool.is_ours());
    theirs.min_by(|a, b| seconds(a, AGAIN).total_cmp(&seconds(b, AGAIN)))
}

fn seconds(score: &Score, which: usize) -> f64 {
    median(score.rounds.iter().map(|round| round[which].time.as_secs_f64()))
}

/// The median of the ratios of each round.
fn ratio(score: &Score, to: &Score, which: usize) -> f64 {
    let pairs = score.rounds.iter().zip(&to.rounds);
    median(pairs.map(|(ours, theirs)| ours[which].time.div_duration_f64(theirs[which].time)))
}

/// `REQUESTS over CONNECTIONS` of the last round.
fn requests(score: &Score, which: usize) -> String {
    score.rounds.last().map_or_else(String::new, |round| {
        let Sample { requests, connections, .. } = round[which];
        format!("{requests} over {connections}")
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}
