//! The commands that push a directory, each as its users type it.

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::CONSIGN;
use crate::remote::Remote;

/// A way from a directory to a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// `tar -cf`, then `crane append -f`.
    TarThenCrane,
    /// `tar -czf`, then `crane append -f`.
    GzippedTarThenCrane,
    /// `tar | crane append -f -`.
    TarIntoCrane,
    /// `oras push` of the directory.
    Oras,
    /// `consign push`.
    Consign {
        /// With its checks, or `--no-validate`.
        checks: bool,
        /// Whether an earlier push has shown the registry's realm, or `--no-cache`.
        realm_known: bool,
    },
}

impl Tool {
    pub(crate) const ALL: [Self; 8] = [
        Self::TarThenCrane,
        Self::GzippedTarThenCrane,
        Self::TarIntoCrane,
        Self::Oras,
        Self::Consign { checks: false, realm_known: false },
        Self::Consign { checks: false, realm_known: true },
        Self::Consign { checks: true, realm_known: false },
        Self::Consign { checks: true, realm_known: true },
    ];

    /// As it stands in a Markdown table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TarThenCrane => "`tar -cf`, `crane append -f`",
            Self::GzippedTarThenCrane => "`tar -czf`, `crane append -f`",
            Self::TarIntoCrane => "`tar \\| crane append -f -`",
            Self::Oras => "`oras push`",
            Self::Consign { realm_known: true, .. } => "… the realm known",
            Self::Consign { checks: false, realm_known: false } => "`consign push --no-validate`",
            Self::Consign { checks: true, realm_known: false } => "`consign push`",
        }
    }

    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Consign { .. })
    }

    /// Pushes once; gives the time.
    pub(crate) fn push(
        self,
        tree: &Path,
        folder: &Path,
        remote: &Remote,
        reference: &str,
    ) -> Result<Duration, Box<dyn Error>> {
        let mut commands = self.commands(tree, folder, reference);
        for command in &mut commands {
            remote.introduce(command);
            command.env("TMPDIR", folder).stdin(Stdio::null());
        }
        let started = Instant::now();
        for command in &mut commands {
            let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
            if !output.status.success() {
                let words = String::from_utf8_lossy(&output.stderr);
                return Err(format!("{}: {}\n{words}", self.name(), output.status).into());
            }
        }
        Ok(started.elapsed())
    }

    fn commands(self, tree: &Path, folder: &Path, reference: &str) -> Vec<Command> {
        let tar = |options: &str, name: &str| {
            let mut tar = Command::new("tar");
            tar.arg(options).arg(folder.join(name)).arg("-C").arg(tree).arg(".");
            let mut append = Command::new(program("crane"));
            append.args(["append", "-t", reference, "-f"]).arg(folder.join(name));
            vec![tar, append]
        };
        match self {
            Self::TarThenCrane => tar("-cf", "out.tar"),
            Self::GzippedTarThenCrane => tar("-czf", "out.tar.gz"),
            Self::TarIntoCrane => {
                let mut shell = Command::new("sh");
                shell.args(["-c", r#"tar -cf - -C "$1" . | "$2" append -t "$3" -f -"#, "sh"]);
                shell.arg(tree).arg(program("crane")).arg(reference);
                vec![shell]
            }
            Self::Oras => {
                let mut oras = Command::new(program("oras"));
                oras.args(["push", reference, "."]).current_dir(tree);
                vec![oras]
            }
            Self::Consign { checks, realm_known } => {
                let mut consign = Command::new(CONSIGN);
                consign.arg("push").arg(tree).arg(reference);
                consign.args((!checks).then_some("--no-validate")).args((!realm_known).then_some("--no-cache"));
                vec![consign]
            }
        }
    }
}

/// The program that `CRANE` or `ORAS` names, or the one in `PATH`.
fn program(name: &str) -> OsString {
    std::env::var_os(name.to_uppercase()).unwrap_or_else(|| name.into())
}
