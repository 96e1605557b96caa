//! What a registry asks for when it answers 401: the `WWW-Authenticate` header of
//! [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1), as far as registries use it.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A user name and a password with every request.
    Basic,
    /// A token from a realm, as the
    /// [token specification](https://github.com/distribution/distribution/blob/main/docs/content/spec/auth/token.md) has it.
    Bearer(Realm),
}

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Realm {
    /// Its URL.
    pub(super) url: String,
    /// The registry's name there.
    pub(super) service: Option<String>,
}

/// The challenge to answer: a token where one is offered, else a password.
pub(super) fn strongest(headers: &HeaderMap) -> Option<Challenge> {
    let challenges: Vec<Challenge> =
        headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).flat_map(parse).collect();
    challenges
        .iter()
        .find(|challenge| matches!(challenge, Challenge::Bearer(_)))
        .or_else(|| challenges.first())
        .cloned()
}

/// All challenges of one header that we know how to answer.
fn parse(text: &str) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let scheme_end = rest.find([' ', ',']).unwrap_or(rest.len());
        let scheme = &rest[..scheme_end];
        let (parameters, behind) = parameters(rest[scheme_end..].trim_start());
        let value = |name: &str| {
            parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        if scheme.eq_ignore_ascii_case("basic") {
            challenges.push(Challenge::Basic);
        } else if scheme.eq_ignore_ascii_case("bearer")
            && let Some(url) = value("realm")
        {
            challenges.push(Challenge::Bearer(Realm { url, service: value("service") }));
        }
        rest = behind.trim_start_matches([' ', ',', '\t']);
    }
    challenges
}

/// The parameters at the start of `text`, and what follows them: the next challenge.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let candidate = rest.trim_start_matches([' ', ',', '\t']);
        let Some((name, after)) = candidate.split_once('=') else {
            let rest = rest_after(candidate, &found);
            return (found, rest);
        };
        let name = name.trim_end();
        if name.is_empty() || name.contains([' ', ',', '"']) {
            // A scheme stands before the next `=`: the next challenge begins here.
            return (found, candidate);
        }
        let (value, behind) = value(after.trim_start());
        found.push((name.to_owned(), value));
        rest = behind;
    }
}

/// What has no `=` in it is another scheme, unless it is the useless rest of this one.
fn rest_after<'a>(candidate: &'a str, found: &[(String, String)]) -> &'a str {
    if found.is_empty() && !candidate.contains(' ') && !candidate.contains(',') {
        // A `token68`, or nothing.
        if candidate.eq_ignore_ascii_case("basic") { candidate } else { "" }
    } else {
        candidate
    }
}

/// A token or a quoted string, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut out = String::new();
    let mut escaped = false;
    for (at, character) in quoted.char_indices() {
        match character {
            _ if escaped => {
                out.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (out, &quoted[at + 1..]),
            _ => out.push(character),
        }
    }
    (out, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(url: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer(Realm { url: url.to_owned(), service: service.map(ToOwned::to_owned) })
    }

    #[test]
    fn challenges_are_read_as_registries_write_them() {
        for (text, expected) in [
            (
                r#"Bearer realm="https://us-docker.pkg.dev/v2/token",service="us-docker.pkg.dev""#,
                vec![bearer("https://us-docker.pkg.dev/v2/token", Some("us-docker.pkg.dev"))],
            ),
            (
                r#"Bearer realm="https://r/t",service="a, b",scope="repository:x:pull,push",error="invalid_token""#,
                vec![bearer("https://r/t", Some("a, b"))],
            ),
            ("bearer  realm=https://r/t , service=s", vec![bearer("https://r/t", Some("s"))]),
            (r#"Basic realm="Registry \"one\"""#, vec![Challenge::Basic]),
            ("Basic", vec![Challenge::Basic]),
            (r#"Basic realm="r", Bearer realm="https://r/t""#, vec![Challenge::Basic, bearer("https://r/t", None)]),
            (r#"Negotiate, Basic realm="r""#, vec![Challenge::Basic]),
            ("Negotiate", vec![]),
            ("Bearer", vec![]),
            (r#"Bearer service="s""#, vec![]),
            (r#"Bearer realm="never closed"#, vec![bearer("never closed", None)]),
            ("", vec![]),
            (",,,=,=\"", vec![]),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_token_is_preferred_to_a_password() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Basic realm=\"r\"".parse().unwrap());
        assert_eq!(strongest(&headers), Some(Challenge::Basic));
        headers.append(WWW_AUTHENTICATE, "Bearer realm=\"https://r/t\"".parse().unwrap());
        assert_eq!(strongest(&headers), Some(bearer("https://r/t", None)));
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_hang_or_panic(text in r#"[ ,="\\a-zBasicBearer]{0,60}"#) {
            parse(&text);
        }
    }
}
