//! Finds a name among many: a field of a definition is asked for at every key of every object.

/// Where each name is in the list that the index was made of.
#[derive(Debug)]
pub(super) struct Index {
    /// A name's number and one, at the place that its hash says or behind it; 0 where there is none. At least half are empty.
    slots: Vec<u16>,
}

impl Index {
    /// Of two equal names the first is found.
    pub(super) fn new<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Self {
        let mut index = Self { slots: vec![0; (2 * names.len()).next_power_of_two().max(2)] };
        for (name, number) in names.zip(1..) {
            let free = index.places(name).find(|place| index.slots.get(*place) == Some(&0));
            if let Some(slot) = free.and_then(|place| index.slots.get_mut(place)) {
                *slot = number;
            }
        }
        index
    }

    /// The first number of the name for which `is` is true.
    pub(super) fn find(&self, name: &str, is: impl Fn(usize) -> bool) -> Option<usize> {
        self.may_be(name).find(|number| is(*number))
    }

    /// The numbers at which the name may be, all at which it is among them, in order.
    pub(super) fn may_be(&self, name: &str) -> impl Iterator<Item = usize> {
        let slots = self.places(name).map_while(|place| self.slots.get(place).copied());
        slots.map_while(|slot| usize::from(slot).checked_sub(1))
    }

    #[allow(clippy::cast_possible_truncation, reason = "the lower bits are as good as any")]
    fn places(&self, name: &str) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len() - 1;
        let start = hash(name.as_bytes()) as usize;
        (0..=mask).map(move |step| start.wrapping_add(step) & mask)
    }
}

/// Of the length, the first eight bytes and the last eight.
fn hash(name: &[u8]) -> u64 {
    let few = || name.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let first = name.first_chunk().map_or_else(few, |first| u64::from_le_bytes(*first));
    let last = name.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
    let mixed = (first ^ last.rotate_left(29) ^ name.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_found_and_no_other() {
        let mut names: Vec<String> = (0..300).map(|number| format!("name{number}")).collect();
        names.extend(
            ["", "a", "b", "exactly8", "terminationMessagePath", "terminationMessagePolicy"].map(str::to_owned),
        );
        let index = Index::new(names.iter().map(String::as_str));
        for (number, name) in names.iter().enumerate() {
            assert_eq!(index.find(name, |at| names[at] == *name), Some(number));
        }
        assert_eq!(index.find("name", |at| names[at] == "name"), None);
        let twice = Index::new(["a", "a"].into_iter());
        assert_eq!(twice.find("a", |_| true), Some(0));
        assert_eq!(twice.may_be("a").collect::<Vec<_>>(), [0, 1]);
        assert_eq!(Index::new(std::iter::empty()).find("a", |_| true), None);
    }
}
