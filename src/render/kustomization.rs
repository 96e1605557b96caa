//! One kustomization, read: what it names, and where each of it leads.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::fields::{FIELDS, Field, How, fold, get, text, walk};
use super::lead::{Lead, follow, within_bundle};
use super::plugin::{self, Plugins};
use super::{below, kustomization_in, rules, shown};
use crate::finding::{Finding, Place, Severity};
use crate::object::{self, Node, Parsed};

/// The most bytes of a kustomization, or of a plugin's configuration.
const MOST: u64 = 4 << 20;

/// What a kustomization leads to.
#[derive(Debug, Default)]
pub(super) struct Kustomization {
    /// Its own path.
    pub(super) file: Arc<str>,
    /// It is a component, which is nothing by itself.
    pub(super) is_component: bool,
    /// The fields that change what its files say, or add to it.
    pub(super) changes: Vec<(String, Place)>,
    /// The folders whose kustomizations it takes in.
    pub(super) folders: Vec<String>,
    /// The same, but what they give are plugins.
    pub(super) plugin_folders: Vec<String>,
    /// The files with objects that it takes in.
    pub(super) files: Vec<String>,
    /// All other files that it reads.
    pub(super) read: Vec<String>,
    /// Of these, those with patches.
    pub(super) patches: Vec<String>,
    /// What it generates: kinds and names.
    pub(super) generated: Vec<(&'static str, String)>,
    /// What it puts before names, and behind them.
    pub(super) affixes: [Vec<String>; 2],
    /// The folders of the bundle's charts that it inflates.
    pub(super) charts: Vec<String>,
    /// What is wrong with it.
    pub(super) findings: Vec<Finding>,
    /// Its text cannot be read; the check of its syntax says why.
    pub(super) is_broken: bool,
}

/// Reads the kustomization `file` in `folder` of the copy at `root`.
pub(super) fn read(root: &Path, folder: &str, file: String) -> Kustomization {
    let file: Arc<str> = Arc::from(file);
    let mut found = Kustomization { file: Arc::clone(&file), ..Kustomization::default() };
    let Some(bytes) = content(root, &file, &mut found.findings) else { return found };
    let mut reader = Reader { root, folder, found, has_text_patches: false };
    reader.found.is_broken = each_document(&file, &bytes, &mut |node| reader.take(node));
    // Where old names stand for new ones, older versions of kustomize see another text, in which paths may be others, too.
    if let Some(renamed) = renamed(&bytes, reader.has_text_patches) {
        let known = reader.found.findings.len();
        reader.found.is_broken |= each_document(&file, renamed.as_bytes(), &mut |node| reader.take(node));
        let again = reader.found.findings.split_off(known);
        let is_known = |new: &Finding| reader.found.findings.iter().any(|old| old.message == new.message);
        let new: Vec<Finding> = again.into_iter().filter(|finding| !is_known(finding)).collect();
        reader.found.findings.extend(new);
    }
    reader.found
}

/// The text as older versions of kustomize read it, if that is another: they replace old names before they parse anything, wherever they
/// stand.
fn renamed(bytes: &[u8], has_text_patches: bool) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut renamed = text.replace("imageTags:", "images:");
    if has_text_patches {
        renamed = renamed.replace("patches:", "patchesStrategicMerge:");
    }
    (renamed != text).then_some(renamed)
}

/// Gives the outermost value of each document; says whether anything in them cannot be read.
pub(super) fn each_document(file: &Arc<str>, bytes: &[u8], each: &mut impl FnMut(Node<'_>)) -> bool {
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    let (documents, findings) = object::documents(file, bytes);
    let mut is_broken = findings.iter().any(is_error);
    for document in &documents {
        let Parsed { trees, findings, .. } = object::parse(file, document);
        is_broken |= findings.iter().any(is_error);
        for tree in &trees {
            each(tree.root());
        }
    }
    is_broken
}

/// A file of the copy that should be small.
pub(super) fn content(root: &Path, file: &str, findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(root.join(file)).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
    let message = match read {
        Ok(_) if bytes.len() as u64 <= MOST => return Some(bytes),
        Ok(_) => format!("`{file}` has more than {MOST} bytes, too many for the configuration of kustomize"),
        Err(error) => format!("`{file}` cannot be read: {error}"),
    };
    findings.push(Finding::new(&rules::FAILED, Place::file(file), message));
    None
}

/// Whether kustomize takes one line for the configuration of a plugin, which it tries before it tries a path. A file may have any name.
fn is_configuration(text: &str) -> bool {
    if !text.contains([':', '{', '[', '?', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        return false;
    }
    let mut is_scalar = true;
    let is_broken = each_document(&Arc::from(""), text.as_bytes(), &mut |node| {
        is_scalar &= !node.is_mapping() && !node.is_sequence();
    });
    is_broken || !is_scalar
}

struct Reader<'a> {
    root: &'a Path,
    folder: &'a str,
    found: Kustomization,
    /// `patches` holds texts, as it did in older versions.
    has_text_patches: bool,
}

/// The fields with which a kustomization gives its files as they are.
const PLAIN: [&str; 5] = ["apiversion", "kind", "metadata", "resources", "bases"];

impl Reader<'_> {
    fn take(&mut self, node: Node<'_>) {
        self.found.is_component |= get(node, "kind").any(|kind| kind.as_str() == Some("Component"));
        for (key, value) in node.entries() {
            let is_plain = PLAIN.contains(&&*fold(key.as_str())) && value.as_str() != Some("Component");
            if !is_plain && !self.found.changes.iter().any(|(known, _)| known == key.as_str()) {
                self.found.changes.push((key.as_str().to_owned(), key.place(&self.found.file)));
            }
        }
        walk(node, &["patches", "*"], &mut |patch| self.has_text_patches |= patch.as_str().is_some());
        for field in FIELDS {
            field.texts(node, &mut |at, text| self.name(field, at, text));
        }
        for (kind, generator) in [("ConfigMap", "configmapgenerator"), ("Secret", "secretgenerator")] {
            walk(node, &[generator, "*"], &mut |item| {
                self.found.generated.extend(text(item, "name").map(|name| (kind, name.to_owned())));
            });
        }
        for (affixes, key) in self.found.affixes.iter_mut().zip(["nameprefix", "namesuffix"]) {
            affixes.extend(text(node, key).filter(|affix| !affix.is_empty()).map(ToOwned::to_owned));
        }
        self.charts(node);
    }

    /// Takes what one field names.
    fn name(&mut self, field: &Field, at: Node<'_>, text: &str) {
        let place = place(at, &self.found.file, field.hidden, text);
        // A patch or a configuration has several lines, or is one in braces. But kustomize tries a patch as a path first.
        let is_inline = text.contains('\n') || text.trim_start().starts_with(['{', '[']);
        if is_inline && within_bundle(self.folder, text).is_none() {
            return self.found.findings.push(outside_inline(at.place_without_text(&self.found.file)));
        }
        let path = match field.how {
            How::KeyedFile => text.split_once('=').map_or(text, |(_, path)| path),
            How::Patch if is_inline => return,
            How::Plugin if is_inline || is_configuration(text) => {
                self.inline(at, text);
                // A file may have any name, and kustomize tries a path where it cannot read a configuration.
                if !within_bundle(self.folder, text).is_some_and(|path| self.root.join(path).exists()) {
                    return;
                }
                text
            }
            _ => text,
        };
        // A value may have been written in the place of a path.
        let text = match text.split_once('=').filter(|_| field.hidden) {
            Some((key, _)) => Cow::Owned(format!("{key}=…")),
            None => Cow::Borrowed(text),
        };
        let is_objects = matches!(field.how, How::Resource | How::Component | How::Plugin);
        let lead = follow(self.root, self.folder, path, is_objects);
        match lead {
            Lead::File(file) if field.how == How::Resource => self.found.files.push(file),
            Lead::File(file) if field.how == How::Plugin => {
                self.found.read.push(file.clone());
                self.plugin_file(&file);
            }
            Lead::File(file) => {
                self.found.patches.extend(Some(file.clone()).filter(|_| field.is_patch()));
                self.found.read.push(file);
            }
            Lead::Folder(to) if is_objects && kustomization_in(self.root, &to).is_some() => match field.how {
                How::Plugin => self.found.plugin_folders.push(to),
                _ => self.found.folders.push(to),
            },
            Lead::Folder(to) => self.found.findings.push(wrong_folder(&to, is_objects, place)),
            Lead::Remote => self.found.findings.push(remote(&without_user(&text), self.folder, place)),
            Lead::Outside => self.found.findings.push(outside(&text, place)),
            Lead::Missing => self.found.findings.push(missing(&text, self.folder, place)),
        }
    }

    /// The configuration of a plugin, written into the kustomization.
    fn inline(&mut self, at: Node<'_>, text: &str) {
        let place = at.place_without_text(&self.found.file);
        let mut plugins = Plugins::new(self.root, self.folder);
        let mut is_other = false;
        let is_broken = each_document(&self.found.file, text.as_bytes(), &mut |node| {
            is_other |= !node.is_mapping() && !node.is_null();
            plugins.take(node, &|_| place.clone());
        });
        if is_broken || is_other {
            let message = "this configuration of a plugin cannot be read";
            plugins.findings.push(Finding::new(&rules::PLUGIN, place.clone(), message));
        }
        self.plugins(plugins);
    }

    fn plugin_file(&mut self, file: &str) {
        let plugins = plugin::read(self.root, self.folder, file);
        self.plugins(plugins);
    }

    fn plugins(&mut self, plugins: Plugins<'_>) {
        self.found.findings.extend(plugins.findings);
        self.found.charts.extend(plugins.charts);
    }

    fn charts(&mut self, node: Node<'_>) {
        let mut home = "charts";
        walk(node, &["helmglobals", "charthome"], &mut |node| home = node.as_str().unwrap_or(home));
        walk(node, &["helmcharts", "*"], &mut |chart| {
            let asked = Chart {
                home,
                name: text(chart, "name").unwrap_or_default(),
                version: text(chart, "version").unwrap_or_default(),
                is_remote: text(chart, "repo").is_some_and(|repo| !repo.is_empty()),
            };
            self.chart(chart, &asked);
        });
        walk(node, &["helmchartinflationgenerator", "*"], &mut |chart| {
            let asked = Chart {
                home: text(chart, "charthome").unwrap_or(home),
                name: text(chart, "chartname").unwrap_or_default(),
                version: text(chart, "chartversion").unwrap_or_default(),
                is_remote: text(chart, "chartrepourl").is_some_and(|repo| !repo.is_empty()),
            };
            self.chart(chart, &asked);
        });
    }

    fn chart(&mut self, at: Node<'_>, chart: &Chart<'_>) {
        match chart.find(self.root, self.folder, at.place_without_text(&self.found.file)) {
            Ok((folder, finding)) => {
                self.found.charts.push(folder);
                self.found.findings.push(finding);
            }
            Err(finding) => self.found.findings.push(finding),
        }
    }
}

/// A chart that is to be inflated.
pub(super) struct Chart<'t> {
    /// The folder of the charts.
    pub(super) home: &'t str,
    pub(super) name: &'t str,
    pub(super) version: &'t str,
    /// A repository is named for it.
    pub(super) is_remote: bool,
}

impl Chart<'_> {
    /// Its folder in the bundle, with the warning that says it is not checked; or what is wrong.
    pub(super) fn find(&self, root: &Path, folder: &str, place: Place) -> Result<(String, Finding), Finding> {
        let Self { home, name, version, .. } = self;
        if !self.name.is_empty() {
            // As kustomize looks for it: pulled charts lie in a folder with their version.
            for path in [format!("{home}/{name}"), format!("{home}/{name}-{version}/{name}")] {
                match follow(root, folder, &path, false) {
                    Lead::Folder(to) if root.join(below(&to, "Chart.yaml")).is_file() => {
                        let message = format!("the Helm chart `{to}` is inflated here: what it gives is not checked");
                        let hint = format!(
                            "to have it checked, pack what it renders: `kustomize build --enable-helm {} | consign push - REF`",
                            typed(folder)
                        );
                        // Whether anyone refuses it, `pack` knows.
                        let finding =
                            Finding { severity: Severity::Warning, ..Finding::new(&rules::HELM, place, message) };
                        return Ok((to, finding.hint(hint)));
                    }
                    Lead::Outside => return Err(outside(&path, place)),
                    _ => {}
                }
            }
        }
        Err(if self.is_remote {
            fetched(&format!("the Helm chart {name}"), "--enable-helm ", folder, place)
        } else {
            missing(&format!("{home}/{name}"), folder, place)
        })
    }
}

/// The place of a text, with its line unless that may hold a secret.
fn place(at: Node<'_>, file: &Arc<str>, hidden: bool, text: &str) -> Place {
    let is_secret = hidden || text.contains("://") && text.contains(['@', '?']);
    if is_secret { at.place_without_text(file) } else { at.place(file) }
}

/// A URL without what may be a password or a token in it.
fn without_user(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    format!("{scheme}://{host}{path}")
}

/// A folder as it is typed behind a command.
fn typed(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

pub(super) fn remote(what: &str, folder: &str, place: Place) -> Finding {
    fetched(what, "", folder, place)
}

/// The option is what `kustomize build` needs to fetch it.
fn fetched(what: &str, option: &str, folder: &str, place: Place) -> Finding {
    let message = format!("`{}` is not in the bundle: kustomize would fetch it", short(what));
    Finding::new(&rules::REMOTE, place, message).hint(format!(
        "put a copy of it into the bundle and name that, or pack what is rendered: `kustomize build {option}{} | consign push - REF`",
        typed(folder)
    ))
}

pub(super) fn outside(text: &str, place: Place) -> Finding {
    let message = format!("`{}` leads out of the bundle", short(text));
    Finding::new(&rules::OUTSIDE, place, message)
        .hint("pack a folder further up and name the one to sync with --sync-dir, or copy the file into the bundle")
}

/// For a text that may hold anything, so that it is not shown.
pub(super) fn outside_inline(place: Place) -> Finding {
    let message = "this text, which kustomize tries as a path, leads out of the bundle";
    Finding::new(&rules::OUTSIDE, place, message).hint("write it without `/../`, or into a file of its own")
}

fn missing(text: &str, folder: &str, place: Place) -> Finding {
    let message = format!("`{}` is not in the bundle", short(text));
    Finding::new(&rules::MISSING, place, message)
        .hint(format!("the path is relative to {}; -v shows what ignore files keep out", shown(folder)))
}

fn wrong_folder(to: &str, may_be_folder: bool, place: Place) -> Finding {
    let (message, hint) = if may_be_folder {
        (
            format!("{} has no kustomization", shown(to)),
            "name its files one by one, or add a kustomization.yaml that does",
        )
    } else {
        (format!("{} is a folder where kustomize wants a file", shown(to)), "name a file in it")
    };
    Finding::new(&rules::MISSING, place, message).hint(hint)
}
