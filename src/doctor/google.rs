//! The program `gcloud` and its login. Nothing is asked of it that changes anything.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::check::{Check, Subject};
use super::left;
use crate::error::Kind;
use crate::gcloud::{Failure, Gcloud, Reason};

/// How long one question may take. It has a second of its own, and more where its files are not in memory.
const LIMIT: Duration = Duration::from_secs(10);

/// An access token that counts as a login.
const TOKENS: [&str; 2] = ["CLOUDSDK_AUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"];

/// What was found out.
pub(super) struct Examined {
    pub(super) checks: Vec<Check>,
    /// Why nothing can be asked with it, if so.
    pub(super) unusable: Option<&'static str>,
}

/// `gcloud`, with as much time as is left.
pub(super) fn gcloud(end: Instant) -> Gcloud {
    Gcloud::default().deadline(left(end, LIMIT))
}

/// What is missing is a problem here; whether anybody needs it, the caller knows.
pub(super) fn examine(end: Instant) -> Examined {
    let ask = |args: &'static [&'static str]| move || gcloud(end).run(args);
    let [version, accounts, project] = thread::scope(|scope| {
        let questions = [
            scope.spawn(ask(&["version", "--format=json"])),
            scope.spawn(ask(&["auth", "list", "--format=json"])),
            scope.spawn(ask(&["config", "get", "project"])),
        ];
        questions.map(|question| question.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let version = match version {
        Ok(version) => version,
        Err(failure) => {
            let check = not_there(&failure);
            let why = match failure.reason {
                Reason::NotInstalled => "there is no gcloud to ask with",
                _ => "gcloud does not answer",
            };
            return Examined { checks: vec![check, Check::not_checked(Subject::Login, why)], unusable: Some(why) };
        }
    };
    let given = TOKENS.into_iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let login = login(accounts, project.ok(), given);
    let unusable = (login.verdict != super::Verdict::Ok).then_some("gcloud is not logged in");
    Examined { checks: vec![Check::ok(Subject::Gcloud, called(&version)), login], unusable }
}

fn not_there(failure: &Failure) -> Check {
    let check = Check::problem(Subject::Gcloud, failure.kind(), failure.words.clone());
    match failure.reason {
        Reason::NotInstalled => check.maybe_hint(failure.hint()),
        _ => check.hint("`gcloud version` must work first"),
    }
}

/// `Google Cloud SDK 528.0.0`.
fn called(version: &[u8]) -> String {
    const NAME: &str = "Google Cloud SDK";
    let version: Value = serde_json::from_slice(version).unwrap_or_default();
    match version.get(NAME).and_then(Value::as_str) {
        Some(number) => format!("{NAME} {number}"),
        None => "it is there, and does not tell its version".to_owned(),
    }
}

/// Who is logged in, and the project that is set; `given` is the variable with an access token.
fn login(accounts: Result<Vec<u8>, Failure>, project: Option<Vec<u8>>, given: Option<&str>) -> Check {
    let subject = Subject::Login;
    let accounts = match accounts {
        Ok(accounts) => accounts,
        Err(failure) => {
            return Check::problem(subject, failure.kind(), failure.words.clone()).maybe_hint(failure.hint());
        }
    };
    let accounts: Value = serde_json::from_slice(&accounts).unwrap_or_default();
    let accounts = accounts.as_array().map(Vec::as_slice).unwrap_or_default();
    let active = accounts.iter().find(|account| account["status"] == "ACTIVE");
    let active = active.and_then(|account| account["account"].as_str()).map(str::to_owned);
    let Some(whom) = active.or_else(|| given.map(|name| format!("the access token of {name}"))) else {
        return if accounts.is_empty() {
            Check::problem(subject, Kind::Denied, "nobody is logged in to gcloud").hint("`gcloud auth login`")
        } else {
            Check::problem(subject, Kind::Denied, "gcloud knows accounts, and none is active")
                .hint("`gcloud auth list` shows them, `gcloud config set account ACCOUNT` chooses one")
        };
    };
    let project = String::from_utf8_lossy(&project.unwrap_or_default()).trim().to_owned();
    // consign names the project in each of its commands: that none is set is no fault.
    let project = if project.is_empty() { "no project is set".to_owned() } else { format!("project `{project}`") };
    Check::ok(subject, format!("{whom}, {project}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_active_account_is_the_login() {
        for (accounts, project, given, expected) in [
            (r#"[{"account":"me@example.com","status":"ACTIVE"}]"#, "shop\n", None, "me@example.com, project `shop`"),
            (
                r#"[{"account":"a@b.c","status":""},{"account":"me@example.com","status":"ACTIVE"}]"#,
                "",
                None,
                "me@example.com, no project is set",
            ),
            ("[]", "shop", None, "nobody is logged in to gcloud"),
            (r#"[{"account":"a@b.c","status":""}]"#, "shop", None, "gcloud knows accounts, and none is active"),
            (
                "[]",
                "shop",
                Some("CLOUDSDK_AUTH_ACCESS_TOKEN"),
                "the access token of CLOUDSDK_AUTH_ACCESS_TOKEN, project `shop`",
            ),
            ("{}", "", None, "nobody is logged in to gcloud"),
            ("oops", "", None, "nobody is logged in to gcloud"),
        ] {
            let check = login(Ok(accounts.into()), Some(project.into()), given);
            assert_eq!(check.found, expected, "{accounts}");
        }
    }

    #[test]
    fn the_version_is_told_where_it_can_be_read() {
        assert_eq!(called(br#"{"Google Cloud SDK":"528.0.0","core":"2025.06.20"}"#), "Google Cloud SDK 528.0.0");
        for odd in [&b"Google Cloud SDK 528.0.0"[..], b"[]", b"{}", b"", b"\xff"] {
            assert_eq!(called(odd), "it is there, and does not tell its version");
        }
    }
}
