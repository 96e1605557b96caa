//! IP addresses and blocks of them, as the API server reads them.
//!
//! Old fields overlook zeros at the start of numbers (`010.0.0.1`), new ones take one way to write each address. As in `texts`, a
//! function whose name is a form tells what keeps a text from having it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address; zeros at the start of its numbers are overlooked.
pub(super) fn parse(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(|address| match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => IpAddr::V6(address),
        });
    }
    let mut parts = text.split('.').map(number);
    let [a, b, c, d] = [(); 4].map(|()| parts.next().flatten());
    if parts.next().is_some() {
        return None;
    }
    Some(IpAddr::V4(Ipv4Addr::new(a?, b?, c?, d?)))
}

fn number(text: &str) -> Option<u8> {
    let digits = text.trim_start_matches('0');
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

/// A block: its first address, and how many bits at the start are the same in all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    address: IpAddr,
    length: u8,
}

impl Block {
    /// Reads `10.0.0.0/8`; the bits behind the length do not count.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        // `::ffff:10.0.0.0/104` is a block of IPv6.
        let address = match address.parse::<Ipv6Addr>() {
            Ok(address) => IpAddr::V6(address),
            Err(_) => parse(address)?,
        };
        let length = number(length)?;
        let block = Self { address, length };
        (length <= block.bits()).then(|| Self { address: block.masked(address), ..block })
    }

    pub(super) const fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }

    const fn bits(self) -> u8 {
        if self.address.is_ipv4() { 32 } else { 128 }
    }

    fn masked(self, address: IpAddr) -> IpAddr {
        let keep = u32::from(self.length);
        match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - keep).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - keep).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        }
    }

    /// Whether `other` is a part of it, and not all of it.
    pub(super) fn has_within(self, other: Self) -> bool {
        self.is_v4() == other.is_v4() && self.length < other.length && self.masked(other.address) == self.address
    }
}

impl std::fmt::Display for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// An address.
pub(super) fn ip(text: &str) -> Option<String> {
    parse(text).is_none().then(|| "is no IP address, such as `10.0.0.1` or `2001:db8::1`".to_owned())
}

/// An address that all programs read alike; what is no address is not told of here.
pub(super) fn strict_ip(text: &str) -> Option<String> {
    let mapped = text.parse::<Ipv6Addr>().ok().and_then(|address| address.to_ipv4_mapped());
    if let Some(address) = mapped {
        return Some(format!("is an address of IPv4 in the form of IPv6: write `{address}`"));
    }
    has_zeros(text, '.').then(|| "has a number that begins with 0, which some programs read as octal".to_owned())
}

/// Whether it is an address of IPv4, or something else of numbers, and one of them begins with a zero that it does not need.
fn has_zeros(text: &str, between: char) -> bool {
    !text.contains(':') && text.split(between).any(|part| part.len() > 1 && part.starts_with('0'))
}

/// A block that all programs read alike; what is no block is not told of here.
pub(super) fn strict_cidr(text: &str) -> Option<String> {
    let (address, length) = text.split_once('/')?;
    if let Some(fault) = strict_ip(address) {
        return Some(fault);
    }
    if has_zeros(length, '.') {
        return Some("has a length that begins with 0".to_owned());
    }
    let block = Block::parse(text)?;
    (parse(address)? != block.address).then(|| format!("has bits behind its length: write `{block}`"))
}

/// An address in the one way to write it.
pub(super) fn canonical_ip(text: &str) -> Option<String> {
    let Some(address) = parse(text) else { return ip(text) };
    (address.to_string() != text).then(|| format!("is not the usual way to write `{address}`"))
}

/// An address that others can reach.
pub(super) fn endpoint_ip(text: &str) -> Option<String> {
    let Some(address) = parse(text) else { return ip(text) };
    let (is_link_local, is_link_local_multicast) = match address {
        IpAddr::V4(address) => (address.is_link_local(), address.octets().starts_with(&[224, 0, 0])),
        IpAddr::V6(address) => {
            (address.segments().first().is_some_and(|first| first & 0xffc0 == 0xfe80), is_link_local_v6(address))
        }
    };
    let what = match () {
        () if address.is_unspecified() => "the address of nobody",
        () if address.is_loopback() => "the address of the machine itself",
        () if is_link_local => "good on one link only",
        () if is_link_local_multicast => "an address of a group on one link",
        () => return None,
    };
    Some(format!("is {what}, which nobody else can reach"))
}

fn is_link_local_v6(address: Ipv6Addr) -> bool {
    address.segments().first().is_some_and(|first| first & 0xff0f == 0xff02)
}

/// A block.
pub(super) fn cidr(text: &str) -> Option<String> {
    Block::parse(text)
        .is_none()
        .then(|| "is no block of addresses, such as `10.0.0.0/24` or `2001:db8::/64`".to_owned())
}

/// A block in the one way to write it.
pub(super) fn canonical_cidr(text: &str) -> Option<String> {
    let Some(block) = Block::parse(text) else { return cidr(text) };
    (block.to_string() != text).then(|| format!("is not the usual way to write `{block}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_addresses() {
        type Row = (fn(&str) -> Option<String>, &'static [&'static str], &'static [&'static str]);
        let table: &[Row] = &[
            (
                ip,
                &["10.0.0.1", "010.000.0.1", "::1", "2001:DB8::1", "::ffff:1.2.3.4"],
                &["", "10.0.0", "256.0.0.1", "1.2.3.4.5", "a", "::1%eth0", "10.0.0.1/8", "1..2.3"],
            ),
            (
                canonical_ip,
                &["10.0.0.1", "2001:db8::1"],
                &["010.0.0.1", "2001:DB8::1", "2001:db8:0::1", "::ffff:1.2.3.4"],
            ),
            (
                endpoint_ip,
                &["10.0.0.1", "2001:db8::1", "224.0.1.1"],
                &["0.0.0.0", "127.0.0.1", "::1", "::", "169.254.1.1", "fe80::1", "224.0.0.5", "ff02::1", "x"],
            ),
            (
                cidr,
                &["10.0.0.0/8", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.0/08"],
                &["", "10.0.0.0", "10.0.0.0/33", "::/129", "a/8", "10.0.0.0/"],
            ),
            (canonical_cidr, &["10.0.0.0/8", "2001:db8::/64"], &["10.0.0.1/8", "10.0.0.0/08", "2001:DB8::/64"]),
        ];
        for (form, good, bad) in table {
            for text in *good {
                assert_eq!(form(text), None, "{text}");
            }
            for text in *bad {
                assert!(form(text).is_some(), "{text}");
            }
        }
    }

    #[test]
    fn a_block_is_within_a_larger_one() {
        let within = |large: &str, small: &str| {
            Block::parse(large).zip(Block::parse(small)).is_some_and(|(large, small)| large.has_within(small))
        };
        assert!(
            within("10.0.0.0/8", "10.1.0.0/16") && within("::/0", "2001:db8::/32") && within("0.0.0.0/0", "1.0.0.0/8")
        );
        assert!(
            !within("10.0.0.0/8", "10.0.0.0/8")
                && !within("10.0.0.0/8", "11.0.0.0/16")
                && !within("::/0", "10.0.0.0/8")
        );
    }
}
