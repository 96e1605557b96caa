//! Walks through an object of one of Kubernetes' own kinds as the server decodes it, strictly, and asks the checks on the way.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::checks::{self, Must};
use super::data::{Definition, Field, Keys, Table, table};
use super::version::{Targets, history};
use super::{kind, suggest};
use crate::finding::Rule;
use crate::object::{Key, Node, Value};
use crate::validate::consumers;
use crate::validate::metadata::is_request;
use crate::validate::repeats::repeats;
use crate::validate::schema_rules as rules;
use crate::validate::similar::similar;
use crate::validate::subject::{Subject, quote};

/// Walks through the object if it is of a kind that is known; its name, namespace, labels and annotations are `metadata`'s.
pub(super) fn walk(subject: &mut Subject<'_>) {
    let (table, targets) = (table(), subject.options.targets());
    let (Some(version), Some(name)) = (subject.object.api_version(), subject.object.kind()) else { return };
    // What no version that is meant has is told of as such; what its fields are is no matter then.
    let kind = kind::find(version, name).filter(|kind| targets.some_have(kind.has));
    let Some(root) = kind.and_then(|kind| table.definitions.get(usize::from(kind.definition))) else {
        // Of other kinds too the server decodes the metadata.
        if let Some(node) = subject.object.node.get("metadata").filter(|node| node.is_mapping()) {
            metadata(subject, node, vec![Step::Key("metadata")]);
        }
        return;
    };
    let node = subject.object.node;
    Walk { table, targets, root, subject, path: Vec::new(), is_dropped: false }.structure(node, root);
}

/// The most findings about the items of one list.
const MOST: usize = 20;

/// Walks through metadata: that of an object of a kind that is none of Kubernetes' own, or of an object inside one. `path` leads to it.
pub(in crate::validate) fn metadata<'a>(subject: &mut Subject<'a>, node: Node<'a>, path: Vec<Step<'a>>) {
    let (table, targets) = (table(), subject.options.targets());
    if let Some(root) = table.definition("meta.v1.ObjectMeta") {
        Walk { table, targets, root, subject, path, is_dropped: false }.structure(node, root);
    }
}

/// A step from a value to one in it.
#[derive(Clone, Copy)]
pub(in crate::validate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// A walk through one object, and where it is. How it tells what it found is in `tell`.
pub(super) struct Walk<'w, 'a> {
    pub(super) table: &'static Table,
    targets: Targets,
    root: &'static Definition,
    pub(super) subject: &'w mut Subject<'a>,
    pub(super) path: Vec<Step<'a>>,
    /// Whether this is in a field that all targets drop unread, once they decoded it.
    is_dropped: bool,
}

impl<'a> Walk<'_, 'a> {
    /// The kind of the object that is walked through.
    pub(super) fn kind(&self) -> &'a str {
        self.subject.object.kind().unwrap_or_default()
    }

    /// The object that is walked through.
    pub(super) fn object(&self) -> Node<'a> {
        self.subject.object.node
    }

    /// Whether a target is this version of Kubernetes (`1.33`) or newer.
    pub(super) fn reaches(&self, version: &str) -> bool {
        self.targets.reach(version)
    }

    /// Whether a target is older than this version of Kubernetes.
    pub(super) fn precedes(&self, version: &str) -> bool {
        self.targets.precede(version)
    }

    /// Whether a target is `first` or newer, and older than `end`.
    pub(super) fn meets(&self, first: &str, end: &str) -> bool {
        self.targets.meet(first, end)
    }

    /// Where the walk is, with `below` added: `spec.containers[0].ports`; `this` for the object itself.
    pub(super) fn path(&self, below: &str) -> String {
        let mut path = String::new();
        for step in &self.path {
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Key(key) if is_word(key) => write!(path, "{}{key}", if path.is_empty() { "" } else { "." }),
                Step::Key(key) => write!(path, "[{}]", quote(key).trim_matches('`')),
                Step::Index(index) => write!(path, "[{index}]"),
            };
        }
        if !below.is_empty() && !below.starts_with('[') && !path.is_empty() {
            path.push('.');
        }
        path + below
    }

    pub(super) fn structure(&mut self, node: Node<'a>, definition: &'static Definition) {
        let body = definition.body();
        let mut is_misspelt = false;
        for (key, value) in node.entries() {
            let name = key.as_str();
            let [field, others @ ..] = body.named(name) else {
                if self.path.is_empty() && self.subject.placeholders.have_field(name) {
                    self.encrypted(key);
                    continue;
                }
                self.unknown(key, definition);
                is_misspelt = true;
                continue;
            };
            let field = others.iter().rfind(|other| self.targets.all_have(other.has)).unwrap_or(field);
            if !self.targets.all_have(field.has) {
                self.in_other_versions(key, field);
            }
            let is_done = match self.path[..] {
                [] => matches!(name, "apiVersion" | "kind") || (name == "metadata" && !value.is_mapping()),
                [Step::Key("metadata")] => matches!(name, "name" | "namespace"),
                _ => false,
            };
            if is_done {
                continue;
            }
            self.path.push(Step::Key(name));
            let was_dropped = self.is_dropped;
            self.is_dropped |= field.dropped_before.is_some_and(|version| !self.reaches(version));
            self.field(value, field);
            self.is_dropped = was_dropped;
            self.path.pop();
        }
        // What is missing, or seems to be, may be what was misspelt.
        if is_misspelt || self.is_dropped {
            return;
        }
        for required in &body.required {
            let value = node.get(required);
            if value.is_none_or(checks::is_empty) {
                let hint = self.missing_hint(definition, required, value.is_some());
                self.missing(node, required, hint);
            }
        }
        for check in &body.checks {
            check(self, node);
        }
    }

    /// What to write for a field that is missing, or there without a value.
    fn missing_hint(&self, definition: &Definition, name: &str, is_there: bool) -> String {
        let fields = definition.named(name).iter().filter(|field| self.targets.all_have(field.has));
        let values: Vec<&str> = fields.flat_map(|field| &field.values).map(|(value, _)| *value).take(6).collect();
        match (values.split_last(), is_there) {
            (Some((last, [])), _) => format!("write `{name}: {last}`"),
            (Some((last, others)), _) => format!("write `{name}: {}` or `{last}`", others.join("`, `")),
            (None, true) => format!("write a value behind `{name}:`"),
            (None, false) => format!("add `{name}:`"),
        }
    }

    fn field(&mut self, value: Node<'a>, field: &'static Field) {
        self.value(value, &field.kind);
        if self.is_dropped {
            return;
        }
        let targets = self.targets;
        let is_allowed = |text| field.values.iter().any(|(value, has)| *value == text && targets.all_have(*has));
        if !field.values.is_empty() && !value.as_str().is_some_and(is_allowed) {
            let allowed: Vec<&'static str> =
                field.values.iter().filter(|(_, has)| targets.all_have(*has)).map(|(value, _)| *value).collect();
            self.one_of(value, &allowed);
        }
        let before = self.subject.findings.len();
        for must in &field.musts {
            let is_told = self.subject.findings.len() > before;
            match must {
                Must::Before(..) | Must::Since(..) if is_told => {}
                Must::Before(version, must) if self.precedes(version) => {
                    self.must(value, must);
                    self.add_to_hints(before, &format!("Kubernetes {version} and newer take it"));
                }
                Must::Since(version, must) if self.reaches(version) => {
                    self.must(value, must);
                    self.add_to_hints(before, &format!("Kubernetes {version} and newer refuse it"));
                }
                Must::Before(..) | Must::Since(..) => {}
                must => self.must(value, must),
            }
        }
    }

    /// Adds to the hints of all findings from this number on.
    fn add_to_hints(&mut self, from: usize, more: &str) {
        for finding in self.subject.findings.iter_mut().skip(from) {
            finding.hint = Some(match finding.hint.take() {
                Some(hint) => format!("{hint}; {more}"),
                None => more.to_owned(),
            });
        }
    }

    /// Whether nothing can be said of a text because the consumer fills it in.
    pub(super) fn is_placeholder(&self, text: &str) -> bool {
        self.subject.placeholders.have(text)
    }

    /// Whether this is a part of the object's own metadata that `metadata` has looked at.
    pub(super) fn is_told_elsewhere(&self) -> bool {
        matches!(self.path[..], [Step::Key("metadata"), Step::Key("labels" | "annotations"), ..])
    }

    /// `spec.replicas` of Deployment "shop/cart".
    pub(super) fn subject_of_sentence(&self, below: &str) -> String {
        format!("`{}` of {}", self.path(below), self.subject.label)
    }

    fn unknown(&mut self, key: Key<'a>, definition: &'static Definition) {
        let name = key.as_str();
        if self.path.is_empty() && self.is_misplaced_metadata(name) {
            return;
        }
        let parent = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path("")) };
        let message = format!("{} has no field {}{parent}", self.subject.label, quote(name));
        let targets = self.targets;
        let own =
            || definition.body().fields.iter().filter(|field| targets.all_have(field.has)).map(|field| field.name);
        let from: Vec<&str> = self
            .path
            .iter()
            .map(|step| match step {
                Step::Key(key) => key,
                Step::Index(_) => "[]",
            })
            .collect();
        let hint = if let Some(now) = suggest::renamed(name, own()) {
            format!("write `{now}` instead, as it is since networking.k8s.io/v1")
        } else if let Some(below) = suggest::amount(name, own()) {
            below
        } else if let Some(near) = similar(name, own()) {
            format!("did you mean `{near}`?")
        } else if let Some(home) = suggest::home(self.table, self.root, targets, name, &from) {
            let home = if home.is_empty() { "at the outer level".to_owned() } else { format!("below `{home}`") };
            format!("`{name}` belongs {home}: check the indentation")
        } else if let Some(longer) = suggest::longer(name, own(), &definition.body().required) {
            format!("did you mean `{longer}`?")
        } else {
            let known: Vec<&str> = own().take(12).collect();
            format!("known are {}{}", known.join(", "), if own().count() > 12 { ", …" } else { "" })
        };
        self.find_key(&rules::UNKNOWN_FIELD, key, message, hint);
    }

    /// What SOPS adds to an object that it encrypts.
    fn encrypted(&mut self, key: Key<'a>) {
        if !self.subject.placeholders.are_decrypted {
            let (fault, hint) = consumers::not_decrypted(self.subject.options);
            let message = format!("{} {fault}", self.subject.label);
            self.find_key(&rules::UNKNOWN_FIELD, key, message, hint);
        }
    }

    /// Whether `metadata` has told of this field, which stands at the outer level and is missed there.
    fn is_misplaced_metadata(&self, name: &str) -> bool {
        let metadata = self.subject.object.node.get("metadata");
        let has = |field| metadata.is_some_and(|metadata: Node<'_>| metadata.get(field).is_some());
        let lacks_name = !has("name") && !has("generateName") && !is_request(self.subject);
        lacks_name && matches!(name, "name" | "namespace" | "labels" | "annotations")
    }

    fn in_other_versions(&mut self, key: Key<'a>, field: &Field) {
        let when = history(field.has).map(|history| format!(" ({history})")).unwrap_or_default();
        let lacking = self.targets.lacking(field.has);
        let message =
            format!("{} has no field `{}` in Kubernetes {lacking}{when}", self.subject.label, self.path(field.name));
        let hint = "delete it, or choose the versions that the bundle is meant for with --kubernetes-version";
        self.find_key(&rules::UNKNOWN_FIELD, key, message, hint.to_owned());
    }

    /// A finding about a key.
    pub(super) fn find_key(&mut self, rule: &'static Rule, key: Key<'a>, message: String, hint: String) {
        self.subject.find_key(rule, key, message, hint);
    }

    /// Items that server-side apply cannot tell apart.
    pub(super) fn keys(&mut self, list: Node<'a>, keys: &Keys) {
        if list.len() < 2 {
            return;
        }
        let fields = match keys {
            Keys::Atomic => return,
            Keys::Set => &[][..],
            Keys::Fields(fields) => fields,
        };
        // A protocol that is not there is TCP; any other key that is not there is told of elsewhere.
        let or_else = |name: &str| (name == "protocol").then_some(Cow::Borrowed("TCP"));
        let part = |item: Node<'a>, name: &&str| item.get(name).and_then(text_of).or_else(|| or_else(name));
        let key_of = |item: Node<'a>| match fields {
            [] => text_of(item),
            [field] => part(item, field),
            // No part holds a line end.
            _ => fields
                .iter()
                .map(|field| part(item, field))
                .collect::<Option<Vec<_>>>()
                .map(|all| all.join("\n").into()),
        };
        let keys: Vec<Option<Cow<'a, str>>> = list.items().map(key_of).collect();
        for index in repeats(&keys).into_iter().take(MOST) {
            let (Some(item), Some(Some(key))) = (list.items().nth(index), keys.get(index)) else { continue };
            let path = self.path(&format!("[{index}]"));
            let key = key.replace('\n', " ");
            let message = format!("`{path}` of {} is {} once more", self.subject.label, quote(&key));
            self.subject.find(&rules::LIST_KEY, item, message, "delete one of the two, or give it another name");
        }
    }

    fn one_of(&mut self, node: Node<'a>, allowed: &[&'static str]) {
        match node.value() {
            Value::String("") => {}
            Value::String(text) if self.is_placeholder(text) => {}
            Value::String(text) if !allowed.contains(&text) => self.unsupported(node, "", text, allowed),
            Value::Sequence => {
                for (index, item) in node.items().enumerate() {
                    if let Some(text) = item.as_str().filter(|text| !allowed.contains(text)) {
                        self.unsupported(item, &format!("[{index}]"), text, allowed);
                    }
                }
            }
            _ => {}
        }
    }

    fn must(&mut self, node: Node<'a>, rule: &'static Must) {
        match (rule, node.value()) {
            // An item of a list or map that is null is an empty text.
            (Must::Whole(fault), Value::Null) if matches!(self.path.last(), Some(Step::Index(_))) => {
                if let Some(fault) = fault("") {
                    self.invalid_text(node, "", &fault);
                }
            }
            (_, Value::Null) | (Must::Text(_), Value::String("")) => {}
            (_, Value::String(text)) if self.is_placeholder(text) => {}
            (Must::OneOf(allowed), Value::String(_)) => self.one_of(node, allowed),
            (Must::Between(low, high), Value::Integer(number)) if !(*low..=*high).contains(&number) => {
                let fault = match (*low, *high) {
                    (low, i64::MAX) => format!("is {number}, and {low} is the least"),
                    (i64::MIN, high) => format!("is {number}, and {high} is the most"),
                    (low, high) => format!("is {number}, not a number from {low} to {high}"),
                };
                self.invalid(node, "", &fault, "");
            }
            (Must::Text(fault) | Must::Whole(fault), Value::String(text)) => {
                if let Some(fault) = fault(text) {
                    self.invalid_text(node, text, &fault);
                }
            }
            (Must::AtMost(limit), Value::Sequence | Value::Mapping) if node.len() > *limit => {
                self.invalid(node, "", &format!("has {} entries, and {limit} is the most", node.len()), "");
            }
            (Must::Each(each), Value::Sequence) => {
                for (index, item) in node.items().enumerate() {
                    self.path.push(Step::Index(index));
                    self.must(item, each);
                    self.path.pop();
                }
            }
            (Must::Each(each), Value::Mapping) => {
                for (key, item) in node.entries() {
                    self.path.push(Step::Key(key.as_str()));
                    self.must(item, each);
                    self.path.pop();
                }
            }
            (Must::Keys(fault), Value::Mapping) => {
                for (key, _) in node.entries() {
                    if let Some(fault) = fault(key.as_str()) {
                        let message = format!(
                            "{} in {} {fault}",
                            self.subject.key_in_words(key.as_str()),
                            self.subject_of_sentence("")
                        );
                        self.find_key(&rules::INVALID, key, message, String::new());
                    }
                }
            }
            (Must::Unique, Value::Sequence) => self.unique(node, None),
            (Must::UniqueBy(field), Value::Sequence) => self.unique(node, Some(field)),
            (Must::Absent(why), _) if !checks::is_empty(node) => {
                let message = format!("{} {why}", self.subject_of_sentence(""));
                self.subject.find(&rules::FORBIDDEN, node, message, "delete it");
            }
            _ => {}
        }
    }

    fn unique(&mut self, list: Node<'a>, field: Option<&str>) {
        if list.len() < 2 {
            return;
        }
        let value = |item: Node<'a>| field.map_or(Some(item), |field| item.get(field));
        let text = |item: Node<'a>| value(item).and_then(text_of).filter(|text| !text.is_empty());
        let texts: Vec<Option<Cow<'a, str>>> = list.items().map(text).collect();
        for index in repeats(&texts).into_iter().take(MOST) {
            let found = list.items().nth(index).and_then(value);
            let (Some(value), Some(Some(text))) = (found, texts.get(index)) else { continue };
            let below = field.map_or_else(|| format!("[{index}]"), |field| format!("[{index}].{field}"));
            self.duplicate(value, &below, text);
        }
    }

    fn invalid_text(&mut self, node: Node<'a>, text: &str, fault: &str) {
        let subject = self.subject_of_sentence("");
        let (message, hint) = if text.is_empty() {
            (format!("{subject} is empty"), "write a value, or leave it out")
        } else {
            (format!("{subject} is {}, which {fault}", quote(text)), "")
        };
        self.subject.find(&rules::INVALID, node, message, hint);
    }
}

/// A text or a whole number, as what tells items of a list apart.
fn text_of(node: Node<'_>) -> Option<Cow<'_, str>> {
    match node.value() {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Integer(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// Whether a key can stand in a path as it is.
fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= 80
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
