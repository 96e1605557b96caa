//! Asking clusters again and again until every sync in question runs a digest, or never will.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use super::ask::{self, Kinds, Scope};
use super::judge::{Expected, Named, Verdict, is_of, judge};
use super::read::Look;
use super::state::State;
use crate::error::{Error, Kind};
use crate::kubectl::Cluster;
use crate::oci::Reference;
use crate::sync::Sync;

/// How long is waited between two rounds: little at first, since most syncs take seconds.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));

/// How long an answer may take at least, however little time is left.
const LEAST: Duration = Duration::from_secs(5);

/// What is waited for.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The clusters, all of which count.
    pub clusters: Vec<Cluster>,
    /// Where to look in them.
    pub scope: Scope,
    /// The syncs in question; those of the repository where none is named.
    pub syncs: Vec<Sync>,
    /// Only syncs of this name, where none is named in full.
    pub name: Option<String>,
    /// What they must run: the same digest in one repository or more, at least one.
    pub expected: Vec<Expected>,
    /// How long to wait.
    pub limit: Duration,
}

impl Wait {
    /// What is expected of this sync: what is of its repository, else the first.
    fn of(&self, state: &State) -> Option<&Expected> {
        self.expected
            .iter()
            .find(|expected| is_of(&state.source, &expected.reference))
            .or_else(|| self.expected.first())
    }

    /// Whether it syncs a repository in which something is expected.
    fn is_of_any(&self, state: &State) -> bool {
        self.expected.iter().any(|expected| is_of(&state.source, &expected.reference))
    }
}

/// A sync in question, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The context of its cluster.
    pub context: Option<String>,
    /// What it says; of one that is gone, what it said.
    pub state: State,
    /// What that means.
    pub verdict: Verdict,
}

/// What one round of questions gave.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// All syncs in question.
    pub standings: Vec<Standing>,
    /// Why a cluster could not be asked this time.
    pub trouble: Vec<String>,
    /// What may not be read, in `kubectl`'s words.
    pub denied: Vec<String>,
}

/// How the waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All of them run the digest.
    Runs,
    /// One never will by itself.
    Failed,
    /// The time is up.
    TimedOut,
}

/// Waits. `named` tells what the image of a spec is at the registry now, where it knows; `seen` is called after each round.
///
/// Fails at once where a cluster refuses or is not known, and with [`Kind::NotFound`] where there is no sync in question. What the network does
/// is waited out; where a cluster never answered, that is the failure.
pub fn wait(
    wait: &Wait,
    named: &dyn Fn(&Reference) -> Option<Named>,
    seen: &mut dyn FnMut(&Round),
) -> Result<(Ended, Round), Error> {
    let mut time = Time { begun: Instant::now(), limit: wait.limit, pause: PAUSE.0 };
    let (kinds, mut looks) = first_answers(wait, &mut time, seen)?;
    if kinds.iter().all(Kinds::is_empty) {
        return Err(nothing_installed(&wait.clusters));
    }
    let mut known = in_question(wait, &looks)?;
    let mut denied: Vec<String> = looks.iter_mut().flat_map(|look| std::mem::take(&mut look.denied)).collect();
    let asked: Vec<(&Cluster, &Kinds)> = wait.clusters.iter().zip(&kinds).collect();
    let mut trouble = Vec::new();
    loop {
        let round = Round { standings: standings(&known, wait, named), trouble, denied: std::mem::take(&mut denied) };
        seen(&round);
        let is = |is: fn(&Verdict) -> bool| round.standings.iter().any(|standing| is(&standing.verdict));
        let ended = if is(|verdict| matches!(verdict, Verdict::Failed { .. })) {
            Some(Ended::Failed)
        } else if !is(|verdict| *verdict != Verdict::Runs) && round.trouble.is_empty() {
            Some(Ended::Runs)
        } else {
            time.is_up().then_some(Ended::TimedOut)
        };
        if let Some(ended) = ended {
            return Ok((ended, round));
        }
        time.rest();
        let looks = in_parallel(&asked, |(cluster, kinds)| ask::look(cluster, kinds, &wait.scope, time.left()));
        trouble = update(&mut known, looks, &wait.clusters)?;
    }
}

/// The time that there is.
struct Time {
    begun: Instant,
    limit: Duration,
    pause: Duration,
}

impl Time {
    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.begun.elapsed()).max(LEAST)
    }

    fn is_up(&self) -> bool {
        self.begun.elapsed() >= self.limit
    }

    /// Each time longer, and never beyond the end.
    fn rest(&mut self) {
        thread::sleep(self.pause.min(self.limit.saturating_sub(self.begun.elapsed())));
        self.pause = (self.pause * 3 / 2).min(PAUSE.1);
    }
}

/// What all clusters say at first. One that cannot be reached is asked again while there is time.
fn first_answers(wait: &Wait, time: &mut Time, seen: &mut dyn FnMut(&Round)) -> Result<(Vec<Kinds>, Vec<Look>), Error> {
    loop {
        let answers = in_parallel(&wait.clusters, |cluster| -> Result<_, Error> {
            let kinds = ask::kinds(cluster, time.left())?;
            let look = ask::look(cluster, &kinds, &wait.scope, time.left())?;
            Ok((kinds, look))
        });
        let (mut reached, mut unreached) = (Vec::new(), Vec::new());
        for answer in answers {
            match answer {
                Ok(answer) => reached.push(answer),
                Err(error) if error.kind() == Kind::Network => unreached.push(error),
                Err(error) => return Err(error),
            }
        }
        let trouble = unreached.iter().map(Error::headline).collect();
        match unreached.pop() {
            None => return Ok(reached.into_iter().unzip()),
            Some(error) if time.is_up() => {
                let late =
                    Error::new(Kind::Network, format!("time ran out after {:?}: {}", wait.limit, error.headline()));
                return Err(match error.hint_text() {
                    Some(hint) => late.hint(hint),
                    None => late,
                });
            }
            Some(_) => seen(&Round { trouble, ..Round::default() }),
        }
        time.rest();
    }
}

/// A sync in question, as it was last seen.
struct Known {
    cluster: usize,
    state: State,
    is_gone: bool,
}

/// Those that are in question, of all that was seen.
fn in_question(wait: &Wait, looks: &[Look]) -> Result<Vec<Known>, Error> {
    let mut known = Vec::new();
    for (cluster, look) in looks.iter().enumerate() {
        let mut take = |state: &State| known.push(Known { cluster, state: state.clone(), is_gone: false });
        for sync in &wait.syncs {
            let of_name: Vec<&State> = look.states.iter().filter(|state| state.sync == *sync).collect();
            if of_name.is_empty() {
                return Err(not_there(sync, &wait.clusters[cluster], look));
            }
            // One with several sources is in question with those of the repository, if there are any.
            let any_of = of_name.iter().any(|state| wait.is_of_any(state));
            of_name.into_iter().filter(|state| !any_of || wait.is_of_any(state)).for_each(&mut take);
        }
        if wait.syncs.is_empty() {
            let named = |state: &&State| wait.name.as_deref().is_none_or(|name| name == state.sync.name());
            look.states.iter().filter(named).filter(|state| wait.is_of_any(state)).for_each(take);
        }
    }
    if known.is_empty() {
        let repository = wait.expected.first().map(|expected| expected.reference.name()).unwrap_or_default();
        let there: Vec<String> = looks.iter().flat_map(|look| &look.states).map(listed).collect();
        return Err(Error::new(
            Kind::NotFound,
            format!("no sync there has an image of `{repository}`{}", told(&there)),
        )
        .hint(format!("`consign deploy rootsync NAME {repository}:TAG` writes one; or name the sync that you mean")));
    }
    Ok(known)
}

/// Takes what was seen now; gives why a cluster could not be asked.
fn update(known: &mut [Known], looks: Vec<Result<Look, Error>>, clusters: &[Cluster]) -> Result<Vec<String>, Error> {
    let mut trouble = Vec::new();
    for (cluster, look) in looks.into_iter().enumerate() {
        let look = match look {
            Ok(look) => look,
            Err(error) if error.kind() == Kind::Network => {
                trouble.push(error.headline());
                continue;
            }
            Err(error) => return Err(error),
        };
        for known in known.iter_mut().filter(|known| known.cluster == cluster) {
            let mut same = look.states.iter().filter(|state| state.sync == known.state.sync);
            let repository = known.state.source.reference.clone();
            let first = same.clone().find(|state| repository.as_ref().is_some_and(|name| is_of(&state.source, name)));
            match first.or_else(|| same.next()) {
                Some(state) => known.state = state.clone(),
                None if look.denied_kinds.contains(&known.state.sync.kind()) => {
                    return Err(denied(&known.state.sync, &clusters[cluster], &look));
                }
                None => known.is_gone = true,
            }
        }
    }
    Ok(trouble)
}

fn standings(known: &[Known], wait: &Wait, named: &dyn Fn(&Reference) -> Option<Named>) -> Vec<Standing> {
    let verdict = |known: &Known| {
        if known.is_gone {
            return Verdict::Failed {
                why: "it was deleted meanwhile".to_owned(),
                hint: Some("apply it again".to_owned()),
            };
        }
        let named = known.state.source.reference.as_ref().and_then(named);
        // Where nothing is expected, all is as expected.
        wait.of(&known.state).map_or(Verdict::Runs, |expected| judge(&known.state, expected, named))
    };
    let standing = |known: &Known| Standing {
        context: wait.clusters[known.cluster].context.clone(),
        verdict: verdict(known),
        state: known.state.clone(),
    };
    known.iter().map(standing).collect()
}

/// The failure where no cluster has any of the APIs.
pub fn nothing_installed(clusters: &[Cluster]) -> Error {
    let what = match clusters {
        [cluster] => format!("{} has", cluster.called()),
        _ => "the clusters have".to_owned(),
    };
    Error::new(Kind::NotFound, format!("{what} neither Config Sync, nor Flux, nor Argo CD")).hint(
        "install Config Sync, Flux or Argo CD there; or is another cluster meant? `kubectl config get-contexts` lists the contexts",
    )
}

/// The failure where a sync is not there that was named.
pub fn not_there(sync: &Sync, cluster: &Cluster, look: &Look) -> Error {
    if look.denied_kinds.contains(&sync.kind()) {
        return denied(sync, cluster, look);
    }
    let there: Vec<String> = look.states.iter().map(listed).collect();
    let instead = if there.is_empty() { String::new() } else { told(&there) };
    Error::new(Kind::NotFound, format!("{} has no `{sync}` that syncs an image{instead}", cluster.called()))
        .hint("`consign deploy` writes one; `consign status` shows all there are")
}

fn denied(sync: &Sync, cluster: &Cluster, look: &Look) -> Error {
    let why = look.denied.first().map(String::as_str).unwrap_or_default();
    Error::new(Kind::Denied, format!("{} does not let you read `{sync}`: {why}", cluster.called()))
        .hint("ask for the right to list such objects, or say `--namespace` with one in which you have it")
}

/// `rootsync/shop (r.io/shop:v1)`.
fn listed(state: &State) -> String {
    state.source.image.as_ref().map_or_else(|| state.sync.to_string(), |image| format!("{} ({image})", state.sync))
}

/// What there is instead, as far as it can be read.
fn told(there: &[String]) -> String {
    const MOST: usize = 10;
    let unique: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    let some: Vec<&str> = unique.iter().copied().take(MOST).collect();
    match unique.len() {
        0 => "; there is no sync of any image".to_owned(),
        count if count > MOST => format!("; there are {}, and {} more", some.join(", "), count - MOST),
        _ => format!("; there are {}", some.join(", ")),
    }
}

/// Asks all at the same time.
pub fn in_parallel<T: std::marker::Sync, R: Send>(items: &[T], ask: impl Fn(&T) -> R + std::marker::Sync) -> Vec<R> {
    thread::scope(|scope| {
        let ask = &ask;
        let threads: Vec<_> = items.iter().map(|item| scope.spawn(move || ask(item))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
