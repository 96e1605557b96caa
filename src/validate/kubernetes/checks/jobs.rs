//! Jobs and `CronJob`s: how often, how many at once, what counts as done or failed.

use super::fields::{any_text, at, at_most_one, has, has_placeholder, items, may_have};
use super::workloads::{labels_match, selects};
use super::{Extra, Must, Row, Walk, cron, extra, get, is_true, must, needs, number, text};
use crate::object::{Node, Value};
use crate::validate::kubernetes::walk::Step;
use crate::validate::subject::quote;
use crate::validate::texts;

const JOB: &[&str] = &["batch.v1.JobSpec"];
const CRON_JOB: &[&str] = &["batch.v1.CronJobSpec"];
const FROM_0: &[Must] = &[Must::Between(0, i64::MAX)];

pub(super) static ROWS: &[Row] = &[
    needs(&["batch.v1.Job", "batch.v1.CronJob", "batch.v1.JobTemplateSpec"], &["spec"]),
    needs(JOB, &["template"]),
    must(
        JOB,
        &[
            "parallelism",
            "completions",
            "activeDeadlineSeconds",
            "backoffLimit",
            "ttlSecondsAfterFinished",
            "backoffLimitPerIndex",
            "maxFailedIndexes",
        ],
        FROM_0,
    ),
    must(JOB, &["completionMode", "podReplacementPolicy"], &[Must::Whole(texts::not_blank)]),
    must(JOB, &["managedBy"], &[Must::Whole(managed_by)]),
    must(&["batch.v1.PodFailurePolicy"], &["rules"], &[Must::AtMost(20)]),
    needs(&["batch.v1.PodFailurePolicyRule"], &["action"]),
    must(&["batch.v1.PodFailurePolicyRule"], &["onPodConditions"], &[Must::AtMost(20)]),
    needs(&["batch.v1.PodFailurePolicyOnExitCodesRequirement"], &["operator", "values"]),
    must(&["batch.v1.PodFailurePolicyOnExitCodesRequirement"], &["values"], &[Must::AtMost(255), Must::Unique]),
    needs(&["batch.v1.PodFailurePolicyOnPodConditionsPattern"], &["type"]),
    must(&["batch.v1.PodFailurePolicyOnPodConditionsPattern"], &["type"], &[Must::Text(texts::qualified_name)]),
    must(
        &["batch.v1.PodFailurePolicyOnPodConditionsPattern"],
        &["status"],
        &[Must::OneOf(&["True", "False", "Unknown"])],
    ),
    needs(&["batch.v1.SuccessPolicy"], &["rules"]),
    must(&["batch.v1.SuccessPolicy"], &["rules"], &[Must::AtMost(20)]),
    must(&["batch.v1.SuccessPolicyRule"], &["succeededCount"], FROM_0),
    needs(CRON_JOB, &["schedule", "jobTemplate"]),
    must(CRON_JOB, &["schedule"], &[Must::Text(cron::schedule)]),
    must(CRON_JOB, &["timeZone"], &[Must::Whole(cron::time_zone)]),
    must(CRON_JOB, &["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"], FROM_0),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(JOB, pods_end),
    extra(JOB, indexes),
    extra(JOB, selector),
    extra(JOB, failures),
    extra(JOB, successes),
    extra(&["batch.v1.PodFailurePolicyRule"], one_condition),
    extra(&["batch.v1.PodFailurePolicyOnExitCodesRequirement"], exit_codes),
    extra(&["batch.v1.Job"], name_of_job),
    extra(&["batch.v1.CronJob"], name_of_cron_job),
];

/// A name of a controller: a domain, a `/`, a name.
fn managed_by(text: &str) -> Option<String> {
    let Some((domain, path)) = text.split_once('/') else {
        return Some("is no domain and name with a `/` between them, such as `example.com/jobs`".to_owned());
    };
    if text.len() > 63 {
        return Some(format!("has {} characters, and 63 is the most", text.len()));
    }
    if path.is_empty() {
        return Some("has nothing behind its `/`".to_owned());
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&'()*+,;=:".contains(c);
    texts::name(domain).or_else(|| {
        path.chars().find(|c| !is_allowed(*c)).map(|c| format!("has a `{}` behind its `/`", c.escape_debug()))
    })
}

/// The pods of a job end: they are not started again for ever.
fn pods_end(walk: &mut Walk<'_, '_>, job: Node<'_>) {
    let Some(pod) = at(job, &["template", "spec"]).filter(|pod| !pod.is_empty()) else { return };
    let below = "template.spec.restartPolicy";
    match any_text(walk, pod, "restartPolicy") {
        None if has(pod, "restartPolicy") => {}
        None | Some("" | "Always") => {
            let at = pod.get("restartPolicy").unwrap_or(pod);
            let fault = "is `Always` where nothing else is written, and a job's pods must be able to end";
            walk.invalid(at, below, fault, "write `restartPolicy: OnFailure` or `restartPolicy: Never`");
        }
        Some("OnFailure") if has(job, "podFailurePolicy") => {
            let at = pod.get("restartPolicy").unwrap_or(pod);
            let fault = "is `OnFailure`, which does not go with `podFailurePolicy`";
            walk.invalid(at, below, fault, "write `restartPolicy: Never`");
        }
        Some(_) => {}
    }
}

/// How many pods must succeed: one where nothing is said of that and of how many run at once. Templates say it themselves.
fn completions_of(walk: &Walk<'_, '_>, job: Node<'_>) -> Option<i64> {
    let is_left_out = walk.kind() == "Job" && !has(job, "completions") && !has(job, "parallelism");
    if is_left_out { Some(1) } else { number(job, "completions") }
}

const MANY: i64 = 100_000;
const FEWER: i64 = 10_000;

/// What only jobs have whose pods have numbers.
fn indexes(walk: &mut Walk<'_, '_>, job: Node<'_>) {
    if has(job, "maxFailedIndexes") && !has(job, "backoffLimitPerIndex") {
        walk.missing(job, "backoffLimitPerIndex", "with `maxFailedIndexes` add `backoffLimitPerIndex:`");
    }
    match any_text(walk, job, "completionMode") {
        Some("Indexed") => {}
        None if has(job, "completionMode") => return,
        None | Some("NonIndexed") => {
            for field in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
                if has(job, field) {
                    let why = "goes only with `completionMode: Indexed`";
                    walk.forbidden(job, field, why, "delete it, or write `completionMode: Indexed`");
                }
            }
            return;
        }
        Some(_) => return,
    }
    if completions_of(walk, job).is_none() && !has(job, "completions") {
        walk.missing(
            job,
            "completions",
            "with `completionMode: Indexed` add `completions:`, how many pods must succeed",
        );
    }
    if has_placeholder(walk, job, "completions") {
        return;
    }
    let completions = completions_of(walk, job).unwrap_or_default();
    let per_index = has(job, "backoffLimitPerIndex");
    let most = if completions > MANY && per_index { FEWER } else { MANY };
    if completions > MANY && per_index && !has(job, "maxFailedIndexes") {
        walk.missing(job, "maxFailedIndexes", format!("with more than {MANY} completions add `maxFailedIndexes:`"));
    }
    for (field, most) in [("parallelism", most), ("maxFailedIndexes", most.min(completions))] {
        if let Some(count) = number(job, field).filter(|count| *count > most) {
            let at = job.get(field).unwrap_or(job);
            walk.invalid(at, field, &format!("is {count}, and {most} is the most here"), "write a smaller number");
        }
    }
}

/// Job and pods find each other by labels that the server makes up.
fn selector(walk: &mut Walk<'_, '_>, job: Node<'_>) {
    let is_template = matches!(walk.path[..], [.., Step::Key("jobTemplate"), Step::Key("spec")]);
    let own = get(job, "selector");
    if is_template {
        for (field, found) in [("selector", own.is_some()), ("manualSelector", is_true(job, "manualSelector"))] {
            if found {
                walk.forbidden(job, field, "must not be there: each job gets its own selector", "delete it");
            }
        }
        return;
    }
    let manual = is_true(job, "manualSelector");
    match own {
        None if manual => walk.missing(job, "selector", "with `manualSelector: true` add `selector:`"),
        Some(selector) if manual => labels_match(walk, job, selector),
        Some(selector) if selects(selector, None) == Some(false) => {
            let hint = "delete it; a job finds its pods by labels that the server adds";
            walk.forbidden(job, "selector", "asks for labels beside those that the server makes up", hint);
        }
        _ => {}
    }
}

fn failures(walk: &mut Walk<'_, '_>, job: Node<'_>) {
    let Some(policy) = get(job, "podFailurePolicy") else { return };
    if let Some(replacement) = any_text(walk, job, "podReplacementPolicy").filter(|policy| *policy != "Failed") {
        let at = job.get("podReplacementPolicy").unwrap_or(job);
        walk.unsupported(at, "podReplacementPolicy", replacement, &["Failed"]);
    }
    let pod = at(job, &["template", "spec"]);
    for (index, rule) in items(policy, "rules") {
        if text(rule, "action") == Some("FailIndex") && !has(job, "backoffLimitPerIndex") {
            let below = format!("podFailurePolicy.rules[{index}].action");
            let at = rule.get("action").unwrap_or(rule);
            walk.invalid(
                at,
                &below,
                "is `FailIndex`, which needs `backoffLimitPerIndex`",
                "add `backoffLimitPerIndex:`",
            );
        }
        let Some(codes) = get(rule, "onExitCodes") else { continue };
        let Some(name) = any_text(walk, codes, "containerName") else { continue };
        let lists = ["containers", "initContainers"];
        let exists = pod.is_some_and(|pod| lists.iter().any(|list| may_have(walk, pod, list, name)));
        if !exists {
            let below = format!("podFailurePolicy.rules[{index}].onExitCodes.containerName");
            let at = codes.get("containerName").unwrap_or(codes);
            walk.not_found(at, &below, name, "names no container of the job", "write the name of one, or leave it out");
        }
    }
}

fn one_condition(walk: &mut Walk<'_, '_>, rule: Node<'_>) {
    let conditions = rule.get("onPodConditions").is_some_and(|conditions| !conditions.is_empty());
    match (has(rule, "onExitCodes"), conditions) {
        (true, true) => {
            at_most_one(walk, rule, &["onExitCodes", "onPodConditions"]);
        }
        (false, false) => {
            walk.invalid(rule, "", "does not say when it counts", "add `onExitCodes:` or `onPodConditions:`");
        }
        _ => {}
    }
}

fn exit_codes(walk: &mut Walk<'_, '_>, codes: Node<'_>) {
    let is_in = text(codes, "operator") == Some("In");
    let mut last = i64::MIN;
    for (index, value) in items(codes, "values") {
        let code = match value.value() {
            Value::Integer(code) => code,
            Value::Null => 0,
            _ => return,
        };
        if code == 0 && is_in {
            let fault = "is 0, with which no container fails";
            walk.invalid(value, &format!("values[{index}]"), fault, "delete it");
        }
        if code < last {
            walk.invalid(value, &format!("values[{index}]"), "is less than the one before it", "sort the codes");
        }
        last = last.max(code);
    }
}

fn successes(walk: &mut Walk<'_, '_>, job: Node<'_>) {
    let Some(policy) = get(job, "successPolicy").filter(|_| text(job, "completionMode") == Some("Indexed")) else {
        return;
    };
    let Some(completions) = completions_of(walk, job) else { return };
    for (index, rule) in items(policy, "rules") {
        let indexes = any_text(walk, rule, "succeededIndexes");
        if !has(rule, "succeededIndexes") && !has(rule, "succeededCount") {
            let below = format!("successPolicy.rules[{index}]");
            let hint = "add `succeededIndexes:` or `succeededCount:`";
            walk.invalid(rule, &below, "does not say when the job has succeeded", hint);
        }
        let mut most = completions;
        match indexes.map(|indexes| count_indexes(indexes, completions)) {
            None => {}
            Some(Some(count)) => most = most.min(count),
            Some(None) => {
                let below = format!("successPolicy.rules[{index}].succeededIndexes");
                let at = rule.get("succeededIndexes").unwrap_or(rule);
                let fault =
                    format!("is {}, no list of indexes below {completions}", quote(indexes.unwrap_or_default()));
                walk.invalid(at, &below, &fault, "write numbers and ranges in rising order, such as `0,2-4`");
            }
        }
        if let Some(count) = number(rule, "succeededCount").filter(|count| *count > most) {
            let below = format!("successPolicy.rules[{index}].succeededCount");
            let at = rule.get("succeededCount").unwrap_or(rule);
            walk.invalid(at, &below, &format!("is {count}, and there are {most}"), "write a smaller number");
        }
    }
}

/// How many indexes a list such as `0,2-4` has, if it is one, in rising order and all below `end`.
fn count_indexes(text: &str, end: i64) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    if text.len() > 64 * 1024 {
        return None;
    }
    let (mut total, mut last) = (0, None);
    for part in text.split(',') {
        let (first, until) = match part.split_once('-') {
            Some((first, until)) => (first.parse::<i64>().ok()?, Some(until.parse::<i64>().ok()?)),
            None => (part.parse::<i64>().ok()?, None),
        };
        let until_or_first = until.unwrap_or(first);
        if until_or_first >= end || until.is_some_and(|until| until <= first) || last.is_some_and(|last| last >= first)
        {
            return None;
        }
        total += until_or_first - first + 1;
        last = Some(until_or_first);
    }
    Some(total)
}

/// The pods of an indexed job have its name and their index as host name.
fn name_of_job(walk: &mut Walk<'_, '_>, job: Node<'_>) {
    let (Some(spec), Some(metadata)) = (get(job, "spec"), get(job, "metadata")) else { return };
    let completions = completions_of(walk, spec).filter(|_| text(spec, "completionMode") == Some("Indexed"));
    let (Some(count @ 1..), Some(name)) = (completions, any_text(walk, metadata, "name")) else { return };
    let host = format!("{name}-{}", count - 1);
    if let Some(fault) = texts::dns_label(&host) {
        let fault = format!("makes the host name {}, which {fault}", quote(&host));
        walk.invalid(
            metadata.get("name").unwrap_or(metadata),
            "metadata.name",
            &fault,
            "write a shorter name without dots",
        );
    }
}

fn name_of_cron_job(walk: &mut Walk<'_, '_>, job: Node<'_>) {
    let Some(metadata) = get(job, "metadata") else { return };
    if let Some(name) = any_text(walk, metadata, "name").filter(|name| name.len() > 52) {
        let fault = format!("has {} characters, and 52 is the most: its jobs add a number", name.len());
        walk.invalid(metadata.get("name").unwrap_or(metadata), "metadata.name", &fault, "write a shorter name");
    }
}

#[cfg(test)]
mod tests;
