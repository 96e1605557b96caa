//! What kustomizations name that is no object by itself, wherever it lies: patches, values, configurations. It is told from their text
//! alone, so that it is known before anything else is read.

use std::sync::Arc;

use super::fields::{FIELDS, How};
use super::kustomization::each_document;
use super::lead::within_bundle;
use super::plugin::each_path;

/// The files that one file names.
#[derive(Debug, Default)]
pub struct Parts {
    /// Paths of files that are no objects by themselves; they need not be there.
    pub files: Vec<String>,
    /// Those of them that hold the configuration of plugins, which names files in turn.
    pub plugins: Vec<String>,
}

impl Parts {
    /// What a kustomization in `folder` names.
    pub fn of_kustomization(folder: &str, bytes: &[u8]) -> Self {
        let mut parts = Self::default();
        each_document(&Arc::from(folder), bytes, &mut |node| {
            for field in FIELDS.iter().filter(|field| !matches!(field.how, How::Resource | How::Component)) {
                field.texts(node, &mut |_, text| {
                    let path = match field.how {
                        How::KeyedFile => text.split_once('=').map_or(text, |(_, path)| path),
                        _ => text,
                    };
                    let named = within_bundle(folder, path);
                    if field.how == How::Plugin {
                        parts.plugins.extend(named.clone());
                        parts.files.append(&mut Self::of_plugins(folder, text.as_bytes()).files);
                    }
                    parts.files.extend(named);
                });
            }
        });
        parts
    }

    /// What the configuration of plugins names, for a kustomization in `folder`.
    pub fn of_plugins(folder: &str, bytes: &[u8]) -> Self {
        let mut parts = Self::default();
        each_document(&Arc::from(folder), bytes, &mut |node| {
            each_path(node, &mut |_, text| {
                let path = text.split_once('=').map_or(text, |(_, path)| path);
                parts.files.extend(within_bundle(folder, path));
            });
        });
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_named_but_resources_is_a_part() {
        let text = "\
            resources: [r.yaml]\ncomponents: [c]\npatches: [{path: ../p.yaml}, {patch: 'a: b'}]\nopenapi: {path: o.json}\n\
            configMapGenerator: [{files: [k=../../v.yaml, ../../../out.yaml]}]\ntransformers:\n- t.yaml\n\
            - |\n  apiVersion: builtin\n  kind: PatchTransformer\n  path: q.yaml\n";
        let mut parts = Parts::of_kustomization("a/b", text.as_bytes());
        parts.files.retain(|file| !file.contains('\n'));
        assert_eq!(parts.files, ["a/b/t.yaml", "a/b/q.yaml", "a/p.yaml", "v.yaml", "a/b/o.json"]);
        assert_eq!(parts.plugins.first().map(String::as_str), Some("a/b/t.yaml"));
        assert!(Parts::of_kustomization("", b"[").files.is_empty());
    }
}
