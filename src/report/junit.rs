//! Findings as a `JUnit` report, which most CI systems show as the results of tests.

use std::fmt::Write as _;

use super::escape::escape;
use super::origin::Reported;
use crate::finding::Severity;
use crate::notice::human_count;

/// One source and what was found in it.
#[derive(Clone, Debug)]
pub struct Suite<'a> {
    /// The source, as it was given.
    pub name: String,
    /// How many files it has.
    pub files: usize,
    /// What was found, by file.
    pub findings: Vec<Reported<'a>>,
}

/// Writes a suite for each source. A test is a file with findings, which fails if there is an error among them; its warnings stand in its
/// output. All other files are one test more, so that there is always one.
pub fn junit(suites: &[Suite<'_>]) -> String {
    let mut body = String::new();
    let (mut tests, mut failures) = (0, 0);
    for suite in suites {
        let files = by_file(&suite.findings);
        let failed = files.iter().filter(|(_, findings)| findings.iter().any(is_error)).count();
        let others = suite.files.saturating_sub(files.len());
        tests += files.len() + 1;
        failures += failed;
        let name = attribute(&suite.name);
        let all = files.len() + 1;
        let _ =
            writeln!(body, r#"  <testsuite name="{name}" tests="{all}" failures="{failed}" errors="0" skipped="0">"#);
        for (path, findings) in &files {
            test(&mut body, &suite.name, path, findings);
        }
        let rest = human_count(others, if files.is_empty() { "file" } else { "other file" });
        let _ = writeln!(body, r#"    <testcase classname="{name}" name="{rest}"/>"#);
        body.push_str("  </testsuite>\n");
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"consign\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"0\">\n{body}</testsuites>\n"
    )
}

fn is_error(reported: &Reported<'_>) -> bool {
    reported.finding.severity == Severity::Error
}

/// The findings of one file stand together already.
fn by_file<'f, 'a>(findings: &'f [Reported<'a>]) -> Vec<(String, &'f [Reported<'a>])> {
    let files = findings.chunk_by(|one, other| one.finding.place.path == other.finding.place.path);
    files
        .filter_map(|findings| {
            let first = findings.first()?;
            Some((first.origin.path(&first.finding.place.path).into_owned(), findings))
        })
        .collect()
}

fn test(body: &mut String, suite: &str, path: &str, findings: &[Reported<'_>]) {
    let (errors, warnings): (Vec<&Reported<'_>>, Vec<&Reported<'_>>) = findings.iter().partition(|one| is_error(one));
    let _ = writeln!(body, r#"    <testcase classname="{}" name="{}">"#, attribute(suite), attribute(path));
    if let Some(first) = errors.first() {
        let message = match errors.len() {
            1 => first.finding.message.clone(),
            count => format!("{}, and {} more", first.finding.message, count - 1),
        };
        let (message, rule) = (attribute(&message), first.finding.rule.id);
        let _ = writeln!(body, r#"      <failure message="{message}" type="{rule}">{}</failure>"#, lines(&errors));
    }
    if !warnings.is_empty() {
        let _ = writeln!(body, "      <system-out>{}</system-out>", lines(&warnings));
    }
    body.push_str("    </testcase>\n");
}

/// Each finding as a compiler would write it, with its hint below.
fn lines(findings: &[&Reported<'_>]) -> String {
    let mut text = String::new();
    for Reported { finding, origin } in findings {
        let at = finding.place.span.map(|span| format!(":{}:{}", span.start.line, span.start.column));
        let (path, rule) = (origin.path(&finding.place.path), finding.rule.id);
        let severity = finding.severity.as_str();
        text +=
            &format!("{}{}: {severity}[{rule}]: {}\n", escape(&path), at.unwrap_or_default(), escape(&finding.message));
        if let Some(hint) = &finding.hint {
            text += &format!("  help: {}\n", escape(hint));
        }
    }
    xml(&text)
}

/// Escapes what XML gives a meaning, and what it cannot hold at all.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

fn attribute(text: &str) -> String {
    xml(&escape(text))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, finding};
    use super::*;
    use crate::report::Origin;

    #[test]
    fn a_file_is_a_test_that_fails_if_it_has_an_error() {
        let origin = Origin::default();
        let wrong = finding(at("a.yaml", 4, 9), "<wrong> & \"odd\"\u{1b}\u{ffff}").hint("mend it");
        let mut odd = finding(at("b.yaml", 1, 1), "odd");
        odd.severity = Severity::Warning;
        let findings = Reported::all(&[&wrong, &wrong, &odd], &origin);
        let suites = [
            Suite { name: "deploy & co".into(), files: 12, findings },
            Suite { name: "good".into(), files: 2, findings: Vec::new() },
        ];
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="consign" tests="4" failures="1" errors="0">
  <testsuite name="deploy &amp; co" tests="3" failures="1" errors="0" skipped="0">
    <testcase classname="deploy &amp; co" name="a.yaml">
      <failure message="&lt;wrong&gt; &amp; &quot;odd&quot;\u{1b}\u{ffff}, and 1 more" type="group/what">a.yaml:4:9: error[group/what]: &lt;wrong&gt; &amp; &quot;odd&quot;\u{1b}\u{ffff}
  help: mend it
a.yaml:4:9: error[group/what]: &lt;wrong&gt; &amp; &quot;odd&quot;\u{1b}\u{ffff}
  help: mend it
</failure>
    </testcase>
    <testcase classname="deploy &amp; co" name="b.yaml">
      <system-out>b.yaml:1:1: warning[group/what]: odd
</system-out>
    </testcase>
    <testcase classname="deploy &amp; co" name="10 other files"/>
  </testsuite>
  <testsuite name="good" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="good" name="2 files"/>
  </testsuite>
</testsuites>
"#;
        assert_eq!(junit(&suites), expected);
    }
}
