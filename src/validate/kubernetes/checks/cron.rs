//! Schedules of `CronJob`s, as the server reads them.

/// What keeps a text from being a schedule: five fields, or a word such as `@daily`.
pub(super) fn schedule(text: &str) -> Option<String> {
    if text.contains("TZ") {
        return Some("has a time zone, which belongs into `timeZone`".to_owned());
    }
    if let Some(word) = text.strip_prefix('@') {
        let is_known = matches!(word, "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly")
            || word.strip_prefix("every ").is_some_and(is_duration);
        return (!is_known)
            .then(|| "is none of the words that there are, such as `@daily` or `@every 1h30m`".to_owned());
    }
    let count = text.split_whitespace().count();
    if count != FIELDS.len() {
        return Some(format!(
            "has {count} fields; there are 5: minute, hour, day of the month, month, day of the week"
        ));
    }
    text.split_whitespace().zip(FIELDS).find_map(|(part, field)| field.fault(part))
}

/// One of the five fields.
struct Field {
    what: &'static str,
    least: u64,
    most: u64,
    /// Names of numbers, from the least one on.
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: &[Field] = &[
    Field { what: "minute", least: 0, most: 59, names: &[] },
    Field { what: "hour", least: 0, most: 23, names: &[] },
    Field { what: "day of the month", least: 1, most: 31, names: &[] },
    Field { what: "month", least: 1, most: 12, names: MONTHS },
    Field { what: "day of the week", least: 0, most: 6, names: DAYS },
];

impl Field {
    fn fault(&self, text: &str) -> Option<String> {
        let is_fine = text.split(',').filter(|range| !range.is_empty()).all(|range| self.is_range(range).is_some());
        let Self { what, least, most, .. } = self;
        (!is_fine).then(|| {
            format!(
                "has the {what} `{}`; it takes numbers from {least} to {most}, `*`, `a-b`, `*/n` and lists",
                short(text)
            )
        })
    }

    fn is_range(&self, text: &str) -> Option<()> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(whole(step)?)),
            None => (text, None),
        };
        let (first, last) = match range.split_once('-') {
            // What follows a star is overlooked.
            _ if range == "*" || range == "?" || range.starts_with("*-") || range.starts_with("?-") => {
                (self.least, self.most)
            }
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            None => {
                let first = self.number(range)?;
                (first, if step.is_some() { self.most } else { first })
            }
        };
        (first >= self.least && last <= self.most && first <= last && step != Some(0)).then_some(())
    }

    fn number(&self, text: &str) -> Option<u64> {
        let place = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        match place {
            Some(place) => Some(self.least + u64::try_from(place).ok()?),
            None => whole(text),
        }
    }
}

/// A number as Go reads it: a `+` may stand before it.
fn whole(text: &str) -> Option<u64> {
    text.parse::<i64>().ok().and_then(|number| u64::try_from(number).ok())
}

fn short(text: &str) -> &str {
    text.char_indices().nth(20).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// A duration in Go: numbers, each with a unit.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        if !number.bytes().any(|b| b.is_ascii_digit()) || number.matches('.').count() > 1 {
            return false;
        }
        let unit = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"].iter().find_map(|unit| behind.strip_prefix(unit));
        let Some(behind) = unit else { return false };
        rest = behind;
    }
    true
}

/// What keeps a text from being a name of a time zone. Whether there is one of this name is the server's to know.
pub(super) fn time_zone(text: &str) -> Option<String> {
    let is_part = |part: &str| {
        (1..=14).contains(&part.len())
            && !matches!(part, "." | "..")
            && !part.starts_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'))
    };
    let is_fine = text.split('/').all(is_part) && !text.eq_ignore_ascii_case("local");
    (!is_fine).then(|| "is no name of a time zone, such as `Europe/Berlin` or `Etc/UTC`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_has_five_fields_or_is_a_word() {
        for text in [
            "* * * * *",
            "0 3 * * 1-5",
            "*/5 0,12 1 jan-MAR sun",
            "5/15 * ? * *",
            "@daily",
            "@every 1h30m",
            "@every 1.5s",
            "  0 0 1 1 0 ",
            "1-5/2 * * * *",
            ", * * * *",
            "*-9 * * * *",
        ] {
            assert_eq!(schedule(text), None, "{text}");
        }
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "a * * * *",
            "1-2-3 * * * *",
            "1/2/3 * * * *",
            "-1 * * * *",
            "@dayly",
            "@every day",
            "TZ=UTC * * * * *",
        ] {
            assert!(schedule(text).is_some(), "{text}");
        }
    }

    #[test]
    fn names_of_time_zones_have_parts_of_letters() {
        for text in ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+1"] {
            assert_eq!(time_zone(text), None, "{text}");
        }
        for text in ["", "Local", "Europe/", "/UTC", "a b", "../UTC", "Europe/Aaaaaaaaaaaaaaaa", "-1"] {
            assert!(time_zone(text).is_some(), "{text}");
        }
    }
}
