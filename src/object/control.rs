//! Characters that YAML does not allow, and those that old YAML takes for the end of a line.

/// What is special about a text's characters: byte offsets of the first of each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Characters {
    /// One that go-yaml refuses.
    pub(super) forbidden: Option<(usize, char)>,
    /// U+0085, U+2028 or U+2029.
    pub(super) line_separator: Option<(usize, char)>,
}

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// Looks through a text. Quick where there is nothing to find: plain text is read a block at a time.
pub(super) fn characters(text: &str) -> Characters {
    let mut found = Characters::default();
    let mut at = 0;
    for block in text.as_bytes().chunks(BLOCK) {
        if block.iter().fold(false, |any, byte| any | is_suspect(*byte)) {
            look(text, at..at + block.len(), &mut found);
            if found.forbidden.is_some() {
                return found;
            }
        }
        at += block.len();
    }
    found
}

/// Whether a character that begins with this byte may be special. U+0085 begins with C2, U+2028 and U+2029 with E2, U+FFFE with EF.
fn is_suspect(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0B | 0x0C | 0x0E..=0x1F | 0x7F | 0xC2 | 0xE2 | 0xEF)
}

fn look(text: &str, range: std::ops::Range<usize>, found: &mut Characters) {
    for start in range {
        if !text.as_bytes().get(start).copied().is_some_and(is_suspect) {
            continue;
        }
        let Some(char) = text.get(start..).and_then(|rest| rest.chars().next()) else { continue };
        match char {
            '\u{85}' | '\u{2028}' | '\u{2029}' => found.line_separator = found.line_separator.or(Some((start, char))),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                found.forbidden = Some((start, char));
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_yaml_forbids_wherever_it_stands() {
        for char in ['\0', '\u{1}', '\u{1f}', '\u{7f}', '\u{80}', '\u{9f}', '\u{fffe}', '\u{ffff}'] {
            for lead in [0, 1, 62, 63, 64, 65, 200] {
                let text = format!("{}{char}é", "é".repeat(lead));
                assert_eq!(characters(&text).forbidden, Some((2 * lead, char)));
            }
        }
    }

    #[test]
    fn ordinary_text_has_nothing_special() {
        assert_eq!(characters("a\tb\r\nc\u{a0}\u{20ac}\u{fffd}\u{1f600}\u{feff}"), Characters::default());
    }

    #[test]
    fn finds_line_separators() {
        assert_eq!(characters("a\u{2028}b\u{85}").line_separator, Some((1, '\u{2028}')));
    }
}
