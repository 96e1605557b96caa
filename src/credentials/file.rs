//! Reads a configuration file: whole, but not without a limit, and never something that may keep us waiting.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::error::Category;

use super::outcome::Failure;
use crate::error::Kind;

/// A configuration that is longer is none.
const LIMIT: u64 = 4 << 20;

/// The text of a file; none where there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    // Opening a pipe would wait for whoever writes into it.
    if !metadata.is_file() {
        return Err(Failure::new(Kind::Usage, format!("`{}` is not a regular file", path.display())));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::new(Kind::Usage, format!("`{}` is longer than {} MiB", path.display(), LIMIT >> 20)));
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| Failure::new(Kind::Usage, format!("`{}` is not UTF-8 text", path.display())))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Kind::Local, format!("cannot read `{}`: {error}", path.display()))
        .hint("make the file readable, or remove it")
}

/// What is wrong with the JSON of `source`, and where. serde's own words are used only where they cannot quote a value, which may be a secret.
pub(super) fn malformed(source: &str, error: &serde_json::Error) -> Failure {
    let what = match error.classify() {
        Category::Data => {
            format!("a value at line {} column {} is not of the kind that belongs there", error.line(), error.column())
        }
        _ => error.to_string(),
    };
    Failure::new(Kind::Usage, format!("{source} is not the JSON it should be: {what}"))
        .hint("repair it or move it away (`docker login` writes it anew), or name another with --config")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_of_a_sane_size_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        assert_eq!(read(&path).unwrap(), None);
        fs::write(&path, "{}").unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("{}"));
        assert_eq!(read(&path.join("below")).unwrap(), None);
        assert!(read(folder.path()).unwrap_err().message.ends_with("is not a regular file"));
        fs::write(&path, b"\xff").unwrap();
        assert!(read(&path).unwrap_err().message.ends_with("is not UTF-8 text"));
        File::create(&path).unwrap().set_len(LIMIT + 1).unwrap();
        assert!(read(&path).unwrap_err().message.ends_with("is longer than 4 MiB"));
    }
}
