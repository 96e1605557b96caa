//! Blobs on their way in: sessions opened, filled and closed, and mounts.

use super::api::with_digest;
use super::auth;
use super::config::{DigestHeader, Mode, Uploads};
use super::server::{Call, World};
use super::store::{Session, long_id};
use super::wire::{Answer, Framing};

/// POST: a mount where it is granted, otherwise a new session.
pub fn open(world: &World, call: &Call<'_>, repository: &str) -> Result<Answer, Answer> {
    // Proxies before a registry insist on it.
    if call.body.framing == Framing::None {
        return Err(Answer::new(411));
    }
    if let Some(answer) = mount(world, call, repository) {
        return Ok(answer);
    }
    let google = world.config.mode == Mode::ArtifactRegistry;
    let mut store = world.store();
    let id = store.open(repository, if google { 1024 } else { 36 });
    let location = location(world, call, &id, &store.sessions[&id]);
    if store.opened <= world.config.stale_sessions {
        store.sessions.remove(&id);
    }
    let answer = Answer::new(202).header("Docker-Upload-UUID", &id).header("Range", "0-0");
    Ok(match location {
        Some(location) => answer.header("Location", location),
        None => answer,
    })
}

fn mount(world: &World, call: &Call<'_>, repository: &str) -> Option<Answer> {
    let (digest, from) = (call.head.param("mount")?, call.head.param("from")?);
    if !world.config.mounts || auth::check(world, call, from, &["pull"]).is_err() {
        return None;
    }
    let mut store = world.store();
    let blob = store.blob(from, digest)?.clone();
    store.put_blob(repository, digest, blob.bytes, blob.length);
    Some(created(repository, digest))
}

fn created(repository: &str, digest: &str) -> Answer {
    let answer = Answer::new(201).header("Location", format!("/v2/{repository}/blobs/{digest}"));
    with_digest(answer, digest, DigestHeader::Right)
}

/// Where a session goes on.
fn location(world: &World, call: &Call<'_>, id: &str, session: &Session) -> Option<String> {
    let repository = &session.repository;
    let path = if world.config.mode == Mode::ArtifactRegistry {
        let mut parts = repository.split('/');
        let (project, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        format!("/artifacts-uploads/namespaces/{project}/repositories/{name}/uploads/{id}")
    } else {
        format!("/v2/{repository}/blobs/uploads/{id}?_state={}", session.state)
    };
    match &world.config.uploads {
        Uploads::Relative => Some(path),
        Uploads::Absolute => Some(format!("{}{path}", call.base)),
        Uploads::Side => Some(format!("{}{path}", world.side)),
        Uploads::At(base) => Some(format!("{base}{path}")),
        Uploads::Missing => None,
    }
}

/// Whatever is asked of an upload's location.
pub fn go_on(world: &World, call: &Call<'_>, id: &str) -> Result<Answer, Answer> {
    let unknown = || Answer::error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", "");
    let session = world.store().sessions.get(id).cloned().ok_or_else(unknown)?;
    if world.config.mode != Mode::ArtifactRegistry && call.head.param("_state") != Some(&session.state) {
        return Err(Answer::error(400, "BLOB_UPLOAD_INVALID", "the state of the location did not come back", ""));
    }
    match call.head.method.as_str() {
        "GET" => Ok(progress(world, call, id, &session, 204)),
        "PATCH" => patch(world, call, id, session),
        "PUT" => put(world, call, id, &session),
        "DELETE" => {
            world.store().sessions.remove(id);
            Ok(Answer::new(204))
        }
        _ => Err(Answer::error(405, "UNSUPPORTED", "the operation is unsupported", "")),
    }
}

fn progress(world: &World, call: &Call<'_>, id: &str, session: &Session, status: u16) -> Answer {
    let answer = Answer::new(status)
        .header("Docker-Upload-UUID", id)
        .header("Range", format!("0-{}", session.content.length.saturating_sub(1)));
    match location(world, call, id, session) {
        Some(location) => answer.header("Location", location),
        None => answer,
    }
}

fn patch(world: &World, call: &Call<'_>, id: &str, mut session: Session) -> Result<Answer, Answer> {
    if world.config.mode == Mode::ArtifactRegistry {
        return Err(Answer::error(405, "UNSUPPORTED", "chunked uploads are not supported", ""));
    }
    if let Some(range) = call.head.header("content-range") {
        let begins = session.content.length;
        let expected = format!("{begins}-{}", (begins + call.body.length).saturating_sub(1));
        if range != expected {
            let message = format!("the range is {range}, and {expected} is next");
            return Err(Answer { status: 416, ..Answer::error(416, "BLOB_UPLOAD_INVALID", &message, "") });
        }
    }
    session.content = session.content.followed_by(call.body).ok_or_else(too_long)?;
    // The old location is no longer good.
    session.state = long_id(24);
    let answer = progress(world, call, id, &session, 202);
    world.store().sessions.insert(id.to_owned(), session);
    Ok(answer)
}

fn too_long() -> Answer {
    Answer::error(500, "UNKNOWN", "this registry does not keep as much", "")
}

fn put(world: &World, call: &Call<'_>, id: &str, session: &Session) -> Result<Answer, Answer> {
    match call.body.framing {
        Framing::Length(_) => {}
        Framing::Chunked if world.config.mode == Mode::ArtifactRegistry => {
            return Err(Answer::error(400, "BLOB_UPLOAD_INVALID", "chunked uploads are not supported", ""));
        }
        Framing::Chunked | Framing::None => return Err(Answer::new(411)),
    }
    let wanted = call.head.param("digest").unwrap_or_default();
    let content = session.content.followed_by(call.body).ok_or_else(too_long)?;
    let mut store = world.store();
    // Whatever comes of it, the session is over.
    store.sessions.remove(id);
    if content.digest != wanted {
        return Err(Answer::error(400, "DIGEST_INVALID", "provided digest did not match uploaded content", wanted));
    }
    if content.length == 0 && world.config.mode == Mode::ArtifactRegistry {
        return Err(Answer::error(400, "BLOB_UPLOAD_INVALID", "the blob is empty", ""));
    }
    store.put_blob(&session.repository, wanted, content.bytes, content.length);
    Ok(created(&session.repository, wanted))
}
