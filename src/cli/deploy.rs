//! `consign deploy`.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::args::deploy::{self as args, What};
use super::console::Console;
use super::{Outcome, meaning};
use crate::error::{Error, Kind};
use crate::notice::{Event, Notice as _};
use crate::oci::Reference;
use crate::store::registry::{Access, Registries};
use crate::sync::Sync;
use crate::{deploy, report, runtime, store};

/// The largest file that is changed. No file of syncs comes near.
const LARGEST: u64 = 64 << 20;

pub(super) fn run(args: &args::Deploy, console: &Arc<Console>) -> Result<Outcome, Error> {
    let is_range = matches!(&args.what, What::Flux(flux) if flux.semver.is_some());
    let image = meaning::deploy::pulled(&args.what.pulled().reference, is_range)?;
    // What makes no sense is told before a registry is asked.
    let text = |image: Reference| match &args.what {
        What::RootSync(typed) => meaning::deploy::root_sync(typed, image)?.write(),
        What::RepoSync(typed) => meaning::deploy::repo_sync(typed, image)?.write(),
        What::Flux(typed) => meaning::deploy::flux(typed, image)?.write(),
        What::ArgoCd(typed) => meaning::deploy::argo_cd(typed, image)?.write(),
        What::Update(_) => Ok(String::new()),
    };
    text(image.clone())?;
    let image = pinned(&args.what, image, console)?;
    if let What::Update(typed) = &args.what {
        return update(typed, &image, console);
    }
    if let Some(warning) = meaning::deploy::shows_a_token(&args.what, &image) {
        console.notice(&Event::Warning(&warning));
    }
    console.result(&text(image)?)?;
    Ok(Outcome::Done)
}

/// With `--pin` the image with the digest that the registry has for it.
fn pinned(what: &What, image: Reference, console: &Arc<Console>) -> Result<Reference, Error> {
    if !what.pulled().pin || image.digest().is_some() {
        let login = &what.registry().login;
        if login.username.is_some() || login.password_stdin || login.token_stdin {
            return Err(Error::new(Kind::Usage, "a login is for asking a registry, and nothing asks one")
                .hint("add `--pin` to write the digest of a tag, or leave out the login"));
        }
        return Ok(image);
    }
    let remote = meaning::remote(what.registry(), &[image.host()], false)?;
    let registries = Registries::new(&remote, Arc::clone(console) as _)?;
    let descriptor = runtime::block_on(async {
        registries.open(&image, Access::Pull).await?.resolve(image.tag(), image.digest()).await
    })??;
    format!("{image}@{}", descriptor.digest).parse()
}

fn update(typed: &args::Update, image: &Reference, console: &Console) -> Result<Outcome, Error> {
    let syncs = typed.syncs.iter().map(|text| text.parse()).collect::<Result<Vec<Sync>, _>>()?;
    let name = report::escape(&typed.file.display().to_string()).into_owned();
    let (bytes, there) = read(&typed.file)?;
    let update = deploy::update(&name, &bytes, image, &syncs)?;
    let named = |syncs: &[deploy::Found]| {
        const MOST: usize = 8;
        let mut names: Vec<String> = syncs.iter().take(MOST).map(ToString::to_string).collect();
        if syncs.len() > MOST {
            names.push(format!("{} more", syncs.len() - MOST));
        }
        // What a file calls its objects may be anything.
        report::escape(&names.join(", ")).into_owned()
    };
    let diff = update.diff(&name);
    if diff.is_empty() {
        console.status(&format!("unchanged: {} in {name} has {image} already", named(&update.syncs)));
        return Ok(Outcome::Done);
    }
    let shown: String = diff.lines().map(|line| format!("{}\n", report::escape(line))).collect();
    if typed.check {
        console.result(&shown)?;
        console.status(&format!("{} in {name} would become {image}", named(&update.syncs)));
        return Ok(Outcome::Failed(1));
    }
    if there.permissions().readonly() {
        return Err(Error::new(Kind::Local, format!("cannot write `{name}`: it is read-only"))
            .hint("`chmod u+w` makes it writable; `--check` only shows what would change"));
    }
    store::write_file(&typed.file, |file: &mut File| {
        file.write_all(&update.after)?;
        file.set_permissions(there.permissions())
    })?;
    console.result(&shown)?;
    console.status(&format!("changed {} in {name} to {image}", named(&update.syncs)));
    Ok(Outcome::Done)
}

/// The bytes of a file, and what the disk knows of it.
fn read(path: &Path) -> Result<(Vec<u8>, fs::Metadata), Error> {
    let shown = path.display();
    let cannot = |kind, cause: io::Error| Error::new(kind, format!("cannot read `{shown}`")).because(cause);
    let missing = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => {
            cannot(Kind::NotFound, cause).hint("FILE is a YAML file with syncs, such as `consign deploy` prints")
        }
        _ => cannot(Kind::Local, cause),
    };
    if path == Path::new("-") {
        return Err(Error::new(Kind::Usage, "standard input cannot be changed in place")
            .hint("FILE is one YAML file with syncs"));
    }
    let there = fs::metadata(path).map_err(missing)?;
    if !there.is_file() {
        return Err(
            Error::new(Kind::Usage, format!("`{shown}` is not a file")).hint("FILE is one YAML file with syncs")
        );
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(missing)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|cause| cannot(Kind::Local, cause))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::new(Kind::Input, format!("`{shown}` is larger than 64 MiB"))
            .hint("put the syncs into a file of their own"));
    }
    Ok((bytes, there))
}
