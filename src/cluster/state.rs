//! What a sync says of itself, in one form for Config Sync, Flux and Argo CD.

use std::fmt;

use crate::oci::{Digest, Reference};
use crate::sync::Sync;

/// One sync of a cluster, as it was when the cluster was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Which it is.
    pub sync: Sync,
    /// Where it gets what it syncs.
    pub source: Source,
    /// How it is.
    pub word: Word,
    /// What it says of that.
    pub message: Option<String>,
    /// The digest that was applied last without errors.
    pub digest: Option<Digest>,
    /// The digest that was fetched last.
    pub fetched: Option<Digest>,
    /// The digest that the cluster runs for certain: all that the sync says is about its spec as it is now, and all is well.
    pub applied: Option<Digest>,
    /// The digest at which it is, whether it works on it, failed with it or is done.
    pub at: Option<Digest>,
    /// When it was there, as the cluster writes it.
    pub time: Option<String>,
    /// Whether its controller has seen the spec as it is now.
    pub observed: bool,
    /// Why it does nothing by itself.
    pub idle: Option<Idle>,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// How many problems there are, with those that are not told.
    pub problem_count: usize,
    /// What it manages; none where nothing tells.
    pub resources: Option<Vec<Resource>>,
    /// Why what it manages is not all well, or cannot be told to be.
    pub unready: Option<Unready>,
    /// How the one is that fetches for it, where that is another: a Kustomization's OCIRepository.
    pub fetcher: Option<Box<State>>,
}

/// Why not all is well that a sync manages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unready {
    /// It may become so by itself.
    Yet(String),
    /// Nothing will tell before somebody changes that: the reason.
    Untold(&'static str),
}

/// Where a sync gets what it syncs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The image as it is written there; Flux's and Argo CD's parts put together.
    pub image: Option<String>,
    /// The same, read: with the tag that counts where none is written; none where it is no reference.
    pub reference: Option<Reference>,
    /// A range of versions, from which the consumer chooses a tag.
    pub range: Option<String>,
    /// The folder in it.
    pub dir: Option<String>,
}

/// How a sync is, in the words of `nomos status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Word {
    /// It applied what it fetched last, without errors.
    Synced,
    /// It has something to do.
    Pending,
    /// What does the work is being set up, or is at it.
    Reconciling,
    /// It cannot go on before somebody changes its spec.
    Stalled,
    /// It failed, and may try again.
    Error,
}

impl Word {
    /// As it is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "SYNCED",
            Self::Pending => "PENDING",
            Self::Reconciling => "RECONCILING",
            Self::Stalled => "STALLED",
            Self::Error => "ERROR",
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a sync does nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// It is being deleted.
    Deleted,
    /// Somebody suspended it.
    Suspended,
    /// It applies only when somebody says so.
    ByHand,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `KNV2009`, or the reason that Flux or Argo CD gives.
    pub code: Option<String>,
    /// In the consumer's words, without what only surrounds them.
    pub message: String,
    /// The objects that it is about: `deployment.apps shop/cart (cart.yaml)`.
    pub objects: Vec<String>,
    /// What that means.
    pub meaning: Option<&'static str>,
    /// The way out.
    pub hint: Option<String>,
    /// Whether the consumer tries again by itself, so that it may pass.
    pub retried: bool,
    /// The digest that it is about; none while nothing could be fetched.
    pub about: Option<Digest>,
}

/// Something that a sync manages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its group; empty for Kubernetes' first.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty where it has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How it is, in the consumer's word; none where the consumer does not tell.
    pub status: Option<String>,
    /// Whether that is how it should be.
    pub is_well: bool,
    /// What is told of it besides.
    pub messages: Vec<String>,
    /// The first digits of the digest that it comes from.
    pub source_hash: Option<String>,
}

impl Resource {
    /// `deployment.apps/cart`, as `nomos` and `kubectl` write it.
    pub fn called(&self) -> String {
        let kind = self.kind.to_lowercase();
        if self.group.is_empty() {
            format!("{kind}/{}", self.name)
        } else {
            format!("{kind}.{}/{}", self.group, self.name)
        }
    }
}

/// The first digits of a digest, for people: `sha256:1f2e3d4c5b6a`.
pub fn short(digest: Digest) -> String {
    let mut text = digest.to_string();
    text.truncate("sha256:".len() + 12);
    text
}
