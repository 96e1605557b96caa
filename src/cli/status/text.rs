//! The report for people: a block for each context, in it one for each sync.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::console::{Console, shown};
use super::super::wait;
use super::Told;
use crate::cluster::{Idle, Look, Problem, Resource, Round, State, Verdict, Wait, Word, short};
use crate::notice::human_count;
use crate::sync::Sync;

/// How many errors, lines of one, and resources are shown where not all are asked for.
const SOME: usize = 10;

/// Which syncs are of interest, and how much of them.
pub(in crate::cli) struct Filter<'a> {
    pub(in crate::cli) syncs: &'a [Sync],
    pub(in crate::cli) name: Option<&'a str>,
    pub(in crate::cli) is_verbose: bool,
}

impl Filter<'_> {
    /// Those of what was seen.
    pub(in crate::cli) fn of<'l>(&self, look: &'l Look) -> impl Iterator<Item = &'l State> + use<'l, '_> {
        look.states.iter().filter(|state| {
            (self.syncs.is_empty() || self.syncs.contains(&state.sync))
                && self.name.is_none_or(|name| name == state.sync.name())
        })
    }
}

/// All that was told.
pub(in crate::cli) fn report(told: &[Told], filter: &Filter<'_>, console: &Console) -> String {
    let blocks = told.iter().map(|told| {
        let context = told.cluster.context.as_deref().map_or_else(String::new, |name| {
            format!("{}\n", console.paint_result(&format!("context {}", shown(name)), "1"))
        });
        let body = match &told.answer {
            Err(error) => format!("  not known: {}\n", shown(&error.headline())),
            Ok((kinds, _)) if kinds.is_empty() => "  neither Config Sync, nor Flux, nor Argo CD\n".to_owned(),
            Ok((_, look)) => syncs(look, filter, console),
        };
        context + &body
    });
    blocks.collect::<Vec<_>>().join("\n")
}

fn syncs(look: &Look, filter: &Filter<'_>, console: &Console) -> String {
    let mut blocks: Vec<String> = filter.of(look).map(|state| sync(state, filter.is_verbose, console)).collect();
    if blocks.is_empty() {
        blocks.push("  no sync of an image\n".to_owned());
    }
    if look.others > 0 && filter.syncs.is_empty() {
        blocks.push(format!("  not shown: {} of git or Helm\n", look.others));
    }
    blocks.join("\n")
}

/// The syncs that were waited for, at the end.
pub(super) fn standings(wait: &Wait, round: &Round, console: &Console) -> String {
    let several = wait.clusters.len() > 1;
    let blocks = round.standings.iter().map(|standing| {
        let context = match &standing.context {
            Some(context) if several => format!("context {}\n", shown(context)),
            _ => String::new(),
        };
        let verdict = match &standing.verdict {
            Verdict::Runs => String::new(),
            verdict => line("expected", &wait::line(verdict)),
        };
        context + &sync(&standing.state, console.is_verbose(), console) + &verdict
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// One sync.
fn sync(state: &State, is_verbose: bool, console: &Console) -> String {
    let colour = match state.word {
        Word::Synced => "1;32",
        Word::Pending | Word::Reconciling => "1;33",
        Word::Stalled | Word::Error => "1;31",
    };
    let mut text =
        format!("  {}  {}\n", shown(&state.sync.to_string()), console.paint_result(state.word.as_str(), colour));
    let dir = state.source.dir.as_deref().filter(|dir| !matches!(*dir, "." | "./" | "/" | ""));
    if let Some(image) = &state.source.image {
        text += &line("image", &dir.map_or_else(|| image.clone(), |dir| format!("{image}, folder `{dir}`")));
    }
    let time = state.time.as_ref().filter(|_| state.word == Word::Synced);
    let time = time.map_or_else(String::new, |time| format!(" since {time}"));
    match (state.digest, state.fetched) {
        (Some(digest), fetched) => {
            text += &line("runs", &format!("{digest}{time}"));
            if let Some(fetched) = fetched.filter(|fetched| *fetched != digest) {
                text += &line("fetched", &fetched.to_string());
            }
        }
        (None, Some(fetched)) => text += &line("fetched", &fetched.to_string()),
        (None, None) => {}
    }
    for note in notes(state) {
        text += &line("note", &note);
    }
    if let Some(message) = &state.message {
        text += &line("says", message);
    }
    text + &problems(state, is_verbose, console) + &resources(state, is_verbose)
}

/// What one should know beside the word.
fn notes(state: &State) -> Vec<String> {
    let idle = state.idle.map(|idle| match idle {
        Idle::Deleted => "it is being deleted".to_owned(),
        Idle::Suspended => "it is suspended".to_owned(),
        Idle::ByHand => "it syncs only by hand".to_owned(),
    });
    let unseen = (!state.observed)
        .then(|| "its spec was changed since, and its controller has not looked at that yet".to_owned());
    let other = state.applied.is_none() && state.word == Word::Synced && state.observed && state.digest.is_some();
    let earlier = other.then(|| "that is about an earlier spec".to_owned());
    let fetcher = state.fetcher.as_deref().and_then(|fetcher| {
        let how = match (fetcher.idle, fetcher.word) {
            (Some(Idle::Suspended), _) => "suspended",
            (Some(Idle::Deleted), _) => "being deleted",
            (_, word @ (Word::Error | Word::Stalled)) => word.as_str(),
            _ => return None,
        };
        Some(format!("its OCIRepository `{}` is {how}", fetcher.sync.name()))
    });
    idle.into_iter().chain(unseen).chain(earlier).chain(fetcher).collect()
}

/// `    image      r.io/shop:v1`; further lines of a text stand below.
fn line(label: &str, text: &str) -> String {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut all = format!("    {label:<9}  {}\n", lines.next().map(shown).unwrap_or_default());
    for more in lines {
        let _ = writeln!(all, "    {:<9}  {}", "", shown(more));
    }
    all
}

fn problems(state: &State, is_verbose: bool, console: &Console) -> String {
    let some = if is_verbose { usize::MAX } else { SOME };
    let told: Vec<&Problem> = state.problems.iter().take(some).collect();
    let mut text: String = (told.iter().enumerate())
        .map(|(index, of)| {
            // What several in a row mean alike is said once, below them.
            let is_last = told.get(index + 1).is_none_or(|next| (next.meaning, &next.hint) != (of.meaning, &of.hint));
            problem(of, is_last, is_verbose, console)
        })
        .collect();
    let more = state.problem_count.saturating_sub(state.problems.len().min(some));
    if more > 0 {
        text += &line("", &format!("and {}", human_count(more, "more error")));
    }
    text
}

fn problem(problem: &Problem, is_explained: bool, is_verbose: bool, console: &Console) -> String {
    let some = if is_verbose { usize::MAX } else { SOME };
    let mut lines: Vec<&str> = problem.message.lines().filter(|line| !line.trim().is_empty()).take(some).collect();
    let first = if lines.is_empty() { "" } else { lines.remove(0) };
    let code = problem.code.as_deref().map_or_else(String::new, |code| format!("{}: ", shown(code)));
    let mut text = format!("    {}  {code}{}\n", console.paint_result("error    ", "1;31"), shown(first));
    for more in lines {
        text += &line("", more);
    }
    let about = problem.about.filter(|_| is_verbose).map(|about| ("about", short(about)));
    let objects = problem.objects.iter().take(some).map(|object| ("object", object.clone()));
    let meaning = problem.meaning.filter(|_| is_explained).map(|meaning| ("means", meaning.to_owned()));
    let hint = problem.hint.clone().filter(|_| is_explained).map(|hint| ("hint", hint));
    let details = objects.chain(about).chain(meaning).chain(hint);
    text + &details.map(|(label, of)| line("", &format!("{label}: {of}"))).collect::<String>()
}

/// How many there are of each state; those that are not well, or with `-v` all, one a line.
fn resources(state: &State, is_verbose: bool) -> String {
    let Some(all) = &state.resources else { return String::new() };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for status in all.iter().filter_map(|resource| resource.status.as_deref()) {
        *counts.entry(status).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(status, count)| format!("{count} {status}")).collect();
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let mut text = line("resources", &format!("{}{counts}", all.len()));
    let of_interest: Vec<&Resource> = all.iter().filter(|resource| is_verbose || !resource.is_well).collect();
    let most = if is_verbose { usize::MAX } else { 5 * SOME };
    let rows: Vec<[String; 4]> = of_interest.iter().take(most).map(|resource| row(resource)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (namespaces, names, statuses) = (width(0), width(1), width(2));
    for (row, resource) in rows.iter().zip(&of_interest) {
        let [namespace, name, status, hash] = row;
        let _ = writeln!(
            text,
            "      {}",
            format!("{namespace:<namespaces$}  {name:<names$}  {status:<statuses$}  {hash}").trim_end()
        );
        for message in &resource.messages {
            let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(text, "        {}", shown(&message));
        }
    }
    if of_interest.len() > rows.len() {
        let _ = writeln!(text, "      and {} more (-v shows all)", of_interest.len() - rows.len());
    }
    text
}

fn row(resource: &Resource) -> [String; 4] {
    let [status, hash] =
        [&resource.status, &resource.source_hash].map(|text| shown(text.as_deref().unwrap_or_default()));
    [shown(&resource.namespace), shown(&resource.called()), status, hash]
}
