//! The two verdicts side by side: the four counts, and the differences, those alike together.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use serde_json::Value;

use crate::corpus::Case;
use crate::server::Verdict;
use crate::state;

/// The most letters of a message that tell it from others.
const SHAPE: usize = 110;

#[derive(Default)]
pub(crate) struct Tally {
    both_accept: usize,
    both_refuse: usize,
    of_state: usize,
    /// By the shape of our message.
    only_ours: BTreeMap<String, Vec<String>>,
    /// By the shape of the server's message.
    only_theirs: BTreeMap<String, Vec<String>>,
}

impl Tally {
    /// Counts one case, on which consign has `findings`.
    pub(crate) fn count(&mut self, case: &Case, verdict: &Verdict, findings: &[Value]) {
        match (verdict.accepted, findings.first()) {
            _ if state::state(verdict).is_some() => self.of_state += 1,
            (true, None) => self.both_accept += 1,
            (false, Some(_)) => self.both_refuse += 1,
            (true, Some(first)) => {
                let message = format!("{}: {}", text(&first["rule"]), text(&first["message"]));
                self.only_ours.entry(shape(&message)).or_default().push(told(case, verdict, findings));
            }
            (false, None) => {
                let (_, why) = verdict.message.split_once(" is invalid: ").unwrap_or(("", &verdict.message));
                self.only_theirs.entry(shape(why)).or_default().push(told(case, verdict, findings));
            }
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.both_accept += other.both_accept;
        self.both_refuse += other.both_refuse;
        self.of_state += other.of_state;
        for (ours, theirs) in [(&mut self.only_ours, other.only_ours), (&mut self.only_theirs, other.only_theirs)] {
            for (shape, cases) in theirs {
                ours.entry(shape).or_default().extend(cases);
            }
        }
    }

    pub(crate) fn false_alarms(&self) -> usize {
        self.only_ours.values().map(Vec::len).sum()
    }

    fn missed(&self) -> usize {
        self.only_theirs.values().map(Vec::len).sum()
    }

    pub(crate) fn is_same(&self) -> bool {
        self.only_ours.is_empty() && self.only_theirs.is_empty()
    }

    /// How many in a hundred that the server refuses are not found.
    #[allow(clippy::cast_precision_loss, reason = "some thousands")]
    pub(crate) fn missed_percent(&self) -> f64 {
        let refused = self.both_refuse + self.missed();
        if refused == 0 { 0.0 } else { 100.0 * self.missed() as f64 / refused as f64 }
    }

    /// Every difference with its object, what is frequent first.
    pub(crate) fn report(&self) -> String {
        let mut report = format!("{self}\n");
        for (title, groups) in
            [("only consign refuses", &self.only_ours), ("only the server refuses", &self.only_theirs)]
        {
            let mut groups: Vec<_> = groups.iter().collect();
            groups.sort_by_key(|(shape, cases)| (std::cmp::Reverse(cases.len()), shape.as_str()));
            for (shape, cases) in groups {
                let _ = writeln!(report, "\n==== {title}, {} times: {shape}\n{}", cases.len(), cases.concat());
            }
        }
        report
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "both accept {}, both refuse {}, false alarms {}, missed {} ({:.2} %); {} depend on the server",
            self.both_accept,
            self.both_refuse,
            self.false_alarms(),
            self.missed(),
            self.missed_percent(),
            self.of_state
        )
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// One difference with all that is known of it.
fn told(case: &Case, verdict: &Verdict, findings: &[Value]) -> String {
    let server = if verdict.accepted { "accepts" } else { &verdict.message };
    let mut told = format!("{}: {}\n  server: {server}\n", case.id, case.what);
    for finding in findings {
        let (rule, message) = (text(&finding["rule"]), text(&finding["message"]));
        let _ = writeln!(told, "  consign: {rule}: {message} ({}:{})", finding["line"], finding["column"]);
    }
    let _ = writeln!(told, "  {}", case.object);
    told
}

/// A message without what differs from object to object: quoted text, what stands in brackets, numbers.
fn shape(message: &str) -> String {
    let mut shape = String::new();
    let mut until = None;
    for letter in message.chars() {
        match (until, letter) {
            (Some(end), _) if letter == end => until = None,
            (Some(_), _) => continue,
            (None, '"' | '`') => until = Some(letter),
            (None, '[') => until = Some(']'),
            (None, _) => {}
        }
        if !(letter.is_ascii_digit() && shape.ends_with('0')) {
            shape.push(if letter.is_ascii_digit() { '0' } else { letter });
        }
    }
    shape.chars().take(SHAPE).collect()
}
