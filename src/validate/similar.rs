//! What was likely meant by a word that is not among those that are known.

/// The known word that differs least from `word`, if any differs so little that it may have been meant.
pub(crate) fn similar<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Long words are no typing errors of each other, and would take long to compare.
    const LONGEST: usize = 64;
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let most = if length <= 2 { 1 } else { length.div_ceil(3) };
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST * 2)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many characters must be put in, taken out, replaced or swapped with their neighbour; case does not count.
fn distance(one: &str, other: &str) -> usize {
    let lower = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    let (one, other) = (lower(one), lower(other));
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut previous = None;
    for (i, &a) in one.iter().enumerate() {
        let mut row = Vec::with_capacity(last.len());
        row.push(i + 1);
        for (j, &b) in other.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j + 1) + 1).min(at(&row, j) + 1).min(at(&last, j) + usize::from(a != b));
            let swapped = j > 0 && previous == Some(b) && other.get(j - 1) == Some(&a);
            if swapped {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        previous = Some(a);
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_the_word_that_was_meant() {
        let known = ["replicas", "selector", "template", "strategy", "minReadySeconds", "x", "to"];
        for (word, meant) in [
            ("replcas", Some("replicas")),
            ("repilcas", Some("replicas")),
            ("Replicas", Some("replicas")),
            ("minreadyseconds", Some("minReadySeconds")),
            ("tempalte", Some("template")),
            ("t", Some("to")),
            ("image", None),
            ("", None),
            ("y", None),
            ("spec", None),
        ] {
            assert_eq!(similar(word, known), meant, "{word}");
        }
        assert_eq!(similar(&"a".repeat(10_000), known), None);
    }
}
