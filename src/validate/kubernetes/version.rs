//! Versions of Kubernetes.

use std::fmt;

use super::data::table;

/// In which versions something is, a bit each.
pub(super) type Mask = u16;

/// A version of Kubernetes that consign knows, such as 1.35.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    minor: u16,
}

impl Version {
    /// The version that is meant where none is named: the one that the tests hold against a real API server.
    pub const DEFAULT: Self = Self { minor: 35 };

    /// Reads `1.35`, also `v1.35` and `1.35.4`; the third number makes no difference.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next());
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        // GKE and others add to the third number: `1.35.4-gke.1`.
        let patch_is_fine = patch.is_none_or(|patch| patch.starts_with(|c: char| c.is_ascii_digit()));
        (major == "1" && is_number(minor) && patch_is_fine).then(|| minor.parse().ok())?.map(|minor| Self { minor })
    }

    /// All versions that are known, the oldest first.
    pub fn known() -> &'static [Self] {
        &table().versions
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// The versions that a bundle is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::validate) struct Targets(Mask);

impl Targets {
    /// These versions; without any the default one. Versions that are not known do not count.
    pub(in crate::validate) fn new(versions: &[Version]) -> Self {
        let wanted = if versions.is_empty() { &[Version::DEFAULT][..] } else { versions };
        let bits = Version::known().iter().enumerate().filter(|(_, known)| wanted.contains(known));
        Self(bits.fold(0, |mask, (number, _)| mask | 1 << number))
    }

    /// Whether what `has` tells of is in all of them.
    pub(super) const fn all_have(self, has: Mask) -> bool {
        has & self.0 == self.0
    }

    /// Whether what `has` tells of is in one of them.
    pub(super) const fn some_have(self, has: Mask) -> bool {
        has & self.0 != 0
    }

    /// Whether a target is this version or newer.
    pub(in crate::validate) fn reach(self, version: &str) -> bool {
        Version::parse(version).is_some_and(|version| self.any(|target| target >= version))
    }

    /// Whether a target is older than this version.
    pub(super) fn precede(self, version: &str) -> bool {
        Version::parse(version).is_some_and(|version| self.any(|target| target < version))
    }

    /// Whether a target is `first` or newer, and older than `end`.
    pub(super) fn meet(self, first: &str, end: &str) -> bool {
        let (first, end) = (Version::parse(first), Version::parse(end));
        first.zip(end).is_some_and(|(first, end)| self.any(|target| (first..end).contains(&target)))
    }

    fn any(self, is: impl Fn(Version) -> bool) -> bool {
        Version::known().iter().enumerate().any(|(number, known)| self.0 >> number & 1 == 1 && is(*known))
    }

    /// Those of them that lack it, in words: `1.30`, `1.30 and 1.31`, `1.30 to 1.33`.
    pub(super) fn lacking(self, has: Mask) -> String {
        in_words(&versions(self.0 & !has))
    }
}

/// The versions of these bits.
fn versions(mask: Mask) -> Vec<Version> {
    Version::known().iter().enumerate().filter(|(number, _)| mask >> number & 1 == 1).map(|(_, known)| *known).collect()
}

/// When it came or went: `new in 1.33`, `removed in 1.34`; nothing where it was always there.
pub(super) fn history(mask: Mask) -> Option<String> {
    let known = Version::known();
    let first = (0..known.len()).find(|number| mask >> number & 1 == 1)?;
    let new = (first > 0).then(|| known.get(first)).flatten().map(|version| format!("new in {version}"));
    let gone = removed_after(mask).map(|version| format!("removed in {version}"));
    match (new, gone) {
        (Some(new), Some(gone)) => Some(format!("{new}, {gone}")),
        (new, gone) => new.or(gone),
    }
}

/// The first version that is known and lacks what these had, if any does.
pub(super) fn removed_after(has: Mask) -> Option<Version> {
    let known = Version::known();
    let last = (0..known.len()).rev().find(|number| has >> number & 1 == 1)?;
    known.get(last + 1).copied()
}

fn in_words(versions: &[Version]) -> String {
    match versions {
        [] => String::new(),
        [one] => one.to_string(),
        [first, .., last] if usize::from(last.minor - first.minor) == versions.len() - 1 && versions.len() > 2 => {
            format!("{first} to {last}")
        }
        [first @ .., last] => {
            format!("{} and {last}", first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_and_without_their_third_number() {
        for text in ["1.35", "v1.35", "1.35.4", "v1.35.4-gke.100"] {
            assert_eq!(Version::parse(text).unwrap().to_string(), "1.35", "{text}");
        }
        for text in ["", "1", "1.", "2.1", "1.x", "1.35.x", "1.-1", "1.99999999"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert!(Version::known().contains(&Version::DEFAULT));
    }

    #[test]
    fn of_several_targets_one_is_enough() {
        let fleet = Targets::new(&["1.31", "1.35"].map(|text| Version::parse(text).unwrap()));
        for (version, reaches, precedes) in
            [("1.31", true, false), ("1.32", true, true), ("1.35", true, true), ("1.36", false, true)]
        {
            assert_eq!((fleet.reach(version), fleet.precede(version)), (reaches, precedes), "{version}");
        }
        for (first, end, meets) in [("1.31", "1.32", true), ("1.32", "1.35", false), ("1.32", "1.36", true)] {
            assert_eq!(fleet.meet(first, end), meets, "{first} {end}");
        }
    }

    #[test]
    fn what_came_and_went_is_told_in_words() {
        assert_eq!(history(0xff), None);
        assert_eq!(history(0xf8).as_deref(), Some("new in 1.33"));
        assert_eq!(history(0x07).as_deref(), Some("removed in 1.33"));
        assert_eq!(history(0x1c).as_deref(), Some("new in 1.32, removed in 1.35"));
        let versions: Vec<Version> = ["1.30", "1.31", "1.32", "1.35"].into_iter().filter_map(Version::parse).collect();
        assert_eq!(Targets::new(&versions).lacking(0), "1.30, 1.31, 1.32 and 1.35");
        assert_eq!(Targets::new(&versions).lacking(0x28), "1.30 to 1.32");
    }
}
