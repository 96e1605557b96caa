//! What makes two objects one and the same: group, kind, namespace and name. The version is no part of it.

use sha2::{Digest, Sha256};

use super::consumers::{CLUSTER_NAMES, CLUSTER_SELECTOR, Facts, NAMESPACE_SELECTOR};
use crate::finding::Place;

/// 128 bits that stand for an object's identity.
pub(super) type Key = u128;

/// An object as the [`Ledger`](super::Ledger) needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub(super) key: Key,
    /// The object as a message names it.
    pub(super) label: String,
    /// Where its name stands.
    pub(super) place: Place,
    /// It has no namespace, and its kind has one.
    pub(super) lacks_namespace: bool,
    /// It has the annotation by which some leave it out.
    pub(super) is_local: bool,
    /// It is a CustomResourceDefinition: its name is no matter of choice.
    pub(super) is_definition: bool,
    /// What the checks of a consumer over all objects need to know, if there are any.
    pub(super) facts: Option<Box<Facts>>,
}

impl Identity {
    /// How a message names the object: `Deployment "shop/cart"`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Where its name stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }
}

/// Annotations with which Config Sync applies an object to some clusters or some namespaces only.
pub(super) const SELECTORS: [&str; 3] = [CLUSTER_NAMES, CLUSTER_SELECTOR, NAMESPACE_SELECTOR];

/// The parts of an identity.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) group: &'a str,
    pub(super) kind: &'a str,
    /// None is the same as `default`. So it is for kinds without a namespace, which does no harm.
    pub(super) namespace: Option<&'a str>,
    pub(super) name: &'a str,
    /// The values of the [`SELECTORS`]. Objects with different selectors are not held to be the same: they may be meant for different
    /// clusters.
    pub(super) selectors: [Option<&'a str>; 3],
}

impl Parts<'_> {
    pub(super) fn key(&self) -> Key {
        let mut hash = Sha256::new();
        let namespace = self.namespace.unwrap_or("default");
        let selectors = self.selectors.map(Option::unwrap_or_default);
        for part in [self.group, self.kind, namespace, self.name].into_iter().chain(selectors) {
            hash.update(part);
            // None of the parts can hold a NUL: the parser refuses control characters.
            hash.update([0]);
        }
        let mut half = [0; 16];
        half.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
        Key::from_be_bytes(half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CART: Parts<'static> = Parts {
        group: "apps",
        kind: "Deployment",
        namespace: Some("shop"),
        name: "cart",
        selectors: [None, None, None],
    };

    #[test]
    fn every_part_counts() {
        for other in [
            Parts { group: "", ..CART },
            Parts { kind: "StatefulSet", ..CART },
            Parts { namespace: Some("web"), ..CART },
            Parts { namespace: None, ..CART },
            Parts { name: "basket", ..CART },
            Parts { selectors: [Some("a"), None, None], ..CART },
            Parts { selectors: [None, Some("a"), None], ..CART },
            Parts { kind: "Deploymentshop", namespace: Some(""), ..CART },
        ] {
            assert_ne!(other.key(), CART.key(), "{other:?}");
        }
        assert_eq!(Parts { ..CART }.key(), CART.key());
    }

    #[test]
    fn no_namespace_is_the_default_one() {
        assert_eq!(Parts { namespace: None, ..CART }.key(), Parts { namespace: Some("default"), ..CART }.key());
    }
}
