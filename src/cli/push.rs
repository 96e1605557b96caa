//! `consign push`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::args::{self, Format, Global};
use super::console::Console;
use super::findings::Found;
use super::{Outcome, meaning, receipt, status, wait};
use crate::cluster::{Ended, Expected, Round, Wait};
use crate::error::{Error, Kind};
use crate::notice::{Event, Notice};
use crate::oci::{Reference, Tag, Target};
use crate::push::{self, Delivery, Pushed, Request};
use crate::report::Origin;
use crate::store::registry::{Registries, Remote};
use crate::store::{self, Placed};
use crate::{report, runtime};

pub(super) fn run(args: &args::Push, global: &Global, console: &Arc<Console>) -> Result<Outcome, Error> {
    // All that can be refused before any work is done.
    let compression = meaning::compression(&args.compress, args::Compression::Gzip)?;
    let guard = meaning::guard(&args.guard);
    let media_types = meaning::media_types(args.dress.media_types);
    meaning::image_for(&args.checks.readers, media_types, compression)?;
    let (targets, tags) = meaning::targets(&args.references, &args.tags, media_types, &guard)?;
    let checks = meaning::checks(&args.checks, Some(&args.unseen), std::slice::from_ref(&args.path))?;
    let after = after(args, &targets)?;
    let reached = registries(args, &targets, console)?;
    let source = meaning::open(&args.path, &args.source)?;
    for target in &targets {
        if let Target::Layout { path, .. } | Target::Archive { path, .. } = target {
            meaning::refuse_inside(&source, path)?;
        }
    }
    if let Some(file) = &args.digest_file {
        meaning::refuse_inside(&source, file)?;
        meaning::refuse_missing_folder(file)?;
    }
    let reports = meaning::reports(&args.checks.reports, std::slice::from_ref(&source))?;
    let dress = meaning::dress(&args.dress, &source)?;
    warn(console, &args.unseen, compression);
    let pack = meaning::pack(global.threads, checks, args.checks.allow_empty, compression, spool_folder(&targets));
    let pack = crate::pack::Options { render: args.unseen.render, ..pack };
    let request = Request {
        source: &source,
        pack: &pack,
        dress: &dress,
        targets: &targets,
        tags: &tags,
        dry_run: args.dry_run,
        registries: reached.as_ref().map(|(registries, _)| registries),
        guard: &guard,
        recheck: args.recheck,
    };
    let pushed = push::push(&request, &(Arc::clone(console) as Arc<dyn Notice>))?;
    let found = Found::new([(args.path.as_os_str(), &source, &pushed.packed)]);
    console.findings(&found);
    let saved = found.save(&reports);
    let receipt = |waited: Option<receipt::Waited<'_>>| {
        receipt::of_push(&pushed, &Origin::below(source.base()), args.dry_run, waited)
    };
    // With `--wait` the receipt tells how that ended.
    let is_whole = pushed.image.is_some() && pushed.deliveries.iter().all(|delivery| delivery.outcome.is_ok());
    let after = after.filter(|_| is_whole);
    if let (Format::Json, None) = (args.format, &after) {
        console.result(&receipt(None))?;
    }
    if pushed.image.is_none() {
        // A login that failed meanwhile would fail again.
        pushed
            .deliveries
            .iter()
            .filter_map(|delivery| delivery.outcome.as_ref().err())
            .chain(saved.as_ref().err())
            .for_each(|error| console.error(error));
        console.status("nothing was written");
        return Ok(Outcome::Failed(1));
    }
    let outcome = match (deliveries(args, &pushed, console)?, after) {
        (Outcome::Done, Some(wait)) => waited(wait, &pushed, reached, args, console, &receipt)?,
        (outcome, _) => outcome,
    };
    match (outcome, saved) {
        (Outcome::Done, Err(error)) => Err(error.hint("everything else was done; only the report is missing")),
        (outcome, Err(error)) => {
            console.error(&error);
            Ok(outcome)
        }
        (outcome, Ok(())) => Ok(outcome),
    }
}

/// What is waited for once all is pushed: `--wait`. The digest is not known yet.
fn after(args: &args::Push, targets: &[Target]) -> Result<Option<Wait>, Error> {
    let syncs = meaning::syncs(&args.after.wait)?;
    if syncs.is_empty() {
        if args.after.patience.ready {
            return Err(Error::new(Kind::Usage, "`--ready` only means something with `--wait`")
                .hint("say which sync must run it, `--wait SYNC`"));
        }
        return Ok(None);
    }
    let references = targets.iter().filter_map(|target| match target {
        Target::Registry(reference) => Some(reference.clone()),
        Target::Layout { .. } | Target::Archive { .. } => None,
    });
    let digest = crate::oci::Digest::of(b"");
    let ready = args.after.patience.ready;
    let expected: Vec<Expected> = references.map(|reference| Expected { reference, digest, ready }).collect();
    if expected.is_empty() {
        return Err(Error::new(
            Kind::Usage,
            "`--wait` waits for a cluster, and no cluster fetches from a layout or an archive",
        )
        .hint("push to HOST/REPOSITORY:TAG, or leave out `--wait`"));
    }
    let clusters = meaning::clusters(&args.after.contexts, false)?;
    meaning::refuse_unknown(&args.after.contexts)?;
    Ok(Some(Wait {
        clusters,
        scope: meaning::scope(None, &syncs),
        syncs,
        name: None,
        expected,
        limit: args.after.patience.wait_timeout,
    }))
}

/// Waits until the syncs run what was pushed. With `--format json` the receipt is printed then.
fn waited(
    mut wait: Wait,
    pushed: &Pushed,
    reached: Option<(Registries, Remote)>,
    args: &args::Push,
    console: &Console,
    receipt: &dyn Fn(Option<receipt::Waited<'_>>) -> String,
) -> Result<Outcome, Error> {
    let Some(image) = &pushed.image else { return Ok(Outcome::Done) };
    wait.expected.iter_mut().for_each(|expected| expected.digest = image.digest());
    let repositories = wait.expected.iter().map(|expected| expected.reference.clone()).collect();
    let Some((_, remote)) = reached else { return Ok(Outcome::Done) };
    let tags = status::tags(remote, repositories)?;
    wait::announce(&wait, console);
    let ended: Result<(Ended, Round), Error> = wait::run(&wait, &tags, console);
    if args.format == Format::Json {
        console.result(&receipt(Some(receipt::Waited::new(&wait, &ended))))?;
    }
    let (ended, round) = ended?;
    Ok(wait::outcome(&wait, ended, &round, console))
}

/// What it takes to reach the registries among the targets; nothing where there are none.
fn registries(
    args: &args::Push,
    targets: &[Target],
    console: &Arc<Console>,
) -> Result<Option<(Registries, Remote)>, Error> {
    let from_stdin = args.path == "-";
    let references: Vec<Reference> = targets
        .iter()
        .filter_map(|target| match target {
            Target::Registry(reference) => Some(reference.clone()),
            Target::Layout { .. } | Target::Archive { .. } => None,
        })
        .collect();
    let hosts: Vec<&str> = references.iter().map(Reference::host).collect();
    let remote = meaning::remote(&args.registry, &hosts, from_stdin)?;
    if references.is_empty() {
        return Ok(None);
    }
    let registries = Registries::new(&remote, Arc::clone(console) as Arc<dyn Notice>)?;
    if from_stdin {
        // Whoever writes to the pipe may take as long as a credential helper does.
        let early = registries.clone();
        thread::spawn(move || runtime::block_on(early.find_credentials(&references)));
    }
    Ok(Some((registries, remote)))
}

/// Tells how each delivery went; the exit code is that of the first that failed.
fn deliveries(args: &args::Push, pushed: &Pushed, console: &Console) -> Result<Outcome, Error> {
    let Some(image) = &pushed.image else { return Ok(Outcome::Failed(1)) };
    let digest = image.digest();
    let mut outcome = Outcome::Done;
    for delivery in &pushed.deliveries {
        match &delivery.outcome {
            Ok(copied) => {
                // At a registry; a layout's one line says it all.
                if let (Some(copied), Some(identity)) = (copied, &delivery.identity) {
                    tagged(&delivery.repository, &copied.tags, console);
                    console.status(&format!("{}: as {}", delivery.repository, report::escape(&identity.to_string())));
                }
                if args.format == Format::Text {
                    console.result(&format!("{}@{digest}\n", delivery.repository))?;
                }
            }
            Err(error) => {
                console.error(error);
                if outcome == Outcome::Done {
                    outcome = Outcome::Failed(error.kind().exit_code());
                }
            }
        }
    }
    let failed: Vec<&str> = pushed
        .deliveries
        .iter()
        .filter(|delivery| delivery.outcome.is_err())
        .map(|delivery| delivery.repository.as_str())
        .collect();
    if pushed.deliveries.len() > 1 && !failed.is_empty() {
        let all = pushed.deliveries.len();
        console.status(&format!("{} of {all} targets got it; not: {}", all - failed.len(), failed.join(", ")));
    }
    if outcome == Outcome::Done {
        if let (Some(file), false) = (&args.digest_file, args.dry_run) {
            store::write_file(file, |out| writeln!(out, "{digest}"))
                .map_err(|error| error.hint("the image was pushed; only the digest file is missing"))?;
        }
        if args.dry_run {
            console.status("dry run: nothing was written");
        } else if let Some(next) = pushed.deliveries.first().and_then(next_step) {
            console.status(&next);
        }
    }
    Ok(outcome)
}

/// Which tags name the image now, and which did before.
pub(super) fn tagged(repository: &str, tags: &[(Tag, Placed)], console: &Console) {
    for (tag, placed) in tags {
        match placed {
            Placed::AlreadyThere => console.status(&format!("{repository}:{tag}: already there")),
            Placed::Written | Placed::Mounted(_) => console.status(&format!("tagged {repository}:{tag}")),
        }
    }
}

/// What a user should know although it was asked for.
pub(super) fn warn(console: &Console, unseen: &args::Unseen, compression: crate::bundle::Compression) {
    if unseen.no_validate {
        console.notice(&Event::Warning("packing unseen: nothing is checked (--no-validate)"));
    }
    if compression == crate::bundle::Compression::None {
        console.notice(&Event::Warning(
            "the layer is not compressed: Flux refuses it, and oras pull and crane validate cannot read it",
        ));
    }
}

/// What one does next with an image in a layout or archive. At a registry it is where consumers look for it.
fn next_step(delivery: &Delivery) -> Option<String> {
    if !["oci:", "oci-archive:"].iter().any(|local| delivery.repository.starts_with(local)) {
        return None;
    }
    let image = format!("{}:{}", delivery.repository, delivery.tags.first()?);
    Some(format!(
        "next: `skopeo inspect {image}` shows it, `skopeo copy {image} docker://HOST/REPOSITORY:TAG` brings it to a registry"
    ))
}

/// The folder of the first target: a layer that is kept there can become a blob without crossing file systems.
fn spool_folder(targets: &[Target]) -> Option<PathBuf> {
    let path = targets.iter().find_map(|target| match target {
        Target::Layout { path, .. } | Target::Archive { path, .. } => Some(path),
        Target::Registry(_) => None,
    })?;
    nearest_folder(path)
}

/// The nearest folder above `path` that exists.
pub(super) fn nearest_folder(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    absolute.ancestors().find(|folder| folder.is_dir()).map(Path::to_path_buf)
}
