//! A value as JSON: how long it would be, and as `serde_json` holds it.

use super::tree::{Node, Value};

impl Node<'_> {
    /// [`json_len`](Self::json_len), if it is more than `limit`. Costs nothing where the text is far too short for that.
    pub fn json_len_over(self, limit: u64) -> Option<u64> {
        let cell = self.tree.arena.cell(self.index);
        // One byte of text gives at most six of JSON, and the short words of YAML (`y`, `~`) no more; an alias may give any number.
        let most = u64::from(cell.end - cell.start).saturating_mul(6);
        if most <= limit && !self.tree.arena.has_aliases {
            return None;
        }
        Some(self.json_len()).filter(|length| *length > limit)
    }

    /// The bytes of the value as compact JSON as Go writes it, aliases written out.
    pub fn json_len(self) -> u64 {
        let commas = |len: usize| len.saturating_sub(1) as u64;
        match self.value() {
            Value::Null | Value::Bool(true) => 4,
            Value::Bool(false) => 5,
            Value::Integer(number) => decimal_len(number),
            Value::Float(number) => float_len(number),
            Value::String(string) => string_len(string),
            Value::Sequence => {
                let items: u64 = self.items().map(Node::json_len).sum();
                2 + commas(self.len()) + items
            }
            Value::Mapping => {
                let entries: u64 =
                    self.entries().map(|(key, value)| string_len(key.as_str()) + 1 + value.json_len()).sum();
                2 + commas(self.len()) + entries
            }
        }
    }

    /// The value as `serde_json` has it, aliases written out. Keys stay in the order of the text.
    pub fn to_json(self) -> serde_json::Value {
        match self.value() {
            Value::Null => serde_json::Value::Null,
            Value::Bool(bool) => bool.into(),
            Value::Integer(number) => number.into(),
            Value::Float(number) => number.into(),
            Value::String(string) => string.into(),
            Value::Sequence => self.items().map(Node::to_json).collect(),
            Value::Mapping => self.entries().map(|(key, value)| (key.as_str().to_owned(), value.to_json())).collect(),
        }
    }
}

fn decimal_len(number: i64) -> u64 {
    let digits = number.unsigned_abs().checked_ilog10().unwrap_or(0) + 1;
    u64::from(digits) + u64::from(number < 0)
}

/// As Go's encoder writes floats: an exponent only from 1e21 on and below 1e-6.
fn float_len(number: f64) -> u64 {
    let magnitude = number.abs();
    let text = if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = format!("{number:e}");
        // Go writes the sign of a positive exponent.
        return text.len() as u64 + u64::from(magnitude >= 1e21);
    } else {
        format!("{number}")
    };
    text.len() as u64
}

fn string_len(string: &str) -> u64 {
    let extra: u64 = string
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 1,
            // Go writes `<`, `>` and `&` as escapes too, in case somebody puts the JSON into HTML.
            0..0x20 | b'<' | b'>' | b'&' => 5,
            _ => 0,
        })
        .sum();
    string.len() as u64 + extra + 2
}
