//! Realms that are known before a registry names them, which saves a request and a wait.
//!
//! Google's and Docker Hub's are built in. Another registry's is remembered once a push has used it, but only where the realm is at the
//! registry's own host: a file must not be able to send a credential elsewhere. The file is the user's own, readable by nobody else, in a
//! folder of the same sort; any other is ignored. What it says is a guess: the first failure drops it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::challenge::Realm;
use crate::credentials::is_google;
use crate::http::Address;

/// More than anybody has registries.
const LARGEST: u64 = 1 << 20;

/// What is remembered of one registry.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    realm: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
}

/// The memory; all of its failures are silent, since nothing depends on it.
#[derive(Clone, Debug)]
pub(super) struct Realms {
    file: Option<PathBuf>,
}

impl Realms {
    /// A memory in `file`; without one nothing is remembered.
    pub(super) const fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// Whether a host's realm is known for good.
    pub(super) fn is_built_in(host: &str) -> bool {
        host == "docker.io" || is_google(host)
    }

    /// The realm of the registry at `registry`, whose reference has the host `host`.
    pub(super) fn of(&self, host: &str, registry: &Address) -> Option<Realm> {
        if host == "docker.io" {
            let (url, service) = ("https://auth.docker.io/token".to_owned(), Some("registry.docker.io".to_owned()));
            return Some(Realm { url, service });
        }
        if is_google(host) {
            return Some(Realm { url: format!("https://{host}/v2/token"), service: Some(host.to_owned()) });
        }
        let entry = self.read()?.remove(host)?;
        // What was written is not trusted when it is read.
        let own = Address::parse(&entry.realm).is_ok_and(|realm| realm.same_origin(registry));
        own.then_some(Realm { url: entry.realm, service: entry.service })
    }

    /// Remembers a realm that gave a token, where it may be remembered.
    pub(super) fn remember(&self, host: &str, registry: &Address, realm: &Realm) {
        let own = Address::parse(&realm.url).is_ok_and(|address| address.same_origin(registry));
        if Self::is_built_in(host) || !own {
            return;
        }
        self.change(|entries| {
            let entry = Entry { realm: realm.url.clone(), service: realm.service.clone() };
            let old = entries.insert(host.to_owned(), entry.clone());
            old.is_none_or(|old| (old.realm, old.service) != (entry.realm, entry.service))
        });
    }

    /// Drops what is remembered of a registry.
    pub(super) fn forget(&self, host: &str) {
        self.change(|entries| entries.remove(host).is_some());
    }

    fn read(&self) -> Option<BTreeMap<String, Entry>> {
        let file = self.file.as_deref()?;
        (is_private(file.parent()?, 0o700) && is_private(file, 0o600)).then_some(())?;
        if fs::metadata(file).ok()?.len() > LARGEST {
            return None;
        }
        serde_json::from_slice(&fs::read(file).ok()?).ok()
    }

    /// Reads, changes and writes; two at once may lose one's change, which costs a later push one request.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Entry>) -> bool) {
        let Some(file) = self.file.as_deref() else { return };
        let mut entries = self.read().unwrap_or_default();
        if change(&mut entries) {
            let _ = write(file, &entries);
        }
    }
}

/// Writes beside and renames, so that no reader sees half of it.
fn write(file: &Path, entries: &BTreeMap<String, Entry>) -> std::io::Result<()> {
    let folder = file.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
    if !folder.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    if !is_private(folder, 0o700) || file.exists() && !is_private(file, 0o600) {
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    // Readable by nobody else, as all temporary files of this crate are.
    let mut beside = tempfile::Builder::new().prefix(".realms-").tempfile_in(folder)?;
    beside.write_all(&serde_json::to_vec_pretty(entries).map_err(std::io::Error::other)?)?;
    beside.persist(file)?;
    Ok(())
}

/// Whether it is ours, no link, and others can do no more with it than `mode` says.
fn is_private(path: &Path, mode: u32) -> bool {
    let Ok(there) = fs::symlink_metadata(path) else { return false };
    !there.is_symlink()
        && there.uid() == rustix::process::geteuid().as_raw()
        && there.permissions().mode() & 0o777 & !mode == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(host: &str) -> Address {
        Address::new("https", host, "/").unwrap()
    }

    fn realm(url: &str) -> Realm {
        Realm { url: url.to_owned(), service: Some("s".to_owned()) }
    }

    #[test]
    fn googles_and_docker_hubs_are_built_in() {
        let realms = Realms::new(None);
        assert_eq!(
            realms.of("us-docker.pkg.dev", &registry("us-docker.pkg.dev")).unwrap().url,
            "https://us-docker.pkg.dev/v2/token"
        );
        assert_eq!(
            realms.of("docker.io", &registry("registry-1.docker.io")).unwrap().service.as_deref(),
            Some("registry.docker.io")
        );
        assert_eq!(realms.of("r.example", &registry("r.example")), None);
    }

    #[test]
    fn a_realm_is_remembered_only_at_the_registrys_own_host_and_in_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache/consign/realms.json");
        let realms = Realms::new(Some(file.clone()));
        let (host, at) = ("r.example:5000", registry("r.example:5000"));
        for elsewhere in ["https://auth.example/token", "http://r.example:5000/token", "https://r.example/token"] {
            realms.remember(host, &at, &realm(elsewhere));
        }
        assert!(!file.exists());
        let own = realm("https://r.example:5000/token");
        realms.remember(host, &at, &own);
        assert_eq!(realms.of(host, &at), Some(own.clone()));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);

        // Whoever may write there could name a realm of their own.
        for (path, open, closed) in [(file.as_path(), 0o622, 0o600), (file.parent().unwrap(), 0o777, 0o700)] {
            fs::set_permissions(path, fs::Permissions::from_mode(open)).unwrap();
            assert_eq!(realms.of(host, &at), None, "{}", path.display());
            fs::set_permissions(path, fs::Permissions::from_mode(closed)).unwrap();
        }
        assert_eq!(realms.of(host, &at), Some(own));
        realms.forget(host);
        assert_eq!(realms.of(host, &at), None);
    }

    #[test]
    fn what_the_file_says_of_another_host_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("c");
        fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        let file = folder.join("realms.json");
        fs::write(&file, r#"{"r.example":{"realm":"https://evil.example/token"}}"#).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(Realms::new(Some(file)).of("r.example", &registry("r.example")), None);
    }
}
