//! The data as it is stored: text, deflated.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

pub(crate) fn write(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?)
}

pub(crate) fn read(packed: &[u8]) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    DeflateDecoder::new(packed).read_to_string(&mut text)?;
    Ok(text)
}

/// What the text says of one version, as a table of this version alone would say it; lines of definitions with their definition's name.
pub(crate) fn only(text: &str, version: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let versions: Vec<&str> = text.lines().next().unwrap_or_default().split(' ').skip(1).collect();
    let number = versions.iter().position(|known| *known == version);
    let number = number.ok_or_else(|| format!("the data has no Kubernetes {version}, only {}", versions.join(" ")))?;
    let mut kept = BTreeSet::new();
    let mut definition = "";
    let mut field = String::new();
    let mut field_is_kept = true;
    for line in text.lines().skip(1) {
        let (rest, mask) = line
            .rsplit_once(" @")
            .map_or((line, u16::MAX), |(rest, mask)| (rest, u16::from_str_radix(mask, 16).unwrap_or_default()));
        let has = mask >> number & 1 == 1;
        if let Some(name) = rest.strip_prefix("D ") {
            definition = name;
        } else if rest.starts_with("K ") {
            if has {
                kept.insert(rest.to_owned());
            }
        } else if rest.starts_with("= ") {
            if has && field_is_kept {
                kept.insert(format!("{definition} {field} {rest}"));
            }
        } else {
            rest.clone_into(&mut field);
            field_is_kept = has;
            if has {
                kept.insert(format!("{definition} {field}"));
            }
        }
    }
    Ok(kept)
}

/// What one of the two has and the other has not. Definitions that the version does not reach count for nothing.
pub(crate) fn differences(found: &BTreeSet<String>, expected: &str) -> Vec<String> {
    let version = expected.lines().next().unwrap_or_default().trim_start_matches("V ");
    let expected = only(expected, version).unwrap_or_default();
    let reached: BTreeSet<&str> = expected.iter().filter_map(|line| line.split(' ').next()).collect();
    let of_it = |line: &&String| line.split(' ').next().is_some_and(|first| first == "K" || reached.contains(first));
    let missing = expected.difference(found).map(|line| format!("+ {line}"));
    found.difference(&expected).filter(of_it).map(|line| format!("- {line}")).chain(missing).collect()
}
