//! Findings as workflow commands, which GitHub Actions shows beside the lines of a pull request.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use super::escape::escape;
use super::origin::Reported;
use crate::finding::{Severity, Span};

/// Writes a command for each of `findings`, in the order given.
///
/// ```text
/// ::error file=deploy/a.yaml,line=4,endLine=4,col=9,endColumn=16,title=metadata/invalid-name::the name … has an upper-case `M`
/// ```
pub fn github(findings: &[Reported<'_>]) -> String {
    findings.iter().map(command).collect()
}

fn command(reported: &Reported<'_>) -> String {
    let Reported { finding, origin } = reported;
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let file = property(&escape(&origin.path(&finding.place.path)));
    let place = finding.place.span.map(position).unwrap_or_default();
    let mut message = escape(&finding.message).into_owned();
    for (at, why) in &finding.further {
        let line = at.span.map(|span| format!(":{}", span.start.line)).unwrap_or_default();
        message += &format!("\n{}: {}{line}", escape(why), escape(&origin.path(&at.path)));
    }
    if let Some(hint) = &finding.hint {
        message += &format!("\nhelp: {}", escape(hint));
    }
    format!("::{name} file={file}{place},title={}::{}\n", property(finding.rule.id), data(&message))
}

/// Columns are taken only where they are of one line.
fn position(span: Span) -> String {
    let (start, end) = (span.start, span.end);
    let lines = format!(",line={},endLine={}", start.line, end.line);
    if start.line == end.line { format!("{lines},col={},endColumn={}", start.column, end.column) } else { lines }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, finding};
    use super::*;
    use crate::report::Origin;
    use std::path::Path;

    #[test]
    fn a_finding_is_one_line_that_nothing_in_it_can_end() {
        let finding = finding(at("a,b: 100%.yaml", 4, 9), "wrong:\n::error::a 100% lie")
            .hint("mend it")
            .also(at("c.yaml", 2, 1), "first");
        let origin = Origin::below(Some(Path::new("in")));
        assert_eq!(
            github(&Reported::all(&[&finding], &origin)),
            "::error file=in/a%2Cb%3A 100%25.yaml,line=4,endLine=4,col=9,endColumn=13,title=group/what::\
             wrong:\\u{a}::error::a 100%25 lie%0Afirst: in/c.yaml:2%0Ahelp: mend it\n"
        );
    }

    #[test]
    fn a_file_as_a_whole_has_no_line() {
        let mut finding = finding(crate::finding::Place::file("a.yaml"), "wrong");
        finding.severity = Severity::Warning;
        let origin = Origin::default();
        assert_eq!(github(&Reported::all(&[&finding], &origin)), "::warning file=a.yaml,title=group/what::wrong\n");
    }
}
