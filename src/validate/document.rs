//! One document under the checks.

use std::borrow::Cow;
use std::sync::Arc;

use super::custom::{self, Definition};
use super::identity::{Identity, Parts, SELECTORS};
use super::ignore::{self, Ignore};
use super::options::Options;
use super::plan::{Plan, Role};
use super::subject::{Subject, what};
use super::{consumers, kubernetes, lints, metadata, origin, policy, recognise, rules, secrets, size, template};
use crate::finding::{Finding, Span};
use crate::object::{self, Document, Node, Object, Parsed, Tree, Value};

/// What one document gave.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Its objects that are applied, as far as they have an identity.
    pub objects: Vec<Identity>,
    /// How many further objects are not applied because of their annotation `config.kubernetes.io/local-config`.
    pub local: usize,
    /// How many of all these nobody knew enough about to check more than what all objects have in common.
    pub unchecked: usize,
    /// What comments in it silence.
    pub ignores: Vec<Ignore>,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// The file that it was generated from, if it says so.
    pub(super) origin: Option<Arc<str>>,
    /// The kinds of custom resources that it defines.
    pub(super) definitions: Vec<Arc<Definition>>,
    /// Whether it holds custom resources, which are checked when all definitions are known: see
    /// [`check_waiting`](super::check_waiting).
    pub waits: bool,
}

/// Parses and checks one document of the file `path`. Depends on nothing else, so that documents may be checked on any thread.
pub fn check(plan: &Plan, path: &Arc<str>, document: &Document<'_>) -> Checked {
    let role = plan.role(path);
    let options = &*plan.options_for(path);
    let mut checked = Checked::default();
    if !role.reads_yaml() {
        return checked;
    }
    let parsed = object::parse(path, document);
    if role == Role::Unread {
        return check_unread(plan, path, document, &parsed);
    }
    let about_text = match role {
        Role::Objects => consumers::check_document(options, path, document, &parsed),
        _ => Vec::new(),
    };
    checked.findings = match template::instead_of(&parsed.findings, path, document, role) {
        Some(template) => vec![template],
        None => parsed.findings,
    };
    checked.ignores = ignore::read(document, &parsed.trees, path, role, &mut checked.findings);
    let mut secrets = Vec::new();
    if role == Role::Objects {
        checked.findings.extend(about_text);
        for tree in &parsed.trees {
            check_tree(plan, tree, options, path, &mut checked, &mut secrets);
        }
    }
    // What waits may yet turn out to have an error at the same place.
    if role == Role::Objects && !checked.waits {
        lints::check_trees(&parsed.trees, path, &mut checked.findings);
    }
    secrets::scan_document(path, document, &secrets, &mut checked.findings);
    keep_told(&plan.options, options, &mut checked.findings);
    checked.origin = origin::of(document).map(Arc::from);
    if let Some(origin) = &checked.origin {
        checked.findings = checked.findings.into_iter().map(|finding| origin::note(finding, origin)).collect();
    }
    checked
}

/// A document that no consumer reads. Whoever can pull the bundle can read it, so secrets in it are told; and the custom resources of what
/// is read may be of kinds that it defines.
fn check_unread(plan: &Plan, path: &Arc<str>, document: &Document<'_>, parsed: &Parsed<'_>) -> Checked {
    let mut checked = Checked::default();
    checked.ignores = ignore::read(document, &parsed.trees, path, Role::Unread, &mut checked.findings);
    checked.findings.extend(consumers::check_unread(&plan.options, path, parsed));
    let mut secrets = Vec::new();
    for tree in &parsed.trees {
        let objects = object::objects(tree, path, &mut Vec::new());
        let hide = objects.iter().any(Object::is_secret);
        for object in objects {
            let options = &plan.options;
            let is_skipped = options.skips(object.group().unwrap_or_default(), object.kind().unwrap_or_default());
            let mut subject = Subject::new(object, options, path, hide);
            if !is_skipped {
                secrets.extend(secrets::check(&mut subject));
            }
            checked.findings.append(&mut subject.findings);
            if custom::is_definition(&subject.object) {
                checked.definitions.extend(custom::define(&mut subject).map(Arc::new));
            }
        }
    }
    secrets::scan_document(path, document, &secrets, &mut checked.findings);
    checked
}

/// Checks a file of which no objects are read, by its bytes.
pub fn check_other(plan: &Plan, path: &Arc<str>, bytes: &[u8]) -> Vec<Finding> {
    let below = plan
        .sync_dirs()
        .filter_map(|dir| if dir.is_empty() { Some(&**path) } else { path.strip_prefix(dir)?.strip_prefix('/') });
    let mut findings = secrets::scan(path, bytes);
    findings.extend(consumers::check_other_file(&plan.options, path, below, bytes));
    findings
}

/// Keeps what counts for those of all consumers that read the file, or apply the object.
pub(super) fn keep_told(all: &Options, some: &Options, findings: &mut Vec<Finding>) {
    if some.consumers.len() < all.consumers.len() {
        findings.retain(|finding| policy::is_told(some, finding.rule));
    }
}

/// `secrets` takes where the Secrets in plain text stand.
fn check_tree(
    plan: &Plan,
    tree: &Tree<'_>,
    options: &Options,
    path: &Arc<str>,
    checked: &mut Checked,
    secrets: &mut Vec<Span>,
) {
    let root = tree.root();
    if matches!(root.value(), Value::Null) {
        return;
    }
    if let Some(finding) = not_kubernetes(root, path) {
        let severity = consumers::severity_of_other_content(options, path, plan.has_ignore_file);
        checked.findings.extend(severity.map(|severity| Finding { severity, ..finding }));
        return;
    }
    let objects = object::objects(tree, path, &mut checked.findings);
    // A document with a Secret may be one long line of JSON: no part of it is shown.
    let hide = objects.iter().any(Object::is_secret);
    for object in objects {
        let appliers = appliers(&object, options);
        let theirs = appliers.as_deref().unwrap_or(options);
        let mut subject = Subject::new(object, theirs, path, hide);
        let skipped = options.skips(object.group().unwrap_or_default(), object.kind().unwrap_or_default());
        if !skipped {
            for check in metadata::CHECKS.iter().chain(size::CHECKS) {
                check(&mut subject);
            }
            secrets.extend(secrets::check(&mut subject));
        }
        if is_local(&object) {
            consumers::check_local(&mut subject);
        }
        if appliers.is_some() {
            check_applied(&mut subject, skipped, checked);
        } else {
            checked.local += 1;
        }
        if skipped {
            subject.findings.clear();
        }
        keep_told(options, theirs, &mut subject.findings);
        checked.findings.append(&mut subject.findings);
    }
}

/// What the user decided, for those who apply the object; none if nobody does.
pub(super) fn appliers<'o>(object: &Object<'_>, options: &'o Options) -> Option<Cow<'o, Options>> {
    if !is_local(object) {
        return Some(Cow::Borrowed(options));
    }
    let consumers = consumers::that_apply_local(options);
    (!consumers.is_empty()).then(|| Cow::Owned(Options { consumers, ..options.clone() }))
}

/// An object that will be applied.
fn check_applied(subject: &mut Subject<'_>, skipped: bool, checked: &mut Checked) {
    if skipped {
        checked.unchecked += 1;
    } else {
        for check in kubernetes::CHECKS {
            check(subject);
        }
        consumers::check(subject);
        lints::check(subject);
        let is_custom = custom::is_custom(&subject.object);
        checked.waits |= is_custom;
        checked.unchecked += usize::from(!is_custom && !subject.has_a_known_kind());
    }
    if custom::is_definition(&subject.object) {
        checked.definitions.extend(custom::define(subject).map(Arc::new));
    }
    checked.objects.extend(identity(subject));
}

/// A document that was never meant to be a Kubernetes object, as far as that can be told.
fn not_kubernetes(root: Node<'_>, path: &Arc<str>) -> Option<Finding> {
    let has = |key: &str| root.get(key).is_some();
    let guess = match root.value() {
        Value::Mapping if has("apiVersion") && has("kind") => return None,
        // Half an object is more likely an object than anything else, but for a file that is known by its name.
        Value::Mapping if ["apiVersion", "kind", "metadata", "spec"].into_iter().any(has) => {
            Some(recognise::by_name(path)?)
        }
        Value::Mapping => recognise::by_name(path).or_else(|| recognise::by_keys(has)),
        Value::Sequence => root.items().next().and_then(|item| recognise::by_item(|key| item.get(key).is_some())),
        _ => None,
    };
    let message = match guess {
        Some(guess) => format!("this is not a Kubernetes object but, by its looks, {guess}"),
        None if matches!(root.value(), Value::Mapping) => {
            "this is not a Kubernetes object: it has neither apiVersion nor kind".to_owned()
        }
        None => format!("this is not a Kubernetes object but {}", what(root)),
    };
    let hint = if guess == Some(recognise::BARE_LIST) {
        "write the objects one below the other with a line `---` between them, or put them in `items:` of an object with `apiVersion: v1` and `kind: List`".to_owned()
    } else {
        format!("leave it out with the line `/{path}` in .consignignore, or `--ignore '/{path}'`")
    };
    // No text: a file of values may begin with a password.
    Some(Finding::new(&rules::NOT_KUBERNETES, root.place_without_text(path), message).hint(hint))
}

/// Whether the object asks to be left out, as Config Sync and kustomize do; `"false"` is as if the annotation was not there.
fn is_local(object: &Object<'_>) -> bool {
    annotation(object, "config.kubernetes.io/local-config").is_some_and(|value| value != "false")
}

fn annotation<'a>(object: &Object<'a>, key: &str) -> Option<&'a str> {
    object.node.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

fn identity(subject: &Subject<'_>) -> Option<Identity> {
    let object = &subject.object;
    let metadata = object.node.get("metadata")?;
    let (name, at) = match object.name().filter(|name| !name.is_empty()) {
        Some(name) => (Cow::Borrowed(name), metadata.get("name")?),
        // Each gets a name of its own, so none is the same as another.
        None if consumers::makes_a_name(subject) => {
            let at = metadata.get("generateName").filter(|at| at.as_str().is_some_and(|text| !text.is_empty()))?;
            (Cow::Owned(format!("{} {:?}", subject.path, at.span().start)), at)
        }
        None => return None,
    };
    let own = Parts {
        group: object.group()?,
        kind: object.kind().filter(|kind| !kind.is_empty())?,
        namespace: object.namespace().filter(|namespace| !namespace.is_empty()),
        name: &name,
        // Only to Config Sync do they tell two objects apart.
        selectors: SELECTORS
            .map(|key| annotation(object, key).filter(|_| consumers::may_be_for_clusters(subject.options))),
    };
    let parts = Parts { namespace: consumers::namespace(subject, own.namespace), ..own };
    Some(Identity {
        key: parts.key(),
        label: subject.label.clone(),
        place: subject.place(at),
        lacks_namespace: subject.lacks_namespace,
        is_local: is_local(object),
        is_definition: custom::is_definition(object),
        facts: consumers::facts(subject, &own, &parts),
    })
}
