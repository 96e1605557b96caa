//! Waiting for clusters as a person or a log sees it: `consign status --expect` and `consign push --wait`.

mod tags;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::Outcome;
use super::console::{Console, seconds};
use crate::cluster::{self, Ended, Round, Standing, Verdict, Wait, short};
use crate::error::{Error, Kind};
use crate::notice::{Event, Notice as _, human_count};
pub(super) use tags::Tags;

/// Waits, and tells on standard error what changes meanwhile.
pub(super) fn run(wait: &Wait, tags: &Tags, console: &Console) -> Result<(Ended, Round), Error> {
    let mut view = View::new(wait, console);
    let ended = cluster::wait(wait, &|reference| tags.named(reference), &mut |round| view.show(round));
    console.live(&[]);
    let (ended, round) = ended?;
    console.status(&view.summary(&round));
    Ok((ended, round))
}

/// Says what is wrong, and gives the exit code.
pub(super) fn outcome(wait: &Wait, ended: Ended, round: &Round, console: &Console) -> Outcome {
    let errors = errors(wait, ended, round);
    for error in &errors {
        console.error(error);
    }
    errors.first().map_or(Outcome::Done, |error| Outcome::Failed(error.kind().exit_code()))
}

/// What went wrong, an error for each sync that failed or one for the time that ran out.
pub(super) fn errors(wait: &Wait, ended: Ended, round: &Round) -> Vec<Error> {
    let several = wait.clusters.len() > 1;
    let with_hint = |error: Error, hint: Option<&String>| match hint {
        Some(hint) => error.hint(hint.clone()),
        None => error,
    };
    let digest = wait.expected.first().map(|expected| expected.digest.to_string()).unwrap_or_default();
    match ended {
        Ended::Runs => Vec::new(),
        Ended::Failed => {
            let failed = |standing: &Standing| match &standing.verdict {
                Verdict::Failed { why, hint } => {
                    let message = format!("{} does not come to {digest}: {why}", named(standing, several));
                    Some(with_hint(Error::new(Kind::Input, message), hint.as_ref()))
                }
                _ => None,
            };
            round.standings.iter().filter_map(failed).collect()
        }
        Ended::TimedOut => {
            let waiting: Vec<_> = round
                .standings
                .iter()
                .filter_map(|standing| match &standing.verdict {
                    Verdict::Waits { why, hint } => Some((format!("{}: {why}", named(standing, several)), hint)),
                    _ => None,
                })
                .collect();
            let mut why: Vec<&str> = waiting.iter().map(|(why, _)| why.as_str()).collect();
            why.extend(round.trouble.iter().map(String::as_str));
            let limit = wait.limit;
            let error = Error::new(
                Kind::Network,
                format!("time ran out after {limit:?}, waiting for {digest}: {}", why.join("; ")),
            );
            let hint = waiting.iter().find_map(|(_, hint)| (*hint).clone());
            vec![error.hint(hint.unwrap_or_else(|| {
                "`--wait-timeout` gives it more time; `consign status` shows how it goes on".to_owned()
            }))]
        }
    }
}

/// The sync, with its context where there are several.
fn named(standing: &Standing, several: bool) -> String {
    match &standing.context {
        Some(context) if several => format!("{} in {context}", standing.state.sync),
        _ => standing.state.sync.to_string(),
    }
}

/// What has been told already.
struct View<'a> {
    console: &'a Console,
    several: bool,
    begun: Instant,
    told: BTreeMap<String, String>,
    trouble: BTreeSet<String>,
}

impl<'a> View<'a> {
    fn new(wait: &Wait, console: &'a Console) -> Self {
        let several = wait.clusters.len() > 1;
        Self { console, several, begun: Instant::now(), told: BTreeMap::new(), trouble: BTreeSet::new() }
    }

    /// On a terminal all lines, anew each time; in a log those that have changed.
    fn show(&mut self, round: &Round) {
        for denied in &round.denied {
            self.console.notice(&Event::Warning(&format!("not everything may be read: {denied}")));
        }
        for trouble in &round.trouble {
            if self.trouble.insert(trouble.clone()) {
                self.console.notice(&Event::Warning(&format!("{trouble}; asking again")));
            }
        }
        if round.trouble.is_empty() {
            self.trouble.clear();
        }
        let lines: Vec<(String, String)> =
            round.standings.iter().map(|standing| (named(standing, self.several), line(&standing.verdict))).collect();
        let is_live = {
            let passed = seconds(self.begun.elapsed());
            let live: Vec<String> = lines.iter().map(|(name, line)| format!("{passed}  {name}: {line}")).collect();
            self.console.live(&live)
        };
        for ((name, line), standing) in lines.iter().zip(&round.standings) {
            let hint = match &standing.verdict {
                Verdict::Waits { hint, .. } => hint.as_ref(),
                _ => None,
            };
            // What is wrong stays to be read, also where all else is drawn anew.
            // What failed ends the waiting, and is told as an error.
            let is_over = matches!(standing.verdict, Verdict::Failed { .. });
            if self.told.get(name) != Some(line) && !is_over && (!is_live || hint.is_some()) {
                self.console.status(&super::console::shown(&format!("{name}: {line}")));
                if let Some(hint) = hint {
                    self.console.status(&super::console::shown(&format!("  hint: {hint}")));
                }
            }
            self.told.insert(name.clone(), line.clone());
        }
    }

    /// `2 syncs: 1 runs the digest, 1 failed`.
    fn summary(&self, round: &Round) -> String {
        let count = |is: fn(&Verdict) -> bool| round.standings.iter().filter(|standing| is(&standing.verdict)).count();
        let parts = [
            (count(|verdict| *verdict == Verdict::Runs), "at the digest"),
            (count(|verdict| matches!(verdict, Verdict::Waits { .. })), "not yet"),
            (count(|verdict| matches!(verdict, Verdict::Failed { .. })), "failed"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let all = human_count(round.standings.len(), "sync");
        format!("{all}: {} in {}", parts.join(", "), seconds(self.begun.elapsed()))
    }
}

/// What a verdict says, in a line.
pub(super) fn line(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Runs => "runs it".to_owned(),
        Verdict::Waits { why, .. } => why.clone(),
        Verdict::Failed { why, .. } => format!("failed: {why}"),
    }
}

/// `waiting for 2 syncs to run sha256:1f2e3d4c5b6a`.
pub(super) fn announce(wait: &Wait, console: &Console) {
    let Some(expected) = wait.expected.first() else { return };
    let ready = if expected.ready { ", and for all that they manage to be well" } else { "" };
    console.status(&format!("waiting for {} of {}{ready}", short(expected.digest), expected.reference.name()));
}
