//! Formats of numbers that others give out: of devices, books, cards and the like. What counts is what the API server's library takes.

use std::sync::LazyLock;

use super::pattern::Pattern;

/// One of the rare formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    BsonObjectId,
    CreditCard,
    Isbn,
    Isbn10,
    Isbn13,
    RgbColor,
    Ssn,
}

impl Numbers {
    pub(super) fn read(name: &str) -> Option<Self> {
        Some(match name {
            "bsonobjectid" => Self::BsonObjectId,
            "creditcard" => Self::CreditCard,
            "isbn" => Self::Isbn,
            "isbn10" => Self::Isbn10,
            "isbn13" => Self::Isbn13,
            "rgbcolor" => Self::RgbColor,
            "ssn" => Self::Ssn,
            _ => return None,
        })
    }

    /// Whether the text is one.
    pub(super) fn accept(self, text: &str) -> bool {
        static RGB: LazyLock<Pattern> = LazyLock::new(|| {
            let part = r"\s*(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])\s*";
            Pattern::new(&format!(r"^rgb\({part},{part},{part}\)$"))
        });
        static SSN: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"^\d{3}[- ]\d{2}[- ]\d{4}$"));
        match self {
            Self::BsonObjectId => text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit()),
            Self::CreditCard => is_credit_card(text),
            Self::Isbn => is_isbn10(text) || is_isbn13(text),
            Self::Isbn10 => is_isbn10(text),
            Self::Isbn13 => is_isbn13(text),
            Self::RgbColor => RGB.matches(text) != Some(false),
            Self::Ssn => SSN.matches(text) != Some(false),
        }
    }

    /// What such a text is, with an example.
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::BsonObjectId => "an object id of BSON, such as `507f1f77bcf86cd799439011`",
            Self::CreditCard => "the number of a credit card, such as `4111 1111 1111 1111`",
            Self::Isbn => "an ISBN, such as `978-0321751041`",
            Self::Isbn10 => "an ISBN of 10 digits, such as `0321751043`",
            Self::Isbn13 => "an ISBN of 13 digits, such as `978-0321751041`",
            Self::RgbColor => "a colour, such as `rgb(30, 144, 255)`",
            Self::Ssn => "a social security number, such as `123-45-6789`",
        }
    }
}

/// What is no digit does not count.
fn is_credit_card(text: &str) -> bool {
    static NUMBER: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
            r"^(4\d{12}(\d{3})?|5[1-5]\d{14}|6(011|5\d\d)\d{12}|3[47]\d{13}|3(0[0-5]|[68]\d)\d{11}|(2131|1800|35\d{3})\d{11})$",
        )
    });
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(at, digit)| if at % 2 == 0 { digit } else { digit * 2 % 10 + digit / 5 })
        .sum();
    NUMBER.matches(&digits) != Some(false) && sum.is_multiple_of(10)
}

/// The digits of a number that may have spaces and dashes in it.
fn digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\u{c}' | '\r' | '-'))
}

fn is_isbn10(text: &str) -> bool {
    let values: Option<Vec<u32>> = digits(text)
        .enumerate()
        .map(|(at, digit)| if at == 9 && digit == 'X' { Some(10) } else { digit.to_digit(10) })
        .collect();
    let weighted = |values: &[u32]| values.iter().zip(1..).map(|(value, weight)| value * weight).sum::<u32>();
    values.is_some_and(|values| values.len() == 10 && weighted(&values).is_multiple_of(11))
}

fn is_isbn13(text: &str) -> bool {
    let values: Option<Vec<u32>> = digits(text).map(|digit| digit.to_digit(10)).collect();
    let weighted = |values: &[u32]| {
        values.iter().zip([1, 3].into_iter().cycle()).map(|(value, weight)| value * weight).sum::<u32>()
    };
    values.is_some_and(|values| values.len() == 13 && weighted(&values).is_multiple_of(10))
}

pub(super) fn is_mac(text: &str) -> bool {
    let groups = |separator: char, digits: usize, counts: &[usize]| {
        let parts: Vec<&str> = text.split(separator).collect();
        counts.contains(&parts.len())
            && parts.iter().all(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    groups(':', 2, &[6, 8, 20]) || groups('-', 2, &[6, 8, 20]) || groups('.', 4, &[3, 4, 10])
}

pub(super) fn is_uuid(text: &str, version: Option<char>) -> bool {
    let mut digits = Vec::with_capacity(32);
    // A dash may stand behind the 8th, 12th, 16th and 20th digit.
    let mut dashes_at = [8, 12, 16, 20].into_iter().peekable();
    for c in text.chars() {
        while dashes_at.peek().is_some_and(|at| *at < digits.len()) {
            dashes_at.next();
        }
        if c == '-' && dashes_at.peek() == Some(&digits.len()) {
            dashes_at.next();
        } else if c.is_ascii_hexdigit() {
            digits.push(c.to_ascii_lowercase());
        } else {
            return false;
        }
    }
    let variant = matches!(version, Some('4' | '5'));
    digits.len() == 32
        && version.is_none_or(|version| digits.get(12) == Some(&version))
        && (!variant || matches!(digits.get(16), Some('8' | '9' | 'a' | 'b')))
}
