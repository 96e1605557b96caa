//! `api-resources.txt` at the root of a source: what `kubectl api-resources` printed, from which `nomos vet` learns of kinds.

use std::sync::Arc;

use super::super::rules;
use crate::finding::{Finding, Place, Position, Span};
use crate::validate::subject::quote;

pub(super) const NAME: &str = "api-resources.txt";

/// Checks the file's bytes.
pub(super) fn check(path: &Arc<str>, bytes: &[u8]) -> Option<Finding> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = (1..).zip(text.lines());
    let header = lines.next().map_or("", |(_, header)| header);
    let finding = |line: u32, message: String| {
        let start = Position { line, column: 1 };
        let place = Place { span: Some(Span { start, end: start }), ..Place::file(Arc::clone(path)) };
        Finding::new(&rules::API_RESOURCES, place, message)
            .hint(format!("write it anew: `kubectl api-resources > {NAME}`"))
    };
    let Some(column) = header.find("APIVERSION") else {
        return Some(finding(1, "the first line has no column APIVERSION (KNV1064)".to_owned()));
    };
    lines.filter(|(_, line)| !line.trim().is_empty()).find_map(|(number, line)| {
        let namespaced = line.get(column..).unwrap_or_default().split_whitespace().nth(1).unwrap_or_default();
        let message = || format!("the column NAMESPACED has {}, not `true` or `false` (KNV1064)", quote(namespaced));
        (!matches!(namespaced, "true" | "false")).then(|| finding(number, message()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_kubectl_are_expected() {
        let header = "NAME   SHORTNAMES   APIVERSION   NAMESPACED   KIND\n";
        for (text, line) in [
            (format!("{header}pods   po           v1           true         Pod\n\n"), None),
            (format!("{header}nodes  no           v1           false        Node\n"), None),
            (format!("{header}pods   po           v1           other        Pod\n"), Some(2)),
            (format!("{header}pods\n"), Some(2)),
            ("NAME   SHORTNAMES   APIGROUP   NAMESPACED   KIND\n".to_owned(), Some(1)),
            (String::new(), Some(1)),
        ] {
            let found = check(&Arc::from(NAME), text.as_bytes());
            assert_eq!(found.and_then(|finding| finding.place.span).map(|span| span.start.line), line, "{text}");
        }
    }
}
