//! Who may do what: challenges, the realm that gives out tokens, and the check of each request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::config::{Auth, Mode, Realm, Tokens};
use super::server::{Call, World};
use super::store::long_id;
use super::wire::{Answer, parse_query};

/// The tokens that were given out.
#[derive(Debug, Default)]
pub struct Issued {
    tokens: Mutex<HashMap<String, Token>>,
}

#[derive(Debug)]
struct Token {
    /// Pairs of repository and action.
    scopes: Vec<(String, String)>,
    dies: Option<Instant>,
    uses: Option<usize>,
}

impl Issued {
    /// No token is good any more.
    pub fn expire(&self) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn issue(&self, token: Token) -> String {
        let name = long_id(200);
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), token);
        name
    }

    /// Whether the token is alive, and then whether it may do all of `actions`. Takes one of its uses.
    fn allows(&self, name: &str, repository: &str, actions: &[&str]) -> Option<bool> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = tokens.get_mut(name)?;
        if token.dies.is_some_and(|end| Instant::now() >= end) || token.uses == Some(0) {
            return None;
        }
        token.uses = token.uses.map(|uses| uses - 1);
        let has = |action: &str| token.scopes.iter().any(|(name, allowed)| name == repository && allowed == action);
        Some(actions.iter().all(|action| has(action)))
    }
}

/// Whether the request may do `actions` in `repository`; otherwise the answer that says no. `actions` is empty for `/v2/`.
pub fn check(world: &World, call: &Call<'_>, repository: &str, actions: &[&str]) -> Result<(), Answer> {
    let authorization = call.head.header("authorization");
    match &world.config.auth {
        Auth::None => Ok(()),
        Auth::Basic(user, password) => {
            if authorization.and_then(basic).is_some_and(|(is, with)| (&is, &with) == (user, password)) {
                return Ok(());
            }
            Err(unauthorized("authentication required").header("WWW-Authenticate", "Basic realm=\"test registry\""))
        }
        Auth::Token(tokens) => {
            if tokens.open_reads && authorization.is_none() && actions == ["pull"] {
                return Ok(());
            }
            let Some(token) = authorization.and_then(|value| value.strip_prefix("Bearer ")) else {
                return Err(challenge(world, tokens, call, repository, actions, None));
            };
            if let Some(direct) = tokens.direct.as_ref().filter(|direct| direct.token == token) {
                return match direct.refused {
                    None => Ok(()),
                    Some(401) => Err(challenge(world, tokens, call, repository, actions, Some("invalid_token"))),
                    Some(status) => Err(Answer::error(status, "DENIED", "access tokens are not taken here", "")),
                };
            }
            match world.issued.allows(token, repository, actions) {
                Some(true) => Ok(()),
                Some(false) if tokens.forbidden => Err(denied(world, repository, actions)),
                Some(false) => Err(challenge(world, tokens, call, repository, actions, Some("insufficient_scope"))),
                None => Err(challenge(world, tokens, call, repository, actions, Some("invalid_token"))),
            }
        }
    }
}

/// The 401 that a request without credentials gets.
pub fn unauthenticated(world: &World, call: &Call<'_>, repository: &str, actions: &[&str]) -> Answer {
    match &world.config.auth {
        Auth::Token(tokens) => challenge(world, tokens, call, repository, actions, None),
        Auth::None | Auth::Basic(..) => {
            unauthorized("authentication required").header("WWW-Authenticate", "Basic realm=\"test registry\"")
        }
    }
}

fn challenge(
    world: &World,
    tokens: &Tokens,
    call: &Call<'_>,
    repository: &str,
    actions: &[&str],
    error: Option<&str>,
) -> Answer {
    let answer = unauthorized("authentication required");
    if !tokens.challenge_everywhere && !actions.is_empty() {
        return answer;
    }
    let realm = match &tokens.realm {
        Realm::Own(path) => format!("{}{path}", call.base),
        Realm::Side => format!("{}/token", world.side),
        Realm::Url(url) => url.clone(),
    };
    let mut text = format!("Bearer realm=\"{realm}\",service=\"{}\"", call.host);
    if tokens.scope_in_challenge && !actions.is_empty() {
        text += &format!(",scope=\"repository:{repository}:{}\"", actions.join(","));
    }
    if let Some(error) = error {
        text += &format!(",error=\"{error}\"");
    }
    answer.header("WWW-Authenticate", text)
}

fn unauthorized(message: &str) -> Answer {
    Answer::error(401, "UNAUTHORIZED", message, "")
}

/// 403, in the words of the registry.
pub fn denied(world: &World, repository: &str, actions: &[&str]) -> Answer {
    if world.config.mode == Mode::ArtifactRegistry {
        let permission = if actions.contains(&"push") { "uploadArtifacts" } else { "downloadArtifacts" };
        let text = format!(
            "Permission \"artifactregistry.repositories.{permission}\" denied on resource {}",
            resource(repository)
        );
        return Answer::error(403, "DENIED", &text, "");
    }
    Answer::error(403, "DENIED", "requested access to the resource is denied", "")
}

fn resource(repository: &str) -> String {
    let mut parts = repository.split('/');
    let (project, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("\"projects/{project}/locations/us/repositories/{name}\" (or it may not exist)")
}

/// Whether a path is where tokens are.
pub fn is_realm(config: &Auth, path: &str) -> bool {
    let Auth::Token(tokens) = config else { return false };
    path == "/token" || matches!(tokens.realm, Realm::Own(own) if own == path)
}

/// The realm's answer: a token with what was asked for and may be had.
pub fn token(world: &World, call: &Call<'_>) -> Answer {
    let Auth::Token(tokens) = &world.config.auth else { return Answer::error(404, "NOT_FOUND", "no tokens here", "") };
    let form = match call.head.method.as_str() {
        "GET" => call.head.query.clone(),
        "POST" => parse_query(&String::from_utf8_lossy(&call.body.bytes)),
        _ => return Answer::error(405, "UNSUPPORTED", "GET or POST", ""),
    };
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let service = field("service").unwrap_or_default();
    if service.is_empty() || (matches!(tokens.realm, Realm::Own(_)) && service != call.host) {
        return Answer::error(400, "UNSUPPORTED", &format!("the service is not {service:?}"), "");
    }
    let wanted =
        form.iter().filter(|(key, _)| key == "scope").flat_map(|(_, value)| value.split(' ')).filter_map(scope);
    let wanted: Vec<(String, String)> = wanted
        .flat_map(|(name, actions)| {
            actions.split(',').map(|action| (name.to_owned(), action.to_owned())).collect::<Vec<_>>()
        })
        .collect();
    let as_somebody = match identity(tokens, call, &field) {
        Ok(somebody) => somebody,
        Err(answer) => return answer,
    };
    if !as_somebody && !tokens.anonymous_pull {
        return anonymous(world, wanted.first().map_or("", |(name, _)| name.as_str()));
    }
    let scopes =
        wanted.into_iter().filter(|(name, action)| (as_somebody || action == "pull") && (tokens.grant)(name, action));
    let token = Token {
        scopes: scopes.collect(),
        dies: tokens.lives.map(|life: Duration| Instant::now() + life),
        uses: tokens.uses,
    };
    let name = world.issued.issue(token);
    let mut answer = json!({});
    for field in tokens.fields {
        answer[*field] = json!(name);
    }
    if let Some(seconds) = tokens.expires_in {
        answer["expires_in"] = json!(seconds);
    }
    Answer::json(200, &answer)
}

/// Whether the request says who it is; an error where what it says is wrong.
fn identity<'a>(tokens: &Tokens, call: &Call<'_>, field: &impl Fn(&str) -> Option<&'a str>) -> Result<bool, Answer> {
    let wrong = || unauthorized("unknown user, or wrong password");
    let known =
        |user: &str, password: &str| tokens.users.iter().any(|(name, secret)| name == user && secret == password);
    if call.head.method == "POST" {
        let good = match field("grant_type") {
            Some("refresh_token") => {
                field("refresh_token").is_some() && field("refresh_token") == tokens.refresh_token.as_deref()
            }
            Some("password") => known(field("username").unwrap_or_default(), field("password").unwrap_or_default()),
            _ => return Err(Answer::error(400, "UNSUPPORTED", "unsupported grant_type", "")),
        };
        return if good { Ok(true) } else { Err(wrong()) };
    }
    match call.head.header("authorization") {
        None => Ok(false),
        Some(value) if basic(value).is_some_and(|(user, password)| known(&user, &password)) => Ok(true),
        Some(_) => Err(wrong()),
    }
}

fn anonymous(world: &World, repository: &str) -> Answer {
    if world.config.mode == Mode::ArtifactRegistry {
        let text = "Unauthenticated request. Unauthenticated requests do not have permission \
                    \"artifactregistry.repositories.downloadArtifacts\" on resource";
        return Answer::error(403, "DENIED", &format!("{text} {}", resource(repository)), "");
    }
    unauthorized("authentication required")
}

/// `repository:NAME:pull,push`.
fn scope(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("repository:")?.rsplit_once(':')
}

fn basic(authorization: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}
