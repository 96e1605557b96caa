//! A registry within the test's own process: strict, with a journal of what it was asked, and with faults on demand.
//!
//! ```ignore
//! let registry = Registry::start(Config::tokens(Tokens::default()));
//! registry.fault(Match::new("PUT", "/uploads/").nth(1), Fault::status(503).header("Retry-After", "1"));
//! // … push to registry.host() …
//! assert_eq!(registry.requests(), ["HEAD /v2/shop/manifests/v1 401", "GET /token 200", …]);
//! ```
//!
//! It listens on a port of 127.0.0.1, on a second one that is to be another host (`localhost`: for realms and upload locations
//! elsewhere), and on a third as a proxy, through which it is whatever host the client thinks it speaks to
//! (`us-docker.pkg.dev` with a certificate of the test authority). It ends, with all of its threads, when it is dropped.
//!
//! It speaks HTTP/1.1 alone, and neither deletes nor lists referrers.

// Each test binary uses its own part of this. A panic here is a test that fails.
#![allow(dead_code, unused_imports, unreachable_pub, clippy::expect_used, clippy::panic)]

mod api;
mod auth;
mod config;
mod delivery;
mod faults;
mod journal;
mod manifests;
mod pace;
mod server;
mod store;
mod tls;
mod uploads;
mod wire;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use bytes::Bytes;

pub use config::{Auth, Config, DigestHeader, Direct, Mode, Pace, Realm, Tls, Tokens, Uploads};
pub use faults::{Fault, Match};
pub use journal::Entry;
pub use wire::sha256;

use pace::Clock;
use server::{Connections, Door, World};
use store::{Manifest, Store};
use tls::Authority;

/// A registry that runs.
pub struct Registry {
    world: Arc<World>,
    addresses: [SocketAddr; 3],
    threads: Vec<JoinHandle<()>>,
}

impl Registry {
    /// Starts one; it answers when this returns.
    pub fn start(config: Config) -> Self {
        let doors =
            [Door::Main, Door::Side, Door::Proxy].map(|door| (door, TcpListener::bind("127.0.0.1:0").expect("a port")));
        for (_, listener) in &doors {
            // The standard library's 128 are too few for hundreds of clients at once: those left over wait for a second.
            socket2::SockRef::from(listener).listen(1024).expect("a longer queue");
        }
        let addresses = [0, 1, 2].map(|index: usize| doors[index].1.local_addr().expect("an address"));
        let scheme = if config.tls == Tls::Off { "http" } else { "https" };
        let world = Arc::new(World {
            side: format!("{scheme}://localhost:{}", addresses[1].port()),
            store: Mutex::default(),
            journal: journal::Journal::default(),
            faults: faults::Script::default(),
            issued: auth::Issued::default(),
            clock: Clock::new(config.pace),
            connections: Mutex::new(Connections::default()),
            config,
        });
        let threads = doors.into_iter().map(|(door, listener)| {
            let world = Arc::clone(&world);
            thread::spawn(move || server::accept(&world, &listener, door))
        });
        Self { addresses, threads: threads.collect(), world }
    }

    /// `127.0.0.1:PORT`, as it stands in references.
    pub fn host(&self) -> String {
        self.addresses[0].to_string()
    }

    /// `localhost:PORT`: the second host. The same registry answers there.
    pub fn side_host(&self) -> String {
        format!("localhost:{}", self.addresses[1].port())
    }

    /// Scheme and host.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.world.config.tls == Tls::Off { "http" } else { "https" }, self.host())
    }

    /// `http://127.0.0.1:PORT`, for `HTTPS_PROXY` and `HTTP_PROXY`: every host behind it is this registry. With TLS its
    /// certificate is good for `registry.test`, `realm.test`, `us-docker.pkg.dev`, `gcr.io`, Docker Hub's hosts and a few more.
    pub fn proxy(&self) -> String {
        format!("http://{}", self.addresses[2])
    }

    /// The authority that signed the registry's certificate, as PEM.
    pub fn ca_pem() -> &'static str {
        &Authority::get().ca
    }

    /// A client's certificate and key, as PEM, for [`Tls::ClientCertificate`].
    pub fn client_pem() -> (&'static str, &'static str) {
        let (certificate, key) = &Authority::get().client;
        (certificate, key)
    }

    /// Something goes wrong from now on.
    pub fn fault(&self, which: Match, fault: Fault) {
        self.world.faults.add(which, fault);
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// All requests, in the order of arrival.
    pub fn journal(&self) -> Vec<Entry> {
        self.world.journal.entries()
    }

    /// Forgets the requests so far.
    pub fn clear_journal(&self) {
        self.world.journal.clear();
    }

    /// `METHOD PATH STATUS` of all requests, in the order of arrival. Digests are `MANIFEST`, `CONFIG`, `LAYER` (then
    /// `MANIFEST2`, …) after the manifests that were put, or tried to; others are `DIGEST1`, … by first appearance. An upload's id
    /// is `*`. Of the query `digest`, `mount`, `from`, `n` and `last` are shown; what came to the second host begins with `side:`.
    pub fn requests(&self) -> Vec<String> {
        journal::lines(&self.journal(), &self.world.store())
    }

    /// The same in waves, each sorted: a wave is what came after an answer to the wave before, so the number of waves is the
    /// number of requests that waited for one another. Exact with [`Pace::Lockstep`]; otherwise answers that go out before
    /// their siblings have arrived make more waves.
    pub fn waves(&self) -> Vec<Vec<String>> {
        journal::waves(&self.journal(), &self.world.store())
    }

    /// How many faults were played.
    pub fn faults_played(&self) -> usize {
        self.journal().iter().filter(|entry| entry.fault).count()
    }

    /// The digest that a tag names.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<String> {
        self.world.store().repositories.get(repository)?.tags.get(tag).cloned()
    }

    pub fn tags(&self, repository: &str) -> Vec<String> {
        self.world
            .store()
            .repositories
            .get(repository)
            .map(|held| held.tags.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// The bytes of a manifest, by tag or digest.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<Bytes> {
        self.world.store().manifest(repository, reference).map(|(_, manifest)| manifest.bytes.clone())
    }

    pub fn manifests_in(&self, repository: &str) -> Vec<String> {
        self.world
            .store()
            .repositories
            .get(repository)
            .map(|held| held.manifests.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// The bytes of a blob that is here.
    pub fn blob(&self, repository: &str, digest: &str) -> Option<Bytes> {
        self.world.store().blob(repository, digest).filter(|blob| blob.here).map(|blob| blob.bytes.clone())
    }

    /// The digests of the blobs that are here, sorted.
    pub fn blobs_in(&self, repository: &str) -> Vec<String> {
        let store = self.world.store();
        let blobs = store.repositories.get(repository).into_iter().flat_map(|held| &held.blobs);
        blobs.filter(|(_, blob)| blob.here).map(|(digest, _)| digest.clone()).collect()
    }

    /// What the manifest of a tag (or digest) refers to and the repository does not have; none where the image is whole.
    ///
    /// # Panics
    /// Where there is no such manifest.
    pub fn missing(&self, repository: &str, reference: &str) -> Option<String> {
        let store = self.world.store();
        let (_, manifest) = store.manifest(repository, reference).expect("a manifest");
        store.missing(repository, &serde_json::from_slice(&manifest.bytes).expect("JSON"))
    }

    /// `REPOSITORY:TAG` of all tags that name an image of which something is missing.
    pub fn incomplete(&self) -> Vec<String> {
        let pairs = |(repository, held): (&String, &store::Repository)| -> Vec<(String, String)> {
            held.tags.keys().map(|tag| (repository.clone(), tag.clone())).collect()
        };
        let all: Vec<(String, String)> = self.world.store().repositories.iter().flat_map(pairs).collect();
        let broken = all.into_iter().filter(|(repository, tag)| self.missing(repository, tag).is_some());
        broken.map(|(repository, tag)| format!("{repository}:{tag}")).collect()
    }

    /// `REPOSITORY REFERENCE` of the manifests that a lenient registry took although something of them was missing.
    pub fn too_early(&self) -> Vec<String> {
        self.world.store().early.iter().map(|(repository, reference)| format!("{repository} {reference}")).collect()
    }

    /// Puts a blob there, unseen by the journal; gives its digest.
    pub fn put_blob(&self, repository: &str, bytes: impl Into<Bytes>) -> String {
        let bytes = bytes.into();
        let digest = sha256(&bytes);
        let length = bytes.len() as u64;
        self.world.store().put_blob(repository, &digest, bytes, length);
        digest
    }

    /// Puts a manifest there, under a tag or none, unseen by the journal and unchecked; gives its digest.
    pub fn put_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        media_type: &str,
        bytes: impl Into<Bytes>,
    ) -> String {
        let bytes = bytes.into();
        let digest = sha256(&bytes);
        self.world.store().put_manifest(
            repository,
            tag,
            &digest,
            Manifest { media_type: media_type.to_owned(), bytes },
        );
        digest
    }

    /// A blob goes missing; says whether it was there.
    pub fn delete_blob(&self, repository: &str, digest: &str) -> bool {
        let mut store = self.world.store();
        store.repositories.get_mut(repository).is_some_and(|held| held.blobs.remove(digest).is_some())
    }

    /// A manifest goes missing, with its tags.
    pub fn delete_manifest(&self, repository: &str, digest: &str) {
        if let Some(held) = self.world.store().repositories.get_mut(repository) {
            held.manifests.remove(digest);
            held.tags.retain(|_, named| named != digest);
        }
    }

    /// As a pull-through cache: what a repository holds now is only its upstream's. HEAD and GET show the blobs; a manifest that
    /// needs them is refused until they have been uploaded.
    pub fn only_upstream(&self, repository: &str) {
        if let Some(held) = self.world.store().repositories.get_mut(repository) {
            held.blobs.values_mut().for_each(|blob| blob.here = false);
        }
    }

    /// All uploads under way are forgotten.
    pub fn expire_sessions(&self) {
        self.world.store().sessions.clear();
    }

    /// All tokens given out are good for nothing.
    pub fn expire_tokens(&self) {
        self.world.issued.expire();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.world.clock.stop();
        for address in self.addresses {
            // Wakes the listener's thread, which then sees that it is over.
            let _ = TcpStream::connect(address);
        }
        let mut panicked = false;
        // The listeners first: what they let in is cut off then.
        for thread in self.threads.drain(..) {
            panicked |= thread.join().is_err();
        }
        for thread in self.world.cut_off() {
            panicked |= thread.join().is_err();
        }
        assert!(!panicked || thread::panicking(), "the test registry itself failed: see above");
    }
}
