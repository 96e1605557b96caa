//! URLs as Go's `net/url` reads them: the format `uri`, and what rules ask of a URL.
//!
//! Only what `url.ParseRequestURI` takes is a URL there; its parts are those of `url.Parse`, which knows fragments.

/// The parts of a URL, as Go has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(not(feature = "cel"), allow(dead_code, reason = "only rules ask for the parts"))]
pub(super) struct Url {
    /// In small letters.
    pub(super) scheme: String,
    /// With the port, as it is written.
    pub(super) host: String,
    /// As it is written.
    path: String,
    query: String,
    /// Whatever else makes a URL another one: the user, the fragment, what is no path.
    rest: String,
}

/// Why a text is no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoUrl {
    /// Go refuses it.
    Refused,
    /// Versions of Go differ, or it would be no text.
    Unsure,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, NoUrl> {
        // The fragment is a part of the path or the host in the first of the two, which is the stricter.
        let whole = Self::without_fragment(text)?;
        let Some((before, fragment)) = text.split_once('#') else { return Ok(whole) };
        unescape(fragment, false).ok_or(NoUrl::Refused)?;
        let mut url = Self::without_fragment(before)?;
        url.rest.push('#');
        url.rest.push_str(fragment);
        Ok(url)
    }

    fn without_fragment(text: &str) -> Result<Self, NoUrl> {
        if text.is_empty() || text.bytes().any(|b| b < b' ' || b == 0x7f) {
            return Err(NoUrl::Refused);
        }
        if text == "*" {
            return Ok(Self { path: "*".to_owned(), ..Self::default() });
        }
        let (scheme, behind) = scheme(text).ok_or(NoUrl::Refused)?;
        let (rest, query) = behind.split_once('?').unwrap_or((behind, ""));
        let mut url = Self { scheme: scheme.to_ascii_lowercase(), query: query.to_owned(), ..Self::default() };
        if !rest.starts_with('/') {
            rest.clone_into(&mut url.rest);
            return if scheme.is_empty() { Err(NoUrl::Refused) } else { Ok(url) };
        }
        let mut path = rest;
        if let Some(authority) = rest.strip_prefix("//").filter(|_| !scheme.is_empty() || !rest.starts_with("///")) {
            let end = authority.find('/').unwrap_or(authority.len());
            let (authority, behind) = authority.split_at(end);
            // Without a scheme only the second reads an authority there.
            let refused = if scheme.is_empty() { NoUrl::Unsure } else { NoUrl::Refused };
            let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
            if !user.chars().all(is_of_user) || unescape(user, false).is_none() {
                return Err(refused);
            }
            user.clone_into(&mut url.rest);
            url.host = read_host(host).map_err(|fault| if fault == NoUrl::Refused { refused } else { fault })?;
            path = behind;
        }
        unescape(path, false).ok_or(NoUrl::Refused)?;
        path.clone_into(&mut url.path);
        Ok(url)
    }
}

#[cfg(feature = "cel")]
impl Url {
    /// The host without its port and brackets.
    pub(super) fn hostname(&self) -> &str {
        let host = self.split_port().0;
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// The port, if one is written.
    pub(super) fn port(&self) -> &str {
        self.split_port().1
    }

    fn split_port(&self) -> (&str, &str) {
        match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
            _ => (&self.host, ""),
        }
    }

    /// The path with what must be escaped escaped.
    pub(super) fn escaped_path(&self) -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&b);
        if self.path == "*" || self.path.bytes().all(|b| plain(b) || b"!'()*[]%".contains(&b)) {
            return self.path.clone();
        }
        let bytes = unescape(&self.path, false).unwrap_or_default();
        bytes.into_iter().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    }

    /// The keys of the query with their values, in order; none if one is no text. What is no pair is left out, as Go does.
    pub(super) fn pairs(&self) -> Option<Vec<(String, String)>> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
        let mut pairs = Vec::new();
        for part in self.query.split('&').filter(|part| !part.is_empty() && !part.contains(';')) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            if let (Some(key), Some(value)) = (unescape(key, true), unescape(value, true)) {
                pairs.push((text(key)?, text(value)?));
            }
        }
        Some(pairs)
    }
}

/// The scheme, or nothing, and what is behind it; none where a `:` is misplaced.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.')).unwrap_or(text.len());
    let (scheme, behind) = text.split_at(end);
    match behind.strip_prefix(':') {
        Some(_) if scheme.is_empty() => None,
        Some(behind) if scheme.starts_with(|c: char| c.is_ascii_alphabetic()) => Some((scheme, behind)),
        _ => Some(("", text)),
    }
}

const fn is_of_user(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '-' | '.' | '_' | ':' | '~' | '!' | '$' | '&' | '\'' | '(' | ')' | '*' | '+' | ',' | ';' | '=' | '%' | '@'
        )
}

/// The host, unescaped.
fn read_host(host: &str) -> Result<String, NoUrl> {
    let is_port =
        |text: &str| text.strip_prefix(':').map_or(text.is_empty(), |port| port.bytes().all(|b| b.is_ascii_digit()));
    if let Some(open) = host.rfind('[') {
        let (inside, port) = host.rsplit_once(']').ok_or(NoUrl::Refused)?;
        if !is_port(port) {
            return Err(NoUrl::Refused);
        }
        // A zone, and what is no address at all, are taken by some versions only.
        let address = inside.get(1..).filter(|_| open == 0).ok_or(NoUrl::Unsure)?;
        return match address.parse::<std::net::Ipv6Addr>() {
            Ok(_) => Ok(host.to_owned()),
            Err(_) => Err(NoUrl::Unsure),
        };
    }
    if host.rfind(':').is_some_and(|colon| !host.get(colon..).is_some_and(is_port)) {
        return Err(NoUrl::Refused);
    }
    let is_allowed = |b: u8| !b.is_ascii() || b.is_ascii_alphanumeric() || b"!$&'()*+,;=:[]<>\"-_.~%".contains(&b);
    // Only what is beyond ASCII may be escaped in a host.
    let escapes_ascii = host.split('%').skip(1).any(|behind| behind.starts_with(|c: char| ('0'..'8').contains(&c)));
    if !host.bytes().all(is_allowed) || escapes_ascii {
        return Err(NoUrl::Refused);
    }
    let bytes = unescape(host, false).ok_or(NoUrl::Refused)?;
    String::from_utf8(bytes).map_err(|_| NoUrl::Unsure)
}

/// The bytes that a text with `%` stands for; none where two digits do not follow one.
fn unescape(text: &str, plus_is_space: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
        bytes.push(match b {
            b'%' => u8::try_from(digit()? * 16 + digit()?).ok()?,
            b'+' if plus_is_space => b' ',
            _ => b,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_refuses_is_no_url() {
        for text in [
            "",
            "a",
            ":x",
            "1a:b",
            "a_b:c",
            "?x",
            "#f",
            "http://a b/",
            "http://[::1",
            "http://[::1]x",
            "http://a:b",
            "http://u p@h/",
            "http://h/%zz",
            "http://h/%4",
            "http://%41/",
            "http://a|b/",
            "http://a\\b/",
            "http://h/\u{7f}",
            "http://h#f?x=y",
        ] {
            assert_eq!(Url::parse(text), Err(NoUrl::Refused), "{text}");
        }
        for text in ["http://[a]/", "http://a[::1]/", "http://[fe80::1%25eth0]/", "http://%ff/", "//a b/"] {
            assert_eq!(Url::parse(text), Err(NoUrl::Unsure), "{text}");
        }
    }

    #[cfg(feature = "cel")]
    #[test]
    fn a_url_has_the_parts_that_go_sees() {
        for (text, scheme, host, hostname, port, path) in [
            ("https://example.com:443/x", "https", "example.com:443", "example.com", "443", "/x"),
            ("https://example.com/x", "https", "example.com", "example.com", "", "/x"),
            ("/x", "", "", "", "", "/x"),
            ("//a/b", "", "a", "a", "", "/b"),
            ("a:b", "a", "", "", "", ""),
            ("http:///x", "http", "", "", "", "/x"),
            ("http:/x", "http", "", "", "", "/x"),
            ("http://a/b c", "http", "a", "a", "", "/b%20c"),
            ("http://[::1]:80/a", "http", "[::1]:80", "::1", "80", "/a"),
            ("http://a:80:80/", "http", "a:80:80", "a:80", "80", "/"),
            ("http://u:p@h:1/", "http", "h:1", "h", "1", "/"),
            ("http://u@v@h/", "http", "h", "h", "", "/"),
            ("http://h/%41é?a=b#f", "http", "h", "h", "", "/A%C3%A9"),
            ("http://%c3%a9/", "http", "é", "é", "", "/"),
            ("http://a\"b/", "http", "a\"b", "a\"b", "", "/"),
            ("fe80::1%eth0", "fe80", "", "", "", ""),
            ("http://h:/", "http", "h:", "h", "", "/"),
            ("HTTP://Ab/", "http", "Ab", "Ab", "", "/"),
            ("*", "", "", "", "", "*"),
            ("http://h/a%2Fb", "http", "h", "h", "", "/a%2Fb"),
            ("http://h/a{b}", "http", "h", "h", "", "/a%7Bb%7D"),
            ("http://h/é%2F\"", "http", "h", "h", "", "/%C3%A9/%22"),
            ("http://h:65536/", "http", "h:65536", "h", "65536", "/"),
        ] {
            let url = Url::parse(text).unwrap();
            let found = (&*url.scheme, &*url.host, url.hostname(), url.port(), &*url.escaped_path());
            assert_eq!(found, (scheme, host, hostname, port, path), "{text}");
        }
        let url = Url::parse("http://h/?a=b&a=c&c&d=%20+x&e;f=1&=3#f").unwrap();
        let pairs = [("a", "b"), ("a", "c"), ("c", ""), ("d", "  x"), ("", "3")];
        assert_eq!(url.pairs().unwrap(), pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
