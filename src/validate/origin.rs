//! Where a document was generated from, as its first comment says it: `helm template` writes `# Source: CHART/templates/FILE` above each.

use std::sync::Arc;

use crate::finding::{Finding, Place};
use crate::object::Document;

/// The longest path that is believed.
const LONGEST: usize = 512;

/// The file that the document's first lines name.
pub(super) fn of<'d>(document: &'d Document<'_>) -> Option<&'d str> {
    let mut lines = document.text().lines().map(str::trim_end);
    let comment = lines.find(|line| !line.is_empty())?;
    let path = comment.strip_prefix("# Source: ")?.trim();
    (!path.is_empty() && path.len() <= LONGEST && !path.contains(char::is_control)).then_some(path)
}

/// Adds the file to a finding about a document.
pub(super) fn note(finding: Finding, origin: &Arc<str>) -> Finding {
    if finding.place.path == *origin {
        return finding;
    }
    finding.also(Place::file(Arc::clone(origin)), "generated from this file")
}
