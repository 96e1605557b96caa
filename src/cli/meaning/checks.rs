//! What was typed about checks.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use super::super::args::{self, FindingsFormat};
use super::super::findings::Report;
use super::consumers::consumers;
use super::kinds::kinds;
use super::usage;
use crate::error::Error;
use crate::rules;
use crate::source::Source;
use crate::validate::{self, Level};

/// What to check, and how; nothing where the user wants it `unseen`.
pub(in crate::cli) fn checks(
    typed: &args::Checks,
    unseen: Option<&args::Unseen>,
    sources: &[OsString],
) -> Result<Option<validate::Options>, Error> {
    if unseen.is_some_and(|unseen| unseen.no_validate) {
        return Ok(None);
    }
    validate::prepare();
    let options = validate::Options {
        sync_dirs: typed.sync_dirs.clone(),
        allow_empty: typed.allow_empty,
        levels: levels(&typed.rules)?,
        strict: typed.strict,
        deny_secrets: typed.deny_secrets,
        kubernetes: typed.kubernetes_versions.clone(),
        ..validate::Options::default()
    };
    let options = kinds(&typed.kinds, sources, options)?;
    Ok(Some(consumers(&typed.readers, options)?))
}

/// `FORMAT=FILE`, as often as files are wanted.
pub(in crate::cli) fn reports(typed: &[OsString], sources: &[Source]) -> Result<Vec<Report>, Error> {
    let mut reports: Vec<Report> = Vec::new();
    for text in typed {
        let shown = text.to_string_lossy();
        let formats = "`--report FORMAT=FILE` with text, json, sarif, junit or github";
        let cut = text.as_bytes().iter().position(|byte| *byte == b'=');
        let Some((format, file)) = cut.and_then(|at| text.as_bytes().split_at_checked(at)) else {
            return Err(
                usage(format!("`--report {shown}` does not say how and where")).hint(format!("write {formats}"))
            );
        };
        let format = String::from_utf8_lossy(format);
        let format = FindingsFormat::from_str(&format, false)
            .map_err(|_| usage(format!("there is no format `{format}`")).hint(format!("write {formats}")))?;
        let file = PathBuf::from(OsStr::from_bytes(file.get(1..).unwrap_or_default()));
        if file.as_os_str().is_empty() || file == Path::new("-") {
            return Err(usage(format!("`--report {shown}` names no file"))
                .hint("what goes to standard output is said with `consign validate --format`"));
        }
        if reports.iter().any(|other| other.file == file) {
            return Err(usage(format!("two reports go to `{}`", file.display())).hint("give each a file of its own"));
        }
        super::refuse_missing_folder(&file)?;
        for source in sources {
            super::refuse_inside(source, &file)?;
        }
        reports.push(Report { format, file });
    }
    Ok(reports)
}

/// `ID=LEVEL`; of two for one rule the last counts.
fn levels(typed: &[String]) -> Result<BTreeMap<&'static str, Level>, Error> {
    let mut levels = BTreeMap::new();
    for text in typed {
        let (id, level) = text.split_once('=').unwrap_or((text, ""));
        let rule = rules::named(id.trim())?;
        let level = match level.trim() {
            "error" => Level::Error,
            "warn" | "warning" => Level::Warning,
            "off" => Level::Off,
            "" => {
                return Err(usage(format!("`--rule {text}` does not say how bad it is"))
                    .hint(format!("write `--rule {id}=error`, `=warn` or `=off`")));
            }
            other => {
                return Err(usage(format!("`--rule {text}`: `{other}` is no level"))
                    .hint("there are `error`, `warn` and `off`"));
            }
        };
        if validate::is_fixed(rule) && level != Level::Error {
            return Err(usage(format!(
                "`{}` is always an error: without what it asks for there is no bundle",
                rule.id
            ))
            .hint(format!("`consign rules {}` tells how to mend it", rule.id)));
        }
        levels.insert(rule.id, level);
    }
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &[&str]) -> Result<BTreeMap<&'static str, Level>, Error> {
        levels(&typed.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn of_two_levels_for_one_rule_the_last_counts() {
        let read = read(&["yaml/tab=off", "object/kind=warn", "yaml/tab=error", "source/unreadable=error"]).unwrap();
        assert_eq!((read["yaml/tab"], read["object/kind"]), (Level::Error, Level::Warning));
    }

    #[test]
    fn a_rule_that_is_not_there_a_level_that_is_none_and_what_is_always_an_error_are_refused() {
        for (typed, hint) in [
            ("yaml/tabs=off", "did you mean `yaml/tab`?"),
            ("yaml/tab", "write `--rule yaml/tab=error`, `=warn` or `=off`"),
            ("yaml/tab=fatal", "there are `error`, `warn` and `off`"),
            ("source/unreadable=off", "`consign rules source/unreadable` tells how to mend it"),
        ] {
            assert_eq!(read(&[typed]).unwrap_err().hint_text(), Some(hint), "{typed}");
        }
    }
}
