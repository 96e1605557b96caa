//! What Argo CD leaves out of a bundle, and what is too much for it.

use std::sync::Arc;

use super::super::options::Options;
use super::super::policy::Consumer;
use super::rules;
use crate::finding::{Finding, Place};
use crate::notice::{human_bytes, human_count};
use crate::object::{Document, Key, Node};
use crate::validate::subject::Subject;

/// The most bytes of all objects' files together, unless the repository server's `--max-combined-directory-manifests-size` says otherwise.
const MOST_IN_FILES: u64 = 10_000_000;
/// The most bytes of all files, unless `--oci-manifest-max-extracted-size` says otherwise.
const MOST_UNPACKED: u64 = 1_000_000_000;

/// A text by which a file asks not to be read.
const SKIP: &str = "+argocd:skip-file-rendering";

pub(super) fn is_asked_for(options: &Options) -> bool {
    options.is_for(Consumer::ArgoCd)
}

/// What the files of a folder to sync tell. `dir` is its path or `""`, `names` are the files that hold objects.
pub(super) fn folder<'a>(dir: &str, names: impl Iterator<Item = &'a str>) -> Option<Finding> {
    let skip = if dir.is_empty() { 0 } else { dir.len() + 1 };
    let mut nested = names.filter(|name| name.get(skip..).is_some_and(|rest| rest.contains('/')));
    let first = nested.next()?;
    let count = 1 + nested.count();
    let folder = first.rsplit_once('/').map_or(first, |(folder, _)| folder);
    let files = human_count(count, "file");
    let message = format!("Argo CD does not look into folders unless told so: {files} would not be applied");
    let finding = Finding::new(&rules::NESTED, Place::file(folder), message);
    Some(finding.hint("write `directory: {recurse: true}` in the source of the Application"))
}

/// A document that asks Argo CD not to read its file.
pub(super) fn skipped(path: &Arc<str>, document: &Document<'_>) -> Option<Finding> {
    let at = document.text().find(SKIP)?;
    let message = format!("Argo CD does not read a file that holds `{SKIP}`: its objects would not be applied");
    let place = document.place(path, at..at + SKIP.len());
    Some(Finding::new(&rules::SKIPPED, place, message).hint("delete this text if the objects are to be applied"))
}

/// Whether Argo CD makes a name of the object's generateName: of a hook's, and only where nobody else reads the bundle.
pub(in crate::validate) fn makes_a_name(on: &Subject<'_>) -> bool {
    on.options.is_only_for(Consumer::ArgoCd) && annotation(on, HOOK).is_some()
}

/// The annotation that makes an object a hook: it is applied anew in each sync, and with a generateName under a new name.
const HOOK: &str = "argocd.argoproj.io/hook";

fn annotation<'a>(on: &Subject<'a>, key: &str) -> Option<(Key<'a>, Node<'a>)> {
    on.object.node.get("metadata")?.get("annotations")?.entry(key)
}

/// An object with the annotation by which others leave it out.
pub(super) fn local(on: &mut Subject<'_>) {
    let Some((key, _)) = annotation(on, "config.kubernetes.io/local-config") else { return };
    let message = format!("{} is not to be applied, and Argo CD takes no notice of that", on.label);
    let hint = "leave it out of the bundle, or keep it in a file that does not end in .yaml, .yml or .json";
    on.find_at(&rules::LOCAL, on.key_place(key), message, hint);
}

/// Whether the files of a folder to sync hold too many bytes.
pub(super) fn too_many_bytes(dir: &str, bytes: u64) -> Option<Finding> {
    let most = MOST_IN_FILES;
    let what = "read of one folder";
    (bytes > most).then(|| too_much(dir, bytes, most, what, "--max-combined-directory-manifests-size"))
}

/// Whether a bundle holds too many bytes.
pub(super) fn too_many_bytes_unpacked(bytes: u64) -> Option<Finding> {
    let most = MOST_UNPACKED;
    (bytes > most).then(|| too_much("", bytes, most, "unpacked", "--oci-manifest-max-extracted-size"))
}

fn too_much(dir: &str, bytes: u64, most: u64, what: &str, option: &str) -> Finding {
    let (bytes, most) = (megabytes(bytes), megabytes(most));
    let message = format!("{bytes} are {what}, and Argo CD takes {most} at most unless its server is told otherwise");
    let place = Place::file(if dir.is_empty() { "." } else { dir });
    Finding::new(&rules::TOO_MUCH, place, message)
        .hint(format!("make several bundles of it, or raise `{option}` of Argo CD's repository server"))
}

/// In units of a million, as Argo CD counts, and rounded up, so that what is over a limit never reads as the limit.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    if tenths.is_multiple_of(10) {
        format!("{} MB", tenths / 10)
    } else {
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}

/// Whether `kubectl apply` could write the object into an annotation of itself, as it does unless it applies server-side.
pub(super) fn last_applied(on: &mut Subject<'_>) {
    const KEY: &str = "kubectl.kubernetes.io/last-applied-configuration";
    /// What all annotations of an object may hold, keys and values.
    const MOST: u64 = 256 << 10;
    let annotations = on.object.node.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let others = annotations.into_iter().flat_map(Node::entries).filter(|(key, _)| key.as_str() != KEY);
    let others: usize = others.map(|(key, value)| key.as_str().len() + value.as_str().unwrap_or_default().len()).sum();
    // It ends with a line feed.
    let room = MOST.saturating_sub(others as u64 + KEY.len() as u64 + 1);
    if let Some(bytes) = on.object.node.json_len_over(room) {
        let message = format!(
            "{} has {} of JSON: `kubectl apply`, and Argo CD by default, cannot keep it in an annotation",
            on.label,
            human_bytes(bytes)
        );
        let hint = "apply it server-side: `kubectl apply --server-side`, or the sync option `ServerSideApply=true` of the Application";
        on.find(&rules::LAST_APPLIED, on.object.node, message, hint);
    }
}
