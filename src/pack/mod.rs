//! The one pass over the files that feeds both the checks and the layer.
//!
//! Every file is read once: the bytes that were checked are the bytes that are packed. Workers read, check and compress; the thread
//! that calls [`pack`] keeps the order and hands out work as long as the bytes in flight stay within their budget, so that memory
//! does not grow with the size of the source, nor much with the number of threads.

mod assemble;
mod late;
mod queue;
mod render;
mod stream;
mod units;
mod worker;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use crate::bundle::{Compression, Layer};
use crate::error::{Error, Kind};
use crate::finding::Findings;
use crate::notice::{Event, Notice, human_bytes, human_count};
use crate::source::{Ignored, Source};
use crate::validate::{self, Consumer, Definitions, Ledger, Plan, Silenced, Summary};
use assemble::Assembler;
use queue::Queue;
use render::{Kustomized, Rendering};
use worker::Shared;

/// The bytes that may be on their way from the disk into the tar: being read, checked, or waiting for their turn.
const READ_AHEAD: usize = 6 << 20;

/// The bytes that may be on their way from the tar into the layer: being compressed, or waiting for their turn.
const ENCODING: usize = 12 << 20;

/// What the tree of a YAML document takes, as a multiple of its text.
const TREE_FACTOR: u64 = 4;

/// A document whose tree is larger than this many bytes is a heavy one.
const HEAVY_TREE: u64 = 1 << 20;

/// The largest file that is read as a whole; with its tree it fills what may be read ahead. Larger ones are read in pieces.
const WHOLE_FILE: u64 = 1 << 20;

/// How to pack.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many threads read, check and compress.
    pub threads: NonZeroUsize,
    /// Whether, and how hard, the layer is compressed.
    pub compression: Compression,
    /// What to check; none packs unseen.
    pub checks: Option<validate::Options>,
    /// Pack a source without any file. A consumer of such a bundle deletes everything that it manages.
    pub allow_empty: bool,
    /// Pack what kustomizations render to, in place of them.
    pub render: bool,
    /// How long rendering may take, and how much may come out of it.
    pub render_limit: crate::render::Limit,
    /// Where a layer that is too large for memory is kept meanwhile, without a name; none: where `TMPDIR` says.
    pub spool_folder: Option<PathBuf>,
}

impl Default for Options {
    /// One thread more than there are cores, so that none idles while a thread waits for work; the default compression, the default checks.
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).saturating_add(1),
            compression: Compression::default(),
            checks: Some(validate::Options::default()),
            allow_empty: false,
            render: false,
            render_limit: crate::render::Limit::default(),
            spool_folder: None,
        }
    }
}

/// What packing gave.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The layer; none if there was any error, or none was asked for.
    pub layer: Option<Layer>,
    /// How many files are in it.
    pub files: usize,
    /// How many bytes these files hold.
    pub bytes: u64,
    /// What was counted while checking; none if nothing was checked.
    pub summary: Option<Summary>,
    /// What was found.
    pub findings: Findings,
}

/// Reads, checks and packs `source`.
///
/// What is wrong with the content is in [`Packed::findings`]; then there is no layer. Fails where the layer cannot be kept in a
/// temporary file, or where the options do not fit the source.
pub fn pack(source: &Source, options: &Options, notice: &dyn Notice) -> Result<Packed, Error> {
    Ok(go_through(source, options, true, Context::default(), notice)?.packed)
}

/// Reads and checks `source` as [`pack`] does, with the same findings and counts, but makes no layer and needs no room for one.
pub fn check(source: &Source, options: &Options, notice: &dyn Notice) -> Result<Packed, Error> {
    Ok(go_through(source, options, false, Context::default(), notice)?.packed)
}

/// What is known from elsewhere about a source.
#[derive(Clone, Copy, Default)]
struct Context<'a> {
    /// Definitions of custom resources that stand elsewhere in the same bundle.
    known: Option<&'a Definitions>,
    /// What comments elsewhere silence.
    silenced: Option<&'a Silenced>,
}

fn go_through(
    source: &Source,
    options: &Options,
    with_layer: bool,
    context: Context<'_>,
    notice: &dyn Notice,
) -> Result<Pass, Error> {
    if options.checks.is_none() && !options.allow_empty && source.entries().is_empty() && source.findings().is_empty() {
        return Err(Error::new(Kind::Input, "the source has no file to pack")
            .hint("if a consumer shall delete everything that it manages, say --allow-empty"));
    }
    let names = || source.entries().iter().map(|entry| &*entry.name);
    let is_for_flux = options.checks.as_ref().is_some_and(|checks| checks.consumers.contains(&Consumer::Flux));
    let ignored = if is_for_flux { source.ignored_by(validate::IGNORE_FILE) } else { Ignored::default() };
    let is_ignored = |name: &str| ignored.has(name);
    let planned = |checks: &validate::Options| {
        let plan = Plan::with_ignored(names(), is_ignored, checks)?;
        let parts = render::parts(source, &plan);
        if parts.is_empty() { Ok(plan) } else { Plan::with_parts(names(), is_ignored, parts, checks) }
    };
    let plan = options.checks.as_ref().map(planned).transpose()?;
    let checking = plan.as_ref().zip(options.checks.as_ref());
    let kustomized = checking.filter(|(plan, _)| !plan.kustomized().is_empty()).map(|(plan, checks)| Kustomized {
        source,
        plan,
        checks,
        options,
        notice,
    });
    // What will be replaced is read, but not packed.
    let with_layer_now = with_layer && !(options.render && kustomized.is_some());
    for left_out in source.left_out() {
        notice.notice(&Event::LeftOut { name: &left_out.name, why: &left_out.why });
    }
    let step = if with_layer_now { "packed" } else { "checked" };
    notice.notice(&Event::Started { step, total: source.entries().iter().map(|entry| entry.size).sum() });
    let queue = Queue::new();
    let with_copy = kustomized.is_some();
    let shared = Shared {
        source,
        ignored: &ignored,
        plan: plan.as_ref(),
        queue: &queue,
        with_layer: with_layer_now,
        with_copy,
        context,
    };
    let ledger = checking.map(|(plan, checks)| Ledger::new(plan, checks));
    let mut pass = work(&shared, ledger, kustomized.as_ref(), options, notice)?;
    if let (Some(kustomized), Some(rendering)) = (&kustomized, pass.rendering.take()) {
        if options.render && pass.packed.findings.errors() + rendering.errors() == 0 {
            return kustomized.replace(&rendering, &pass.packed.findings, with_layer);
        }
        kustomized.add(rendering, &mut pass.packed);
    }
    notice.notice(&Event::Finished(&pass.packed.in_words()));
    Ok(pass)
}

impl Packed {
    /// One line: `3 files, 4 objects, layer 1.2 KiB`.
    fn in_words(&self) -> String {
        let mut words = human_count(self.files, "file");
        if let Some(summary) = &self.summary {
            words = format!("{words}, {}", human_count(summary.objects, "object"));
        }
        if let Some(layer) = &self.layer {
            words = format!("{words}, layer {}", human_bytes(layer.blob.descriptor.size));
        }
        words
    }
}

/// What going through a source gave.
struct Pass {
    packed: Packed,
    /// All definitions of custom resources that were known in the end.
    definitions: Arc<Definitions>,
    /// What its kustomizations gave, where it has any.
    rendering: Option<Rendering>,
}

/// Starts the workers and keeps them busy until everything is packed.
fn work(
    shared: &Shared<'_>,
    ledger: Option<Ledger<'_>>,
    kustomized: Option<&Kustomized<'_>>,
    options: &Options,
    notice: &dyn Notice,
) -> Result<Pass, Error> {
    std::thread::scope(|scope| {
        // Whatever happens below, the workers must go home before the scope can end.
        let _close = CloseOnDrop(shared.queue);
        let (sender, results) = mpsc::channel();
        for number in 0..options.threads.get() {
            let sender = sender.clone();
            let worker = std::thread::Builder::new().name("pack".to_owned()).spawn_scoped(scope, move || {
                // A panic is told through the channel; the scope need not hear of it again.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| worker::run(shared, number, &sender)));
            });
            match worker {
                // With fewer threads than asked for it is only slower.
                Err(error) if number == 0 => {
                    return Err(Error::new(Kind::Local, "cannot start a thread").because(error));
                }
                Err(_) => break,
                Ok(_) => {}
            }
        }
        drop(sender);
        Assembler::new(shared, results, ledger, options, notice)?.run(kustomized)
    })
}

struct CloseOnDrop<'a>(&'a Queue);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
