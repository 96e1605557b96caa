//! The YAML that makes Config Sync, Flux or Argo CD sync a bundle, and changing the image in such YAML.
//!
//! Nothing here asks a registry or a cluster. What is written has passed this tool's own checks for that consumer: see `check`.
//!
//! ```
//! use consign::deploy;
//!
//! let file = "kind: RootSync\napiVersion: configsync.gke.io/v1beta1\nmetadata: {name: shop}\n\
//!             spec:\n  oci:\n    image: r.io/shop:v1  # moved by CI\n";
//! let update = deploy::update("shop.yaml", file.as_bytes(), &"r.io/shop:v2".parse()?, &[])?;
//! assert_eq!(update.syncs[0].to_string(), "rootsync/shop");
//! assert_eq!(String::from_utf8_lossy(&update.after), file.replace("v1  #", "v2  #"));
//! # Ok::<(), consign::error::Error>(())
//! ```

mod argocd;
mod check;
mod config_sync;
mod diff;
mod flux;
mod update;
mod values;
mod yaml;

pub use argocd::{ArgoCd, Destination, SyncPolicy};
pub use config_sync::{Auth, ConfigSync, Deletion, NamespaceStrategy, Overrides, SourceFormat};
pub use flux::{Flux, Provider};
pub use update::{Found, Update, update};
pub use values::{Interval, LogLevel, Resources, RoleRef, Version, account, dir, name, range};

use crate::error::{Error, Kind};
use yaml::Map;

fn usage(message: impl Into<String>) -> Error {
    Error::new(Kind::Usage, message)
}

/// The start of an object.
fn object(api_version: &'static str, kind: &'static str, metadata: Map) -> Map {
    Map::default().put("apiVersion", api_version).put("kind", kind).put("metadata", metadata)
}

/// The metadata of an object with this name.
fn named(namespace: &str, name: &str) -> Map {
    Map::default().put("name", name).put("namespace", namespace)
}

/// A Namespace, with a line on what it is for.
fn namespace(name: &str, purpose: &str) -> Map {
    let head = Map::default().say(purpose).put("apiVersion", "v1").put("kind", "Namespace");
    head.put("metadata", Map::default().put("name", name))
}
