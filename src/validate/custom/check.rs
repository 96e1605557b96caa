//! A custom resource against the definition of its kind.

use super::definition::{Definition, Version};
use super::effective::{Is, Step, Value, path_text, prepare};
use super::problem::{At, Problem, Problems};
use super::schema::Schema;
use super::{structure, unknown, walk, words};
use crate::validate::kubernetes::{self, Scope};
use crate::validate::subject::{Subject, quote};
use crate::validate::{consumers, schema_rules as rules};

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Checked,
    /// Nothing is known of its fields, or there was too much to look at.
    NotChecked,
}

/// Checks an object. What is wrong goes to the findings of `subject`.
pub(super) fn check(subject: &mut Subject<'_>, definition: &Definition) -> Outcome {
    let scope = if definition.namespaced { Scope::Namespaced } else { Scope::Cluster };
    consumers::check_custom_scope(subject, scope);
    let api_version = subject.object.api_version().unwrap_or_default();
    let name = api_version.split_once('/').map_or(api_version, |(_, version)| version);
    let Some(version) = definition.version(name) else {
        if definition.is_ours {
            unknown::version(subject, definition, name);
            return Outcome::NotChecked;
        }
        not_served(subject, definition, name);
        return Outcome::Checked;
    };
    if let Some(schema) = &version.schema {
        return fields(subject, version, schema);
    }
    if definition.is_ours {
        unknown::version(subject, definition, name);
    }
    Outcome::NotChecked
}

fn not_served(subject: &mut Subject<'_>, definition: &Definition, name: &str) {
    let at = subject.object.node.get("apiVersion").unwrap_or(subject.object.node);
    let served: Vec<String> = definition
        .versions
        .iter()
        .filter(|version| version.served)
        .map(|version| format!("`{}/{}`", definition.group, version.name))
        .collect();
    let exists = definition.versions.iter().any(|version| &*version.name == name);
    let why = if exists { "has this version but does not serve it" } else { "has no such version" };
    let message =
        format!("the version {} of {}: the definition of {} {why}", quote(name), subject.label, definition.kind);
    let hint = match &served[..] {
        [] => "its definition serves no version at all".to_owned(),
        served => format!("write {}", served.join(" or ")),
    };
    subject.find(&rules::VERSION, at, message, hint);
}

fn fields(subject: &mut Subject<'_>, version: &Version, schema: &Schema) -> Outcome {
    let root = subject.object.node;
    let (value, mut unknown) = prepare(root, schema, version.has_status);
    let of_sops = unknown
        .iter()
        .position(|unknown| unknown.path.is_empty() && subject.placeholders.have_field(unknown.key.as_str()));
    let of_sops = of_sops.map(|at| unknown.remove(at).key).filter(|_| !subject.placeholders.are_decrypted);
    let mut found: Vec<Problem<'_>> = unknown
        .iter()
        .map(|unknown| {
            let above: Vec<Step<'_>> = unknown
                .path
                .iter()
                .map(|step| if let Step::Index(_) = step { Step::Field("[]") } else { *step })
                .collect();
            let (fault, hint) = words::unknown(unknown.key, unknown.schema, schema, &path_text(&above));
            let mut path = unknown.path.clone();
            path.push(Step::Field(unknown.key.as_str()));
            Problem { rule: &rules::UNKNOWN_FIELD, at: At::Key(unknown.key), path: path_text(&path), fault, hint }
        })
        .collect();
    found.extend(of_sops.map(|key| {
        let (fault, hint) = consumers::not_decrypted(subject.options);
        Problem { rule: &rules::UNKNOWN_FIELD, at: At::Key(key), path: String::new(), fault, hint }
    }));
    let mut problems = Problems::new(root, subject.placeholders, subject.options.targets());
    walk::walk(&value, schema, &mut problems);
    structure::walk(&value, schema, &mut problems);
    if let Some(path) = &version.replicas {
        scale(&value, path, &mut problems);
    }
    let sound = found.is_empty() && problems.count == 0;
    // Where something else is wrong, the API server does not come to the rules either.
    let evaluated = !sound || rules_hold(&value, schema, &mut problems);
    let exhausted = problems.is_exhausted() || !evaluated;
    let metadata = std::mem::take(&mut problems.metadata);
    let misspelt: Vec<(String, String)> = unknown
        .iter()
        .filter_map(|unknown| {
            let meant = words::meant(unknown.key.as_str(), unknown.schema?)?;
            Some((path_text(&unknown.path), words::lacks(meant)))
        })
        .collect();
    // What is misspelt is not also missing.
    let is_told = |problem: &Problem<'_>| {
        let told = |(path, fault): &(String, String)| *path == problem.path && *fault == problem.fault;
        problem.rule == &rules::REQUIRED && misspelt.iter().any(told)
    };
    found.extend(problems.into_found().into_iter().filter(|problem| !is_told(problem)));
    for problem in found {
        tell(subject, problem);
    }
    for way in metadata {
        inner_metadata(subject, &way);
    }
    if exhausted { Outcome::NotChecked } else { Outcome::Checked }
}

/// The number of replicas of a kind that can be scaled.
fn scale<'t>(value: &Value<'t>, path: &'t str, problems: &mut Problems<'t>) {
    let mut steps = Vec::new();
    let mut at = Some(value);
    for name in path.split('.') {
        steps.push(Step::Field(name));
        at = at.and_then(|value| value.get(name));
    }
    let Some(Value { node, is: Is::Integer(number) }) = at else { return };
    if i32::try_from(*number).is_err() || *number < 0 {
        problems.at_path(&steps, |problems| {
            let fault = format!("is `{number}`, which no number of replicas can be");
            problems.find_at(&rules::RANGE, node.map(At::Node), || (fault, "write a number from 0 up".to_owned()));
        });
    }
}

/// Whether the rules of the definition could be evaluated; what breaks one is told.
#[cfg(feature = "cel")]
pub(super) fn rules_hold<'t>(value: &Value<'t>, schema: &'t Schema, problems: &mut Problems<'t>) -> bool {
    super::cel::check(value, schema, problems)
}

#[cfg(not(feature = "cel"))]
pub(super) fn rules_hold<'t>(_: &Value<'t>, schema: &'t Schema, _: &mut Problems<'t>) -> bool {
    !schema.has_rules
}

fn tell(subject: &mut Subject<'_>, problem: Problem<'_>) {
    let Problem { rule, at, path, fault, hint } = problem;
    let label = &subject.label;
    let message = if path.is_empty() { format!("{label} {fault}") } else { format!("`{path}` of {label} {fault}") };
    match at {
        At::Node(node) => subject.find(rule, node, message, hint),
        At::Key(key) => subject.find_key(rule, key, message, hint),
    }
}

/// Looks at the metadata of an object inside the object.
fn inner_metadata(subject: &mut Subject<'_>, way: &[Step<'_>]) {
    let mut node = subject.object.node;
    let mut path = Vec::with_capacity(way.len());
    for step in way {
        let below = match step {
            Step::Field(name) => node.entry(name).map(|(key, value)| (kubernetes::Step::Key(key.as_str()), value)),
            Step::Index(index) => node.items().nth(*index).map(|item| (kubernetes::Step::Index(*index), item)),
        };
        let Some((step, value)) = below else { return };
        path.push(step);
        node = value;
    }
    kubernetes::metadata(subject, node, path);
}
