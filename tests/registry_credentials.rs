//! As whom a push speaks to a registry: every source, in its order, and what the registry sees of it.

#![allow(clippy::unwrap_used, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::io::Write as _;
use std::process::Stdio;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use common::login::{Login, Said, auth, auths, identities, password, users};
use registry::{Auth, Config, Direct, Registry, Tokens};
use serde_json::{Value, json};

const NAMES: [&str; 10] =
    ["flags", "environment", "inline", "named", "docker", "home", "podman", "runtime", "configured", "other"];

/// A registry that knows all of these, a refresh token and a token of its own.
fn registry() -> Registry {
    Registry::start(Config::tokens(Tokens {
        users: users(&NAMES),
        refresh_token: Some("sesame-refresh".to_owned()),
        direct: Some(Direct { token: "sesame-direct".to_owned(), refused: None }),
        ..Tokens::default()
    }))
}

/// The users who asked for a token since the journal was cleared, which it is then.
fn seen(registry: &Registry) -> Vec<String> {
    let asked: Vec<String> = registry
        .journal()
        .iter()
        .filter(|entry| entry.path == "/token")
        .map(|entry| match entry.authorization() {
            Some(header) => {
                let decoded = BASE64_STANDARD.decode(header.trim_start_matches("Basic ")).unwrap();
                String::from_utf8(decoded).unwrap().split(':').next().unwrap().to_owned()
            }
            None => format!("{} without a user", entry.method),
        })
        .collect();
    registry.clear_journal();
    asked
}

/// Runs a command with something on its standard input.
fn run_with_input(login: &Login, args: &[&str], input: &str) -> Said {
    let mut command = login.command(&[args, &["-vv"]].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // What is refused at once is not read.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let said = Said::of(&child.wait_with_output().unwrap());
    said.keeps_secrets();
    said
}

#[test]
fn the_first_source_that_has_something_counts() {
    let registry = registry();
    let host = registry.host();
    let reference = format!("{host}/shop:v1");
    // All sources at once; then each is taken away in its turn.
    for (gone, user) in ["environment", "inline", "docker", "podman", "runtime", "configured"].into_iter().enumerate() {
        let mut login = Login::new();
        if gone < 1 {
            login = login.set("CONSIGN_USERNAME", user).set("CONSIGN_PASSWORD", password(user));
        }
        if gone < 2 {
            login = login.set("DOCKER_AUTH_CONFIG", auths(&host, "inline").to_string());
        }
        if gone < 3 {
            login = login.config("docker/config.json", &auths(&host, "docker"));
        }
        if gone < 4 {
            login = login.config("podman.json", &auths(&host, "podman"));
        }
        if gone < 5 {
            login = login.config("run/containers/auth.json", &auths(&host, "runtime"));
        }
        login = login
            .config("home/.config/containers/auth.json", &auths(&host, "configured"))
            // Not looked at where DOCKER_CONFIG is set.
            .config("home/.docker/config.json", &auths(&host, "home"))
            .set_path("DOCKER_CONFIG", "docker")
            .set_path("REGISTRY_AUTH_FILE", "podman.json")
            .set_path("XDG_RUNTIME_DIR", "run");
        let source = match user {
            "environment" => "CONSIGN_USERNAME and CONSIGN_PASSWORD".to_owned(),
            "inline" => "DOCKER_AUTH_CONFIG".to_owned(),
            _ => {
                let files = [
                    "docker/config.json",
                    "podman.json",
                    "run/containers/auth.json",
                    "home/.config/containers/auth.json",
                ];
                login.folder.path().join(files[gone - 2]).display().to_string()
            }
        };
        assert_eq!(login.pushes(&[&reference]), [(Some(user.to_owned()), source)]);
        assert_eq!(seen(&registry), [user]);
        if gone == 0 {
            let args = ["push", "in", &reference, "--no-cache", "--username", "flags", "--password-stdin"];
            let said = run_with_input(&login, &args, "sesame-flags\n");
            assert_eq!((said.code, seen(&registry)), (Some(0), vec!["flags".to_owned()]), "{}", said.stderr);
        }
    }
}

#[test]
fn dockers_configuration_is_where_it_is_named_or_at_home() {
    let registry = registry();
    let host = registry.host();
    let reference = format!("{host}/shop:v1");
    let login = Login::new()
        .config("home/.docker/config.json", &auths(&host, "home"))
        .config("named/config.json", &auths(&host, "named"))
        .config("empty/config.json", &json!({}))
        .config("home/.config/containers/auth.json", &auths(&host, "configured"));
    assert_eq!(login.pushes(&[&reference])[0].0.as_deref(), Some("home"));
    for named in ["named", "named/config.json"] {
        let receipt = login.json(&["push", "in", &reference, "--config", named]);
        let source = &identities(&receipt)[0];
        assert_eq!((source.0.as_deref(), source.1.as_str()), (Some("named"), "named/config.json"));
    }
    // Who names a file means it.
    let said = login.run(&["push", "in", &reference, "--config", "empty"]);
    said.fails(3, &["empty/config.json: nothing for", "docker login"]);
    assert!(!said.stderr.contains("containers/auth.json"), "{}", said.stderr);
    login.run(&["push", "in", &reference, "--config", "absent"]).fails(2, &["there is no docker configuration"]);
}

#[test]
fn a_credential_that_is_given_does_not_fall_through() {
    let registry = registry();
    let reference = format!("{}/shop:v1", registry.host());
    let login = |name: &str, value: &str| {
        Login::new().config("home/.docker/config.json", &auths(&registry.host(), "home")).set(name, value)
    };
    let wrong = login("CONSIGN_USERNAME", "home").set("CONSIGN_PASSWORD", "sesame-wrong");
    wrong.run(&["push", "in", &reference, "--no-cache"]).fails(3, &["CONSIGN_USERNAME and CONSIGN_PASSWORD", "401"]);
    login("CONSIGN_TOKEN", "sesame-wrong").run(&["push", "in", &reference]).fails(3, &["CONSIGN_TOKEN"]);
    login("CONSIGN_USERNAME", "home").run(&["push", "in", &reference]).fails(2, &["CONSIGN_PASSWORD is not"]);
    assert_eq!(registry.tag("shop", "v1"), None);
}

#[test]
fn tokens_are_shown_as_they_are_or_exchanged_as_their_kind_asks() {
    let registry = registry();
    let host = registry.host();
    let reference = format!("{host}/shop:v1");
    let entry = |entry: Value| Login::new().config("home/.docker/config.json", &json!({"auths": {&host: entry}}));
    for (login, exchanges) in [
        (Login::new().set("CONSIGN_TOKEN", "sesame-direct"), &[][..]),
        (entry(json!({"registrytoken": "sesame-direct"})), &[]),
        (entry(json!({"identitytoken": "sesame-refresh"})), &["POST without a user"]),
        (entry(json!({"auth": "PHRva2VuPjpzZXNhbWUtcmVmcmVzaA=="})), &["POST without a user"]),
        (entry(json!({"username": "other", "password": "sesame-other"})), &["other"]),
    ] {
        let account = (exchanges == ["other"]).then(|| "other".to_owned());
        assert_eq!(login.pushes(&[&reference])[0].0, account);
        let own: Vec<_> = registry.journal().into_iter().filter(|entry| entry.path.starts_with("/v2/")).collect();
        assert_eq!(own.last().map(registry::Entry::credential).as_deref(), Some("bearer"));
        let direct = own.iter().all(|entry| entry.authorization() == Some("Bearer sesame-direct"));
        assert_eq!(
            (direct, seen(&registry)),
            (exchanges.is_empty(), exchanges.iter().map(|&e| e.to_owned()).collect())
        );
    }
    let said = run_with_input(&Login::new(), &["push", "in", &reference, "--token-stdin"], "sesame-direct\n");
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    // The refresh token goes into the body, not into the URL, which servers write down.
    entry(json!({"identitytoken": "sesame-refresh"})).pushes(&[&reference]);
    let exchange = registry.journal().into_iter().rfind(|entry| entry.path == "/token").unwrap();
    assert!(exchange.query.is_empty(), "{}", exchange.target);
    let form = String::from_utf8(exchange.body.to_vec()).unwrap();
    assert!(form.contains("grant_type=refresh_token") && form.contains("refresh_token=sesame-refresh"), "{form}");
}

#[test]
fn the_key_that_is_nearest_to_the_repository_counts() {
    let registry = registry();
    let host = registry.host();
    let config = json!({"auths": {
        &host: auth("home"), format!("{host}/team"): auth("podman"), format!("{host}/team/app"): auth("runtime"),
    }});
    let login = Login::new().config("home/.config/containers/auth.json", &config);
    let references = ["shop", "team/other", "team/app", "teams"].map(|name| format!("{host}/{name}:v1"));
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    let accounts: Vec<_> = login.pushes(&references).into_iter().map(|(account, _)| account.unwrap()).collect();
    assert_eq!(accounts, ["home", "podman", "runtime", "home"], "each its own, in one command");
    let mut asked = seen(&registry);
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ["home", "podman", "runtime"]);
    // Old spellings of a host.
    for key in
        [format!("https://{host}"), format!("http://{host}/v1/"), format!("https://{host}/v2/"), format!("{host}/")]
    {
        let login = Login::new().config("home/.docker/config.json", &auths(&key, "docker"));
        assert_eq!(login.pushes(&[references[0]])[0].0.as_deref(), Some("docker"), "{key}");
    }
}

#[test]
fn basic_authentication_shows_the_same_credential_to_the_registry_itself() {
    let auth = Auth::Basic("other".to_owned(), password("other"));
    let registry = Registry::start(Config { auth, ..Config::default() });
    let login = Login::new().config("home/.docker/config.json", &auths(&registry.host(), "other"));
    assert_eq!(login.pushes(&[&format!("{}/shop:v1", registry.host())])[0].0.as_deref(), Some("other"));
    let login = Login::new().config("home/.docker/config.json", &auths(&registry.host(), "home"));
    login.run(&["push", "in", &format!("{}/shop:v1", registry.host())]).fails(3, &["asked as home", "config.json"]);
}

#[test]
fn a_configuration_that_cannot_be_read_ends_a_push_and_is_not_quoted() {
    let registry = registry();
    let reference = format!("{}/shop:v1", registry.host());
    for text in ["{\"auths\": {\"sesame\": \"sesame\"", "sesame", "{\"auths\": \"sesame\"}"] {
        let login = Login::new();
        login.folder.file("home/.docker/config.json", text);
        login.run(&["push", "in", &reference]).fails(2, &["config.json"]);
        Login::new().set("DOCKER_AUTH_CONFIG", text).run(&["push", "in", &reference]).fails(2, &["DOCKER_AUTH_CONFIG"]);
    }
    let half = json!({"auths": {registry.host(): {"auth": "sesame"}}});
    let login = Login::new().config("home/.docker/config.json", &half);
    login.run(&["push", "in", &reference]).fails(2, &["base64", "docker login"]);
    assert!(registry.requests().iter().all(|line| !line.contains("/token")), "{:#?}", registry.requests());
}

#[test]
fn a_given_credential_is_for_one_host() {
    let (one, two) = (registry(), registry());
    let references = [format!("{}/shop:v1", one.host()), format!("{}/shop:v1", two.host())];
    let args = ["push", "in", &references[0], &references[1]];
    for option in [&["--username", "flags", "--password-stdin"][..], &["--token-stdin"]] {
        let said = run_with_input(&Login::new(), &[&args, option].concat(), "sesame-flags");
        said.fails(2, &["is for one registry", &one.host(), &two.host()]);
    }
    let said = Login::new().set("CONSIGN_TOKEN", "sesame-direct").run(&args);
    said.fails(2, &["CONSIGN_TOKEN", "is for one registry"]);
    assert!(one.requests().is_empty() && two.requests().is_empty());
    // What is configured is for each its own.
    let config = json!({"auths": {one.host(): auth("home"), two.host(): auth("other")}});
    let login = Login::new().config("home/.docker/config.json", &config);
    let accounts = login.pushes(&[&references[0], &references[1]]).into_iter().map(|(account, _)| account.unwrap());
    assert_eq!(accounts.collect::<Vec<_>>(), ["home", "other"]);
}

#[test]
fn auth_tells_as_whom_and_from_where() {
    let host = "registry.test:5000";
    let login = Login::new().config("home/.docker/config.json", &auths(host, "home"));
    let file = login.folder.path().join("home/.docker/config.json").display().to_string();
    let said = login.run(&["auth", host]);
    assert_eq!((said.code, said.stdout), (Some(0), format!("account: home\nsource: {file}\n")));
    assert!(said.stderr.contains("DOCKER_AUTH_CONFIG: not set"), "-v tells what was asked before: {}", said.stderr);
    let told = login.json(&["auth", &format!("{host}/shop")]);
    let tried = json!([
        {"source": "CONSIGN_USERNAME and CONSIGN_TOKEN", "outcome": "not set"},
        {"source": "DOCKER_AUTH_CONFIG", "outcome": "not set"},
    ]);
    let repository = format!("{host}/shop");
    assert_eq!(
        told,
        json!({"host": host, "repository": repository, "account": "home", "credentialSource": file, "expires": null, "tried": tried})
    );
    let said = Login::new().set("CONSIGN_TOKEN", "sesame").run(&["auth", host]);
    assert_eq!(said.stdout, "account: unknown (the source does not tell)\nsource: CONSIGN_TOKEN\n");
}

#[test]
fn auth_lists_what_was_tried_where_there_is_nothing() {
    let login = Login::new().config("home/.docker/config.json", &auths("elsewhere.test", "home"));
    let said = login.run(&["auth", "registry.test"]);
    assert!(said.stdout.is_empty());
    let order = [
        "CONSIGN_USERNAME and CONSIGN_TOKEN: not set",
        "DOCKER_AUTH_CONFIG: not set",
        "home/.docker/config.json: nothing for registry.test",
        "home/.config/containers/auth.json: not there",
        "docker login registry.test",
    ];
    said.fails(3, &order);
    let places: Vec<_> = order.iter().map(|text| said.stderr.find(text).unwrap()).collect();
    assert!(places.is_sorted(), "{}", said.stderr);
    let said = login.run(&["auth", "registry.test", "--format", "json"]);
    let failure: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(failure["error"]["exitCode"], 3);
}

#[test]
fn auth_prints_a_token_that_the_registry_takes() {
    let registry = registry();
    let repository = format!("{}/shop", registry.host());
    let login = Login::new().config("home/.docker/config.json", &auths(&registry.host(), "home"));
    let output = login.command(&["auth", &repository, "--token", "-vv"]).output().unwrap();
    let said = Said::of(&output);
    let token = said.stdout.trim_end().to_owned();
    assert!(said.code == Some(0) && token.len() == 200 && said.stdout.ends_with('\n'), "{said:?}");
    assert!(!said.stderr.contains(&token), "on standard output alone: {}", said.stderr);
    let other = Login::new().set("CONSIGN_TOKEN", &token);
    let said = Said::of(&other.command(&["push", "in", &format!("{repository}:v1"), "-vv"]).output().unwrap());
    assert!(said.code == Some(0) && !said.stderr.contains(&token) && !said.stdout.contains(&token), "{said:?}");

    let said = login.run(&["auth", &registry.host(), "--token"]);
    said.fails(2, &["a token is for a repository"]);
    let login = Login::new().config("home/.docker/config.json", &auths(&registry.host(), "nobody"));
    let said = login.run(&["auth", &repository, "--token"]);
    said.fails(3, &["401"]);
    assert!(said.stdout.is_empty());
}
