//! `consign rules`: which rules there are, and what one of them is about.

use super::args::{self, Format};
use super::console::Console;
use super::{Outcome, receipt};
use crate::error::Error;
use crate::finding::{Refuser, Rule};
use crate::{rules, validate};

/// Lines are no longer, for terminals.
const WIDTH: usize = 100;

pub(super) fn run(args: &args::Rules, console: &Console) -> Result<Outcome, Error> {
    let all = rules::all();
    let group = |id: &str| all.iter().filter(|rule| rules::group(rule) == id).copied().collect::<Vec<_>>();
    let mut named = Vec::new();
    for id in &args.ids {
        match group(id) {
            none if none.is_empty() => named.push(rules::named(id)?),
            some => named.extend(some),
        }
    }
    let shown = if args.ids.is_empty() { &all } else { &named };
    let is_explained = !args.ids.is_empty() && args.ids.iter().all(|id| group(id).is_empty());
    console.result(&match args.format {
        Format::Json => receipt::of_rules(shown),
        Format::Text if is_explained => shown.iter().map(|rule| explanation(rule)).collect::<Vec<_>>().join("\n"),
        Format::Text => list(shown),
    })?;
    Ok(Outcome::Done)
}

/// A line for each: how bad, the id, what it finds, and who refuses that.
fn list(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let line = |rule: &&Rule| {
        let who = if rule.refused_by.is_empty() { String::new() } else { format!(" ({})", refusers(rule)) };
        format!("{:<7}  {:<width$}  {}{who}\n", rule.severity.as_str(), rule.id, rule.title)
    };
    rules.iter().map(line).collect()
}

fn refusers(rule: &Rule) -> String {
    rule.refused_by.iter().copied().map(Refuser::as_str).collect::<Vec<_>>().join(", ")
}

fn explanation(rule: &Rule) -> String {
    let who = if rule.refused_by.is_empty() { "nobody; this is advice".to_owned() } else { refusers(rule) };
    let id = rule.id;
    let how = if validate::is_fixed(rule) {
        "always an error: without what it asks for there is no bundle".to_owned()
    } else if validate::is_for_comments(rule) {
        format!("--rule {id}=error, =warn or =off; on one line: # consign-ignore: {id} REASON")
    } else {
        format!("--rule {id}=error, =warn or =off")
    };
    format!(
        "{id}: {}\n\n{}\n\nseverity:    {}\nrefused by:  {who}\nto change:   {how}\n",
        rule.title,
        wrapped(rule.help),
        rule.severity.as_str()
    )
}

/// Text in lines of at most [`WIDTH`] characters, broken at spaces.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            lines.push('\n');
            column = 0;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_at_spaces() {
        let text = "word ".repeat(50);
        let wrapped = wrapped(text.trim_end());
        assert!(wrapped.lines().all(|line| line.len() <= WIDTH && !line.starts_with(' ') && !line.ends_with(' ')));
        assert_eq!(wrapped.replace('\n', " "), text.trim_end());
    }
}
