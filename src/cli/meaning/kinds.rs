//! What was typed about kinds.

use std::ffi::OsString;

use super::super::args;
use super::usage;
use crate::crds::{self, Origin};
use crate::error::Error;
use crate::validate::{self, Skip, UnknownKinds};

/// Adds what was typed about kinds to the options. Reads the definitions that are given, which may ask a cluster.
pub(super) fn kinds(
    typed: &args::Kinds,
    sources: &[OsString],
    options: validate::Options,
) -> Result<validate::Options, Error> {
    let from_input = typed.crds.iter().filter(|path| *path == "-").count();
    if from_input > 1 {
        return Err(usage("`--crds -` is given twice, and standard input can be read once"));
    }
    if from_input == 1 && sources.iter().any(|source| source == "-") {
        return Err(usage("both SOURCE and `--crds` are `-`, and standard input can be read once")
            .hint("give the definitions as a file; definitions in SOURCE are used anyway"));
    }
    let origins: Vec<Origin> = typed.crds.iter().map(origin).collect();
    Ok(validate::Options {
        definitions: crds::read(&origins)?,
        unknown_kinds: match typed.unknown {
            args::UnknownKinds::Error => UnknownKinds::Error,
            args::UnknownKinds::Warn => UnknownKinds::Warn,
            args::UnknownKinds::Ignore => UnknownKinds::Ignore,
        },
        skip: typed.skip.iter().map(|text| skip(text)).collect::<Result<_, _>>()?,
        ..options
    })
}

/// `cluster`, `cluster:CONTEXT`, or a path. A path of that name is written `./cluster`.
fn origin(typed: &OsString) -> Origin {
    match typed.to_str() {
        Some("cluster") => Origin::Cluster(None),
        Some(text) => match text.strip_prefix("cluster:") {
            Some(context) if !context.is_empty() => Origin::Cluster(Some(context.to_owned())),
            _ => Origin::Files(typed.clone()),
        },
        None => Origin::Files(typed.clone()),
    }
}

/// `KIND` or `KIND.GROUP`.
fn skip(text: &str) -> Result<Skip, Error> {
    let (kind, group) = text.trim().split_once('.').map_or((text.trim(), None), |(kind, group)| (kind, Some(group)));
    let wrong = !kind.starts_with(|c: char| c.is_ascii_uppercase()) || !kind.bytes().all(|b| b.is_ascii_alphanumeric());
    if wrong || group == Some("") {
        return Err(usage(format!("`--skip {text}` is not a kind"))
            .hint("write it as in `kind:`, such as `Deployment`, or with its group, `Certificate.cert-manager.io`"));
    }
    Ok(Skip { kind: kind.to_owned(), group: group.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_come_from_a_path_or_a_cluster() {
        for (typed, meant) in [
            ("crds/", Origin::Files("crds/".into())),
            ("./cluster", Origin::Files("./cluster".into())),
            ("-", Origin::Files("-".into())),
            ("cluster", Origin::Cluster(None)),
            ("cluster:prod", Origin::Cluster(Some("prod".to_owned()))),
        ] {
            assert_eq!(origin(&typed.into()), meant, "{typed}");
        }
    }

    #[test]
    fn what_is_skipped_is_a_kind() {
        let group = |text: &str| skip(text).unwrap().group;
        assert_eq!((group("Pod"), group("A.b.c")), (None, Some("b.c".to_owned())));
        for wrong in ["", "pod", "apps/v1", "Pod.", "Pods,", ".x"] {
            assert!(skip(wrong).is_err(), "{wrong}");
        }
    }
}
