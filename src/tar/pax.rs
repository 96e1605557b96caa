//! Extended header records: `LENGTH KEY=VALUE\n`, as
//! [POSIX](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03) has them.

/// What the records, and GNU's own long-name members, say of the member behind them. None: the header's own field holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Extended {
    pub(super) name: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
}

impl Extended {
    /// Takes in the records of one extended header; an error says what is wrong with them.
    pub(super) fn add(&mut self, mut records: &[u8]) -> Result<(), String> {
        // Some writers fill the rest of the block's length with zeroes.
        while !records.is_empty() && records.iter().any(|&byte| byte != 0) {
            let (key, value, rest) = record(records).ok_or("an extended header has a broken record")?;
            records = rest;
            match key {
                b"path" => self.name = string(value)?,
                b"linkpath" => self.link = string(value)?,
                b"size" => self.size = if value.is_empty() { None } else { Some(size(value)?) },
                _ if key.starts_with(b"GNU.sparse.") => {
                    return Err("it holds a sparse file, which is GNU's own extension: pack it without --sparse".into());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The first record's key and value, and what stands behind it.
fn record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = records.iter().position(|&byte| byte == b' ')?;
    let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    let record = record.get(blank + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], rest))
}

/// An empty value takes back what a record before it said.
fn string(value: &[u8]) -> Result<Option<Vec<u8>>, String> {
    if value.contains(&0) {
        return Err("a name in an extended header has a NUL in it".into());
    }
    Ok((!value.is_empty()).then(|| value.to_vec()))
}

fn size(value: &[u8]) -> Result<u64, String> {
    std::str::from_utf8(value)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse::<i64>().ok())
        .and_then(|size| u64::try_from(size).ok())
        .ok_or_else(|| "the size in an extended header is not a number".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(records: &[u8]) -> Result<Extended, String> {
        let mut extended = Extended::default();
        extended.add(records).map(|()| extended)
    }

    #[test]
    fn path_link_and_size_are_taken_and_the_rest_is_passed_over() {
        let records = |pairs: &[(&str, &str)]| {
            pairs.iter().flat_map(|(key, value)| super::super::testing::record(key, value)).collect::<Vec<u8>>()
        };
        let found =
            parse(&records(&[("path", "a"), ("linkpath", "b=c"), ("size", "17"), ("mtime", "1.5"), ("path", "b")]));
        let expected = Extended { name: Some(b"b".to_vec()), link: Some(b"b=c".to_vec()), size: Some(17) };
        assert_eq!(found.unwrap(), expected);
        assert_eq!(parse(b"9 path=a\n8 path=\n\0\0").unwrap(), Extended::default());
    }

    #[test]
    fn broken_records_are_errors() {
        for (records, expected) in [
            (&b"path=a\n"[..], "broken"),
            (b"11 path=a\n", "broken"),
            (b"9 path=a.", "broken"),
            (b"0 path=a\n", "broken"),
            (b"1 path=a\n", "broken"),
            (b"2 path=a\n", "broken"),
            (b"8 patha\n", "broken"),
            (b"99999999999999999999999 path=a\n", "broken"),
            (b"12 path=a\0b\n", "NUL"),
            (b"11 size=-1\n", "not a number"),
            (b"28 size=9223372036854775808\n", "not a number"),
            (b"22 GNU.sparse.major=1\n", "sparse"),
        ] {
            let error = parse(records).unwrap_err();
            assert!(error.contains(expected), "{}: {error}", records.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(records: Vec<u8>) {
            let _ = parse(&records);
        }
    }
}
