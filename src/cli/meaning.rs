//! What was typed becomes what is meant: defaults, contradictions and values, decided once.

mod checks;
mod clusters;
mod consumers;
pub(super) mod deploy;
mod kinds;
mod place;
mod remote;
mod setup;

pub(super) use checks::{checks, reports};
pub(super) use clusters::{clusters, named_context, refuse_odd_name, refuse_unknown, scope, syncs};
pub(super) use consumers::image_for;
pub(super) use place::{Subject, host, image, reference, repository, subject};
pub(super) use remote::remote;
pub(super) use setup::setup;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args;
use crate::bundle::{Compression, Dress, Level, MediaTypes};
use crate::error::{Error, Kind};
use crate::oci::{Tag, Target, annotation};
use crate::source::git::{self, Checkout};
use crate::source::{self, Source};
use crate::store::Guard;
use crate::{pack, validate};

fn usage(message: impl Into<String>) -> Error {
    Error::new(Kind::Usage, message)
}

/// Opens SOURCE.
pub(super) fn open(path: &OsStr, source: &args::Source) -> Result<Source, Error> {
    let options = source::Options {
        ignore: source.ignore.clone(),
        max_size: source.max_size,
        max_files: source.max_files,
        stdin_name: source.stdin_name.clone(),
    };
    source::open(path, &options)
}

/// How to pack; with `checks` none, unseen.
pub(super) fn pack(
    threads: Option<u16>,
    checks: Option<validate::Options>,
    allow_empty: bool,
    compression: Compression,
    spool_folder: Option<PathBuf>,
) -> pack::Options {
    let default = pack::Options::default();
    pack::Options {
        threads: threads.and_then(|threads| NonZeroUsize::new(threads.into())).unwrap_or(default.threads),
        compression,
        checks,
        allow_empty,
        spool_folder,
        ..default
    }
}

/// Whether, and how hard, to compress; `default` counts where `--compression` is not given.
pub(super) fn compression(compress: &args::Compress, default: args::Compression) -> Result<Compression, Error> {
    match (compress.compression.unwrap_or(default), compress.level) {
        (args::Compression::Gzip, level) => Ok(Compression::Gzip(level.and_then(Level::new).unwrap_or_default())),
        (args::Compression::None, None) => Ok(Compression::None),
        (args::Compression::None, Some(_)) => {
            Err(usage("`--level` says how hard to compress, but nothing is compressed")
                .hint("leave out `--level`, or ask for gzip"))
        }
    }
}

/// The compression that the name of an output asks for.
pub(super) fn compression_of_file(compress: &args::Compress, output: &Path) -> Result<Compression, Error> {
    let name = output.to_string_lossy();
    let by_name = if name == "-" {
        return compression(compress, args::Compression::Gzip);
    } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        args::Compression::Gzip
    } else if name.ends_with(".tar") {
        args::Compression::None
    } else {
        return Err(usage(format!("cannot tell from its name how to write `{name}`"))
            .hint("name it FILE.tar.gz, FILE.tgz or FILE.tar; `-` writes to standard output"));
    };
    if compress.compression.is_some_and(|asked| asked != by_name) {
        return Err(usage(format!("`--compression` contradicts the name of the output `{name}`"))
            .hint("FILE.tar.gz and FILE.tgz are gzipped, FILE.tar is not"));
    }
    compression(compress, by_name)
}

/// How the image is dressed. Asks git only where an option says so; `source` must then be a directory.
pub(super) fn dress(dress: &args::Dress, source: &Source) -> Result<Dress, Error> {
    let mut annotations = annotations(&dress.annotations)?;
    let created_by_git = dress.created.as_deref() == Some("git");
    if dress.allow_dirty && !dress.git {
        return Err(usage("`--allow-dirty` only means something with `--git`"));
    }
    let checkout = if dress.git || created_by_git { Some(git::checkout(source)?) } else { None };
    let mut set = |key: &str, value: &Option<String>| -> Result<(), Error> {
        if let Some(value) = value
            && annotations.insert(key.to_owned(), value.clone()).is_some()
        {
            return Err(usage(format!("the annotation `{key}` is given twice")));
        }
        Ok(())
    };
    if let Some(url) = dress.source_url.as_ref().filter(|url| holds_a_password(url)) {
        let host = url.rsplit_once('@').map_or("", |(_, host)| host);
        return Err(usage(format!(
            "the URL of `--source` (…@{host}) holds a password, which everybody could read in the image"
        ))
        .hint("leave out what stands before the `@`"));
    }
    set(annotation::SOURCE, &dress.source_url)?;
    set(annotation::REVISION, &dress.revision)?;
    if let (true, Some(checkout)) = (dress.git, &checkout) {
        if !dress.allow_dirty {
            git::refuse_dirty(source, checkout)?;
        }
        set(annotation::SOURCE, &checkout.source)?;
        set(annotation::REVISION, &Some(checkout.revision.clone()))?;
    }
    let created = dress.created.as_deref().map(|text| created(text, checkout.as_ref())).transpose()?;
    if created.is_some() && annotations.contains_key(annotation::CREATED) {
        return Err(usage(format!("the annotation `{}` is given twice", annotation::CREATED)));
    }
    Ok(Dress { media_types: media_types(dress.media_types), annotations, created })
}

/// Whether a URL has more than a user name before its host.
fn holds_a_password(url: &str) -> bool {
    let authority =
        url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

pub(super) const fn media_types(typed: args::MediaTypes) -> MediaTypes {
    match typed {
        args::MediaTypes::Oci => MediaTypes::Oci,
        args::MediaTypes::Flux => MediaTypes::Flux,
        args::MediaTypes::Docker => MediaTypes::Docker,
        args::MediaTypes::Oras => MediaTypes::Oras,
    }
}

/// `KEY=VALUE`; a value may hold further `=`.
fn annotations(typed: &[String]) -> Result<BTreeMap<String, String>, Error> {
    let mut annotations = BTreeMap::new();
    for text in typed {
        let (key, value) = text
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| usage(format!("`--annotation {text}` is not KEY=VALUE")))?;
        if annotations.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(usage(format!("the annotation `{key}` is given twice")));
        }
    }
    Ok(annotations)
}

/// A time in RFC 3339 and UTC, without fractions of a second.
fn created(text: &str, checkout: Option<&Checkout>) -> Result<String, Error> {
    let time = match text {
        "git" => checkout
            .map(|checkout| checkout.committed)
            .ok_or_else(|| usage("`--created git` needs a git repository"))?,
        "source-date-epoch" => source_date_epoch()?,
        _ => text.parse::<jiff::Timestamp>().map_err(|error| {
            usage(format!("`--created {text}` is not an RFC 3339 time"))
                .because(error)
                .hint("write it like 2026-01-31T12:00:00Z, or use `git` or `source-date-epoch`")
        })?,
    };
    let whole = jiff::Timestamp::from_second(time.as_second())
        .map_err(|error| usage("the time is out of range").because(error))?;
    Ok(whole.to_string())
}

/// See <https://reproducible-builds.org/specs/source-date-epoch/>.
fn source_date_epoch() -> Result<jiff::Timestamp, Error> {
    let text = std::env::var("SOURCE_DATE_EPOCH").map_err(|_| {
        usage("`--created source-date-epoch` needs the variable SOURCE_DATE_EPOCH")
            .hint("set it to a number of seconds since 1970")
    })?;
    text.parse()
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .ok_or_else(|| usage(format!("SOURCE_DATE_EPOCH is `{text}`, which is not a number of seconds since 1970")))
}

/// Tags by themselves.
pub(super) fn tags(typed: &[String]) -> Result<Vec<Tag>, Error> {
    typed.iter().map(|tag| tag.parse()).collect()
}

/// The targets and the further tags.
pub(super) fn targets(
    references: &[String],
    tags: &[String],
    media_types: MediaTypes,
    guard: &Guard,
) -> Result<(Vec<Target>, Vec<Tag>), Error> {
    let tags = self::tags(tags)?;
    let targets: Vec<Target> =
        references.iter().map(|text| Target::parse_push(text, !tags.is_empty())).collect::<Result<_, _>>()?;
    for target in targets.iter().filter(|target| !matches!(target, Target::Registry(_))) {
        if media_types == MediaTypes::Docker {
            return Err(usage(format!("an image layout cannot hold Docker's media types (`{target}`)"))
                .hint("skopeo and podman could not read it: leave out `--media-types docker`"));
        }
        if matches!(target, Target::Archive { .. }) && !guard.is_open() {
            let option = if guard.no_clobber { "--no-clobber" } else { "--expect-digest" };
            return Err(usage(format!("`{option}` guards tags, but an archive is replaced as a whole (`{target}`)"))
                .hint("use a layout, `oci:PATH:TAG`, or push to the archive in a command of its own"));
        }
    }
    Ok((targets, tags))
}

/// What must hold of a tag for it to be written.
pub(super) fn guard(typed: &args::Guard) -> Guard {
    Guard { no_clobber: typed.no_clobber, expect: typed.expect_digest }
}

/// Refuses to write to a place that is packed itself: the second time the bundle would hold the first.
pub(super) fn refuse_inside(source: &Source, path: &Path) -> Result<(), Error> {
    let Some(name) = source.packs_below(path) else { return Ok(()) };
    let (path, shown) = (path.display(), name.split('/').next().unwrap_or(name));
    Err(usage(format!("`{path}` lies in SOURCE, and what it holds would be packed itself (`{name}`)")).hint(format!(
        "choose a place outside of SOURCE, or leave it out: `--ignore '/{shown}'` or a line in .consignignore"
    )))
}

/// Refuses to begin work whose result could not be written to `file`.
pub(super) fn refuse_missing_folder(file: &Path) -> Result<(), Error> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Some(folder) = folder.filter(|folder| !folder.is_dir()) else { return Ok(()) };
    let message = format!("cannot write `{}`: there is no folder `{}`", file.display(), folder.display());
    Err(Error::new(Kind::Local, message).hint("make the folder first, or correct the path"))
}

/// A size in bytes: `1000`, `64KiB`, `10MiB`, `4GiB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor: u64 = match &text[digits.len()..] {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        unit => return Err(format!("unknown unit `{unit}`: use KiB, MiB or GiB")),
    };
    let number: u64 = digits.parse().map_err(|_| format!("`{text}` is not a size: write it like 500MiB"))?;
    number.checked_mul(factor).ok_or_else(|| format!("`{text}` is too large"))
}

/// A time that may be none at all: `30s`, `2m`, `1h`, `500ms`; a number alone counts seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const YEAR: Duration = Duration::from_hours(365 * 24);
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number = || digits.parse::<u64>().map_err(|_| format!("`{text}` is not a time: write it like 90s, 2m or 1h"));
    let seconds = |each: u64| Ok::<_, String>(Duration::from_secs(number()?.saturating_mul(each)));
    let duration = match &text[digits.len()..] {
        "ms" => Duration::from_millis(number()?),
        "" | "s" => seconds(1)?,
        "m" => seconds(60)?,
        "h" => seconds(3600)?,
        _ if digits.is_empty() => seconds(1)?,
        unit => return Err(format!("unknown unit `{unit}`: use ms, s, m or h")),
    };
    if duration > YEAR { Err(format!("`{text}` is more than a year")) } else { Ok(duration) }
}

/// A time that is longer than none.
pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    duration(text).and_then(|time| if time.is_zero() { Err("it is no time at all".to_owned()) } else { Ok(time) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        for (text, milliseconds) in
            [("0", 0), ("90", 90_000), ("30s", 30_000), ("2m", 120_000), ("1h", 3_600_000), ("500ms", 500)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "s", "-1s", "1.5s", "1m30s", "2 m", "1d", "é", "99999999999999999999s", "18446744073709551615h"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(some_time("0").is_err() && some_time("0ms").is_err() && some_time("1ms").is_ok());
    }

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in
            [("0", Some(0)), ("17", Some(17)), ("1KiB", Some(1024)), ("4GiB", Some(4 << 30)), ("5B", Some(5))]
        {
            assert_eq!(size(text).ok(), bytes, "{text}");
        }
        for text in ["", "GiB", "1GB", "-1", "1.5MiB", "99999999999GiB", "1 MiB", "é"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_annotation_value_may_hold_equals_signs() {
        assert_eq!(annotations(&["a=b=c".to_owned()]).unwrap()["a"], "b=c");
        for wrong in [&["a"][..], &["=b"], &["a=1", "a=2"]] {
            let typed: Vec<String> = wrong.iter().map(|text| (*text).to_owned()).collect();
            assert!(annotations(&typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn times_come_out_in_utc_and_whole_seconds() {
        assert_eq!(created("2026-01-31T12:00:00.5+02:00", None).unwrap(), "2026-01-31T10:00:00Z");
        assert!(created("yesterday", None).is_err());
    }
}
