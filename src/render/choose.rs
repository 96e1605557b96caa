//! Which folders are rendered: what the consumers would render.

use std::sync::Arc;

use super::survey::Survey;
use super::{rules, shown};
use crate::finding::{Finding, Place, Severity};

/// What decides besides the kustomizations.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The folders that consumers sync.
    pub sync_dirs: &'a [&'a str],
    /// They were named by the user; else it is the root for want of a name.
    pub are_given: bool,
    /// Config Sync is one of the consumers.
    pub config_sync: bool,
    /// It reads the bundle in its format `hierarchy`.
    pub hierarchy: bool,
}

/// What is to be done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The folders to render, sorted, each with its kustomization.
    pub folders: Vec<String>,
    /// Which of the folders to sync Config Sync would refuse.
    pub findings: Vec<Finding>,
}

/// A folder to sync that has a kustomization is rendered. In one that has none, those below it are: the outermost, and of them those that
/// no other takes in.
pub fn choose(survey: &Survey, wanted: &Wanted<'_>) -> Choice {
    let mut choice = Choice::default();
    for dir in wanted.sync_dirs {
        if let Some(node) = survey.nodes.get(*dir) {
            choice.folders.push((*dir).to_owned());
            if wanted.config_sync && wanted.hierarchy {
                let message = "Config Sync renders no kustomization in a source of the format `hierarchy`";
                let finding = Finding::new(&rules::HIERARCHY, Place::file(Arc::clone(&node.file)), message);
                choice.findings.push(finding.hint("take it away, or leave out `--source-format hierarchy`"));
            }
            continue;
        }
        let below = survey.roots(dir);
        if wanted.config_sync
            && let Some(first) = below.first().and_then(|folder| survey.nodes.get(*folder))
        {
            choice.findings.push(only_below(dir, &below, Place::file(first.file.clone()), wanted.are_given));
        }
        choice.folders.extend(below.into_iter().map(str::to_owned));
    }
    choice.folders.sort_unstable();
    choice.folders.dedup();
    choice
}

fn only_below(dir: &str, below: &[&str], place: Place, is_given: bool) -> Finding {
    let named: Vec<String> = below.iter().take(5).map(|folder| format!("`{folder}`")).collect();
    let more = if below.len() > named.len() { " and more" } else { "" };
    let named = format!("{}{more}", named.join(", "));
    let options: Vec<String> = below.iter().take(2).map(|folder| format!("`--sync-dir {folder}`")).collect();
    let message =
        format!("{} has no kustomization, but {named} below it: Config Sync refuses to sync it (KNV1068)", shown(dir));
    let severity = if is_given { Severity::Error } else { Severity::Warning };
    let hint = format!("say which folder is synced: {}; or add a kustomization that lists them", options.join(" or "));
    Finding { severity, ..Finding::new(&rules::BELOW_SYNC_DIR, place, message) }.hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::copy;

    fn folders(files: &[(&str, &str)], sync_dirs: &[&str]) -> Vec<String> {
        let copy = copy(files);
        let kustomized = files.iter().filter_map(|(name, _)| name.strip_suffix("kustomization.yaml"));
        let survey = Survey::of(&copy, kustomized.map(|folder| folder.trim_end_matches('/')));
        assert!(survey.is_sound(), "{:?}", survey.findings);
        choose(&survey, &Wanted { sync_dirs, are_given: true, config_sync: false, hierarchy: false }).folders
    }

    const OVERLAYS: &[(&str, &str)] = &[
        ("app/base/kustomization.yaml", "resources: [d.yaml]"),
        ("app/base/d.yaml", ""),
        ("app/mixin/kustomization.yaml", "kind: Component"),
        ("app/unused/kustomization.yaml", "kind: Component"),
        ("app/overlays/dev/kustomization.yaml", "bases: [../../base]"),
        ("app/overlays/prod/kustomization.yaml", "resources: [../../base]\ncomponents: [../../mixin]"),
    ];

    #[test]
    fn of_a_base_and_its_overlays_the_overlays_are_rendered() {
        assert_eq!(folders(OVERLAYS, &[""]), ["app/overlays/dev", "app/overlays/prod"]);
        assert_eq!(folders(OVERLAYS, &["app/overlays"]), ["app/overlays/dev", "app/overlays/prod"]);
        assert_eq!(folders(OVERLAYS, &["app/overlays/prod"]), ["app/overlays/prod"]);
        assert_eq!(folders(OVERLAYS, &["app/base", "app/overlays/dev"]), ["app/base", "app/overlays/dev"]);
        assert!(folders(OVERLAYS, &["app/mixin/x"]).is_empty());
    }

    #[test]
    fn a_kustomization_at_the_root_is_the_only_one() {
        let files = [
            ("kustomization.yaml", "resources: [a]"),
            ("a/kustomization.yaml", "resources: []"),
            ("b/kustomization.yaml", "resources: []"),
        ];
        assert_eq!(folders(&files, &[""]), [""]);
        assert_eq!(folders(&files, &["b"]), ["b"]);
    }

    #[test]
    fn a_base_around_its_overlays_is_not_rendered_by_itself() {
        let files = [
            ("app/kustomization.yaml", "resources: []"),
            ("app/overlays/prod/kustomization.yaml", "resources: [../..]"),
        ];
        assert_eq!(folders(&files, &[""]), ["app/overlays/prod"]);
    }

    #[test]
    fn of_a_circle_one_is_rendered_to_tell_of_it() {
        let files = [("a/kustomization.yaml", "resources: [../b]"), ("b/kustomization.yaml", "resources: [../a]")];
        assert_eq!(folders(&files, &[""]), ["a"]);
    }

    #[test]
    fn config_sync_renders_nothing_of_the_format_hierarchy() {
        let copy = copy(OVERLAYS);
        let survey = Survey::of(&copy, std::iter::once("app/base"));
        for (hierarchy, count) in [(true, 1), (false, 0)] {
            let wanted = Wanted { sync_dirs: &["app/base"], are_given: true, config_sync: true, hierarchy };
            assert_eq!(choose(&survey, &wanted).findings.len(), count);
        }
    }

    #[test]
    fn config_sync_refuses_a_folder_that_has_none_itself() {
        let copy = copy(OVERLAYS);
        let survey = Survey::of(&copy, ["app/overlays/dev", "app/overlays/prod"].into_iter());
        for (sync_dir, are_given, severity) in [
            ("", false, Some(Severity::Warning)),
            ("app", true, Some(Severity::Error)),
            ("app/overlays/dev", true, None),
            ("other", true, None),
        ] {
            let choice =
                choose(&survey, &Wanted { sync_dirs: &[sync_dir], are_given, config_sync: true, hierarchy: false });
            assert_eq!(choice.findings.first().map(|finding| finding.severity), severity, "{sync_dir}");
            if let Some(finding) = choice.findings.first() {
                assert!(finding.message.contains("`app/overlays/dev`, `app/overlays/prod`"), "{}", finding.message);
            }
        }
    }
}
