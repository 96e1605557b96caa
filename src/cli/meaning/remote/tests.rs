//! Which logins make sense, and how their secrets are read.

use super::*;

fn login(username: Option<&str>, password_stdin: bool, token_stdin: bool) -> args::Login {
    args::Login { username: username.map(ToOwned::to_owned), password_stdin, token_stdin, ..args::Login::default() }
}

fn environment(pairs: &[(&str, &str)]) -> HashMap<OsString, OsString> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

#[test]
fn a_login_is_a_user_with_a_password_or_a_token() {
    for (login, expected) in [
        (login(None, false, false), Ok(None)),
        (login(Some("me"), true, false), Ok(Some(Given::Password("me")))),
        (login(None, false, true), Ok(Some(Given::Token))),
        (login(Some("me"), false, false), Err("needs `--password-stdin`")),
        (login(None, true, false), Err("needs `--username`")),
        (login(Some("me"), true, true), Err("both read")),
        (login(None, true, true), Err("both read")),
        (login(Some("me"), false, true), Err("no meaning")),
        (login(Some(""), true, false), Err("empty")),
    ] {
        let given = given(&login, &environment(&[]), &["r.io"], false);
        match expected {
            Ok(expected) => assert_eq!(given.unwrap(), expected, "{login:?}"),
            Err(expected) => {
                let error = given.unwrap_err();
                assert_eq!(error.kind(), Kind::Usage);
                assert!(error.to_string().contains(expected), "{login:?}: {error}");
            }
        }
    }
}

#[test]
fn standard_input_is_read_by_one_thing_only() {
    let token = login(None, false, true);
    assert!(given(&token, &environment(&[]), &["r.io"], true).is_err());
    assert!(given(&login(None, false, false), &environment(&[]), &["r.io"], true).is_ok());
}

#[test]
fn a_login_that_is_given_goes_to_one_registry_only() {
    let nothing = environment(&[]);
    for (environment, login) in [
        (&nothing, login(None, false, true)),
        (&environment(&[("CONSIGN_USERNAME", "me"), ("CONSIGN_PASSWORD", "pass")]), login(None, false, false)),
        (&environment(&[("CONSIGN_TOKEN", "token")]), login(None, false, false)),
    ] {
        assert!(given(&login, environment, &["a.io", "a.io"], false).is_ok());
        let error = given(&login, environment, &["b.io", "a.io"], false).unwrap_err().to_string();
        assert!(error.contains("a.io, b.io") && !error.contains("`pass`"), "{error}");
        let adc = args::Login { auth: Some(args::AuthSource::Adc), ..login };
        assert!(given(&adc, environment, &["a.io"], false).unwrap_err().to_string().contains("contradicts `adc`"));
    }
    let empty = environment(&[("CONSIGN_TOKEN", "")]);
    assert!(given(&login(None, false, false), &empty, &["b.io", "a.io"], false).is_ok());
    assert!(given(&login(None, false, false), &nothing, &["b.io", "a.io"], false).is_ok());
}

#[test]
fn without_a_registry_a_secret_is_not_read_for_nothing_but_variables_may_be_set() {
    assert!(given(&login(None, false, true), &environment(&[]), &[], false).is_err());
    assert!(given(&login(None, false, false), &environment(&[("CONSIGN_TOKEN", "t")]), &[], true).is_ok());
}

#[test]
fn a_password_loses_its_last_line_end_and_nothing_else() {
    for (input, expected) in [
        ("pass", "pass"),
        ("pass\n", "pass"),
        ("pass\r\n", "pass"),
        (" pass \n\n", " pass \n"),
        ("{\n \"key\": 1\n}\n", "{\n \"key\": 1\n}"),
    ] {
        let explicit = Given::Password("me").read_from(input.as_bytes(), false).unwrap();
        let ExplicitLogin::Password(user, secret) = explicit.login else { panic!("a password") };
        assert_eq!((user.as_str(), secret.expose()), ("me", expected));
    }
    let explicit = Given::Password("me").read_from(&b"typed\nlater"[..], true).unwrap();
    assert!(matches!(explicit.login, ExplicitLogin::Password(_, secret) if secret.expose() == "typed"));
}

#[test]
fn what_cannot_be_a_secret_is_refused() {
    let long = "x".repeat(65537);
    for input in ["", "\n", "\r\n", long.as_str()] {
        for given in [Given::Password("me"), Given::Token] {
            let error = given.read_from(input.as_bytes(), false).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{error}");
        }
    }
    for input in ["two\nlines", "with space", "é"] {
        let error = Given::Token.read_from(input.as_bytes(), false).unwrap_err().to_string();
        assert!(error.contains("not a token") && !error.contains(input), "{error}");
    }
    assert!(Given::Password("me").read_from(&b"\xff"[..], false).is_err());
}

#[test]
fn what_is_known_of_registries_is_kept_in_the_users_cache() {
    for (pairs, expected) in [
        (&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")][..], Some("/c/consign/realms.json")),
        (&[("HOME", "/h")], Some("/h/.cache/consign/realms.json")),
        (&[("XDG_CACHE_HOME", ""), ("HOME", "/h")], Some("/h/.cache/consign/realms.json")),
        (&[("XDG_CACHE_HOME", "relative"), ("HOME", "")], None),
        (&[], None),
    ] {
        assert_eq!(realms(&environment(pairs)), expected.map(PathBuf::from), "{pairs:?}");
    }
}
