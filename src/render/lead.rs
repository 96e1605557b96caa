//! Where a path of a kustomization leads, told without running anything.

use std::path::Path;

/// Where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// To the network, or to a repository.
    Remote,
    /// Out of the bundle.
    Outside,
    /// To nothing.
    Missing,
    /// To this file of the bundle.
    File(String),
    /// To this folder of the bundle.
    Folder(String),
}

/// Follows `text`, which a kustomization in `folder` holds, in the copy at `root`. There are no links in the copy, so a path is what
/// it says. Where kustomize wants a kustomization it `may_be_fetched` with git.
pub(super) fn follow(root: &Path, folder: &str, text: &str, may_be_fetched: bool) -> Lead {
    if is_url(text) || may_be_fetched && begins_as_repository(text) {
        return Lead::Remote;
    }
    let Some(path) = within_bundle(folder, text) else {
        return if is_repository(text) { Lead::Remote } else { Lead::Outside };
    };
    match root.join(&path).metadata() {
        // kustomize takes a name for a file before it takes it for a repository, and for a repository before it takes it for a folder.
        Ok(metadata) if metadata.is_file() => Lead::File(path),
        _ if is_repository(text) => Lead::Remote,
        Ok(metadata) if metadata.is_dir() => Lead::Folder(path),
        _ => Lead::Missing,
    }
}

/// The path that `text` is in the bundle, told by its letters alone; none if it leads out.
pub(super) fn within_bundle(folder: &str, text: &str) -> Option<String> {
    if text.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether it names something on the network whatever files there are.
fn is_url(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    text.contains("://") || ["http:", "https:"].iter().any(|scheme| text.starts_with(scheme))
}

/// Whether every version of kustomize takes it for a git repository.
fn begins_as_repository(text: &str) -> bool {
    const STARTS: [&str; 7] = ["git::", "gh:", "git@", "github.com/", "github.com:", "ssh:", "file:"];
    let text = text.trim().to_ascii_lowercase();
    STARTS.iter().any(|start| text.starts_with(start))
}

/// Whether any version of kustomize may take it for a git repository.
fn is_repository(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    begins_as_repository(&text)
        || text.contains(['@', '?'])
        || text.contains("_git/")
        || text.split('/').any(|part| part.strip_suffix(".git").is_some_and(|name| !name.is_empty()))
        // `host.example/organisation/repository` without a scheme, as in old guides.
        || [".com", ".org", ".io"].iter().any(|end| text.split('/').next().is_some_and(|host| host.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::copy;

    #[test]
    fn what_is_in_the_bundle_is_told_from_what_is_not() {
        let copy = copy(&[
            ("app/base/d.yaml", ""),
            ("app/o/k.yaml", ""),
            ("a@b.yaml", ""),
            ("x@y/z", ""),
            ("github.com/a/b/c", ""),
            ("app/o/github.com/a", ""),
        ]);
        let file = |path: &str| Lead::File(path.to_owned());
        let folder = |path: &str| Lead::Folder(path.to_owned());
        for (text, expected) in [
            ("k.yaml", file("app/o/k.yaml")),
            ("./k.yaml", file("app/o/k.yaml")),
            ("../base", folder("app/base")),
            ("../base/", folder("app/base")),
            ("../base//d.yaml", file("app/base/d.yaml")),
            ("../..", folder("")),
            ("../../a@b.yaml", file("a@b.yaml")),
            ("../nothing/../base", folder("app/base")),
            ("nothing.yaml", Lead::Missing),
            ("K.yaml", Lead::Missing),
            ("", folder("app/o")),
            ("../../..", Lead::Outside),
            ("../../../etc/passwd", Lead::Outside),
            ("/etc/passwd", Lead::Outside),
            ("https://example.com/a.yaml", Lead::Remote),
            ("HTTPS://example.com/a.yaml", Lead::Remote),
            (" https://example.com/a.yaml", Lead::Remote),
            ("ssh://git@example.com/a", Lead::Remote),
            ("file:///etc", Lead::Remote),
            ("git::https://example.com/a", Lead::Remote),
            ("git@example.com:a/b.git", Lead::Remote),
            ("org-1@example.com:a/b", Lead::Remote),
            ("github.com/a/b//c?ref=v1", Lead::Remote),
            ("github.com/a/b", Lead::Remote),
            ("github.com/a", Lead::Remote),
            ("GitHub.com:a/b", Lead::Remote),
            ("gh:a/b", Lead::Remote),
            ("example.com/a/b.git//c", Lead::Remote),
            ("dev.azure.com/o/p/_git/r", Lead::Remote),
            ("../../x@y", Lead::Remote),
            ("../base?ref=main", Lead::Remote),
        ] {
            assert_eq!(follow(&copy.root(), "app/o", text, true), expected, "{text}");
        }
        assert_eq!(
            follow(&copy.root(), "app/o", "github.com/a", false),
            file("app/o/github.com/a"),
            "a file is never fetched with git"
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_for_a_path_in_the_bundle_is_one(text in "[./ab{ \\n-]{0,20}|(\\.\\./|a/|//|\\./){0,8}") {
            // The same by counting: nowhere on the way may there be more steps up than down.
            let mut depth = 2i32;
            let mut lowest = depth;
            for part in text.split('/') {
                depth += match part { "" | "." => 0, ".." => -1, _ => 1 };
                lowest = lowest.min(depth);
            }
            let inside = within_bundle("x/y", &text);
            proptest::prop_assert_eq!(inside.is_some(), lowest >= 0 && !text.starts_with('/'));
            let is_clean = |path: &str| path.is_empty() || path.split('/').all(|part| !matches!(part, "" | "." | ".."));
            proptest::prop_assert!(inside.is_none_or(|path| is_clean(&path)));
        }
    }
}
