//! The thread that keeps the order: hands out work while there is room, takes the results, and writes the layer.
//!
//! Large files are its own work too, in `stream`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::late::{Batches, Waiting};
use super::queue::Job;
use super::render::{Kustomized, Rendering};
use super::units::{Unit, units};
use super::worker::{Done, Fragment, Looked, PackedFile, Shared};
use super::{ENCODING, HEAVY_TREE, Options, Packed, Pass, READ_AHEAD};
use crate::bundle::{BLOCK_SIZE, Block, Compression, Cutter, Deflater, Joiner, Spool};
use crate::error::{Error, Kind};
use crate::finding::Finding;
use crate::notice::{Event, Notice};
use crate::tar;
use crate::validate::{Definitions, Late, Ledger, Record};

/// What a block takes while it is compressed: itself with its dictionary, the compressor, and what it makes.
const BLOCK_COST: usize = 3 * BLOCK_SIZE + Deflater::MEMORY;

/// The state of one packing.
pub(super) struct Assembler<'a> {
    pub(super) shared: &'a Shared<'a>,
    results: Receiver<Done>,
    notice: &'a dyn Notice,
    spool_folder: Option<&'a Path>,
    compression: Compression,
    units: Vec<Unit>,
    /// The next unit to hand out.
    pub(super) next_unit: usize,
    /// Bytes that are being read and checked, or wait for their turn.
    pub(super) reading: usize,
    /// Bytes of blocks that are being compressed, or wait for their turn.
    encoding: usize,
    /// Jobs whose result has not come yet.
    pub(super) outstanding: usize,
    fragments: BTreeMap<usize, Fragment>,
    /// What documents of the large file gave, those that came early.
    pub(super) checks: BTreeMap<usize, Vec<Looked>>,
    pub(super) check_costs: BTreeMap<usize, usize>,
    pub(super) checks_handed_out: usize,
    pub(super) checks_noted: usize,
    encoded: BTreeMap<u64, Vec<u8>>,
    next_encoded: u64,
    cutter: Cutter,
    /// None if no layer was asked for, or as soon as an error is found: then there will be none.
    joiner: Option<Joiner>,
    /// The tar, where something in it is to be rendered.
    copy: Option<Spool>,
    record: Record<'a>,
    pub(super) ledger: Option<Ledger<'a>>,
    /// Documents that must be looked at once more.
    pub(super) waiting: Waiting,
    pub(super) late: Batches,
    files: usize,
    bytes: u64,
}

impl<'a> Assembler<'a> {
    pub(super) fn new(
        shared: &'a Shared<'a>,
        results: Receiver<Done>,
        ledger: Option<Ledger<'a>>,
        options: &'a Options,
        notice: &'a dyn Notice,
    ) -> Result<Self, Error> {
        let mut assembler = Self {
            shared,
            results,
            notice,
            spool_folder: options.spool_folder.as_deref(),
            compression: options.compression,
            units: units(shared.source.entries(), shared.plan, options.threads),
            next_unit: 0,
            reading: 0,
            encoding: 0,
            outstanding: 0,
            fragments: BTreeMap::new(),
            checks: BTreeMap::new(),
            check_costs: BTreeMap::new(),
            checks_handed_out: 0,
            checks_noted: 0,
            encoded: BTreeMap::new(),
            next_encoded: 0,
            cutter: Cutter::default(),
            joiner: None,
            copy: shared.with_copy.then(|| Spool::new(options.spool_folder.clone())),
            record: Record::new(options.checks.as_ref()).without(shared.context.silenced),
            ledger,
            waiting: Waiting::new(options.spool_folder.as_deref()),
            late: Batches::default(),
            files: 0,
            bytes: 0,
        };
        if shared.with_layer {
            let joiner = Joiner::new(options.compression, options.spool_folder.clone());
            assembler.joiner = Some(joiner.map_err(|error| assembler.cannot_spool(error))?);
        }
        Ok(assembler)
    }

    /// Packs everything, in order.
    pub(super) fn run(mut self, kustomized: Option<&Kustomized<'_>>) -> Result<Pass, Error> {
        for finding in self.shared.source.findings() {
            self.found(finding.clone());
        }
        for index in 0..self.units.len() {
            self.hand_out();
            match self.units[index] {
                Unit::Batch(_) => {
                    let fragment = self.fragment(index)?;
                    self.take(fragment)?;
                }
                Unit::Large(entry) => self.stream(entry)?,
            }
        }
        self.feed(&tar::END)?;
        let known = self.definitions();
        let (definitions, rendering) = match kustomized.zip(self.copy.take()) {
            None => (Arc::new(known), None),
            // What is rendered may define kinds, too, which hold for the plain files as well.
            Some((kustomized, copy)) => {
                let rendering = self.render(kustomized, copy, known)?;
                (Arc::clone(&rendering.definitions), Some(rendering))
            }
        };
        self.check_waiting(&definitions)?;
        Ok(Pass { packed: self.finish()?, definitions, rendering })
    }

    /// What the kustomizations in the tar give.
    fn render(&mut self, kustomized: &Kustomized<'_>, copy: Spool, known: Definitions) -> Result<Rendering, Error> {
        let copy = copy.into_reader().map_err(|error| {
            Error::new(Kind::Local, "cannot read the copy of the bundle that is rendered").because(error)
        })?;
        let rendering = kustomized.check(copy, known, &mut self.record)?;
        if rendering.errors() > 0 {
            self.joiner = None;
        }
        Ok(rendering)
    }

    /// Hands out batches while there is room, but none beyond the next large file.
    fn hand_out(&mut self) {
        while let Some(Unit::Batch(batch)) = self.units.get(self.next_unit) {
            // The batch that is needed next finds nothing else in the way, so it is handed out whatever its size.
            if self.reading + batch.cost() > READ_AHEAD && self.reading > 0 {
                return;
            }
            self.reading += batch.cost();
            self.outstanding += 1;
            // The buffer is made here, where it will be freed: see `Job`.
            let buffer = Vec::with_capacity(batch.tar);
            let (entries, heavy) = (batch.entries.clone(), batch.tree as u64 > HEAVY_TREE);
            self.shared.queue.push(Job::Read { index: self.next_unit, entries, buffer, heavy });
            self.next_unit += 1;
        }
    }

    /// The fragment of unit `index`, waiting for it if need be.
    fn fragment(&mut self, index: usize) -> Result<Fragment, Error> {
        loop {
            if let Some(fragment) = self.fragments.remove(&index) {
                return Ok(fragment);
            }
            self.wait()?;
            self.hand_out();
        }
    }

    /// Puts a fragment into the layer and its findings on record.
    fn take(&mut self, fragment: Fragment) -> Result<(), Error> {
        for file in fragment.files {
            self.record(file)?;
        }
        let memory = fragment.tar.len();
        self.feed(&fragment.tar)?;
        self.reading -= memory;
        self.hand_out();
        Ok(())
    }

    pub(super) fn record(&mut self, file: PackedFile) -> Result<(), Error> {
        let name = &self.shared.source.entries()[file.entry].name;
        self.notice.notice(&Event::Packed { name, size: file.size });
        self.notice.notice(&Event::Advanced(file.size));
        self.files += 1;
        self.bytes += file.size;
        let path: Arc<str> = Arc::from(&**name);
        if let Some(ledger) = &mut self.ledger {
            ledger.add_file(&path, file.size);
        }
        for looked in file.checked {
            self.note(&path, looked)?;
        }
        // Behind the documents, whose comments may silence them.
        for finding in file.findings {
            self.found(finding);
        }
        Ok(())
    }

    /// Puts what was found in one document on record.
    pub(super) fn note(&mut self, path: &Arc<str>, looked: Looked) -> Result<(), Error> {
        if let Some(ledger) = &mut self.ledger {
            ledger.add(path, looked.checked, &mut self.record);
        }
        self.stop_at_errors();
        looked.waiting.map_or(Ok(()), |document| self.waiting.add(path, &document))
    }

    /// Puts what was found in a document that had waited on record.
    pub(super) fn note_late_document(&mut self, path: &Arc<str>, late: Late) {
        if let Some(ledger) = &mut self.ledger {
            ledger.add_late(path, late, &mut self.record);
        }
        self.stop_at_errors();
    }

    fn found(&mut self, finding: Finding) {
        self.record.push(finding);
        self.stop_at_errors();
    }

    /// With an error there will be no layer, so nothing more is compressed; everything is still read and checked.
    fn stop_at_errors(&mut self) {
        if self.record.findings().errors() > 0 {
            self.joiner = None;
        }
    }

    /// Puts bytes of the tar into the layer.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some(copy) = &mut self.copy {
            copy.write_all(bytes).map_err(|error| self.cannot_spool(error))?;
        }
        if self.joiner.is_none() {
            return Ok(());
        }
        let mut blocks = Vec::new();
        self.cutter.push(bytes, |block| blocks.push(block));
        for block in blocks {
            self.encode(block)?;
        }
        Ok(())
    }

    fn encode(&mut self, block: Block) -> Result<(), Error> {
        while self.encoding + BLOCK_COST > ENCODING && self.encoding > 0 {
            self.wait()?;
        }
        self.encoding += BLOCK_COST;
        self.outstanding += 1;
        let deflater = match self.compression {
            Compression::Gzip(level) => Some(Deflater::new(level)),
            Compression::None => None,
        };
        let buffer = Vec::with_capacity(BLOCK_SIZE / 2);
        self.shared.queue.push(Job::Encode { block, deflater, buffer });
        Ok(())
    }

    /// Takes one result.
    pub(super) fn wait(&mut self) -> Result<(), Error> {
        let died = || {
            Error::new(Kind::Local, "a worker thread of this program died")
                .hint("this is a mistake in consign: please report it with what was packed")
        };
        let done = self.results.recv().map_err(|_| died())?;
        self.outstanding -= 1;
        match done {
            Done::Read { index, fragment } => {
                if let Unit::Batch(batch) = &self.units[index] {
                    self.reading = self.reading + fragment.tar.len() - batch.cost();
                }
                self.fragments.insert(index, fragment);
            }
            Done::Check { index, checked } => {
                self.reading -= self.check_costs.remove(&index).unwrap_or_default();
                self.checks.insert(index, checked);
            }
            Done::Late { index, late } => self.take_late(index, late),
            Done::Encode { index, bytes, spent } => {
                drop(spent);
                self.encoding -= BLOCK_COST;
                let bytes =
                    bytes.map_err(|error| Error::new(Kind::Local, "cannot compress the layer").because(error))?;
                self.encoding += bytes.len();
                self.encoded.insert(index, bytes);
                self.write_encoded()?;
            }
            Done::Died => return Err(died()),
        }
        Ok(())
    }

    /// Writes the blocks whose turn it is.
    fn write_encoded(&mut self) -> Result<(), Error> {
        while let Some(bytes) = self.encoded.remove(&self.next_encoded) {
            self.next_encoded += 1;
            self.encoding -= bytes.len();
            let written = self.joiner.as_mut().map_or(Ok(()), |joiner| joiner.push(&bytes));
            written.map_err(|error| self.cannot_spool(error))?;
        }
        Ok(())
    }

    fn cannot_spool(&self, error: std::io::Error) -> Error {
        cannot_spool("the layer", self.spool_folder, error)
    }

    /// The last checks, and the layer.
    fn finish(mut self) -> Result<Packed, Error> {
        let summary = self.ledger.take().map(|ledger| ledger.finish(&mut self.record));
        self.record.close();
        self.stop_at_errors();
        let mut layer = None;
        if self.joiner.is_some() {
            let (last, end) = std::mem::take(&mut self.cutter).finish();
            self.encode(last)?;
            while self.outstanding > 0 {
                self.wait()?;
            }
            if let Some(joiner) = self.joiner.take() {
                layer = Some(joiner.finish(end).map_err(|error| self.cannot_spool(error))?);
            }
        }
        Ok(Packed { layer, files: self.files, bytes: self.bytes, summary, findings: self.record.into_findings() })
    }
}

/// The error that a file without a name in `folder`, or where `TMPDIR` says, cannot take `what`.
pub(super) fn cannot_spool(what: &str, folder: Option<&Path>, error: std::io::Error) -> Error {
    let shown = folder.map_or_else(std::env::temp_dir, Path::to_path_buf);
    let hint = match folder {
        Some(_) => "make room there, or choose a destination with more: the layer is first kept beside it",
        None => "make room there, or let TMPDIR name a folder with more",
    };
    Error::new(Kind::Local, format!("cannot write {what} to a temporary file in `{}`", shown.display()))
        .because(error)
        .hint(hint)
}
