//! What `format` demands of a text, as far as the API server knows the format; it ignores all others, and with them those of numbers.
//!
//! The list is that of the API server's room for custom resources; what a name means is decided as its OpenAPI library decides it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::format_codes::{Numbers, is_mac, is_uuid};
use super::format_names::{is_email, is_hostname, is_long_name, is_short_name};
use super::go_url::{NoUrl, Url};

/// A format that the API server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Byte,
    Cidr,
    Date,
    DateTime,
    Duration,
    Email,
    HexColor,
    Hostname,
    Ipv4,
    Ipv6,
    Mac,
    Uri,
    /// Any version, or that one.
    Uuid(Option<char>),
    /// Numbers and colours of the world outside.
    Numbers(Numbers),
    /// Names of Kubernetes: short ones without dots, or long ones. Known since 1.35.
    Name {
        is_long: bool,
    },
    /// It takes any text.
    Password,
}

impl Format {
    /// The format of this name, dashes left out.
    pub(super) fn read(name: &str) -> Option<Self> {
        Some(match &*name.replace('-', "") {
            "byte" => Self::Byte,
            "cidr" => Self::Cidr,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "duration" => Self::Duration,
            "email" => Self::Email,
            "hexcolor" => Self::HexColor,
            "hostname" => Self::Hostname,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "mac" => Self::Mac,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid(None),
            "uuid3" => Self::Uuid(Some('3')),
            "uuid4" => Self::Uuid(Some('4')),
            "uuid5" => Self::Uuid(Some('5')),
            "k8sshortname" => Self::Name { is_long: false },
            "k8slongname" => Self::Name { is_long: true },
            "password" => Self::Password,
            name => return Numbers::read(name).map(Self::Numbers),
        })
    }

    /// Whether the text has this format.
    pub(super) fn accepts(self, text: &str) -> bool {
        match self {
            Self::Byte => is_base64(text),
            Self::Cidr => is_cidr(text),
            Self::Date => is_date(text),
            Self::DateTime => is_date_time(text),
            // What Go reads, or numbers with units in words somewhere in the text.
            Self::Duration => is_go_duration(text) || has_worded_duration(text),
            Self::Email => is_email(text),
            Self::HexColor => {
                let digits = text.strip_prefix('#').unwrap_or(text);
                matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit())
            }
            Self::Hostname => is_hostname(text),
            Self::Ipv4 => text.contains('.') && ip(text).is_some(),
            Self::Ipv6 => text.contains(':') && text.parse::<Ipv6Addr>().is_ok(),
            Self::Mac => is_mac(text),
            Self::Uri => Url::parse(text) != Err(NoUrl::Refused),
            Self::Uuid(version) => is_uuid(text, version),
            Self::Numbers(numbers) => numbers.accept(text),
            Self::Name { is_long: false } => is_short_name(text),
            Self::Name { is_long: true } => is_long_name(text),
            Self::Password => true,
        }
    }

    /// What such a text is, with an example.
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Byte => "base64, such as `aGVsbG8=`",
            Self::Cidr => "an address range, such as `10.0.0.0/8`",
            Self::Date => "a date, such as `2026-01-31`",
            Self::DateTime => "a date and time, such as `2026-01-31T12:00:00Z`",
            Self::Duration => "a duration, such as `90s`, `1h30m`",
            Self::Email => "an e-mail address, such as `somebody@example.com`",
            Self::HexColor => "a colour, such as `#1e90ff`",
            Self::Hostname => "a host name, such as `www.example.com`",
            Self::Ipv4 => "an IPv4 address, such as `192.0.2.1`",
            Self::Ipv6 => "an IPv6 address, such as `2001:db8::1`",
            Self::Mac => "a MAC address, such as `01:23:45:67:89:ab`",
            Self::Uri => "a URI, such as `https://example.com/a`",
            Self::Uuid(_) => "a UUID, such as `6ba7b810-9dad-41d1-80b4-00c04fd430c8`",
            Self::Numbers(numbers) => numbers.describe(),
            Self::Name { is_long: false } => {
                "small letters, digits and inner `-`, at most 63 characters, such as `my-name`"
            }
            Self::Name { is_long: true } => {
                "small letters, digits, inner `-`, with `.` between them, at most 253 characters, such as `my.name`"
            }
            Self::Password => "any text",
        }
    }
}

/// An address; leading zeros are let pass in IPv4, and where it ends an IPv6 address, as the API server does.
fn ip(text: &str) -> Option<IpAddr> {
    match text.rsplit_once(':') {
        Some((before, last)) if last.contains('.') => format!("{before}:{}", ip_v4(last)?).parse().ok().map(IpAddr::V6),
        Some(_) => text.parse().ok().map(IpAddr::V6),
        None => ip_v4(text).map(IpAddr::V4),
    }
}

fn ip_v4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = [0; 4];
    let mut given = text.split('.');
    for part in &mut parts {
        let digits = given.next().filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))?;
        *part = digits
            .trim_start_matches('0')
            .parse()
            .or_else(|error| {
                // Zeros alone.
                if digits.bytes().all(|b| b == b'0') { Ok(0u8) } else { Err(error) }
            })
            .ok()?;
    }
    given.next().is_none().then(|| Ipv4Addr::from(parts))
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match ip(address) {
        Some(IpAddr::V4(_)) => 32,
        Some(IpAddr::V6(_)) => 128,
        None => return false,
    };
    bits.len() <= 3 && bits.bytes().all(|b| b.is_ascii_digit()) && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

/// Not of the length 0, which the API server's pattern does not match either.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    !text.is_empty()
        && text.len().is_multiple_of(4)
        && text.len() - digits.len() <= 2
        && digits.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, b)| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() });
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<u32>().ok());
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(5..7), part(8..10)) else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    shape && (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    is_date(date) && is_time(time)
}

/// `12:00:00`, perhaps a fraction, then `z` or `+01:00`.
fn is_time(text: &str) -> bool {
    let two = |at: usize, most: &str| {
        text.get(at..at + 2).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()) && digits <= most)
    };
    let colon = |at: usize| text.get(at..=at) == Some(":");
    if !(two(0, "23") && colon(2) && two(3, "59") && colon(5) && two(6, "59")) {
        return false;
    }
    let zone = |text: &str| {
        let digits = |range| {
            text.get::<std::ops::Range<usize>>(range).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()))
        };
        text == "z"
            || (text.len() == 6
                && text.starts_with(['+', '-'])
                && digits(1..3)
                && text.get(3..4) == Some(":")
                && digits(4..6))
    };
    let rest = text.get(8..).unwrap_or_default();
    // The server's pattern takes any character for the point.
    let mut fraction = rest.chars();
    fraction.next();
    let behind = fraction.as_str();
    let digits = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    zone(rest) || (digits > 0 && zone(behind.get(digits..).unwrap_or_default()))
}

/// As Go's `time.ParseDuration`, but for what is out of range.
fn is_go_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let digits = rest.get(..number).unwrap_or_default();
        if digits.matches('.').count() > 1 || !digits.bytes().any(|b| b.is_ascii_digit()) {
            return false;
        }
        let behind = rest.get(number..).unwrap_or_default();
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        if !matches!(behind.get(..end), Some("ns" | "us" | "µs" | "μs" | "ms" | "s" | "m" | "h")) {
            return false;
        }
        rest = behind.get(end..).unwrap_or_default();
    }
    true
}

fn has_worded_duration(text: &str) -> bool {
    const EXACT: [&str; 13] = ["ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk", "nano", "micro"];
    const PREFIXES: [&str; 8] = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];
    let mut after_digit = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if after_digit && (c.is_ascii_alphabetic() || c == 'µ') {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != 'µ').unwrap_or(rest.len());
            let unit = rest.get(..end).unwrap_or_default().to_lowercase();
            if EXACT.contains(&&*unit) || PREFIXES.iter().any(|prefix| unit.starts_with(prefix)) {
                return true;
            }
            after_digit = false;
            rest = rest.get(end..).unwrap_or_default();
            continue;
        }
        after_digit = c.is_ascii_digit() || (after_digit && c.is_ascii_whitespace());
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A format, texts that have it, and texts that have not.
    type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

    const TABLE: &[Row] = &[
        ("byte", &["aGVsbG8=", "QUJD", "QQ=="], &["", "aGVsbG8", "a b=", "===="]),
        ("cidr", &["10.0.0.0/8", "010.0.0.1/8", "2001:db8::/32"], &["10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/-1"]),
        ("date", &["2024-02-29"], &["2023-02-29", "2024-13-01", "2024-1-1", "", "2024-00-01", "2024-01-00"]),
        (
            "date-time",
            &["2024-01-01T00:00:00Z", "2024-01-01t23:59:59.123+01:00", "2024-01-01T00:00:00,5z"],
            &[
                "2024-01-01",
                "2024-01-01T24:00:00Z",
                "2024-01-01T00:00:60Z",
                "2024-01-01 00:00:00Z",
                "2024-01-01T00:00:00",
                "é",
            ],
        ),
        (
            "duration",
            &["1h30m", "90s", "-1.5h", "0", "5 minutes", "2 days", "1w", "1d"],
            &["", "90", "apple", "s", "1 x"],
        ),
        (
            "email",
            &[
                "a@b",
                "Some Body <a@b.c>",
                "a@b (x)",
                "x <a@b> (x)",
                " a@ b ",
                "ä@b",
                "a@[1.2.3.4]",
                "\"a b\"@c",
                "a@-b",
                "a:b@c;",
            ],
            &[
                "a",
                "@b",
                "a@",
                "a b@c",
                "<a@b",
                "a@b@c",
                ".a@b",
                "a.@b",
                "a..b@c",
                "a@b.",
                "a @b",
                "a@b,c@d",
                "mailto:a@b",
                "a@b\n",
                "<a@b> x",
                "x <a..b@c>",
                "x(y)",
            ],
        ),
        ("hexcolor", &["#fff", "1E90FF"], &["#ff", "#ggg"]),
        (
            "hostname",
            &["a", "a-", "a-b", "a--b.cd", "www.example.com", "1a.example.com", "é", "☃.cd", "a.éé", "$"],
            &[
                "",
                "a_b",
                "-a",
                "a.1",
                "a..b",
                ".a",
                "a-.",
                "a-b-c",
                "a--b",
                "2024-01-01",
                "a.b",
                "a.☃☃",
                "٣",
                "a-.cd",
                "a.bc.",
            ],
        ),
        (
            "ipv4",
            &["1.2.3.4", "01.2.3.4", "0.0.0.0", "::01.2.3.4", "::ffff:1.2.3.4"],
            &["1.2.3", "1.2.3.256", "::1", "1.2.3.4.5", "1.2.3.", "a"],
        ),
        ("ipv6", &["::1", "2001:db8::1"], &["1.2.3.4", ":::", "g::"]),
        (
            "mac",
            &["01:23:45:67:89:ab", "0123.4567.89ab"],
            &["01:23:45:67:89", "0g:23:45:67:89:ab", "01-23:45-67-89-ab"],
        ),
        (
            "uri",
            &["https://example.com/a b", "/a", "urn:x", "a:", "fe80::1%eth0"],
            &["", "example.com", "http://a b/", "/%zz", "a\u{7f}:b"],
        ),
        (
            "uuid",
            &["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B8109dad11d180b400c04fd430c8"],
            &["", "6ba7b810", "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7-b8109dad11d180b400c04fd430c8"],
        ),
        (
            "uuid4",
            &["6ba7b810-9dad-41d1-80b4-00c04fd430c8"],
            &["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-41d1-00b4-00c04fd430c8"],
        ),
        ("password", &["", "x"], &[]),
        ("k8s-short-name", &["a", "a-b", "1"], &["", "a.b", "A", "a_b", "-a", "a-", "a\n"]),
        ("k8s-long-name", &["a", "a.b-c", "1.2"], &["", "a..b", "A", "a.-b", ".a", "a."]),
        ("rgbcolor", &["rgb(1,2,3)", "rgb( 0 , 25 ,255 )"], &["", "rgb(1,2)", "rgb(1,2,256)", "rgb(01,2,3)"]),
        ("isbn", &["0321751043", "978-0321751041", "080442957X"], &["", "0321751044", "9780321751042", "12"]),
        ("isbn10", &["0-321-75104-3"], &["978-0321751041", "0321751044"]),
        ("isbn13", &["978 0321751041"], &["0321751043"]),
        ("creditcard", &["4111 1111 1111 1111", "378282246310005"], &["", "4111111111111112", "1234"]),
        ("ssn", &["123-45-6789", "123 45 6789"], &["123456789", "12-345-6789", ""]),
        ("bsonobjectid", &["507f1f77bcf86cd799439011"], &["", "507f1f77bcf86cd79943901", "507f1f77bcf86cd79943901g"]),
    ];

    #[test]
    fn texts_have_the_formats_that_the_api_server_sees_in_them() {
        for (format, yes, no) in TABLE {
            let format = Format::read(format).unwrap();
            for text in *yes {
                assert!(format.accepts(text), "{format:?} {text}");
            }
            for text in *no {
                assert!(!format.accepts(text), "{format:?} {text}");
            }
        }
        for unknown in ["int32", "int64", "float", "double", "quantity", "ip", ""] {
            assert_eq!(Format::read(unknown), None);
        }
    }
}
