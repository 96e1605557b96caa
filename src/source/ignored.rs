//! What a consumer's own ignore files leave out of the files that are packed.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::ignore_files::{Layer, MAX_BYTES, MAX_BYTES_TOGETHER};
use super::{ReadOutcome, Source};

/// The files that ignore files leave out, and what these were when they were read.
#[derive(Debug, Default)]
pub struct Ignored {
    names: HashSet<Box<str>>,
    read: HashMap<Box<str>, Vec<u8>>,
}

impl Source {
    /// Reads the ignore files of this name in all folders, which are packed like other files, and finds what they leave out.
    ///
    /// One that cannot be read leaves out nothing, and so do those beyond the most bytes that all have together.
    pub fn ignored_by(&self, file_name: &str) -> Ignored {
        let folder_of = |name: &str| name.strip_suffix(file_name).map(str::to_owned);
        let is_folder = |folder: &str| folder.is_empty() || folder.ends_with('/');
        let files = self.entries().iter().filter_map(|entry| Some((folder_of(&entry.name)?, entry)));
        let mut files: Vec<_> = files.filter(|(folder, _)| is_folder(folder)).collect();
        files.sort_by_key(|(folder, _)| folder.matches('/').count());
        let mut ignored = Ignored::default();
        let mut layers: HashMap<String, Rc<Layer>> = HashMap::new();
        let mut room = MAX_BYTES_TOGETHER;
        for (folder, entry) in files {
            let mut text = Vec::new();
            let outcome = self.read(entry, MAX_BYTES, &mut text);
            if !matches!(outcome, Ok(ReadOutcome::Whole(_))) || text.len() > room {
                continue;
            }
            room -= text.len();
            let above = nearest(&layers, &folder).map(Rc::clone);
            if let Some(layer) = Layer::parse(&folder, &text, above, |_| {}) {
                layers.insert(folder, layer);
            }
            ignored.read.insert(entry.name.clone(), text);
        }
        let names = self.entries().iter().map(|entry| &*entry.name);
        let is_left_out = |name: &&str| nearest(&layers, name).is_some_and(|layer| layer.leaves_out(name));
        ignored.names =
            if layers.is_empty() { HashSet::new() } else { names.filter(is_left_out).map(Box::from).collect() };
        ignored
    }
}

/// The patterns of the innermost folder that the path lies in.
fn nearest<'l>(layers: &'l HashMap<String, Rc<Layer>>, path: &str) -> Option<&'l Rc<Layer>> {
    let above = path.rmatch_indices('/').filter_map(|(at, _)| path.get(..=at)).chain([""]);
    above.filter(|folder| *folder != path || folder.is_empty()).find_map(|folder| layers.get(folder))
}

impl Ignored {
    /// Whether the file of this name is left out.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether the file of this name was read as patterns, and has other bytes now.
    pub fn has_changed(&self, name: &str, bytes: &[u8]) -> bool {
        self.read.get(name).is_some_and(|read| read != bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{folder, options};
    use super::super::{Options, open};

    #[test]
    fn files_are_left_out_by_the_patterns_of_all_folders_above_and_may_be_taken_back() {
        let folder = folder(&[
            (".patterns", "/docs\n*.tpl.yaml\n!docs/keep.yaml\n"),
            ("a/.patterns", "!x.tpl.yaml\nb.yaml\n"),
            ("a/b.yaml", ""),
            ("a/c/b.yaml", ""),
            ("a/x.tpl.yaml", ""),
            ("a.patterns", "*\n"),
            ("b.yaml", ""),
            ("docs/keep.yaml", ""),
            ("docs/x/y.yaml", ""),
            ("x.tpl.yaml", ""),
        ]);
        let source = open(folder.path(), &Options::default()).unwrap();
        let ignored = source.ignored_by(".patterns");
        let names = source.entries().iter().map(|entry| &*entry.name).filter(|name| ignored.has(name));
        assert_eq!(names.collect::<Vec<_>>(), ["a/b.yaml", "a/c/b.yaml", "docs/x/y.yaml", "x.tpl.yaml"]);
        assert!(ignored.has_changed(".patterns", b"*") && !ignored.has_changed("b.yaml", b"*"));
    }

    #[test]
    fn beyond_the_most_bytes_together_nothing_is_left_out() {
        let large = format!("*.yaml\n#{}\n", "x".repeat(60 << 10));
        let mut files = vec![("a/.patterns".to_owned(), &*large), ("b/.patterns".to_owned(), &large)];
        files.push(("c/.patterns".to_owned(), &large));
        files.extend(["a", "b", "c"].map(|folder| (format!("{folder}/x.yaml"), "")));
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, *text)).collect();
        let folder = folder(&files);
        let source = open(folder.path(), &options(&[])).unwrap();
        let ignored = source.ignored_by(".patterns");
        assert_eq!(["a/x.yaml", "b/x.yaml", "c/x.yaml"].map(|name| ignored.has(name)), [true, true, false]);
    }
}
