//! `consign setup`.

use std::sync::Arc;

use serde::Serialize;

use super::args::{self, SetupFormat};
use super::console::Console;
use super::receipt::Failure;
use super::{Outcome, meaning};
use crate::error::{Error, Kind};
use crate::gcloud::Gcloud;
use crate::notice::{Event, Notice as _};
use crate::report;
use crate::setup::{self, Action, Done, Plan, Runner};

pub(super) fn run(args: &args::Setup, console: &Arc<Console>) -> Result<Outcome, Error> {
    if let (true, Some(format @ (SetupFormat::Sh | SetupFormat::Terraform))) = (args.run, args.format) {
        let word = if format == SetupFormat::Sh { "sh" } else { "terraform" };
        let message = format!("`--format {word}` prints what is to be done, and `--run` does it");
        return Err(
            Error::new(Kind::Usage, message).hint("leave out one of them; with `--run` there is `--format json`")
        );
    }
    let (plan, reference) = meaning::setup(args)?;
    if args.run {
        return carry_out(&plan, args.format == Some(SetupFormat::Json), console);
    }
    console.result(&match args.format.unwrap_or(SetupFormat::Sh) {
        SetupFormat::Sh => setup::script(&plan, &reference),
        SetupFormat::Terraform => setup::terraform(&plan),
        SetupFormat::Json => json(&plan, plan.steps.iter().map(|step| Row::new(step, None)).collect(), None),
    })?;
    if !plan.steps.iter().any(|step| matches!(step, Action::Grant { .. } | Action::ActAs { .. })) {
        console.status(
            "note: this lets nobody push or pull who may not already: add `--writer MEMBER`, `--rootsync NAME`, `--reposync NS/NAME`",
        );
    }
    Ok(Outcome::Done)
}

/// Does what is not done already, until something fails.
fn carry_out(plan: &Plan, as_json: bool, console: &Arc<Console>) -> Result<Outcome, Error> {
    let mut runner = Runner::new(Gcloud::default(), console.as_ref());
    let mut rows = Vec::new();
    let mut granted = false;
    for (index, step) in plan.steps.iter().enumerate() {
        let done = match runner.step(step) {
            Ok(done) => done,
            Err(error) => {
                let left = &plan.steps[index..];
                tell_left(left, console);
                if as_json {
                    let statuses = std::iter::once("failed").chain(std::iter::repeat("left"));
                    rows.extend(left.iter().zip(statuses).map(|(step, status)| Row::new(step, Some(status))));
                    console.result(&json(plan, rows, Some(&error)))?;
                }
                return Err(error);
            }
        };
        tell(step, &done, console);
        granted |= matches!(done, Done::Changed(_)) && matches!(step, Action::Grant { .. } | Action::ActAs { .. });
        rows.push(Row { note: note(&done).cloned(), ..Row::new(step, Some(status(&done))) });
    }
    if granted {
        console
            .status("grants take some minutes until they count everywhere; until then a push or a sync may be denied");
    }
    console.result(&if as_json { json(plan, rows, None) } else { format!("{}\n", plan.place) })?;
    Ok(Outcome::Done)
}

const fn status(done: &Done) -> &'static str {
    match done {
        Done::Changed(_) => "done",
        Done::AlreadyThere(_) => "alreadyThere",
    }
}

const fn note(done: &Done) -> Option<&String> {
    match done {
        Done::Changed(note) | Done::AlreadyThere(note) => note.as_ref(),
    }
}

/// A line about a step that is done.
fn tell(step: &Action, done: &Done, console: &Console) {
    let what = report::escape(&step.what()).into_owned();
    match done {
        Done::Changed(_) => console.status(&format!("{} {what}", step.verb().1)),
        Done::AlreadyThere(None) => console.status(&format!("already there: {what}")),
        Done::AlreadyThere(Some(_)) => {}
    }
    if let Some(note) = note(done) {
        console.notice(&Event::Warning(&format!("{what}: {note}")));
    }
}

/// What one could type in place of running this again.
fn tell_left(left: &[Action], console: &Console) {
    console.status("left to do, beginning with what failed:");
    for step in left {
        console.status(&format!("  {}", report::escape(&setup::command_line(&step.command()))));
    }
}

/// A step, and what came of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    step: &'static str,
    what: String,
    why: String,
    command: Vec<String>,
    check: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Row {
    fn new(step: &Action, status: Option<&'static str>) -> Self {
        let what = format!("{} {}", step.verb().0, step.what());
        Self {
            step: step.id(),
            what,
            why: step.why(),
            command: step.command(),
            check: step.check(),
            status,
            note: None,
        }
    }
}

fn json(plan: &Plan, steps: Vec<Row>, error: Option<&Error>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Printed<'a> {
        repository: String,
        location: &'a str,
        project: &'a str,
        repository_id: &'a str,
        fleet_project: &'a str,
        steps: Vec<Row>,
        error: Option<Failure>,
    }
    let place = &plan.place;
    report::safe_json(&Printed {
        repository: place.to_string(),
        location: place.location(),
        project: place.project(),
        repository_id: place.repository(),
        fleet_project: &plan.fleet_project,
        steps,
        error: error.map(Failure::from),
    })
}
