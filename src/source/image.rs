//! Images are not files to be packed: an image within an image is never what somebody wants.

use serde::Deserialize;

use super::tree::{Child, Node, Tree};
use crate::error::{Error, Kind};

/// The most bytes of a `manifest.json` that is looked into.
const MAX_MANIFEST: u64 = 1 << 20;

/// The file that `docker save` puts beside the layers.
#[derive(Deserialize)]
struct DockerImage {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "Layers")]
    _layers: Vec<String>,
}

/// Fails if the tree is an OCI layout or what `docker save` wrote.
pub(super) fn refuse(tree: &impl Tree, what: &str) -> Result<(), Error> {
    // If the root cannot be read, the walk says so.
    let children = tree.list("").unwrap_or_default();
    let kind = if file(&children, "oci-layout").is_some() && file(&children, "index.json").is_some() {
        "an OCI image layout"
    } else if is_docker_archive(tree, &children) {
        "a docker image archive"
    } else {
        return Ok(());
    };
    Err(Error::new(Kind::Usage, format!("{what} is {kind}: it holds an image, not the files for one"))
        .hint("give the directory that the image was made of, or unpack the image and give the result"))
}

fn is_docker_archive(tree: &impl Tree, children: &[Child]) -> bool {
    let Some(Node::File { size, origin }) = file(children, "manifest.json") else { return false };
    if *size > MAX_MANIFEST {
        return false;
    }
    let Ok(text) = tree.small_file("manifest.json", *size, origin) else { return false };
    let images: Vec<DockerImage> = serde_json::from_slice(&text).unwrap_or_default();
    images.iter().any(|image| {
        let first = image.config.split('/').next().unwrap_or_default();
        children.iter().any(|child| child.name == first.as_bytes())
    })
}

fn file<'a>(children: &'a [Child], name: &str) -> Option<&'a Node> {
    let child = children.iter().find(|child| child.name == name.as_bytes())?;
    matches!(child.node, Node::File { .. }).then_some(&child.node)
}
