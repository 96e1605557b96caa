//! Objects that are too large for a cluster to store.

use super::rules;
use super::subject::Subject;

/// What the API server takes in one request.
const MOST: u64 = 3 << 20;
/// What etcd stores by default in one request (`--max-request-bytes`).
const USUAL: u64 = 3 << 19;

/// The checks of this file.
pub(super) static CHECKS: &[fn(&mut Subject<'_>)] = &[size];

fn size(on: &mut Subject<'_>) {
    let Some(bytes) = on.object.node.json_len_over(USUAL) else { return };
    let (rule, limit, who) = if bytes > MOST {
        (&rules::TOO_LARGE, "3", "any cluster stores")
    } else {
        (&rules::LARGE, "1.5", "many clusters store")
    };
    let message = format!("{} has {} of JSON, more than {limit} MiB: more than {who}", on.label, mebibytes(bytes));
    on.find(rule, on.object.node, message, "split it, or keep the data elsewhere, such as in an image of its own");
}

/// Two decimals, rounded up, so that what is over a limit never reads as the limit.
fn mebibytes(bytes: u64) -> String {
    let hundredths = bytes.saturating_mul(100).div_ceil(1 << 20);
    format!("{}.{:02} MiB", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_over_a_limit_never_reads_as_the_limit() {
        assert_eq!(mebibytes(MOST), "3.00 MiB");
        assert_eq!(mebibytes(MOST + 1), "3.01 MiB");
        assert_eq!(mebibytes(USUAL), "1.50 MiB");
    }
}
