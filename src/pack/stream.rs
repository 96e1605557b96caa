//! Large files: read in pieces by the thread that keeps the order, their documents checked by the workers as they come.

use std::io::Read as _;
use std::sync::Arc;

use super::assemble::Assembler;
use super::queue::Job;
use super::worker::{PackedFile, write_headers};
use super::{HEAVY_TREE, READ_AHEAD, TREE_FACTOR};
use crate::error::Error;
use crate::finding::{Finding, Severity};
use crate::object::{Document, Splitter};
use crate::tar;
use crate::validate::Role;
use crate::validate::secrets::Scanner;

impl Assembler<'_> {
    /// Reads a large file in pieces; its documents are checked as they come.
    pub(super) fn stream(&mut self, index: usize) -> Result<(), Error> {
        self.next_unit += 1;
        let entry = &self.shared.source.entries()[index];
        let path: Arc<str> = Arc::from(&*entry.name);
        let role = self.shared.plan.map(|plan| plan.role(&entry.name));
        let mut reader = role.map(|role| Reader::new(role.reads_yaml(), &path));
        let mut file = PackedFile { entry: index, size: 0, checked: Vec::new(), findings: Vec::new() };
        match self.stream_content(index, &mut file, reader.as_mut()) {
            Ok(()) => {}
            Err(Stopped::Failed(error)) => return Err(error),
            Err(Stopped::Found(finding)) => file.findings.push(*finding),
        }
        if let Some(reader) = reader {
            let mut documents = Vec::new();
            let found = reader.finish(&mut documents);
            if role != Some(Role::Unread) {
                file.findings.extend(found);
            }
            self.check(index, documents)?;
        }
        while !self.check_costs.is_empty() {
            self.wait()?;
            self.note_checks(&path)?;
        }
        self.record(file)
    }

    fn stream_content(
        &mut self,
        index: usize,
        file: &mut PackedFile,
        mut reader: Option<&mut Reader>,
    ) -> Result<(), Stopped> {
        let source = self.shared.source;
        let mut open = source.open(&source.entries()[index])?;
        let mut header = Vec::new();
        write_headers(&mut header, source.entries(), index, open.len());
        self.feed(&header)?;
        let mut buffer = vec![0; 128 << 10];
        let mut documents = Vec::new();
        loop {
            let count = match open.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stopped::from(open.failed(&error))),
            };
            file.size += count as u64;
            self.feed(&buffer[..count])?;
            if let Some(reader) = &mut reader {
                reader.push(&buffer[..count], &mut documents);
                self.check(index, std::mem::take(&mut documents))?;
            }
        }
        open.finish()?;
        self.feed(&vec![0; tar::padding(file.size)])?;
        Ok(())
    }

    /// Hands out documents of a large file when there is room; takes what earlier ones gave meanwhile.
    fn check(&mut self, entry: usize, documents: Vec<Document<'static>>) -> Result<(), Error> {
        if documents.is_empty() {
            return Ok(());
        }
        let path: Arc<str> = Arc::from(&*self.shared.source.entries()[entry].name);
        let text: usize = documents.iter().map(|document| document.text().len()).sum();
        let largest = documents.iter().map(|document| document.text().len()).max().unwrap_or_default();
        let tree = (largest as u64).saturating_mul(TREE_FACTOR);
        let cost = text.saturating_add(usize::try_from(tree).unwrap_or(usize::MAX));
        while self.reading + cost > READ_AHEAD && self.reading > 0 {
            self.wait()?;
            self.note_checks(&path)?;
        }
        self.reading += cost;
        self.outstanding += 1;
        self.check_costs.insert(self.checks_handed_out, cost);
        let index = self.checks_handed_out;
        self.shared.queue.push(Job::Check { index, entry, documents, heavy: tree > HEAVY_TREE });
        self.checks_handed_out += 1;
        Ok(())
    }

    /// Puts on record what the documents gave whose turn it is.
    fn note_checks(&mut self, path: &Arc<str>) -> Result<(), Error> {
        while let Some(all) = self.checks.remove(&self.checks_noted) {
            self.checks_noted += 1;
            for looked in all {
                self.note(path, looked)?;
            }
        }
        Ok(())
    }
}

/// What looks at the bytes of a large file as they come.
enum Reader {
    Yaml(Splitter),
    Other(Scanner),
}

impl Reader {
    fn new(is_yaml: bool, path: &Arc<str>) -> Self {
        if is_yaml { Self::Yaml(Splitter::new(Arc::clone(path))) } else { Self::Other(Scanner::new(Arc::clone(path))) }
    }

    fn push(&mut self, bytes: &[u8], documents: &mut Vec<Document<'static>>) {
        match self {
            Self::Yaml(splitter) => splitter.push(bytes, documents),
            Self::Other(scanner) => scanner.push(bytes),
        }
    }

    fn finish(self, documents: &mut Vec<Document<'static>>) -> Vec<Finding> {
        match self {
            Self::Yaml(splitter) => splitter.finish(documents),
            Self::Other(scanner) => scanner.finish(),
        }
    }
}

/// Why a large file was not read to its end.
enum Stopped {
    Failed(Error),
    Found(Box<Finding>),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Finding> for Stopped {
    fn from(finding: Finding) -> Self {
        debug_assert!(finding.severity == Severity::Error);
        Self::Found(Box::new(finding))
    }
}
