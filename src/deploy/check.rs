//! The last word before anything is printed: what this tool itself would say of such a file.

use std::sync::Arc;

use super::usage;
use crate::error::Error;
use crate::finding::Severity;
use crate::object;
use crate::validate::{Consumer, Ledger, Options, Plan, Record, check, check_waiting};

/// Fails with [`Kind::Usage`](crate::error::Kind::Usage) where the documents have an error in the eyes of `consumer`.
pub(super) fn checked(text: String, consumer: Consumer) -> Result<String, Error> {
    let options = Options { consumers: vec![consumer], ..Options::default() };
    let path: Arc<str> = Arc::from("deploy.yaml");
    let plan = Plan::new(std::iter::once(&*path), &options)?;
    let (mut ledger, mut record) = (Ledger::new(&plan, &options), Record::new(Some(&options)));
    let (documents, found) = object::documents(&path, text.as_bytes());
    record.extend(found);
    for document in &documents {
        ledger.add(&path, check(&plan, &path, document), &mut record);
    }
    let definitions = ledger.definitions();
    for document in &documents {
        ledger.add_late(&path, check_waiting(&plan, &definitions, &path, document), &mut record);
    }
    ledger.finish(&mut record);
    let findings = record.into_findings();
    let Some(error) = findings.sorted().into_iter().find(|finding| finding.severity == Severity::Error) else {
        return Ok(text);
    };
    let refused = usage(format!("these options make no valid YAML: {}", error.message));
    Err(match &error.hint {
        Some(hint) => refused.hint(hint),
        None => refused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_consumer_would_refuse_is_refused() {
        let sync = |auth: &str| {
            format!(
                "apiVersion: configsync.gke.io/v1beta1\nkind: RootSync\nmetadata:\n  name: a\n  namespace: config-management-system\n\
                 spec:\n  sourceType: oci\n  sourceFormat: unstructured\n  oci:\n    image: r.io/a:v1\n    auth: {auth}\n"
            )
        };
        assert!(checked(sync("none"), Consumer::ConfigSync).is_ok());
        let error = checked(sync("token"), Consumer::ConfigSync).unwrap_err();
        assert!(error.to_string().contains("names no Secret (KNV1061)") && error.hint_text().is_some(), "{error}");
        assert!(checked(sync("all"), Consumer::ConfigSync).is_err());
    }
}
