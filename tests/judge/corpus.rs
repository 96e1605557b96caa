//! The objects that are judged: those of the files beside this one, and what the generator makes of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::apiserver;
use crate::mutate::{self, Dice};

/// How often each way to break an object is tried on each object.
const TIMES: usize = 2;

/// What the API server takes of annotations, in bytes of keys and values.
const MOST_ANNOTATIONS: usize = 256 << 10;

/// An object to judge.
pub(crate) struct Case {
    /// Unique among the cases of a run, and the name of its file.
    pub(crate) id: String,
    /// The folder that it is judged in. No two objects of a folder have the same name, for that would be a finding of its own.
    pub(crate) folder: String,
    /// What was done to it.
    pub(crate) what: String,
    pub(crate) object: Value,
    /// Whether either verdict will do, as long as both agree.
    pub(crate) is_pinned: bool,
}

/// All objects of the files.
#[derive(Default)]
pub(crate) struct Corpus {
    /// With a name each that no other has.
    objects: Vec<(String, Value)>,
    pinned: Vec<(String, Value)>,
    /// The CRDs that both sides know.
    pub(crate) definitions: Vec<Value>,
}

impl Corpus {
    pub(crate) fn read() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge");
        let mut objects = named(&here.join("corpus"));
        let pinned = named(&here.join("pinned"));
        let is_definition = |object: &&Value| object["kind"] == "CustomResourceDefinition";
        let mut definitions: Vec<Value> =
            objects.iter().map(|(_, object)| object).filter(is_definition).cloned().collect();
        match std::env::var_os("CONSIGN_SHARED_CRDS").filter(|folder| !folder.is_empty()) {
            Some(folder) => {
                let theirs = named(Path::new(&folder));
                definitions.extend(theirs.iter().map(|(_, object)| object).filter(is_definition).cloned());
                objects.extend(objects_of(&here.join("consumers.yaml")));
            }
            None => println!("CONSIGN_SHARED_CRDS is not set: the kinds of consumers are not judged"),
        }
        Self { objects, pinned, definitions }
    }

    /// Every object as it stands in its file.
    pub(crate) fn as_they_are(&self) -> Vec<Case> {
        let sound = self.objects.iter().map(|named| (named, false));
        let pinned = self.pinned.iter().map(|named| (named, true));
        let all = sound.chain(pinned).enumerate();
        all.map(|(index, ((name, object), is_pinned))| {
            let folder = if is_pinned { format!("pinned-{index:03}") } else { "as-is".to_owned() };
            let mut object = object.clone();
            if !is_pinned {
                move_definition(&mut object, index);
            }
            Case { id: name.clone(), folder, what: "as it is".to_owned(), object, is_pinned }
        })
        .collect()
    }

    /// An object of each kind with as many bytes of annotations as metadata may have, and with one more, wherever it has metadata.
    pub(crate) fn annotated(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        let mut done = BTreeSet::new();
        for (name, object) in &self.objects {
            for place in mutate::metadata_in(object) {
                if !done.insert((object["apiVersion"].clone().to_string(), object["kind"].to_string(), place.clone())) {
                    continue;
                }
                for bytes in [MOST_ANNOTATIONS, MOST_ANNOTATIONS + 1] {
                    let mut object = object.clone();
                    move_definition(&mut object, cases.len());
                    mutate::annotate(&mut object, &place, bytes);
                    let folder = format!("annotated-{}", cases.len());
                    let id = format!("{name}-{folder}");
                    cases.push(Case {
                        id,
                        folder,
                        what: format!("{bytes} bytes at {place}"),
                        object,
                        is_pinned: false,
                    });
                }
            }
        }
        cases
    }

    /// Every object, broken in one place, in each of the ways.
    pub(crate) fn mutations(&self, seed: u64) -> Vec<Case> {
        let mut dice = Dice::new(seed);
        let mut cases = Vec::new();
        for (name, object) in &self.objects {
            for (way, break_it) in mutate::WAYS {
                for time in 1..=TIMES {
                    let mut object = object.clone();
                    move_definition(&mut object, cases.len());
                    let Some(place) = break_it(&mut object, &mut dice) else { continue };
                    let folder = format!("{way}-{time}");
                    let id = format!("{name}-{folder}");
                    cases.push(Case { id, folder, what: format!("{way} at {place}"), object, is_pinned: false });
                }
            }
        }
        cases
    }
}

/// Gives a CRD a group of its own, so that no two of a folder define the same kind.
fn move_definition(object: &mut Value, number: usize) {
    if object["kind"] != "CustomResourceDefinition" {
        return;
    }
    let (Some(group), Some(name)) = (object["spec"]["group"].as_str(), object["metadata"]["name"].as_str()) else {
        return;
    };
    // A group of Kubernetes itself needs an annotation that such objects have; it stays what it is.
    let moved = format!("m{number}.{group}");
    let name = name.replace(&format!(".{group}"), &format!(".{moved}"));
    object["metadata"]["name"] = name.into();
    object["spec"]["group"] = moved.into();
}

/// The objects of all files of a folder, by the files' names.
fn named(folder: &Path) -> Vec<(String, Value)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.iter().flat_map(|file| objects_of(file)).collect()
}

/// The objects of a file, each with a name.
fn objects_of(file: &Path) -> Vec<(String, Value)> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
    let name = |(index, object): (usize, Value)| {
        let kind = object["kind"].as_str().unwrap_or("none").to_owned();
        (format!("{stem}-{index:03}-{kind}"), object)
    };
    apiserver::objects_of(file).into_iter().enumerate().map(name).collect()
}
