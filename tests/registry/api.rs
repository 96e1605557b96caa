//! The distribution specification: what each request finds, does and answers.

use serde_json::json;

use super::auth;
use super::config::{DigestHeader, Mode};
use super::manifests;
use super::server::{Call, World};
use super::uploads;
use super::wire::{Answer, Head, sha256};

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Ping,
    Blob(&'a str, &'a str),
    Uploads(&'a str),
    Upload(&'a str),
    Manifest(&'a str, &'a str),
    Tags(&'a str),
}

impl<'a> Place<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        if path == "/v2/" || path == "/v2" {
            return Some(Self::Ping);
        }
        if path.starts_with("/artifacts-uploads/") {
            return path.rsplit_once("/uploads/").map(|(_, id)| Self::Upload(id));
        }
        let (rest, last) = path.strip_prefix("/v2/")?.rsplit_once('/')?;
        let (name, kind) = rest.rsplit_once('/')?;
        match (kind, last) {
            ("blobs", "uploads") => Some(Self::Uploads(name)),
            ("uploads", "") => name.strip_suffix("/blobs").map(Self::Uploads),
            ("uploads", id) => name.strip_suffix("/blobs").map(|_| Self::Upload(id)),
            ("blobs", digest) => Some(Self::Blob(name, digest)),
            ("manifests", reference) => Some(Self::Manifest(name, reference)),
            ("tags", "list") => Some(Self::Tags(name)),
            _ => None,
        }
    }
}

/// The right answer to a request.
pub fn answer(world: &World, call: &Call<'_>) -> Answer {
    let answer = if auth::is_realm(&world.config.auth, &call.head.path) {
        return auth::token(world, call);
    } else {
        route(world, call).unwrap_or_else(|refusal| refusal)
    };
    answer.header("Docker-Distribution-Api-Version", "registry/2.0")
}

/// The challenge that a request without credentials gets.
pub fn unauthorized(world: &World, call: &Call<'_>) -> Answer {
    let (repository, actions) = needs(world, call, Place::parse(&call.head.path).as_ref());
    auth::unauthenticated(world, call, &repository, actions)
}

/// What a request must be allowed to do, and where.
fn needs(world: &World, call: &Call<'_>, place: Option<&Place<'_>>) -> (String, &'static [&'static str]) {
    let reading = matches!(call.head.method.as_str(), "GET" | "HEAD");
    let actions: &[&str] = if reading { &["pull"] } else { &["pull", "push"] };
    match place {
        None | Some(Place::Ping) => (String::new(), &[]),
        Some(Place::Blob(name, _) | Place::Manifest(name, _) | Place::Tags(name) | Place::Uploads(name)) => {
            ((*name).to_owned(), actions)
        }
        Some(Place::Upload(id)) => {
            let store = world.store();
            (store.sessions.get(*id).map(|session| session.repository.clone()).unwrap_or_default(), &["pull", "push"])
        }
    }
}

fn route(world: &World, call: &Call<'_>) -> Result<Answer, Answer> {
    let head = call.head;
    let place = Place::parse(&head.path).ok_or_else(|| Answer::error(404, "NOT_FOUND", "nothing is here", ""))?;
    let (repository, actions) = needs(world, call, Some(&place));
    if let Place::Upload(id) = place {
        // An upload's location at the second host is a secret of its own; a session that is unknown belongs to nobody.
        if !call.side && !repository.is_empty() {
            auth::check(world, call, &repository, actions)?;
        }
        return uploads::go_on(world, call, id);
    }
    auth::check(world, call, &repository, actions)?;
    if place != Place::Ping {
        must_exist(world, &repository)?;
    }
    if let (Some(status), "HEAD", Place::Blob(..) | Place::Manifest(..)) =
        (world.config.heads, head.method.as_str(), &place)
    {
        return Err(Answer::error(status, "UNSUPPORTED", "HEAD is answered oddly here", ""));
    }
    match (head.method.as_str(), place) {
        ("GET" | "HEAD", Place::Ping) => Ok(Answer::json(200, &json!({}))),
        ("GET" | "HEAD", Place::Blob(name, digest)) => blob(world, head, name, digest),
        ("POST", Place::Uploads(name)) => uploads::open(world, call, name),
        ("GET" | "HEAD", Place::Manifest(name, reference)) => manifests::get(world, head, name, reference),
        ("PUT", Place::Manifest(name, reference)) => manifests::put(world, call, name, reference),
        ("GET", Place::Tags(name)) => tags(world, head, name),
        _ => Err(Answer::error(405, "UNSUPPORTED", "the operation is unsupported", "")),
    }
}

fn must_exist(world: &World, repository: &str) -> Result<(), Answer> {
    let Some(known) = &world.config.repositories else { return Ok(()) };
    if known.iter().any(|name| name == repository) {
        return Ok(());
    }
    let name = match world.config.mode {
        Mode::ArtifactRegistry => repository.split('/').nth(1).unwrap_or_default(),
        Mode::Strict | Mode::Lenient => repository,
    };
    Err(Answer::error(404, "NAME_UNKNOWN", &format!("Repository \"{name}\" not found"), ""))
}

fn blob(world: &World, head: &Head, name: &str, digest: &str) -> Result<Answer, Answer> {
    let store = world.store();
    let blob = store
        .blob(name, digest)
        .ok_or_else(|| Answer::error(404, "BLOB_UNKNOWN", "blob unknown to registry", digest))?;
    let answer = Answer::new(200).header("Docker-Content-Digest", digest).header("Accept-Ranges", "bytes");
    let answer = answer.header("Content-Type", "application/octet-stream");
    if head.method == "HEAD" {
        return Ok(answer.header("Content-Length", blob.length.to_string()));
    }
    if blob.bytes.len() as u64 != blob.length {
        return Err(Answer::error(500, "UNKNOWN", "this registry did not keep the blob", digest));
    }
    let Some(range) = head.header("range").and_then(|range| range.strip_prefix("bytes=")) else {
        return Ok(Answer { body: blob.bytes.clone(), ..answer });
    };
    let (first, last) = range.split_once('-').unwrap_or_default();
    let (first, end) = (first.parse::<usize>().ok(), last.parse::<usize>().map_or(blob.bytes.len(), |last| last + 1));
    let Some(first) = first.filter(|first| *first < end && end <= blob.bytes.len()) else {
        return Err(Answer::new(416).header("Content-Range", format!("bytes */{}", blob.length)));
    };
    let range = format!("bytes {first}-{}/{}", end - 1, blob.length);
    Ok(Answer { status: 206, body: blob.bytes.slice(first..end), ..answer }.header("Content-Range", range))
}

/// `n` at a time after `last`, at most as many as the registry gives; `Link` says where it goes on.
fn tags(world: &World, head: &Head, name: &str) -> Result<Answer, Answer> {
    let store = world.store();
    let unknown = || Answer::error(404, "NAME_UNKNOWN", "repository name not known to registry", "");
    let repository = store.repositories.get(name).ok_or_else(unknown)?;
    let count = head.param("n").and_then(|n| n.parse().ok()).unwrap_or(usize::MAX).min(world.config.page);
    let last = head.param("last").unwrap_or_default();
    let rest: Vec<&String> = repository.tags.keys().filter(|tag| tag.as_str() > last).collect();
    let page = &rest[..count.min(rest.len())];
    let answer = Answer::json(200, &json!({ "name": name, "tags": page }));
    Ok(match page.last() {
        Some(last) if page.len() < rest.len() => {
            answer.header("Link", format!("</v2/{name}/tags/list?last={last}&n={count}>; rel=\"next\""))
        }
        _ => answer,
    })
}

/// Writes `Docker-Content-Digest` as the registry's ways are.
pub fn with_digest(answer: Answer, digest: &str, how: DigestHeader) -> Answer {
    match how {
        DigestHeader::Right => answer.header("Docker-Content-Digest", digest),
        DigestHeader::Missing => answer,
        DigestHeader::Wrong => answer.header("Docker-Content-Digest", sha256(b"something else")),
    }
}
