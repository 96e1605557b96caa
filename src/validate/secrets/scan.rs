//! Looking for keys and tokens in bytes, whatever they are.
//!
//! Nearly all that is looked for is or holds a long run of letters, digits, `_`, `-` and `.`, and begins where the run begins. So most bytes
//! are never looked at: in ordinary text a byte that ends a run stands near the end of each window, and the next window begins behind it.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{key, token};

/// The shortest run that is looked into.
pub(super) const SHORTEST: usize = 20;

/// So many bytes behind its first byte, every hit is known to be one or not.
pub(super) const REACH: usize = 4096;

/// So many bytes before it may be asked for.
pub(super) const BEHIND: usize = 64;

/// Something that should not be readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    /// What it is, for a message: `a GitHub token`.
    pub(super) what: &'static str,
    /// It is a private key, not a token.
    pub(super) is_key: bool,
}

/// What is found, in the order of the text.
pub(super) fn hits(bytes: &[u8]) -> Vec<Hit> {
    static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(key::BEGIN));
    let mut hits: Vec<Hit> = BEGIN.find_iter(bytes).filter_map(|at| key::pem(bytes, at)).collect();
    let keys = hits.len();
    for run in runs(bytes) {
        hits.extend(token::hit(bytes, run));
    }
    if keys > 0 {
        hits.sort_by_key(|hit| hit.range.start);
    }
    hits
}

/// Whether a byte may stand in a run.
pub(super) const fn is_word(byte: u8) -> bool {
    const WORD: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            #[allow(clippy::cast_possible_truncation, reason = "it is below 256")]
            let is_word = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'-' | b'.');
            table[byte] = is_word;
            byte += 1;
        }
        table
    };
    WORD[byte as usize]
}

/// The runs of at least [`SHORTEST`] bytes.
fn runs(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    // Always where a run may begin: at the start, or behind a byte that ends runs.
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let window = bytes.get(from..from + SHORTEST)?;
            if let Some(at) = window.iter().rposition(|byte| !is_word(*byte)) {
                from += at + 1;
                continue;
            }
            let rest = bytes.get(from + SHORTEST..).unwrap_or_default();
            let length = SHORTEST + rest.iter().take_while(|byte| is_word(**byte)).count();
            let run = from..from + length;
            from = run.end + 1;
            return Some(run);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_runs_that_are_long_enough() {
        let word = |length: usize| "a".repeat(length);
        for lead in 0..45 {
            let lead = "a b".repeat(lead).replace("ab", "a ");
            let text = format!("{lead} {} {}:{}\n{}", word(19), word(20), word(57), word(21));
            let found: Vec<usize> = runs(text.as_bytes()).map(|run| run.len()).collect();
            assert_eq!(found, [20, 57, 21]);
        }
        assert_eq!(runs(b"").count(), 0);
        assert_eq!(runs(word(20).as_bytes()).count(), 1);
    }
}
