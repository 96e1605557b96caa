//! Every rule there is, of all rooms: for `consign rules`, for the documentation, and to know a rule that a user names.

use crate::finding::Rule;
use crate::{object, render, source, validate};

/// All rules, by their id.
pub fn all() -> Vec<&'static Rule> {
    let tables = [source::RULES, object::RULES, render::RULES].into_iter().chain(validate::TABLES.iter().copied());
    let mut all: Vec<&Rule> = tables.flatten().copied().collect();
    all.sort_by_key(|rule| rule.id);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let all = all();
        for pair in all.windows(2) {
            assert_ne!(pair[0].id, pair[1].id);
        }
        for rule in all {
            let (group, what) = rule.id.split_once('/').unwrap();
            for part in [group, what] {
                assert!(
                    part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') && !part.is_empty(),
                    "{}",
                    rule.id
                );
            }
            assert!(!rule.refused_by.is_empty() || rule.severity == Severity::Warning, "{}", rule.id);
            assert!(rule.help.ends_with(['.', '`']) && !rule.title.ends_with('.'), "{}", rule.id);
        }
    }
}
