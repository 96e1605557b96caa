//! Go templates in place of YAML: Helm's and others' `{{ … }}`, named as what they are instead of as syntax errors.

use std::sync::Arc;

use super::plan::Role;
use super::rules;
use crate::finding::{Finding, Severity};
use crate::object::Document;

/// What to say in place of the parser's findings, if what the parser stumbled over is a template.
///
/// `{{` alone proves nothing: a string or a block of text may hold it and be good YAML. So the first error must stand on a line where
/// `{{` begins the line or a value.
pub(super) fn instead_of(found: &[Finding], path: &Arc<str>, document: &Document<'_>, role: Role) -> Option<Finding> {
    let error = found.iter().find(|finding| finding.severity == Severity::Error)?;
    // Not from the excerpt, which a Secret's finding lacks.
    let line = error.place.span?.start.line.checked_sub(document.first_line())?;
    if !opens_a_template(document.text().lines().nth(line as usize)?) {
        return None;
    }
    let finding = Finding::new(&rules::TEMPLATE, error.place.clone(), format!("{path} is a Go template, not YAML"));
    if role == Role::SyntaxOnly {
        // A generator of the kustomization may read it as plain text.
        return Some(Finding { severity: Severity::Warning, ..finding });
    }
    Some(
        finding.hint(
            "render it first and pack the output, such as with `helm template RELEASE CHART | consign push - REF`",
        ),
    )
}

/// Whether `{{` begins the line, or a value in it.
fn opens_a_template(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("{{") || [": {{", "- {{", "}}{{"].iter().any(|opening| line.contains(opening))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_begins_a_line_or_a_value_opens_a_template() {
        for (line, opens) in [
            ("{{- if .Values.on }}", true),
            ("  {{ $key }}: {{ $value }}", true),
            ("name: {{ .name }}", true),
            ("- {{ .name }}", true),
            ("name: \"{{ .name }}\"", false),
            ("name: x-{{ .name }}", false),
            ("b: x: y", false),
        ] {
            assert_eq!(opens_a_template(line), opens, "{line}");
        }
    }
}
