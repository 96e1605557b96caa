//! The host of a registry, with its port.
//!
//! It is what stands before the first slash of a reference: `localhost`, a name with a dot or a port, an IPv4 address, or an
//! IPv6 address in brackets. Anything else there is a path at Docker Hub to Docker, and a mistake to this tool.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::fault::Fault;

/// Whether `text`, which stands before a slash, is meant as a host.
pub(crate) fn is_meant(text: &str) -> bool {
    text.contains(['.', ':', '[']) || text.eq_ignore_ascii_case("localhost")
}

/// Checks a host with an optional port and gives it in lower case. A fault's mended text is the host alone.
pub(super) fn read(text: &str) -> Result<String, Fault> {
    if text.starts_with('[') {
        bracketed(text)?;
    } else if text.matches(':').count() > 1 {
        let fault = Fault::new(0, "an IPv6 address stands in brackets");
        return Err(match in_brackets(text) {
            Some(mended) => fault.mended(mended),
            None => fault,
        });
    } else if let Some((name, port)) = text.split_once(':') {
        domain(name).map_err(|fault| fault.within("", &text[name.len()..]))?;
        check_port(port, name.len() + 1)?;
    } else {
        domain(text)?;
    }
    Ok(text.to_ascii_lowercase())
}

fn bracketed(text: &str) -> Result<(), Fault> {
    let inside = &text[1..];
    let Some((address, rest)) = inside.split_once(']') else {
        let fault = Fault::new(0, "the bracket of the IPv6 address is not closed");
        return Err(match in_brackets(inside) {
            Some(mended) => fault.mended(mended),
            None => fault,
        });
    };
    if address.parse::<Ipv6Addr>().is_err() {
        return Err(Fault::new(1, format!("`{}` is not an IPv6 address", address.escape_debug())));
    }
    let after = address.len() + 2;
    match rest.strip_prefix(':') {
        Some(port) => check_port(port, after + 1),
        None if rest.is_empty() => Ok(()),
        None => Err(Fault::new(after, "after the bracket comes `/`, or `:` and a port")),
    }
}

/// Guesses the brackets: around all of it, or before what looks more like a port than like the end of an address.
fn in_brackets(text: &str) -> Option<String> {
    if let Some((address, port)) = text.rsplit_once(':')
        && port.len() >= 4
        && check_port(port, 0).is_ok()
        && address.parse::<Ipv6Addr>().is_ok()
    {
        return Some(format!("[{address}]:{port}"));
    }
    text.parse::<Ipv6Addr>().ok().map(|_| format!("[{text}]"))
}

fn check_port(port: &str, at: usize) -> Result<(), Fault> {
    let number = port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse::<u16>().ok()).flatten();
    match number {
        Some(1..) => Ok(()),
        _ if port.is_empty() => Err(Fault::new(at, "the port after `:` is empty")),
        _ => Err(Fault::new(at, format!("a port is a number from 1 to 65535, not `{}`", port.escape_debug()))),
    }
}

fn domain(name: &str) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(Fault::new(0, "the host is empty"));
    }
    if name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && name.parse::<Ipv4Addr>().is_err() {
        return Err(Fault::new(0, format!("`{name}` is not an IPv4 address")));
    }
    let mut at = 0;
    for label in name.split('.') {
        if let Some((offset, character)) =
            label.char_indices().find(|(_, character)| !character.is_ascii_alphanumeric() && *character != '-')
        {
            let why = format!("a host has letters, digits, `-` and `.` only, not `{}`", character.escape_debug());
            return Err(Fault::new(at + offset, why));
        }
        if label.is_empty() {
            let fault = Fault::new(at, "the dots of a host have something before and behind them");
            return Err(fault.mended(name.split('.').filter(|label| !label.is_empty()).collect::<Vec<_>>().join(".")));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(Fault::new(at, format!("`{label}` in the host starts or ends with `-`")));
        }
        if label.len() > 63 {
            return Err(Fault::new(at + 63, "a part of a host has at most 63 characters"));
        }
        at += label.len() + 1;
    }
    if name.len() > 253 {
        return Err(Fault::new(253, "a host has at most 253 characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_in_five_forms() {
        for text in [
            "localhost",
            "localhost:5000",
            "us-docker.pkg.dev",
            "r.example:443",
            "10.0.0.1:5000",
            "[::1]",
            "[fe80::1]:5000",
        ] {
            assert!(is_meant(text), "{text}");
            assert_eq!(read(text).unwrap(), text);
        }
        assert_eq!(read("GHCR.io").unwrap(), "ghcr.io", "a host means the same in any case");
        assert!(!is_meant("library"));
    }
}
