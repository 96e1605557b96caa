//! Every rule there is, of all rooms: for `consign rules`, for the documentation, and to know a rule that a user names.

use crate::error::{Error, Kind};
use crate::finding::Rule;
use crate::{object, render, source, validate};

/// All rules, by their id.
pub fn all() -> Vec<&'static Rule> {
    let tables = [source::RULES, object::RULES, render::RULES].into_iter().chain(validate::TABLES.iter().copied());
    let mut all: Vec<&Rule> = tables.flatten().copied().collect();
    all.sort_by_key(|rule| rule.id);
    all
}

/// The first part of a rule's id, which rules about one matter share.
pub fn group(rule: &Rule) -> &'static str {
    rule.id.split_once('/').map_or(rule.id, |(group, _)| group)
}

/// The rule of this id; an error of the kind [`Kind::Usage`] where there is none.
pub fn named(id: &str) -> Result<&'static Rule, Error> {
    let all = all();
    if let Some(rule) = all.iter().find(|rule| rule.id == id) {
        return Ok(rule);
    }
    let in_group = |rule: &&&Rule| rule.id.split_once('/').is_some_and(|(group, what)| group == id || what == id);
    let hint = match validate::similar(id, all.iter().map(|rule| rule.id)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => match all.iter().filter(in_group).map(|rule| rule.id).collect::<Vec<_>>() {
            meant if meant.is_empty() => "`consign rules` lists all rules".to_owned(),
            meant => format!("there are `{}`", meant.join("`, `")),
        },
    };
    Err(Error::new(Kind::Usage, format!("there is no rule `{id}`")).hint(hint))
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

    #[test]
    fn a_rule_that_is_not_there_tells_which_may_be_meant() {
        assert_eq!(named("yaml/tab").unwrap().id, "yaml/tab");
        for (id, hint) in [
            ("yaml/duplicate-keys", "did you mean `yaml/duplicate-key`?"),
            ("duplicate-name", "there are `source/duplicate-name`"),
            ("json", "there are `json/syntax`"),
            ("something-else-altogether", "`consign rules` lists all rules"),
        ] {
            assert_eq!(named(id).unwrap_err().hint_text(), Some(hint), "{id}");
        }
    }
}
