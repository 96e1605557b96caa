//! Which items of a list are there already.

use std::collections::HashSet;

/// So many are compared each with each; beyond, a set is quicker.
const FEW: usize = 16;

/// The numbers of the items that equal an earlier one; what has no text equals nothing.
pub(super) fn repeats<T: AsRef<str>>(texts: &[Option<T>]) -> Vec<usize> {
    let all = || texts.iter().enumerate().filter_map(|(index, text)| Some((index, text.as_ref()?.as_ref())));
    if texts.len() > FEW {
        let mut seen = HashSet::new();
        return all().filter(|(_, text)| !seen.insert(*text)).map(|(index, _)| index).collect();
    }
    let is_there = |at: usize, text: &str| all().take_while(|(index, _)| *index < at).any(|(_, other)| other == text);
    all().filter(|(index, text)| is_there(*index, text)).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_compared_alike() {
        for more in [0, 20] {
            let mut texts = vec![Some("a".to_owned()), None, Some("b".to_owned()), Some("a".to_owned()), None];
            texts.extend((0..more).map(|number| Some(number.to_string())));
            texts.push(Some("b".to_owned()));
            texts.push(Some("a".to_owned()));
            assert_eq!(repeats(&texts), [3, 5 + more, 6 + more]);
        }
    }
}
