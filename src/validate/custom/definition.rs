//! A CustomResourceDefinition, as far as its resources' checks need it, kept after its text is gone.

use super::schema::Schema;
use crate::object::{Node, Object, Value};

/// The group of the definitions themselves.
pub(super) const GROUP: &str = "apiextensions.k8s.io";
const KIND: &str = "CustomResourceDefinition";

/// One kind of custom resources.
#[derive(Debug)]
pub(in crate::validate) struct Definition {
    pub(super) group: Box<str>,
    pub(super) kind: Box<str>,
    /// Whether its objects live in a namespace.
    pub(super) namespaced: bool,
    pub(super) versions: Vec<Version>,
    /// Whether it is known out of the box: then there may be versions that it lacks.
    pub(super) is_ours: bool,
}

/// One version of a kind.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) name: Box<str>,
    pub(super) served: bool,
    /// Whether the status has an endpoint of its own.
    pub(super) has_status: bool,
    /// The field that says how many there are to be, where a kind can be scaled.
    pub(super) replicas: Option<Box<str>>,
    /// None where nothing is known of its fields.
    pub(super) schema: Option<Schema>,
}

/// Whether an object is a definition, of whatever version.
pub(in crate::validate) fn is_definition(object: &Object<'_>) -> bool {
    object.group() == Some(GROUP) && object.kind() == Some(KIND)
}

impl Definition {
    /// Reads a definition; none if it lacks what makes it one.
    pub(super) fn read(object: Node<'_>) -> Option<Self> {
        let spec = object.get("spec")?;
        let text = |node: Node<'_>, key: &str| {
            node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty()).map(Box::from)
        };
        // Fields of all versions, as `v1beta1` had them.
        let shared = spec.get("validation").and_then(|validation| validation.get("openAPIV3Schema"));
        let mut versions: Vec<Version> = spec
            .get("versions")
            .into_iter()
            .flat_map(Node::items)
            .filter_map(|node| Version::read(node, spec, shared))
            .collect();
        if versions.is_empty()
            && let Some(name) = text(spec, "version")
        {
            let schema = shared.map(Schema::read);
            versions.push(Version {
                name,
                served: true,
                has_status: has_status(spec),
                replicas: replicas(spec),
                schema,
            });
        }
        Some(Self {
            group: text(spec, "group")?,
            kind: text(spec.get("names")?, "kind")?,
            namespaced: spec.get("scope").and_then(Node::as_str) != Some("Cluster"),
            versions,
            is_ours: false,
        })
    }

    /// The version of this name, if it is served.
    pub(super) fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.served && &*version.name == name)
    }
}

impl Version {
    fn read(node: Node<'_>, spec: Node<'_>, shared: Option<Node<'_>>) -> Option<Self> {
        let own = node.get("schema").and_then(|schema| schema.get("openAPIV3Schema"));
        Some(Self {
            name: node.get("name")?.as_str()?.into(),
            served: node.get("served").is_some_and(|served| served.value() == Value::Bool(true)),
            has_status: has_status(node) || has_status(spec),
            replicas: replicas(node).or_else(|| replicas(spec)),
            schema: own.or(shared).filter(|schema| schema.is_mapping()).map(Schema::read),
        })
    }
}

fn has_status(node: Node<'_>) -> bool {
    node.get("subresources").and_then(|resources| resources.get("status")).is_some_and(|status| !status.is_null())
}

fn replicas(node: Node<'_>) -> Option<Box<str>> {
    let path = node.get("subresources")?.get("scale")?.get("specReplicasPath")?.as_str()?;
    Some(path.trim_start_matches('.').into())
}
