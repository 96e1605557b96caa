//! Tags.

use std::fmt;
use std::str::FromStr;

use super::fault::{Fault, explain};
use crate::error::Error;

/// A tag: a letter, digit or `_`, then up to 127 of these or `.` or `-`, as the
/// [distribution specification](https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests) has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    const LONGEST: usize = 128;

    /// The tag's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if text.is_empty() {
            return Err(Fault::new(0, "the tag is empty"));
        }
        for (at, character) in text.char_indices() {
            if at == 0 && matches!(character, '.' | '-') {
                let why = format!("a tag starts with a letter, a digit or `_`, not with `{character}`");
                return Err(Fault::new(0, why).mended(text.trim_start_matches(['.', '-'])));
            }
            if !word(character) && !matches!(character, '.' | '-') {
                let why =
                    format!("a tag has letters, digits, `_`, `.` and `-` only, not `{}`", character.escape_debug());
                let fault = Fault::new(at, why);
                // The plus of a semantic version: written as Helm writes it.
                return Err(if character == '+' { fault.mended(text.replace('+', "_")) } else { fault });
            }
        }
        // The text is ASCII by now.
        if text.len() > Self::LONGEST {
            let why = format!("a tag has at most {} characters, this one has {}", Self::LONGEST, text.len());
            return Err(Fault::new(Self::LONGEST, why));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Tag {
    type Err = Error;

    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage).
    fn from_str(text: &str) -> Result<Self, Error> {
        explain(text, Self::read)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_as_the_specification_has_them() {
        for text in ["v1", "_", "1.2.3-rc.1", "A", "latest", &"x".repeat(128)] {
            assert_eq!(text.parse::<Tag>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_not_a_tag_says_why_and_what_was_meant() {
        for (text, message, hint) in [
            ("", "the tag is empty", None),
            ("-v1", "`-v1`, column 1: a tag starts with a letter, a digit or `_`, not with `-`", Some("write `v1`")),
            ("..", "`..`, column 1: a tag starts with a letter, a digit or `_`, not with `.`", None),
            (
                "1.0+b",
                "`1.0+b`, column 4: a tag has letters, digits, `_`, `.` and `-` only, not `+`",
                Some("write `1.0_b`"),
            ),
            ("éa", "`éa`, column 1: a tag has letters, digits, `_`, `.` and `-` only, not `é`", None),
            ("a b", "`a b`, column 2: a tag has letters, digits, `_`, `.` and `-` only, not ` `", None),
        ] {
            let error = text.parse::<Tag>().unwrap_err();
            assert_eq!((error.to_string().as_str(), error.hint_text()), (message, hint));
        }
        let error = "x".repeat(129).parse::<Tag>().unwrap_err();
        assert!(
            error.to_string().ends_with("column 129: a tag has at most 128 characters, this one has 129"),
            "{error}"
        );
    }
}
