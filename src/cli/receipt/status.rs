//! What clusters say, for machines: `consign status`, and the part of a push's receipt about `--wait`.

use serde::Serialize;

use super::Failure;
use crate::cli::status::{Filter, Told};
use crate::cli::wait;
use crate::cluster::{Ended, Idle, Problem, Resource, Round, Standing, State, Verdict, Wait};
use crate::error::Error;
use crate::oci::Digest;
use crate::report;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    expected: Option<Expectation>,
    contexts: Vec<Cluster<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Expectation {
    reference: String,
    digest: Digest,
    ready: bool,
    outcome: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cluster<'a> {
    context: Option<&'a str>,
    error: Option<Failure>,
    others: usize,
    not_readable: Vec<&'a str>,
    syncs: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    sync: String,
    kind: &'static str,
    namespace: &'a str,
    name: &'a str,
    image: Option<&'a str>,
    dir: Option<&'a str>,
    status: &'static str,
    message: Option<&'a str>,
    digest: Option<Digest>,
    fetched: Option<Digest>,
    since: Option<&'a str>,
    spec_seen: bool,
    idle: Option<&'static str>,
    errors: Vec<Trouble<'a>>,
    error_count: usize,
    resources: Option<Vec<Managed<'a>>>,
    verdict: Option<Judged<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trouble<'a> {
    code: Option<&'a str>,
    message: &'a str,
    objects: &'a [String],
    meaning: Option<&'a str>,
    hint: Option<&'a str>,
    retried: bool,
    about: Option<Digest>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Managed<'a> {
    group: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    status: Option<&'a str>,
    well: bool,
    messages: &'a [String],
    source_hash: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Judged<'a> {
    verdict: &'static str,
    why: Option<&'a str>,
    hint: Option<&'a str>,
}

/// A report.
pub(in crate::cli) fn of_status(told: &[Told], filter: &Filter<'_>) -> String {
    let contexts = told.iter().map(|told| {
        let context = told.cluster.context.as_deref();
        match &told.answer {
            Err(error) => {
                Cluster { context, error: Some(error.into()), others: 0, not_readable: Vec::new(), syncs: Vec::new() }
            }
            Ok((_, look)) => Cluster {
                context,
                error: None,
                others: look.others,
                not_readable: look.denied.iter().map(String::as_str).collect(),
                syncs: filter.of(look).map(|state| Row::new(state, None)).collect(),
            },
        }
    });
    report::safe_json(&Status { expected: None, contexts: contexts.collect() })
}

/// What came of waiting.
pub(in crate::cli) fn of_expected(wait: &Wait, ended: Ended, round: &Round) -> String {
    report::safe_json(&status(wait, ended, round))
}

fn status<'a>(wait: &'a Wait, ended: Ended, round: &'a Round) -> Status<'a> {
    let of = |context: Option<&str>| {
        let standings = round.standings.iter().filter(move |standing| standing.context.as_deref() == context);
        standings.map(|standing| Row::new(&standing.state, Some(standing))).collect()
    };
    let contexts = wait.clusters.iter().map(|cluster| Cluster {
        context: cluster.context.as_deref(),
        error: None,
        others: 0,
        not_readable: round.denied.iter().map(String::as_str).collect(),
        syncs: of(cluster.context.as_deref()),
    });
    let expected = wait.expected.first().map(|expected| Expectation {
        reference: expected.reference.to_string(),
        digest: expected.digest,
        ready: expected.ready,
        outcome: match ended {
            Ended::Runs => "runs",
            Ended::Failed => "failed",
            Ended::TimedOut => "timedOut",
        },
    });
    Status { expected, contexts: contexts.collect() }
}

/// What came of `push --wait`, to be part of a receipt.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Waited<'a> {
    #[serde(flatten)]
    status: Option<Status<'a>>,
    error: Option<Failure>,
}

impl<'a> Waited<'a> {
    /// How it ended, or why it did not come about.
    pub(in crate::cli) fn new(wait: &'a Wait, ended: &'a Result<(Ended, Round), Error>) -> Self {
        match ended {
            Ok((ended, round)) => Self {
                status: Some(status(wait, *ended, round)),
                error: wait::errors(wait, *ended, round).first().map(Failure::from),
            },
            Err(error) => Self { status: None, error: Some(error.into()) },
        }
    }
}

impl<'a> Row<'a> {
    fn new(state: &'a State, standing: Option<&'a Standing>) -> Self {
        Self {
            sync: state.sync.to_string(),
            kind: state.sync.kind().kind(),
            namespace: state.sync.namespace(),
            name: state.sync.name(),
            image: state.source.image.as_deref(),
            dir: state.source.dir.as_deref(),
            status: state.word.as_str(),
            message: state.message.as_deref(),
            digest: state.digest,
            fetched: state.fetched,
            since: state.time.as_deref(),
            spec_seen: state.observed,
            idle: state.idle.map(|idle| match idle {
                Idle::Deleted => "deleted",
                Idle::Suspended => "suspended",
                Idle::ByHand => "byHand",
            }),
            errors: state.problems.iter().map(Trouble::new).collect(),
            error_count: state.problem_count,
            resources: state.resources.as_ref().map(|all| all.iter().map(Managed::new).collect()),
            verdict: standing.map(|standing| Judged::new(&standing.verdict)),
        }
    }
}

impl<'a> Trouble<'a> {
    fn new(problem: &'a Problem) -> Self {
        Self {
            code: problem.code.as_deref(),
            message: &problem.message,
            objects: &problem.objects,
            meaning: problem.meaning,
            hint: problem.hint.as_deref(),
            retried: problem.retried,
            about: problem.about,
        }
    }
}

impl<'a> Managed<'a> {
    fn new(resource: &'a Resource) -> Self {
        Self {
            group: &resource.group,
            kind: &resource.kind,
            namespace: &resource.namespace,
            name: &resource.name,
            status: resource.status.as_deref(),
            well: resource.is_well,
            messages: &resource.messages,
            source_hash: resource.source_hash.as_deref(),
        }
    }
}

impl<'a> Judged<'a> {
    fn new(verdict: &'a Verdict) -> Self {
        let (verdict, why, hint) = match verdict {
            Verdict::Runs => ("runs", None, None),
            Verdict::Waits { why, hint } => ("waits", Some(why.as_str()), hint.as_deref()),
            Verdict::Failed { why, hint } => ("failed", Some(why.as_str()), hint.as_deref()),
        };
        Self { verdict, why, hint }
    }
}
