//! Go's syntax of regular expressions, written in Rust's.
//!
//! The two are nearly the same, and mean nearly the same. So a pattern is read here as Go reads it, and each part is written in the form
//! that means the same in Rust: Go's `\d`, `\s`, `\w` and `\b` are ASCII, `-` behind a class is itself, classes do not nest, and a `{` that
//! begins no repetition is itself. What Go refuses is told; the rest of a pattern that Rust's `regex` cannot run is its matter.

/// Why there is no translation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Go refuses the pattern: why, as a part of a sentence.
    ByGo(String),
    /// Go may take it, and it cannot be run here.
    Here,
}

/// The most that repetitions within each other may repeat together.
const MOST_REPETITIONS: u32 = 1000;

/// The pattern in Rust's syntax. Its groups capture nothing.
pub(super) fn translate(go: &str) -> Result<String, Refused> {
    let mut reader = Reader {
        rest: go,
        out: String::with_capacity(go.len() + 16),
        groups: vec![Group::default()],
        last: Last::Nothing,
    };
    while let Some(c) = reader.rest.chars().next() {
        reader.part(c)?;
    }
    if reader.groups.len() > 1 { by_go("a `(` is not closed") } else { Ok(reader.out) }
}

fn by_go<T>(fault: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::ByGo(fault.into()))
}

/// What stands before the place that is read, within the same alternative.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    /// What may be repeated, and how often what is in it is repeated at most.
    Item(u32),
    Repetition(u32),
}

/// A group that is open.
#[derive(Default)]
struct Group {
    /// How often anything in it is repeated at most, as far as it was read.
    repeated: u32,
}

struct Reader<'t> {
    rest: &'t str,
    out: String,
    groups: Vec<Group>,
    last: Last,
}

/// What a `\` and what is behind it mean.
enum Escape {
    /// A character.
    Char(u32),
    /// A class, as it is written within another.
    Class(String),
}

impl Reader<'_> {
    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Takes a character.
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    fn item(&mut self, text: &str) {
        self.out.push_str(text);
        self.became(Last::Item(1));
    }

    fn became(&mut self, last: Last) {
        self.last = last;
        if let (Last::Item(repeated) | Last::Repetition(repeated), Some(group)) = (last, self.groups.last_mut()) {
            group.repeated = group.repeated.max(repeated);
        }
    }

    fn part(&mut self, c: char) -> Result<(), Refused> {
        match c {
            '(' => return self.open(),
            ')' => return self.close(),
            '[' => return self.class(),
            '\\' => return self.escaped(),
            '*' | '+' | '?' => {
                self.skip(1);
                return self.repeated(&c.to_string(), 1);
            }
            '{' => return self.braces(),
            '|' => {
                self.out.push('|');
                self.last = Last::Nothing;
            }
            '^' | '$' | '.' => self.item(c.encode_utf8(&mut [0; 4])),
            _ => self.literal(c),
        }
        self.skip(c.len_utf8());
        Ok(())
    }

    fn literal(&mut self, c: char) {
        let text = regex::escape(c.encode_utf8(&mut [0; 4]));
        self.item(&text);
    }

    fn open(&mut self) -> Result<(), Refused> {
        self.skip(1);
        if self.rest.starts_with('?') {
            return self.flags();
        }
        self.group("(?:");
        Ok(())
    }

    fn group(&mut self, text: &str) {
        self.out.push_str(text);
        self.groups.push(Group::default());
        self.last = Last::Nothing;
    }

    fn close(&mut self) -> Result<(), Refused> {
        self.skip(1);
        if self.groups.len() == 1 {
            return by_go("a `)` closes nothing");
        }
        let repeated = self.groups.pop().map_or(1, |group| group.repeated.max(1));
        self.out.push(')');
        self.became(Last::Item(repeated));
        Ok(())
    }

    /// What begins with `(?`: a name, or flags, with a group or without one.
    fn flags(&mut self) -> Result<(), Refused> {
        if let Some(behind) = self.rest.strip_prefix("?P<").or_else(|| self.rest.strip_prefix("?<")) {
            let (name, rest) = behind.split_once('>').unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return by_go("the name of a group is not letters, digits and `_` within `<` and `>`");
            }
            self.rest = rest;
            self.group("(?:");
            return Ok(());
        }
        let behind = self.rest.get(1..).unwrap_or_default();
        let end = behind.find([':', ')']).unwrap_or(behind.len());
        let flags = behind.get(..end).unwrap_or_default();
        let (on, off) = flags.split_once('-').unwrap_or((flags, "i"));
        let known = |flags: &str| flags.bytes().all(|b| matches!(b, b'i' | b'm' | b's' | b'U'));
        if end == behind.len() || !known(on) || !known(off) || off.is_empty() {
            return by_go(format!("`(?{}` begins no group that there is", flags.chars().take(8).collect::<String>()));
        }
        let is_group = behind.as_bytes().get(end) == Some(&b':');
        self.rest = behind.get(end + 1..).unwrap_or_default();
        // Rust refuses a flag that stands twice; Go does not.
        let once = |flags: &str| {
            let mut all: Vec<char> = flags.chars().collect();
            all.sort_unstable();
            all.dedup();
            all.into_iter().collect::<String>()
        };
        let off = if flags.contains('-') { once(off) } else { String::new() };
        let on: String = once(on).chars().filter(|flag| !off.contains(*flag)).collect();
        let dash = if off.is_empty() { "" } else { "-" };
        if is_group {
            self.group(&format!("(?{on}{dash}{off}:"));
            return Ok(());
        }
        if !flags.is_empty() {
            self.out.push_str(&format!("(?{on}{dash}{off})"));
        }
        // What stands before it may be repeated behind it.
        if let Last::Repetition(repeated) = self.last {
            self.last = Last::Item(repeated);
        }
        Ok(())
    }

    /// `{` and what may be a repetition.
    fn braces(&mut self) -> Result<(), Refused> {
        let Some((text, most)) = repetition(self.rest) else {
            self.skip(1);
            self.literal('{');
            return Ok(());
        };
        let Some(most) = most else {
            return by_go(format!(
                "`{text}` repeats more often than {MOST_REPETITIONS} times, or fewer times than it must"
            ));
        };
        self.skip(text.len());
        self.repeated(text, most)
    }

    /// A repetition that was taken; `most` is how often it repeats at most, as far as it is counted.
    fn repeated(&mut self, text: &str, most: u32) -> Result<(), Refused> {
        let lazy = if self.rest.starts_with('?') { "?" } else { "" };
        self.skip(lazy.len());
        let inner = match self.last {
            Last::Nothing => return by_go(format!("`{text}` has nothing before it that it could repeat")),
            Last::Repetition(_) => return by_go(format!("`{text}` repeats a repetition: put that in brackets")),
            Last::Item(inner) => inner,
        };
        let product = inner.saturating_mul(most.max(1));
        if product > MOST_REPETITIONS && most > 1 {
            return by_go(format!(
                "`{text}` and what it repeats repeat more often than {MOST_REPETITIONS} times together"
            ));
        }
        self.out.push_str(text);
        self.out.push_str(lazy);
        self.became(Last::Repetition(if most == 0 { 1 } else { product }));
        Ok(())
    }

    /// `\` outside a class.
    fn escaped(&mut self) -> Result<(), Refused> {
        let behind = self.rest.get(1..).unwrap_or_default();
        let text = match behind.chars().next() {
            Some('A') => "\\A",
            Some('z') => "\\z",
            Some('b') => "(?-u:\\b)",
            Some('B') => "(?-u:\\B)",
            Some('Q') => {
                let quoted = behind.get(1..).unwrap_or_default();
                let (quoted, rest) = quoted.split_once("\\E").unwrap_or((quoted, ""));
                quoted.chars().for_each(|c| self.literal(c));
                self.rest = rest;
                return Ok(());
            }
            _ => {
                match self.escape()? {
                    Escape::Char(c) => self.literal(char::from_u32(c).ok_or(Refused::Here)?),
                    Escape::Class(class) => self.item(&format!("[{class}]")),
                }
                return Ok(());
            }
        };
        self.skip(2);
        self.item(text);
        Ok(())
    }

    /// Takes `\` and what belongs to it.
    fn escape(&mut self) -> Result<Escape, Refused> {
        let before = self.rest;
        self.skip(1);
        let Some(c) = self.next() else { return by_go("a `\\` stands at its end") };
        let class = match c {
            'd' => "0-9",
            'D' => "[^0-9]",
            's' => "\\t\\n\\f\\r ",
            'S' => "[^\\t\\n\\f\\r ]",
            'w' => "0-9A-Za-z_",
            'W' => "[^0-9A-Za-z_]",
            'p' | 'P' => return self.unicode(c == 'P').map(Escape::Class),
            _ => "",
        };
        if !class.is_empty() {
            return Ok(Escape::Class(class.to_owned()));
        }
        let octal = |c: char| ('0'..='7').contains(&c);
        let char = match c {
            // A single digit would refer back to a group, which Go refuses; two or more are octal.
            '0'..='7' if c == '0' || self.rest.starts_with(octal) => {
                let count = self.rest.chars().take(2).take_while(|c| octal(*c)).count();
                let digits = before.get(1..2 + count).unwrap_or_default();
                self.skip(count);
                u32::from_str_radix(digits, 8).ok()
            }
            'x' => self.hexadecimal(),
            'a' => Some(0x07),
            'f' => Some(0x0c),
            'n' => Some(u32::from('\n')),
            'r' => Some(u32::from('\r')),
            't' => Some(u32::from('\t')),
            'v' => Some(0x0b),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
            _ => None,
        };
        match char {
            Some(c) => Ok(Escape::Char(c)),
            None => by_go(format!("`\\{c}` has no meaning here")),
        }
    }

    /// What is behind `\x`.
    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = if let Some(behind) = self.rest.strip_prefix('{') {
            let (digits, rest) = behind.split_once('}')?;
            self.rest = rest;
            digits
        } else {
            let digits = self.rest.get(..2)?;
            self.skip(2);
            digits
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let digits = digits.trim_start_matches('0');
        let value = if digits.is_empty() { 0 } else { u32::from_str_radix(digits, 16).ok()? };
        (value <= u32::from(char::MAX)).then_some(value)
    }

    /// What is behind `\p`: a letter, or a name in braces. Which names there are, is a matter of versions.
    fn unicode(&mut self, is_negated: bool) -> Result<String, Refused> {
        let name = match self.next() {
            Some('{') => {
                let Some((name, rest)) = self.rest.split_once('}') else {
                    return by_go("the `{` behind a `\\p` is not closed");
                };
                self.rest = rest;
                name
            }
            Some(c) if "CLMNPSZ".contains(c.to_ascii_uppercase()) => {
                return Ok(format!("\\{}{c}", if is_negated { 'P' } else { 'p' }));
            }
            _ => return by_go("there is no name behind a `\\p`"),
        };
        let (name, is_negated) = name.strip_prefix('^').map_or((name, is_negated), |name| (name, !is_negated));
        // Rust knows more here, such as `Script=Greek`.
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ')) {
            return by_go("there is no such name behind a `\\p`");
        }
        Ok(format!("\\{}{{{name}}}", if is_negated { 'P' } else { 'p' }))
    }

    /// A class in brackets.
    fn class(&mut self) -> Result<(), Refused> {
        self.skip(1);
        let mut out = "[".to_owned();
        if let Some(rest) = self.rest.strip_prefix('^') {
            out.push('^');
            self.rest = rest;
        }
        let mut is_first = true;
        while is_first || !self.rest.starts_with(']') {
            is_first = false;
            if let Some((name, behind)) = self.rest.strip_prefix("[:").and_then(|behind| behind.split_once(":]")) {
                const NAMES: [&str; 14] = [
                    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
                    "upper", "word", "xdigit",
                ];
                if !NAMES.contains(&name.trim_start_matches('^')) || name.starts_with("^^") {
                    return by_go(format!("there is no class `[:{}:]`", name.chars().take(20).collect::<String>()));
                }
                out.push_str(&format!("[:{name}:]"));
                self.rest = behind;
                continue;
            }
            self.range(&mut out)?;
        }
        self.skip(1);
        out.push(']');
        self.item(&out);
        Ok(())
    }

    /// A character in a class, two with a `-` between them, or a class in it.
    fn range(&mut self, out: &mut String) -> Result<(), Refused> {
        let before = self.rest;
        let from = match self.class_item()? {
            Escape::Class(class) => {
                out.push_str(&class);
                return Ok(());
            }
            Escape::Char(c) => c,
        };
        let mut to = from;
        if let Some(behind) =
            self.rest.strip_prefix('-').filter(|behind| !behind.is_empty() && !behind.starts_with(']'))
        {
            self.rest = behind;
            match self.class_item()? {
                Escape::Char(c) => to = c,
                Escape::Class(_) => return by_go("a range in a class ends in another class"),
            }
        }
        if to < from {
            let range = before.get(..before.len() - self.rest.len()).unwrap_or_default();
            return by_go(format!("the range `{range}` ends before it begins"));
        }
        // Surrogates are no characters; no text has them.
        let from = if (0xd800..0xe000).contains(&from) { 0xe000 } else { from };
        let to = if (0xd800..0xe000).contains(&to) { 0xd7ff } else { to };
        if from > to {
            return Err(Refused::Here);
        }
        out.push_str(&format!("\\x{{{from:x}}}-\\x{{{to:x}}}"));
        Ok(())
    }

    fn class_item(&mut self) -> Result<Escape, Refused> {
        if self.rest.starts_with('\\') {
            return self.escape();
        }
        match self.next() {
            Some(c) => Ok(Escape::Char(u32::from(c))),
            None => by_go("a `[` is not closed"),
        }
    }
}

/// The repetition that the text begins with, such as `{3,5}`, and how often it repeats at most, as far as that is counted; no number if it is
/// more than there may be.
fn repetition(text: &str) -> Option<(&str, Option<u32>)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let number = |digits: &str| {
        let sound = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        // Go takes no zeros before a number.
        (sound && (digits.len() == 1 || !digits.starts_with('0'))).then(|| digits.parse::<u32>().unwrap_or(u32::MAX))
    };
    let (least, most) = match inside.split_once(',') {
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
        None => (number(inside)?, Some(number(inside)?)),
    };
    let sound = least <= MOST_REPETITIONS && most.is_none_or(|most| most <= MOST_REPETITIONS && least <= most);
    let counted = most.unwrap_or(least.max(1));
    Some((text.get(..inside.len() + 2)?, sound.then_some(counted)))
}
