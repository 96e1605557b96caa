//! Plain scalars that readers of YAML do not agree about: words for true and false beyond `true` and `false`, and numbers that begin with a
//! zero. While a document is read it is only noted that there are some; where they are is looked for when somebody asks.

use super::arena::Kind;
use super::scalar::Scalar;
use super::tree::{Node, Tree};

/// A scalar that others read differently.
#[derive(Clone, Copy, Debug)]
pub struct Ambiguous<'t> {
    /// As it stands in the text.
    pub text: &'t str,
    /// As kubectl reads it; a key is always a string.
    pub node: Node<'t>,
    /// Whether it is a key of a mapping.
    pub is_key: bool,
    /// Whose value it is.
    pub field: Option<&'t str>,
}

/// Whether a plain scalar that was resolved so is one.
pub(super) fn is_ambiguous(text: &str, resolved: &Scalar<'_>) -> bool {
    match resolved {
        Scalar::Bool(_) => is_word(text),
        Scalar::Integer(_) => is_octal(text),
        _ => false,
    }
}

fn is_word(text: &str) -> bool {
    ["y", "yes", "on", "n", "no", "off"].iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn is_octal(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl<'t> Tree<'t> {
    /// The keys and values that others read differently, in the order of the text. Those of aliases come once.
    pub fn ambiguous(&'t self) -> Vec<Ambiguous<'t>> {
        if !self.arena.has_ambiguous {
            return Vec::new();
        }
        let cells = u32::try_from(self.arena.cells.len()).unwrap_or(u32::MAX);
        let mut all: Vec<Ambiguous<'t>> = (0..cells).flat_map(|index| self.ambiguous_in(index)).collect();
        let start = |found: &Ambiguous<'t>| self.arena.cell(found.node.index).start;
        all.sort_by_key(start);
        // A mapping with merge keys holds its own keys twice.
        all.dedup_by_key(|found| start(found));
        all
    }

    /// Of the keys and values right in one collection.
    fn ambiguous_in(&'t self, index: u32) -> impl Iterator<Item = Ambiguous<'t>> {
        let pairs = self.arena.pairs(index).flat_map(move |(key, value)| {
            let field = self.arena.string(self.text.as_str(), self.arena.cell(key));
            [self.ambiguous_at(key, true, None), self.ambiguous_at(value, false, field)]
        });
        let is_list = self.arena.cell(index).kind == Kind::Sequence;
        let items = is_list.then(|| self.arena.children(index)).into_iter().flatten();
        pairs.chain(items.map(move |item| self.ambiguous_at(item, false, None))).flatten()
    }

    fn ambiguous_at(&'t self, index: u32, is_key: bool, field: Option<&'t str>) -> Option<Ambiguous<'t>> {
        // Where keys are merged, values stand for those of the text.
        let index = self.arena.follow(index);
        let cell = self.arena.cell(index);
        let text = self.text.as_str().get(cell.start as usize..cell.end as usize)?;
        let is_one = match cell.kind {
            Kind::True | Kind::False => is_word(text),
            Kind::Integer => is_octal(text),
            // A key that was no string has become one, which does not stand in the text.
            Kind::Owned if is_key => is_word(text) || is_octal(text),
            _ => false,
        };
        is_one.then(|| Ambiguous { text, node: self.node(index), is_key, field })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{documents, parse};

    fn found(text: &str) -> Vec<(String, bool, Option<String>)> {
        let path = "a.yaml".into();
        let documents = documents(&path, text.as_bytes()).0;
        let parsed = parse(&path, &documents[0]);
        let found = parsed.trees.iter().flat_map(super::super::Tree::ambiguous);
        found.map(|found| (found.text.to_owned(), found.is_key, found.field.map(str::to_owned))).collect()
    }

    #[test]
    fn words_and_octal_numbers_are_found_wherever_they_stand() {
        for lead in ["", "# é: the parser reads this\n"] {
            let text = format!("{lead}a: yes\nb:\n- Off\n- c: 0755\n  on: x\nd: n\n");
            let texts: Vec<String> = found(&text).into_iter().map(|found| found.0).collect();
            assert_eq!(texts, ["yes", "Off", "0755", "on", "n"]);
        }
        assert_eq!(found("mode: 0644\n"), [("0644".to_owned(), false, Some("mode".to_owned()))]);
        assert_eq!(found("a: &x {y: 1}\nb: *x\nc: {<<: *x, d: no}\n").len(), 2);
    }

    #[test]
    fn what_all_read_alike_is_not() {
        for text in
            ["a: true\nb: False\nc: 0\nd: 10\ne: '0644'\nf: \"yes\"\ng: yes sir\nh: 0.5\ni: 0x1F\n", "{\"a\": true}"]
        {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
