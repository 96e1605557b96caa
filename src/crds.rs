//! Definitions of custom resources from beside the bundle: from files, or from a cluster through `kubectl`.
//!
//! Whether they are sound is no matter here: the cluster has them.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::kubectl::{Cluster, Question};
use crate::object;
use crate::source::{self, ReadOutcome, Source};
use crate::validate::{Given, Giver};

/// Where definitions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A directory, a file, a tar, or `-` for standard input.
    Files(OsString),
    /// A cluster: the one of this context of `kubectl`, or of the current one.
    Cluster(Option<String>),
}

/// The most bytes of one file. The largest sets of definitions take some ten MB.
const MOST: u64 = 64 << 20;

/// Reads all definitions. Files that define a kind in two ways are an error; of files and a cluster the first given counts.
pub fn read(origins: &[Origin]) -> Result<Given, Error> {
    let mut giver = Giver::default();
    for origin in origins {
        let count = match origin {
            Origin::Files(path) => from_source(&open(path)?, &mut giver)?,
            Origin::Cluster(context) => from_cluster(context.as_deref(), &mut giver)?,
        };
        if let (0, Origin::Files(path)) = (count, origin) {
            let path = path.to_string_lossy();
            return Err(Error::new(Kind::Input, format!("`--crds {path}` has no CustomResourceDefinition"))
                .hint("definitions are read from files that end in .yaml, .yml or .json"));
        }
        match origin {
            Origin::Files(_) => giver.end_of_files()?,
            Origin::Cluster(_) => giver.end(),
        }
    }
    Ok(giver.finish())
}

fn open(path: &OsStr) -> Result<Source, Error> {
    source::open(path, &source::Options::default()).map_err(|error| match error.kind() {
        Kind::NotFound => Error::new(Kind::NotFound, format!("there is no `{}` for `--crds`", path.to_string_lossy()))
            .hint("give a directory or a file with CustomResourceDefinitions, or `cluster` to ask kubectl"),
        _ => error,
    })
}

fn from_source(source: &Source, giver: &mut Giver) -> Result<usize, Error> {
    let mut count = 0;
    let mut bytes = Vec::new();
    let is_read = |name: &str| name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "yaml" | "yml" | "json"));
    for entry in source.entries().iter().filter(|entry| is_read(&entry.name)) {
        bytes.clear();
        match source.read(entry, MOST, &mut bytes) {
            Ok(ReadOutcome::Whole(_)) => {}
            Ok(ReadOutcome::TooLarge(size)) => {
                return Err(Error::new(
                    Kind::Input,
                    format!("`{}` has {size} bytes, and {MOST} are read at most", entry.name),
                ));
            }
            Err(finding) => return Err(Error::new(Kind::Local, finding.message)),
        }
        count += from_bytes(&entry.name, &bytes, giver)?;
    }
    Ok(count)
}

fn from_bytes(name: &str, bytes: &[u8], giver: &mut Giver) -> Result<usize, Error> {
    let path: Arc<str> = Arc::from(name);
    let (documents, _) = object::documents(&path, bytes);
    documents.iter().try_fold(0, |count, document| Ok(count + giver.read(&path, document)?))
}

fn from_cluster(context: Option<&str>, giver: &mut Giver) -> Result<usize, Error> {
    const QUESTION: Question<'_> = Question {
        subject: "its definitions",
        if_denied: "the right to list CustomResourceDefinitions is needed: ask for it, or for the definitions as a file",
        if_missing: "install kubectl; or save them where it is, `kubectl get crds -o json > crds.json`, and say `--crds crds.json`",
        attempt: "kubectl get crds",
    };
    let cluster = Cluster { context: context.map(str::to_owned) };
    let definitions =
        cluster.ask(&QUESTION, &["get", "customresourcedefinitions.apiextensions.k8s.io", "--output=json"])?;
    from_bytes("what kubectl says", &definitions, giver)
}
