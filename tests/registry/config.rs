//! How a test registry behaves: every knob, with the strict and honest registry as the default.

use std::time::Duration;

/// What is asked of a registry. `Config::default()` is strict, open to all, plain HTTP and answers at once.
#[derive(Clone, Debug)]
pub struct Config {
    pub mode: Mode,
    pub auth: Auth,
    pub tls: Tls,
    pub pace: Pace,
    pub uploads: Uploads,
    /// Whether `mount` and `from` are granted where the blob is there; otherwise such a POST opens a session.
    pub mounts: bool,
    /// A tag that exists takes no other digest.
    pub immutable_tags: bool,
    /// Every HEAD of a blob or a manifest that passed authentication gets this status.
    pub heads: Option<u16>,
    /// `Docker-Content-Digest` of a manifest's HEAD and GET.
    pub digest_header: DigestHeader,
    /// `Docker-Content-Digest` of a manifest's PUT.
    pub put_digest_header: DigestHeader,
    /// Status and code for a manifest whose blobs are not there.
    pub missing_blob: (u16, &'static str),
    /// So many upload sessions, the first ones, have expired when their first request comes.
    pub stale_sessions: usize,
    /// The most tags on a page.
    pub page: usize,
    /// Where set, only these repositories exist. Otherwise a repository begins to exist when something is put there.
    pub repositories: Option<Vec<String>>,
    /// Bodies longer than this are hashed and counted, and not kept: for pushes larger than memory. Such a blob cannot be had with
    /// GET, and cannot come in several pieces.
    pub keep: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::Strict,
            auth: Auth::None,
            tls: Tls::Off,
            pace: Pace::AtOnce,
            uploads: Uploads::Relative,
            mounts: true,
            immutable_tags: false,
            heads: None,
            digest_header: DigestHeader::Right,
            put_digest_header: DigestHeader::Right,
            missing_blob: (400, "MANIFEST_BLOB_UNKNOWN"),
            stale_sessions: 0,
            page: 1000,
            repositories: None,
            keep: u64::MAX,
        }
    }
}

impl Config {
    /// As Artifact Registry does it, with this access token for its user names. Immutable tags are a setting of a repository there.
    pub fn artifact_registry(access_token: &str) -> Self {
        let users = ["oauth2accesstoken", "_dcgcloud_token", "_token"];
        Self {
            mode: Mode::ArtifactRegistry,
            mounts: false,
            auth: Auth::Token(Tokens {
                realm: Realm::Own("/v2/token"),
                users: users.map(|user| (user.to_owned(), access_token.to_owned())).to_vec(),
                direct: Some(Direct { token: access_token.to_owned(), refused: None }),
                scope_in_challenge: false,
                forbidden: true,
                ..Tokens::default()
            }),
            ..Self::default()
        }
    }

    /// With this token authentication.
    pub fn tokens(tokens: Tokens) -> Self {
        Self { auth: Auth::Token(tokens), ..Self::default() }
    }
}

/// Whose ways it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All that the specification lets a registry insist on.
    Strict,
    /// Upload locations outside `/v2`, no PATCH, nothing chunked, denials that tell little.
    ArtifactRegistry,
    /// Takes manifests whose blobs are absent, whatever their media type, and answers whatever the `Accept` says.
    Lenient,
}

/// Who gets in.
#[derive(Clone, Debug)]
pub enum Auth {
    None,
    /// `Basic` at every request, with this user and password.
    Basic(String, String),
    /// A `Bearer` token from a realm.
    Token(Tokens),
}

/// A realm and its tokens.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "knobs, each of its own")]
pub struct Tokens {
    pub realm: Realm,
    /// Users and passwords that get a token.
    pub users: Vec<(String, String)>,
    /// A refresh token (identity token) that gets a token, with POST.
    pub refresh_token: Option<String>,
    /// Whether nobody in particular may have a token to pull with.
    pub anonymous_pull: bool,
    /// Whether a repository's action (`pull`, `push`) goes into a token when it is asked for.
    pub grant: fn(&str, &str) -> bool,
    /// The names under which an answer has the token.
    pub fields: &'static [&'static str],
    /// The seconds that an answer tells; none: it tells nothing.
    pub expires_in: Option<u64>,
    /// How long a token really lives.
    pub lives: Option<Duration>,
    /// How many requests a token is good for.
    pub uses: Option<usize>,
    /// A token that is sent without any exchange.
    pub direct: Option<Direct>,
    /// Anyone may HEAD and GET without a token, and hears no challenge then.
    pub open_reads: bool,
    /// Whether a 401 has a challenge everywhere, or at `/v2/` only.
    pub challenge_everywhere: bool,
    /// Whether the challenge names the scope.
    pub scope_in_challenge: bool,
    /// A token with too little scope gets 403 `DENIED` instead of 401 `insufficient_scope`.
    pub forbidden: bool,
}

/// A user `user` with the password `password`, who may do everything.
impl Default for Tokens {
    fn default() -> Self {
        Self {
            realm: Realm::Own("/token"),
            users: vec![("user".to_owned(), "password".to_owned())],
            refresh_token: None,
            anonymous_pull: false,
            grant: |_, _| true,
            fields: &["token"],
            expires_in: Some(300),
            lives: None,
            uses: None,
            direct: None,
            open_reads: false,
            challenge_everywhere: true,
            scope_in_challenge: true,
            forbidden: false,
        }
    }
}

/// Where tokens are.
#[derive(Clone, Debug)]
pub enum Realm {
    /// At the registry's own host: a path.
    Own(&'static str),
    /// At the registry's second host, `/token`.
    Side,
    /// Whatever is written here; a test may let another server answer, or none.
    Url(String),
}

/// An access token as `Bearer`.
#[derive(Clone, Debug)]
pub struct Direct {
    pub token: String,
    /// The status it is refused with; none: it may do everything.
    pub refused: Option<u16>,
}

/// What an upload's `Location` looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uploads {
    /// Host-relative, with a query that must come back.
    Relative,
    /// An absolute URL at the same host.
    Absolute,
    /// An absolute URL at the second host, which asks for no credentials.
    Side,
    /// An absolute URL that begins with this scheme and host.
    At(String),
    /// POST says nothing of where to go on.
    Missing,
}

/// The `Docker-Content-Digest` of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestHeader {
    Right,
    Missing,
    /// A digest of something else.
    Wrong,
}

/// Encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    Off,
    On,
    /// The client must show a certificate of the test authority.
    ClientCertificate,
}

/// When answers go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    AtOnce,
    /// As if far away: each answer is held that long, and a new connection once for TCP and once for TLS.
    RoundTrip(Duration),
    /// Each answer is held that long; connections cost nothing.
    PerRequest(Duration),
    /// Answers are held until nothing has arrived (no connection, no byte) for that long, then all go out at once: requests that
    /// do not wait for one another are answered together, so that [`Registry::waves`](super::Registry::waves) is exact even on
    /// a busy machine. 50 to 100 ms do.
    Lockstep(Duration),
}
