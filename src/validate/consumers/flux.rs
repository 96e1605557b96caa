//! What Flux leaves out of a bundle, and what it puts into objects before it applies them.

use super::super::options::Options;
use super::super::policy::Consumer;
use super::rules;
use crate::finding::{Finding, Place};
use crate::object::Node;
use crate::validate::recognise::flux_drops;
use crate::validate::secrets;

pub(super) fn is_asked_for(options: &Options) -> bool {
    options.is_for(Consumer::Flux)
}

/// Flux reads no file of such a name by itself.
fn is_json(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == "json")
}

/// The file in a bundle whose patterns count in place of those that Flux has by itself.
pub const IGNORE_FILE: &str = ".sourceignore";

/// Whether Flux leaves out a file of this name, which its ignore files do not.
pub(super) fn leaves_out(path: &str, has_ignore_file: bool) -> bool {
    is_json(path) || (flux_drops(path) && !has_ignore_file)
}

/// Whether Flux skips a file of a code host unless it is told otherwise. Of all that Config Sync skips, `.gitlab` is not among it.
pub(super) fn skips(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, ".github" | ".gitlab-ci.yml"))
}

/// What is to be said of a file with objects of this name.
pub(super) fn file(path: &str, has_ignore_file: bool) -> Option<Finding> {
    let (message, hint) = if flux_drops(path) && !has_ignore_file {
        (
            "Flux leaves out files of this name, unless told otherwise: these objects would not be applied",
            "give it another name, or list in .sourceignore what Flux shall leave out instead",
        )
    } else if is_json(path) {
        ("Flux reads .yaml and .yml only: these objects would not be applied", "name it .yaml: JSON is YAML as well")
    } else {
        return None;
    };
    Some(Finding::new(&rules::DROPPED_BY_FLUX, Place::file(path), message).hint(hint))
}

/// Which texts of an object may be others by the time it is applied, so that nothing can be said of their form.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::validate) struct Placeholders {
    /// Flux replaces `${NAME}` after it has built a Kustomization.
    are_filled_in: bool,
    /// SOPS has encrypted the object.
    are_encrypted: bool,
    /// What SOPS has encrypted is decrypted before it is applied.
    pub(in crate::validate) are_decrypted: bool,
}

impl Placeholders {
    pub(in crate::validate) fn of(object: Node<'_>, options: &Options) -> Self {
        let is_flux = options.is_only_for(Consumer::Flux);
        let are_encrypted = is_encrypted(object);
        Self { are_filled_in: is_flux, are_encrypted, are_decrypted: are_encrypted && is_flux }
    }

    /// Whether this text is one of them.
    ///
    /// Where nobody decrypts, that is told of the object once, and not of each of its values.
    pub(in crate::validate) fn have(self, text: &str) -> bool {
        (self.are_filled_in && text.contains("${")) || (self.are_encrypted && secrets::is_encrypted(text))
    }

    /// Whether a field at the outer level of the object is SOPS' own.
    pub(in crate::validate) fn have_field(self, name: &str) -> bool {
        self.are_encrypted && name == SOPS
    }
}

/// The field in which SOPS says how an object can be decrypted.
const SOPS: &str = "sops";

/// Whether SOPS has encrypted values of the object: Flux decrypts one with a checksum, as does `sops` itself.
fn is_encrypted(object: Node<'_>) -> bool {
    let mac = object.get(SOPS).and_then(|sops| sops.get("mac"));
    mac.and_then(Node::as_str).is_some_and(|mac| !mac.is_empty())
}

/// What is to be said of an object that SOPS has encrypted where nobody decrypts it: the end of a sentence, and what to do.
pub(in crate::validate) fn not_decrypted(options: &Options) -> (String, String) {
    let hint = if options.consumers.is_empty() {
        "only Flux decrypts it, where its Kustomization has `spec.decryption`: if Flux reads the bundle, say `--consumer flux`"
    } else {
        "of all consumers only Flux decrypts it: for others use Sealed Secrets, or External Secrets that fetch it in the cluster"
    };
    ("is encrypted with SOPS, and the API server refuses its field `sops`".to_owned(), hint.to_owned())
}
