//! Names as kustomize makes them of the names in the sources: with prefixes and suffixes, and a hash behind what it generates.

/// The prefixes and suffixes of some kustomizations.
#[derive(Debug, Default)]
pub(super) struct Affixes([Vec<String>; 2]);

/// The letters of a hash.
const HASH: usize = 10;

impl Affixes {
    /// Adds those of a kustomization: what it puts before names, and behind them.
    pub(super) fn add(&mut self, more: &[Vec<String>; 2]) {
        for (known, more) in self.0.iter_mut().zip(more) {
            known.extend(more.iter().cloned());
        }
    }

    /// Whether `rendered` may be made of `name`, and how likely: the less the likelier.
    pub(super) fn rank(&self, name: &str, rendered: &str, is_generated: bool) -> Option<(u8, usize)> {
        let mut ends = vec![(rendered, 0)];
        if let Some((stem, hash)) = rendered.rsplit_once('-')
            && hash.len() == HASH
            && hash.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        {
            ends.push((stem, if is_generated { 0 } else { 2 }));
        }
        let added = |stem: &str| {
            let at = stem.match_indices(name).find(|(at, _)| {
                let behind = stem.get(at + name.len()..).unwrap_or_default();
                let before = stem.get(..*at).unwrap_or_default();
                !name.is_empty() && self.is_made_of(before, 0) && self.is_made_of(behind, 1)
            });
            at.map(|_| stem.len() - name.len())
        };
        let ranks = ends.into_iter().filter_map(|(stem, rank)| {
            let added = added(stem)?;
            Some((rank + u8::from(added > 0), added))
        });
        ranks.min()
    }

    /// Whether the text is nothing but known prefixes, or suffixes, one behind the other.
    fn is_made_of(&self, text: &str, which: usize) -> bool {
        // From which byte on the rest is still to be taken apart.
        let mut reached = vec![0];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(at) = reached.pop() {
            let Some(rest) = text.get(at..).filter(|_| seen.insert(at)) else { continue };
            if rest.is_empty() {
                return true;
            }
            let known = self.0.get(which).into_iter().flatten();
            reached.extend(known.filter(|affix| rest.starts_with(affix.as_str())).map(|affix| at + affix.len()));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_known_parts_alone() {
        let mut affixes = Affixes::default();
        affixes.add(&[vec!["prod-".to_owned()], vec!["-v2".to_owned()]]);
        affixes.add(&[vec!["eu-".to_owned()], Vec::new()]);
        for (name, rendered, is_generated, expected) in [
            ("web", "web", false, Some((0, 0))),
            ("web", "prod-web", false, Some((1, 5))),
            ("web", "eu-prod-web-v2", false, Some((1, 11))),
            ("web", "test-web", false, None),
            ("web", "web-1", false, None),
            ("sec", "prod-secret", false, None),
            ("sec", "prod-sec-hfm47b46fc", true, Some((1, 5))),
            ("sec", "prod-sec-hfm47b46fc", false, Some((3, 5))),
            ("", "prod-", false, None),
        ] {
            assert_eq!(affixes.rank(name, rendered, is_generated), expected, "{name} {rendered}");
        }
    }
}
