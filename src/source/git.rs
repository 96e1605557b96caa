//! What git knows of a source directory: revision, remote, time of the commit, and whether the files are as committed.
//!
//! Asked only when an option says so: a bundle's digest is of its content, and git's words would change it.

use std::path::Path;

use super::Source;
use crate::error::{Error, Kind};
use crate::process::Program;

/// The repository around a source directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Where it came from: the URL of the remote `origin`, without credentials; none without such a remote.
    pub source: Option<String>,
    /// `BRANCH@sha1:COMMIT`, as Flux writes it; a tag stands for the branch where the commit is checked out by itself, and nothing
    /// where it has no tag either.
    pub revision: String,
    /// When the commit was made.
    pub committed: jiff::Timestamp,
    /// The path of the source below the top of the repository: empty, or ending in `/`.
    prefix: String,
}

/// Asks git about the directory of `source`.
pub fn checkout(source: &Source) -> Result<Checkout, Error> {
    let root = folder(source)?;
    let prefix = line(&git(root, &["rev-parse", "--show-prefix"])?);
    let commit = git(root, &["log", "-1", "--format=%H %ct"])?;
    let (hash, seconds) = commit.trim_end().split_once(' ').unwrap_or_default();
    let committed =
        seconds.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()).ok_or_else(|| {
            Error::new(Kind::Local, format!("git gave no time for the commit in `{}`", root.display()))
        })?;
    let algorithm = if hash.len() == 64 { "sha256" } else { "sha1" };
    let name = ask(root, &["symbolic-ref", "--short", "-q", "HEAD"])
        .or_else(|| ask(root, &["describe", "--tags", "--exact-match", "HEAD"]));
    let revision = name.map_or_else(|| format!("{algorithm}:{hash}"), |name| format!("{name}@{algorithm}:{hash}"));
    let remote = ask(root, &["config", "--get", "remote.origin.url"]).map(|url| without_credentials(&url));
    Ok(Checkout { source: remote, revision, committed, prefix })
}

/// Fails if a packed file is not as it was committed: then the revision would say something that is not true.
pub fn refuse_dirty(source: &Source, checkout: &Checkout) -> Result<(), Error> {
    let root = folder(source)?;
    let status = git(
        root,
        &[
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--ignored=matching",
            "--ignore-submodules=none",
            "--no-renames",
            "--",
            ".",
        ],
    )?;
    let mut dirty: Vec<String> = Vec::new();
    for record in status.split('\0').filter(|record| record.len() > 3) {
        let (Some(code), Some(path)) = (record.get(..2), record.get(3..)) else { continue };
        let Some(name) = path.strip_prefix(&checkout.prefix) else { continue };
        if code.contains('D') || packs(source, name) {
            dirty.push(format!("{name} ({})", state(code)));
        }
    }
    // Files that git was told not to look at.
    let hidden = git(root, &["ls-files", "-v", "-z", "--", "."])?;
    for record in hidden.split('\0') {
        let Some((tag, name)) = record.split_once(' ') else { continue };
        if (tag == "S" || tag.chars().all(|tag| tag.is_ascii_lowercase())) && packs(source, name) {
            dirty.push(format!("{name} (git is told not to look at it)"));
        }
    }
    if dirty.is_empty() {
        return Ok(());
    }
    let more = dirty.len().saturating_sub(SHOWN);
    dirty.truncate(SHOWN);
    let mut list = dirty.join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    Err(Error::new(
        Kind::Input,
        format!("files are not as committed, so the revision `{}` would lie: {list}", checkout.revision),
    )
    .hint("commit them, leave them out with `.consignignore` or `--ignore`, or say `--allow-dirty`"))
}

/// Whether a file of this name is packed, or one below a folder of this name.
fn packs(source: &Source, name: &str) -> bool {
    let folder = format!("{}/", name.trim_end_matches('/'));
    let entries = source.entries();
    let first = entries.partition_point(|entry| *entry.name < *folder);
    entries.get(first).is_some_and(|entry| entry.name.starts_with(&folder))
        || entries.binary_search_by(|entry| (*entry.name).cmp(name)).is_ok()
}

/// The most files that an error lists.
const SHOWN: usize = 10;

fn state(code: &str) -> &'static str {
    match code {
        "??" => "untracked",
        "!!" => "ignored by git",
        _ if code.contains('D') => "deleted",
        _ => "modified",
    }
}

fn folder(source: &Source) -> Result<&Path, Error> {
    source.root().ok_or_else(|| {
        Error::new(Kind::Usage, "git can be asked only about a directory, and SOURCE is none")
            .hint("give `--source`, `--revision` and `--created` themselves")
    })
}

fn program(root: &Path, args: &[&str]) -> Program {
    // No hook of the repository runs, nothing is written to it, and the words do not depend on the user's language.
    Program::new("git")
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showSignature=false", "-C"])
        .args([root])
        .args(args.iter().copied())
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        // The repository is the one around the source, whatever a hook or a script has set.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output_limit(256 << 20)
}

fn git(root: &Path, args: &[&str]) -> Result<String, Error> {
    let what = || format!("cannot ask git about `{}` (`git {}`)", root.display(), args.join(" "));
    let output = program(root, args).run().map_err(|failure| Error::new(Kind::Local, what()).because(failure))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::new(Kind::Local, what())
            .because(said)
            .hint("SOURCE must be in a git repository with a commit, or leave out `--git` and `--created git`"));
    }
    String::from_utf8(output.stdout).map_err(|error| Error::new(Kind::Local, what()).because(error))
}

/// The answer to a question that may have none.
fn ask(root: &Path, args: &[&str]) -> Option<String> {
    let output = program(root, args).run().ok().filter(|output| output.status.success())?;
    let answer = line(&String::from_utf8(output.stdout).ok()?);
    (!answer.is_empty()).then_some(answer)
}

fn line(text: &str) -> String {
    text.trim_end_matches(['\n', '\r']).to_owned()
}

/// The URL without user, password, query and fragment: CI systems put tokens there.
///
/// The user of an SSH URL is part of the address and no secret; it stays.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    // A password may hold any of the characters that end it elsewhere, so all up to the last `@` goes.
    let rest = if scheme.contains("ssh") { rest } else { rest.rsplit('@').next().unwrap_or_default() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) if scheme.contains("ssh") => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{user}@{host}")
        }
        Some((_, host)) => host.to_owned(),
        None => authority.to_owned(),
    };
    format!("{scheme}://{authority}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_loses_its_credentials() {
        for (url, plain) in [
            ("https://github.com/org/repo.git", "https://github.com/org/repo.git"),
            ("https://x-access-token:SECRET@github.com/org/repo", "https://github.com/org/repo"),
            ("https://SECRET@github.com/org/repo?token=SECRET#SECRET", "https://github.com/org/repo"),
            ("https://a@b:SECRET@host", "https://host"),
            ("https://user:pa/SECRET@host/x", "https://host/x"),
            ("https://user:p#SECRET@host/x", "https://host/x"),
            ("ssh://git@host:22/org/repo", "ssh://git@host:22/org/repo"),
            ("ssh://git:SECRET@host/org/repo", "ssh://git@host/org/repo"),
            ("git@github.com:org/repo.git", "git@github.com:org/repo.git"),
            ("/srv/git/repo", "/srv/git/repo"),
        ] {
            assert_eq!(without_credentials(url), plain);
        }
    }
}
