//! `consign status`.

mod text;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::args::{self, Format, Global};
use super::console::Console;
use super::wait::{self, Tags};
use super::{Outcome, meaning, receipt};
use crate::cluster::{self, Expected, Kinds, Look, Scope, Wait, Word};
use crate::error::{Error, Kind};
use crate::kubectl::Cluster;
use crate::notice::{Event, Notice, Silent, human_count};
use crate::oci::{Digest, Reference};
use crate::runtime;
use crate::store::registry::{Access, Registries, Remote};
use crate::sync::Sync;
pub(super) use text::{Filter, report};

/// How long one cluster may take to answer one question.
const ANSWER: Duration = Duration::from_mins(1);

/// How long is waited between two looks with `--watch`.
const PAUSE: Duration = Duration::from_secs(2);

/// What one cluster said.
pub(super) struct Told {
    pub(super) cluster: Cluster,
    pub(super) answer: Result<(Kinds, Look), Error>,
}

pub(super) fn run(args: &args::Status, _global: &Global, console: &Arc<Console>) -> Result<Outcome, Error> {
    let syncs = meaning::syncs(&args.syncs)?;
    let expected = args.expect.as_deref().map(|text| meaning::deploy::pulled(text, false)).transpose()?;
    if args.patience.ready && expected.is_none() {
        return Err(Error::new(Kind::Usage, "`--ready` only means something with `--expect`")
            .hint("say which image must run, `--expect REF`; without it the report shows what is not well"));
    }
    meaning::refuse_odd_name("--namespace", args.namespace.as_deref(), true)?;
    meaning::refuse_odd_name("--name", args.name.as_deref(), false)?;
    let hosts: Vec<&str> = expected.iter().map(Reference::host).collect();
    let remote = meaning::remote(&args.registry, &hosts, false)?;
    let clusters = meaning::clusters(&args.contexts, args.all_contexts)?;
    let scope = meaning::scope(args.namespace.as_deref(), &syncs);
    match expected {
        Some(reference) => expect(args, clusters, scope, syncs, reference, remote, console),
        None if args.watch => watch(args, &clusters, &scope, &syncs, console),
        None => once(args, &clusters, &scope, &syncs, console).map(|(outcome, _)| outcome),
    }
}

/// The report, and what stands in the way of a whole one; gives what it was made of as well.
fn once(
    args: &args::Status,
    clusters: &[Cluster],
    scope: &Scope,
    syncs: &[Sync],
    console: &Console,
) -> Result<(Outcome, Vec<Told>), Error> {
    let mut told = look(clusters, scope, &[]);
    if let [Told { answer: Err(_), .. }] = told.as_slice()
        && let Some(Told { answer: Err(error), .. }) = told.pop()
    {
        return Err(error);
    }
    let answers = || told.iter().filter_map(|told| Some((&told.cluster, told.answer.as_ref().ok()?)));
    if told.iter().all(|told| matches!(&told.answer, Ok((kinds, _)) if kinds.is_empty())) {
        return Err(cluster::nothing_installed(clusters));
    }
    for sync in syncs {
        for (cluster, (_, look)) in answers() {
            if !look.states.iter().any(|state| state.sync == *sync) {
                return Err(cluster::not_there(sync, cluster, look));
            }
        }
    }
    let filter = Filter { syncs, name: args.name.as_deref(), is_verbose: console.is_verbose() };
    console.result(&rendered(args, &told, &filter, console))?;
    console.status(&summary(&told, &filter));
    for denied in answers().flat_map(|(_, (_, look))| &look.denied) {
        console.notice(&Event::Warning(&format!("not everything may be read: {denied}")));
    }
    let errors: Vec<&Error> = told.iter().filter_map(|told| told.answer.as_ref().err()).collect();
    for error in &errors {
        console.error(error);
    }
    let outcome = errors.first().map_or(Outcome::Done, |error| Outcome::Failed(error.kind().exit_code()));
    Ok((outcome, told))
}

fn rendered(args: &args::Status, told: &[Told], filter: &Filter<'_>, console: &Console) -> String {
    match args.format {
        Format::Text => report(told, filter, console),
        Format::Json => receipt::of_status(told, filter),
    }
}

/// Reports whenever something has changed; only a signal ends it.
fn watch(
    args: &args::Status,
    clusters: &[Cluster],
    scope: &Scope,
    syncs: &[Sync],
    console: &Console,
) -> Result<Outcome, Error> {
    let filter = Filter { syncs, name: args.name.as_deref(), is_verbose: console.is_verbose() };
    // What cannot be asked at all is told at once.
    let (_, mut told) = once(args, clusters, scope, syncs, console)?;
    let mut before = rendered(args, &told, &filter, console);
    while console.is_read() {
        thread::sleep(PAUSE);
        told = look(clusters, scope, &told);
        let now = rendered(args, &told, &filter, console);
        if now != before {
            let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            console.status(&format!("changed at {time}: {}", summary(&told, &filter)));
            console.result(&now)?;
            before = now;
        }
    }
    Ok(Outcome::Done)
}

/// Asks all clusters at once; which kinds they have only where that is not known from `before`.
fn look(clusters: &[Cluster], scope: &Scope, before: &[Told]) -> Vec<Told> {
    let known = |index: usize| before.get(index).and_then(|told| Some(told.answer.as_ref().ok()?.0.clone()));
    let asked: Vec<(&Cluster, Option<Kinds>)> =
        clusters.iter().enumerate().map(|(index, cluster)| (cluster, known(index))).collect();
    let answers = cluster::in_parallel(&asked, |(cluster, known)| {
        let kinds = known.clone().map_or_else(|| cluster::kinds(cluster, ANSWER), Ok)?;
        let look = cluster::look(cluster, &kinds, scope, ANSWER)?;
        Ok((kinds, look))
    });
    clusters.iter().zip(answers).map(|(cluster, answer)| Told { cluster: cluster.clone(), answer }).collect()
}

/// `3 syncs in 2 clusters: 2 SYNCED, 1 ERROR`.
fn summary(told: &[Told], filter: &Filter<'_>) -> String {
    let states = || told.iter().filter_map(|told| told.answer.as_ref().ok()).flat_map(|(_, look)| filter.of(look));
    let words = [Word::Synced, Word::Pending, Word::Reconciling, Word::Stalled, Word::Error];
    let counts: Vec<String> = words
        .iter()
        .map(|word| (states().filter(|state| state.word == *word).count(), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let clusters = if told.len() > 1 { format!(" in {} clusters", told.len()) } else { String::new() };
    match states().count() {
        0 => format!("no sync of an image{clusters}"),
        count => format!("{}{clusters}: {}", human_count(count, "sync"), counts.join(", ")),
    }
}

/// `--expect`.
fn expect(
    args: &args::Status,
    clusters: Vec<Cluster>,
    scope: Scope,
    syncs: Vec<Sync>,
    reference: Reference,
    remote: Remote,
    console: &Arc<Console>,
) -> Result<Outcome, Error> {
    let digest = match reference.digest() {
        // What a tag beside it names is no matter, and the registry need not be reached.
        Some(digest) => digest,
        None => resolve(&remote, &reference, console)?,
    };
    let tags = tags(remote, vec![reference.clone()])?;
    let expected = vec![Expected { reference, digest, ready: args.patience.ready }];
    let wait = Wait { clusters, scope, syncs, name: args.name.clone(), expected, limit: args.patience.wait_timeout };
    wait::announce(&wait, console);
    let (ended, round) = wait::run(&wait, &tags, console)?;
    console.result(&match args.format {
        Format::Text => text::standings(&wait, &round, console),
        Format::Json => receipt::of_expected(&wait, ended, &round),
    })?;
    Ok(wait::outcome(&wait, ended, &round, console))
}

/// What the tag names at the registry.
fn resolve(remote: &Remote, reference: &Reference, console: &Arc<Console>) -> Result<Digest, Error> {
    let registries = Registries::new(remote, Arc::clone(console) as Arc<dyn Notice>)?;
    runtime::block_on(async {
        let registry = registries.open(reference, Access::Pull).await?;
        Ok(registry.resolve(reference.tag(), reference.digest()).await?.digest)
    })?
}

/// What tells, beside the waiting, what specs name by now. It says nothing and does not insist.
pub(super) fn tags(mut remote: Remote, repositories: Vec<Reference>) -> Result<Tags, Error> {
    remote.http.retry_for = Duration::ZERO;
    let registries = Registries::new(&remote, Arc::new(Silent))?;
    Ok(Tags::new(Some(registries), repositories))
}
