//! `consign doctor`.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::args::{self, Format};
use super::console::Console;
use super::{Outcome, meaning};
use crate::doctor::{self, Check, Verdict};
use crate::error::{Error, Kind};
use crate::kubectl::Cluster;
use crate::notice::{Notice, human_count};
use crate::oci::{ArtifactRegistry, Reference};
use crate::sync::{ROOT_NAMESPACE, Sync, SyncKind};
use crate::{report, setup};

/// How long it may take, unless `--timeout` says otherwise.
const LIMIT: Duration = Duration::from_secs(20);

pub(super) fn run(args: &args::Doctor, console: &Arc<Console>) -> Result<Outcome, Error> {
    let reference = args.reference.as_deref().map(meaning::reference).transpose()?;
    let syncs = syncs(args)?;
    if let (None, Some(sync)) = (&reference, syncs.first()) {
        let error = Error::new(
            Kind::Usage,
            format!("whether `{sync}` may pull depends on the repository, and no REF is given"),
        );
        return Err(error.hint("write `consign doctor HOST/REPOSITORY …`"));
    }
    if let Some(host) = reference.as_ref().map(Reference::host).filter(|host| host.ends_with("-docker.pkg.dev")) {
        let place = reference.as_ref().and_then(ArtifactRegistry::of);
        if place.is_none() {
            let error = Error::new(Kind::Usage, "REF names a project of Artifact Registry, and no repository in it");
            return Err(error.hint(format!("write `{host}/PROJECT/REPOSITORY`, or an image in it")));
        }
    }
    args.context.as_deref().map_or(Ok(()), meaning::named_context)?;
    args.fleet_project.as_deref().map_or(Ok(()), setup::check_project)?;
    let hosts: Vec<&str> = reference.iter().map(Reference::host).collect();
    let options = doctor::Options {
        remote: meaning::remote(&args.registry, &hosts, false)?,
        cluster: Cluster { context: args.context.clone() },
        syncs,
        fleet_project: args.fleet_project.clone(),
        limit: args.registry.timeout.unwrap_or(LIMIT),
        reference,
    };
    let checks = doctor::examine(&options, &(Arc::clone(console) as Arc<dyn Notice>))?;
    console.result(&match args.format {
        Format::Text => text(&checks, |text, code| console.painted(text, code)),
        Format::Json => json(options.reference.as_ref(), &checks),
    })?;
    console.status(&summary(&checks));
    Ok(first_problem(&checks).map_or(Outcome::Done, |kind| Outcome::Failed(kind.exit_code())))
}

fn syncs(args: &args::Doctor) -> Result<Vec<Sync>, Error> {
    let roots = args.root_syncs.iter().map(|name| Sync::new(SyncKind::RootSync, ROOT_NAMESPACE, name));
    let repos = args.repo_syncs.iter().map(|name| format!("{}/{name}", SyncKind::RepoSync.word()).parse());
    roots.chain(repos).collect()
}

fn first_problem(checks: &[Check]) -> Option<Kind> {
    checks.iter().find_map(|check| match check.verdict {
        Verdict::Problem(kind) => Some(kind),
        _ => None,
    })
}

fn count(checks: &[Check], word: &str) -> usize {
    checks.iter().filter(|check| called(check.verdict).0 == word).count()
}

/// `2 problems, 1 warning, 3 not checked`.
fn summary(checks: &[Check]) -> String {
    let (problems, warnings) = (count(checks, PROBLEM), count(checks, WARNING));
    let told = [(problems, human_count(problems, PROBLEM)), (warnings, human_count(warnings, WARNING))];
    let mut told: Vec<String> = told.into_iter().filter(|(count, _)| *count > 0).map(|(_, told)| told).collect();
    if told.is_empty() {
        told.push("no problem found".to_owned());
    }
    let not_checked = count(checks, NOT_CHECKED);
    if not_checked > 0 {
        told.push(format!("{not_checked} {NOT_CHECKED}"));
    }
    told.join(", ")
}

const WARNING: &str = "warning";
const PROBLEM: &str = "problem";
const NOT_CHECKED: &str = "not checked";

/// The word for people, and its colour.
const fn called(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Ok => ("ok", "1;32"),
        Verdict::Warning => (WARNING, "1;33"),
        Verdict::Problem(_) => (PROBLEM, "1;31"),
        Verdict::NotChecked => (NOT_CHECKED, "2"),
    }
}

/// A line for each check; below it what else was found, and how to mend it.
fn text(checks: &[Check], paint: impl Fn(&str, &str) -> String) -> String {
    let width = checks.iter().map(|check| check.subject.name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for check in checks {
        let (word, colour) = called(check.verdict);
        let word = paint(&format!("{word:<11}"), colour);
        text += &format!("{word}  {:<width$}  {}\n", check.subject.name(), shown(&check.found));
        let below = " ".repeat(11 + 2 + width + 2);
        for detail in &check.details {
            text += &format!("{below}- {}\n", shown(detail));
        }
        if let Some(hint) = &check.hint {
            text += &format!("{below}{} {}\n", paint("hint:", "1;36"), shown(hint));
        }
    }
    text
}

fn shown(text: &str) -> String {
    report::without_passwords(&report::escape(text))
}

fn json(reference: Option<&Reference>, checks: &[Check]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Report<'a> {
        reference: Option<String>,
        problems: usize,
        warnings: usize,
        not_checked: usize,
        checks: Vec<Row<'a>>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Row<'a> {
        check: &'static str,
        status: &'static str,
        exit_code: Option<u8>,
        found: &'a str,
        details: &'a [String],
        hint: Option<&'a str>,
    }
    let rows = checks.iter().map(|check| {
        let (status, exit_code) = match check.verdict {
            Verdict::Ok => ("ok", None),
            Verdict::Warning => (WARNING, None),
            Verdict::Problem(kind) => (PROBLEM, Some(kind.exit_code())),
            Verdict::NotChecked => ("notChecked", None),
        };
        Row {
            check: check.subject.name(),
            status,
            exit_code,
            found: &check.found,
            details: &check.details,
            hint: check.hint.as_deref(),
        }
    });
    report::safe_json(&Report {
        reference: reference.map(ToString::to_string),
        problems: count(checks, PROBLEM),
        warnings: count(checks, WARNING),
        not_checked: count(checks, NOT_CHECKED),
        checks: rows.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Subject;

    fn check(subject: Subject, verdict: Verdict, found: &str) -> Check {
        Check { subject, verdict, found: found.to_owned(), details: Vec::new(), hint: None }
    }

    fn checks() -> Vec<Check> {
        vec![
            check(Subject::Gcloud, Verdict::Ok, "Google Cloud SDK 528.0.0"),
            check(Subject::Registry, Verdict::NotChecked, "why"),
            Check {
                details: vec!["tried\u{1b}".to_owned()],
                hint: Some("run `x`".to_owned()),
                ..check(Subject::Push, Verdict::Problem(Kind::Denied), "no\u{1b}[2J")
            },
            check(Subject::Pull, Verdict::Problem(Kind::NotFound), "none"),
            check(Subject::Kubectl, Verdict::Warning, "odd"),
        ]
    }

    #[test]
    fn every_check_is_a_line_and_what_mends_it_stands_below() {
        let plain = |text: &str, _: &str| text.to_owned();
        assert_eq!(
            text(&checks(), plain),
            "ok           gcloud    Google Cloud SDK 528.0.0\n\
             not checked  registry  why\n\
             problem      push      no\\u{1b}[2J\n                       - tried\\u{1b}\n                       hint: run `x`\n\
             problem      pull      none\n\
             warning      kubectl   odd\n"
        );
        let coloured = text(&checks()[..1], |text, code| format!("<{code}>{text}</>"));
        assert_eq!(coloured, "<1;32>ok         </>  gcloud  Google Cloud SDK 528.0.0\n");
    }

    #[test]
    fn the_first_problem_decides_and_all_are_counted() {
        assert_eq!(first_problem(&checks()), Some(Kind::Denied));
        assert_eq!(first_problem(&checks()[..2]), None);
        assert_eq!(summary(&checks()), "2 problems, 1 warning, 1 not checked");
        assert_eq!(summary(&checks()[..1]), "no problem found");
        assert_eq!(summary(&checks()[..2]), "no problem found, 1 not checked");
    }

    #[test]
    fn for_machines_there_is_a_row_for_each() {
        let reference: Reference = "r.io/a:v1".parse().unwrap();
        let text = json(Some(&reference), &checks());
        assert!(!text.contains('\u{1b}'), "{text}");
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&json["reference"], &json["problems"], &json["notChecked"]),
            (&"r.io/a:v1".into(), &2.into(), &1.into())
        );
        assert_eq!(json["checks"][1]["status"], "notChecked");
        assert_eq!((&json["checks"][2]["exitCode"], &json["checks"][2]["hint"]), (&3.into(), &"run `x`".into()));
        assert_eq!(json["checks"][0]["exitCode"], serde_json::Value::Null);
    }
}
