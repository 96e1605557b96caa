//! Documents with custom resources: they wait until all files were read, for their definitions may stand in any of them.
//!
//! Their texts are kept in memory while they are few, in a file without a name beyond that; in memory stay some bytes for each. Then they
//! are read again in order and checked by the workers, as documents of a large file are.

use std::collections::BTreeMap;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::assemble::{Assembler, cannot_spool};
use super::queue::Job;
use super::{HEAVY_TREE, READ_AHEAD, TREE_FACTOR};
use crate::bundle::Spool;
use crate::error::Error;
use crate::object::{Document, Frame};
use crate::validate::{Definitions, Late, Ledger};

/// The most documents that are checked in one go.
const BATCH_DOCUMENTS: usize = 64;
/// The most bytes of text in a batch of more than one document.
const BATCH_BYTES: usize = 128 << 10;

/// The documents that wait.
pub(super) struct Waiting {
    folder: Option<PathBuf>,
    spool: Spool,
    /// The files they stand in, and the documents by the number of their file.
    files: Vec<Arc<str>>,
    documents: Vec<(u32, u32, Frame)>,
}

/// A document with the file it stands in.
pub(super) type Placed = (Arc<str>, Document<'static>);

impl Waiting {
    pub(super) fn new(folder: Option<&Path>) -> Self {
        let folder = folder.map(Path::to_path_buf);
        Self { spool: Spool::new(folder.clone()), folder, files: Vec::new(), documents: Vec::new() }
    }

    /// Adds a document; they must come in the order of the files.
    pub(super) fn add(&mut self, path: &Arc<str>, document: &Document<'_>) -> Result<(), Error> {
        let text = document.text();
        if self.files.last() != Some(path) {
            self.files.push(Arc::clone(path));
        }
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.documents.push((number(self.files.len() - 1), number(text.len()), document.frame()));
        self.spool.write_all(text.as_bytes()).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: std::io::Error) -> Error {
        cannot_spool("objects that wait for their definitions", self.folder.as_deref(), error)
    }
}

/// What became of the batches that were handed out.
#[derive(Default)]
pub(super) struct Batches {
    costs: BTreeMap<usize, usize>,
    done: BTreeMap<usize, Vec<(Arc<str>, Late)>>,
    handed_out: usize,
    noted: usize,
}

impl Assembler<'_> {
    /// The definitions of custom resources in all files, and those that stand elsewhere in the same bundle; asked for once.
    pub(super) fn definitions(&mut self) -> Definitions {
        let mut definitions = self.ledger.as_mut().map(Ledger::definitions).unwrap_or_default();
        if let Some(known) = self.shared.context.known {
            definitions.add_all(known);
        }
        definitions
    }

    /// Checks what waited, now that all definitions are known.
    pub(super) fn check_waiting(&mut self, definitions: &Arc<Definitions>) -> Result<(), Error> {
        let folder = self.waiting.folder.clone();
        let waiting = std::mem::replace(&mut self.waiting, Waiting::new(None));
        if waiting.documents.is_empty() {
            return Ok(());
        }
        let failed = |error| cannot_spool("objects that wait for their definitions", folder.as_deref(), error);
        let mut texts = waiting.spool.into_reader().map_err(failed)?;
        let mut batch: Vec<Placed> = Vec::new();
        let mut size = 0;
        for (file, length, frame) in waiting.documents {
            let length = length as usize;
            if !batch.is_empty() && (batch.len() >= BATCH_DOCUMENTS || size + length > BATCH_BYTES) {
                self.hand_out_late(std::mem::take(&mut batch), size, definitions)?;
                size = 0;
            }
            let mut text = String::with_capacity(length);
            (&mut texts).take(length as u64).read_to_string(&mut text).map_err(failed)?;
            let Some(path) = waiting.files.get(file as usize) else { continue };
            batch.push((Arc::clone(path), frame.with(text)));
            size += length;
        }
        self.hand_out_late(batch, size, definitions)?;
        while !self.late.costs.is_empty() {
            self.wait()?;
            self.note_late();
        }
        Ok(())
    }

    /// Hands out a batch when there is room for it.
    fn hand_out_late(
        &mut self,
        documents: Vec<Placed>,
        size: usize,
        definitions: &Arc<Definitions>,
    ) -> Result<(), Error> {
        let largest = documents.iter().map(|(_, document)| document.text().len()).max().unwrap_or_default();
        let tree = (largest as u64).saturating_mul(TREE_FACTOR);
        let cost = size.saturating_add(usize::try_from(tree).unwrap_or(usize::MAX));
        while self.reading + cost > READ_AHEAD && self.reading > 0 {
            self.wait()?;
            self.note_late();
        }
        self.reading += cost;
        self.outstanding += 1;
        let index = self.late.handed_out;
        self.late.handed_out += 1;
        self.late.costs.insert(index, cost);
        let definitions = Arc::clone(definitions);
        self.shared.queue.push(Job::Late { index, documents, definitions, heavy: tree > HEAVY_TREE });
        Ok(())
    }

    /// Takes the result of a batch.
    pub(super) fn take_late(&mut self, index: usize, late: Vec<(Arc<str>, Late)>) {
        self.reading -= self.late.costs.remove(&index).unwrap_or_default();
        self.late.done.insert(index, late);
    }

    /// Puts on record what the batches gave whose turn it is.
    fn note_late(&mut self) {
        while let Some(batch) = self.late.done.remove(&self.late.noted) {
            self.late.noted += 1;
            for (path, late) in batch {
                self.note_late_document(&path, late);
            }
        }
    }
}
