//! What a worker thread does: reads files, checks them, writes their part of the tar, compresses blocks.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::Context;
use super::late::Placed;
use super::queue::{Job, Queue};
use crate::bundle::{Block, Deflater};
use crate::finding::Finding;
use crate::object::{self, Document};
use crate::source::{Entry, Ignored, ReadOutcome, Source};
use crate::tar;
use crate::validate::{self, Checked, Definitions, Late, Plan, Role};

/// What all workers share.
pub(super) struct Shared<'a> {
    pub(super) source: &'a Source,
    /// What the plan knows from ignore files, which were read before it was made.
    pub(super) ignored: &'a Ignored,
    /// What is known from the names; none when nothing is to be checked.
    pub(super) plan: Option<&'a Plan>,
    pub(super) queue: &'a Queue,
    /// Whether a layer is made; otherwise everything is only checked.
    pub(super) with_layer: bool,
    /// Whether a copy of the tar is kept, to render what is in it.
    pub(super) with_copy: bool,
    pub(super) context: Context<'a>,
}

/// What a worker hands back.
pub(super) enum Done {
    Read {
        index: usize,
        fragment: Fragment,
    },
    Check {
        index: usize,
        checked: Vec<Looked>,
    },
    Late {
        index: usize,
        late: Vec<(Arc<str>, Late)>,
    },
    /// The compressor comes back to be freed where it was made.
    Encode {
        index: u64,
        bytes: std::io::Result<Vec<u8>>,
        spent: Option<Deflater>,
    },
    /// The worker panicked; only a mistake in this program does that.
    Died,
}

/// The part of the tar that some entries make, and what was found in them.
#[derive(Default)]
pub(super) struct Fragment {
    pub(super) tar: Vec<u8>,
    pub(super) files: Vec<PackedFile>,
}

/// One file on its way into the bundle.
pub(super) struct PackedFile {
    pub(super) entry: usize,
    pub(super) size: u64,
    pub(super) checked: Vec<Looked>,
    pub(super) findings: Vec<Finding>,
}

/// A document that was looked at.
pub(super) struct Looked {
    pub(super) checked: Checked,
    /// The document itself, if it must be looked at once more.
    pub(super) waiting: Option<Document<'static>>,
}

fn look(plan: &Plan, path: &Arc<str>, document: Document<'_>) -> Looked {
    let checked = validate::check(plan, path, &document);
    let waiting = checked.waits.then(|| document.into_owned());
    Looked { checked, waiting }
}

/// Works until the queue is closed.
pub(super) fn run(shared: &Shared<'_>, worker: usize, done: &Sender<Done>) {
    let _alarm = Alarm(done);
    while let Some(job) = shared.queue.next(worker) {
        let result = match job {
            Job::Read { index, entries, buffer, .. } => Done::Read { index, fragment: read(shared, entries, buffer) },
            Job::Check { index, entry, documents, .. } => {
                Done::Check { index, checked: check_documents(shared, &shared.source.entries()[entry], documents) }
            }
            Job::Late { index, documents, definitions, .. } => {
                Done::Late { index, late: check_late(shared, documents, &definitions) }
            }
            Job::Encode { block, deflater, buffer } => encode(block, deflater, buffer),
        };
        if done.send(result).is_err() {
            return;
        }
    }
}

/// Tells the assembler if the thread dies, which would wait for it for ever.
struct Alarm<'a>(&'a Sender<Done>);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Nobody left to tell is fine too.
            let _ = self.0.send(Done::Died);
        }
    }
}

fn encode(block: Block, mut deflater: Option<Deflater>, buffer: Vec<u8>) -> Done {
    let index = block.index;
    let bytes = block.encode(deflater.as_mut(), buffer);
    Done::Encode { index, bytes, spent: deflater }
}

fn read(shared: &Shared<'_>, entries: Range<usize>, buffer: Vec<u8>) -> Fragment {
    let mut fragment = Fragment { tar: buffer, files: Vec::new() };
    for entry in entries {
        let file = read_file(shared, entry, &mut fragment.tar);
        if !shared.with_layer && !shared.with_copy {
            // The next file is read to the same place, which is near.
            fragment.tar.clear();
        }
        fragment.files.push(file);
    }
    fragment
}

/// Appends a file to the tar: its headers, its bytes and their padding; nothing if it cannot be read.
fn read_file(shared: &Shared<'_>, index: usize, tar: &mut Vec<u8>) -> PackedFile {
    let entry = &shared.source.entries()[index];
    let mut file = PackedFile { entry: index, size: 0, checked: Vec::new(), findings: Vec::new() };
    let start = tar.len();
    write_headers(tar, shared.source.entries(), index, entry.size);
    let content = tar.len();
    match shared.source.read(entry, super::WHOLE_FILE, tar) {
        Ok(ReadOutcome::Whole(_)) if shared.ignored.has_changed(&entry.name, &tar[content..]) => {
            file.findings.push(shared.source.changed(entry));
        }
        Ok(ReadOutcome::Whole(size)) => file.size = size,
        Ok(ReadOutcome::TooLarge(_)) => file.findings.push(shared.source.changed(entry)),
        Err(finding) => file.findings.push(finding),
    }
    if !file.findings.is_empty() {
        tar.truncate(start);
        return file;
    }
    if file.size != entry.size {
        // It changed since the source was opened, which is no harm; only the header must say what is packed.
        let mut header = Vec::new();
        tar::file(&mut header, &entry.name, file.size);
        tar[content - header.len()..content].copy_from_slice(&header);
    }
    if let Some(plan) = shared.plan {
        check_file(plan, entry, &tar[content..], &mut file);
    }
    tar.resize(tar.len() + tar::padding(file.size), 0);
    file
}

fn check_file(plan: &Plan, entry: &Entry, bytes: &[u8], file: &mut PackedFile) {
    let path: Arc<str> = Arc::from(&*entry.name);
    let role = plan.role(&entry.name);
    if !role.reads_yaml() {
        file.findings.extend(validate::check_other(plan, &path, bytes));
        return;
    }
    let (documents, findings) = object::documents(&path, bytes);
    if role == Role::Unread && !findings.is_empty() {
        // That it is no YAML is nobody's matter.
        file.findings.extend(validate::check_other(plan, &path, bytes));
        return;
    }
    file.findings.extend(findings);
    file.checked.extend(documents.into_iter().map(|document| look(plan, &path, document)));
}

fn check_documents(shared: &Shared<'_>, entry: &Entry, documents: Vec<Document<'static>>) -> Vec<Looked> {
    let path: Arc<str> = Arc::from(&*entry.name);
    let Some(plan) = shared.plan else { return Vec::new() };
    documents.into_iter().map(|document| look(plan, &path, document)).collect()
}

fn check_late(shared: &Shared<'_>, documents: Vec<Placed>, definitions: &Definitions) -> Vec<(Arc<str>, Late)> {
    let Some(plan) = shared.plan else { return Vec::new() };
    let check = |(path, document): Placed| {
        let late = validate::check_waiting(plan, definitions, &path, &document);
        (path, late)
    };
    documents.into_iter().map(check).collect()
}

/// Appends the header of entry `index`, and before it those of the directories that it is the first to stand in.
///
/// As the entries are sorted, a directory's files stand together, and a directory that is not an ancestor of the entry before is new.
pub(super) fn write_headers(tar: &mut Vec<u8>, entries: &[Entry], index: usize, size: u64) {
    let name = &*entries[index].name;
    let before = index.checked_sub(1).map_or("", |before| &*entries[before].name);
    for (slash, _) in name.match_indices('/') {
        let directory = &name[..=slash];
        if !before.starts_with(directory) {
            tar::directory(tar, directory);
        }
    }
    tar::file(tar, name, size);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Options, open};

    #[test]
    fn an_ignore_file_that_is_another_than_when_it_decided_what_is_checked_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".sourceignore");
        std::fs::write(&file, "*.md\n").unwrap();
        let source = open(folder.path(), &Options::default()).unwrap();
        let (ignored, queue) = (source.ignored_by(".sourceignore"), Queue::new());
        let shared = Shared {
            source: &source,
            ignored: &ignored,
            plan: None,
            queue: &queue,
            with_layer: true,
            with_copy: false,
            context: Context::default(),
        };
        let found = || read(&shared, 0..1, Vec::new()).files.into_iter().flat_map(|file| file.findings).count();
        assert_eq!(found(), 0);
        std::fs::write(&file, "*.txt\n").unwrap();
        assert_eq!(found(), 1);
    }
}
