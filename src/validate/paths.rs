//! What the path of a file tells by itself, and of folders whether they are there.

use std::collections::BTreeSet;

use crate::error::{Error, Kind};

/// Whether `path` is `folder` or below it.
pub fn within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The last component of a path.
pub(super) fn file_of(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, file)| file)
}

pub(super) fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Every folder above the file, from the root (`""`) down.
pub(super) fn folders(name: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(name.match_indices('/').filter_map(|(at, _)| name.get(..at)))
}

pub(super) fn is_kustomization(file: &str) -> bool {
    matches!(file, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Config Sync reads these endings in exactly this case; `kubectl` does too.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

pub(super) fn has_yaml_extension(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, end)| EXTENSIONS.contains(&end))
}

/// The ending that was likely meant by the name of a file that consumers do not read.
pub(super) fn look_alike(file: &str) -> Option<&'static str> {
    const BEHIND: [&str; 8] = ["txt", "bak", "orig", "old", "save", "tmp", "copy", "rej"];
    let (stem, end) = file.rsplit_once('.')?;
    let end = end.to_ascii_lowercase();
    let known = |end: &str| EXTENSIONS.into_iter().find(|known| end.eq_ignore_ascii_case(known));
    match end.as_str() {
        "ymal" | "yalm" => Some("yaml"),
        end if BEHIND.contains(&end) => known(stem.rsplit_once('.')?.1),
        end => known(end),
    }
}

/// The part of the path down to what Config Sync skips by name.
pub(super) fn ci_path(name: &str) -> Option<&str> {
    // This is asked of every file, and hardly any has a dot there.
    if !name.starts_with('.') && !name.contains("/.") {
        return None;
    }
    let mut end = 0;
    for part in name.split('/') {
        end += part.len();
        if matches!(part, ".github" | ".gitlab" | ".gitlab-ci.yml") {
            return name.get(..end);
        }
        end += 1;
    }
    None
}

/// The folder as plain components, if it is there.
pub(super) fn existing_folder<'a>(dir: &str, names: impl Iterator<Item = &'a str> + Clone) -> Result<String, Error> {
    let parts: Vec<&str> = dir.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        let message = format!("the folder to sync `{dir}` leads out of the bundle");
        return Err(
            Error::new(Kind::Usage, message).hint("give a folder below the source, such as `--sync-dir envs/prod`")
        );
    }
    let path = parts.join("/");
    if path.is_empty() || names.clone().any(|name| name != path && within(name, &path)) {
        return Ok(path);
    }
    // The nearest folder above that exists, and what is in it.
    let above = folders(&path).collect::<Vec<_>>().into_iter().rev().find(|f| names.clone().any(|n| within(n, f)));
    let above = above.unwrap_or_default();
    let skip = if above.is_empty() { 0 } else { above.len() + 1 };
    let there: BTreeSet<&str> = names
        .filter(|name| within(name, above))
        .filter_map(|name| name.get(skip..)?.find('/').and_then(|end| name.get(..skip + end)))
        .collect();
    let shown: Vec<String> = there.iter().take(10).map(|folder| format!("`{folder}`")).collect();
    let hint = match (shown.is_empty(), there.len() > shown.len()) {
        (true, _) => "the bundle has no folder there".to_owned(),
        (false, more) => format!("there are {}{}", shown.join(", "), if more { " and more" } else { "" }),
    };
    Err(Error::new(Kind::Usage, format!("the folder to sync `{path}` is not in the bundle")).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_to_sync_that_is_not_there_is_wrong_usage_and_names_those_that_are() {
        let names = ["a.yaml", "envs/prod/a.yaml", "envs/stage/a.yaml", "envsx/a.yaml"];
        for (dir, hint) in [
            ("envs/prd", "there are `envs/prod`, `envs/stage`"),
            ("env", "there are `envs`, `envsx`"),
            ("envs/prod/x", "the bundle has no folder there"),
            ("a.yaml", "there are `envs`, `envsx`"),
            ("../x", "give a folder below the source, such as `--sync-dir envs/prod`"),
        ] {
            let error = existing_folder(dir, names.into_iter()).unwrap_err();
            assert_eq!((error.kind(), error.hint_text()), (Kind::Usage, Some(hint)), "{dir}");
        }
    }
}
