//! The program that renders: `kustomize`, or `kubectl` with its own copy of it.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Copy, Survey, kustomization_in, rules, shown, words};
use crate::finding::{Finding, Place};
use crate::process::{Failure, Program};

/// How long rendering may take, and how much may come out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// For one folder.
    pub time: Duration,
    /// Of one folder, in bytes.
    pub output: u64,
}

impl Default for Limit {
    /// A minute, 64 MiB.
    fn default() -> Self {
        Self { time: Duration::from_mins(1), output: 64 << 20 }
    }
}

/// Renders folders.
#[derive(Clone, Debug)]
pub struct Renderer {
    program: PathBuf,
    is_kubectl: bool,
    /// Kustomizations may name any file of the bundle, not only those in their own folder.
    is_free: bool,
    limit: Limit,
}

impl Renderer {
    /// The first of `kustomize` and `kubectl` that is on `PATH`; none if neither is. Config Sync and Flux let a kustomization name files
    /// outside of its folder (`is_free`); others do not.
    pub fn find(is_free: bool, limit: Limit) -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        let found =
            |name: &str| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_program(file));
        let program = found("kustomize").or_else(|| found("kubectl"))?;
        Some(Self::new(program, is_free, limit))
    }

    /// This program: `kubectl` if that is its name, else one that takes what `kustomize` does.
    pub fn new(program: PathBuf, is_free: bool, limit: Limit) -> Self {
        let is_kubectl = program.file_name().is_some_and(|name| name == "kubectl");
        Self { program, is_kubectl, is_free, limit }
    }

    /// What the folder of the copy renders to: a YAML stream. Only what a [sound](super::Survey::is_sound) survey has seen may be given.
    pub fn render(&self, copy: &Copy, folder: &str) -> Result<Vec<u8>, Box<Finding>> {
        let file = kustomization_in(&copy.root(), folder).unwrap_or_else(|| folder.to_owned());
        let failed = |message: String| Finding::new(&rules::FAILED, Place::file(file), message);
        let hint =
            format!("`{} {}` in the source shows it too", self.command(), if folder.is_empty() { "." } else { folder });
        let finding = match self.program(copy, folder).run() {
            Ok(output) if output.status.success() => return Ok(output.stdout),
            Ok(output) => {
                let said = words::of(&String::from_utf8_lossy(&output.stderr), &copy.root().display().to_string());
                let said = if said.is_empty() { format!("it ended with {}", output.status) } else { said };
                failed(format!("{} cannot be rendered: {said}", shown(folder))).hint(hint)
            }
            Err(Failure::TimedOut(after)) => {
                let message =
                    format!("rendering {} took more than {} s and was stopped", shown(folder), after.as_secs());
                failed(message).hint(hint)
            }
            Err(Failure::TooMuchOutput(bytes)) => {
                failed(format!("{} renders to more than {bytes} bytes", shown(folder)))
                    .hint("split it into several bundles, or several folders to sync")
            }
            Err(failure) => failed(format!("{} cannot be rendered: {}: {failure}", shown(folder), self.command())),
        };
        Err(Box::new(finding))
    }

    /// As a person would type it.
    const fn command(&self) -> &'static str {
        if self.is_kubectl { "kubectl kustomize" } else { "kustomize build" }
    }

    /// Cut off from everything but the copy: no variable of the user's, no home, no configuration of git, no way out.
    fn program(&self, copy: &Copy, folder: &str) -> Program {
        /// A port that nobody listens on: a request fails at once. Go asks hosts of this machine without any proxy, so for these only
        /// the survey is in the way.
        const NOWHERE: &str = "http://127.0.0.1:9";
        let home = copy.home();
        let command = if self.is_kubectl { "kustomize" } else { "build" };
        let restrictor = if self.is_free { "LoadRestrictionsNone" } else { "LoadRestrictionsRootOnly" };
        let mut program = Program::new(self.program.clone())
            .args([
                OsString::from(command),
                format!("--load-restrictor={restrictor}").into(),
                format!("./{folder}").into(),
            ])
            .without_environment()
            .folder(&copy.root())
            .deadline(self.limit.time)
            .output_limit(self.limit.output);
        if let Some(path) = std::env::var_os("PATH") {
            program = program.env("PATH", path);
        }
        for home_of in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "TMPDIR"] {
            program = program.env(home_of, &home);
        }
        for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
            program = program.env(proxy, NOWHERE);
        }
        program
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ALLOW_PROTOCOL", "none")
            .env("GIT_TERMINAL_PROMPT", "0")
    }
}

/// A file that may be run.
fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Says that what these folders render was not checked, for want of a program.
pub fn not_rendered(survey: &Survey, folders: &[String]) -> Option<Finding> {
    let file = &survey.nodes.get(folders.first()?)?.file;
    let named: Vec<String> = folders.iter().take(5).map(|folder| shown(folder)).collect();
    let more = if folders.len() > named.len() { " and more" } else { "" };
    let message = format!(
        "what {}{more} {} to was not checked: neither kustomize nor kubectl is on PATH",
        named.join(", "),
        if folders.len() == 1 { "renders" } else { "render" }
    );
    let hint = "install kustomize or kubectl; without them only the syntax is checked";
    Some(Finding::new(&rules::NO_PROGRAM, Place::file(Arc::clone(file)), message).hint(hint))
}
