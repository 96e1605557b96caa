//! What the tests share: a folder to play in, the binary, and transcripts.
//!
//! A transcript is a file under `tests/transcripts/`: commands, what they printed and how they ended, to be read like a manual.
//! `UPDATE_TRANSCRIPTS=1 cargo test` writes them anew; read the difference before you commit it.

// Each test binary uses its own part of this. A panic here is a test that fails.
#![allow(dead_code, unreachable_pub, clippy::expect_used, clippy::panic)]

pub mod cluster;
pub mod deploy;
pub mod documented;
pub mod gcloud;
pub mod login;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A temporary folder; commands run in it.
pub struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file, with the folders above it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(&path, content).expect("a file");
        path
    }

    /// Makes a symlink, with the folders above it.
    pub fn link(&self, name: &str, target: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::os::unix::fs::symlink(target, path).expect("a symlink");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).expect("a file to read")
    }

    /// Makes a program of a shell script. From then on commands find this one and its like, and none of the machine's.
    pub fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.file(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
    }

    /// From then on commands find no program.
    pub fn without_programs(&self) {
        fs::create_dir_all(self.path().join("bin")).expect("a folder");
    }

    /// The command line in this folder, with none of the caller's settings.
    pub fn consign(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_consign"));
        command
            .current_dir(self.path())
            .env_remove("SOURCE_DATE_EPOCH")
            // No login and no memory of the person who runs the tests.
            .env("HOME", self.path().join("home"))
            .env("TMPDIR", self.path().parent().expect("a parent"));
        let programs = self.path().join("bin");
        if programs.is_dir() {
            command.env("PATH", programs);
        }
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy().to_ascii_uppercase();
            let settings = ["CONSIGN_", "DOCKER_", "XDG_", "GOOGLE_", "GCE_", "CLOUDSDK_"];
            if settings.iter().any(|prefix| name.starts_with(prefix))
                || ["REGISTRY_AUTH_FILE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].contains(&name.as_str())
            {
                command.env_remove(key);
            }
        }
        command
    }

    /// Runs `consign` with these words.
    pub fn run(&self, args: &[&str]) -> Output {
        self.consign().args(args).stdin(Stdio::null()).output().expect("consign runs")
    }

    /// Runs `consign` with something on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child = self
            .consign()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("consign starts");
        let mut stdin = child.stdin.take().expect("its input");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            // A command that refuses its input may close it early.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("consign ends");
        writer.join().expect("the input is written");
        output
    }

    /// Runs `consign` and expects it to do its work; gives standard output.
    pub fn ok(&self, args: &[&str]) -> String {
        stdout_of(args, &self.run(args))
    }
}

/// Standard output of a command that must have done its work.
pub fn stdout_of(args: &[&str], output: &Output) -> String {
    assert!(output.status.success(), "consign {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// A folder with a bundle in `in/`, and the command line as somebody with a login at the test registry.
pub struct User {
    pub folder: Folder,
}

impl User {
    pub fn new() -> Self {
        let folder = Folder::new();
        folder.file("in/a.yaml", NAMESPACE);
        Self { folder }
    }

    /// The command, to be changed before it runs.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.folder.consign();
        command.env("CONSIGN_USERNAME", "user").env("CONSIGN_PASSWORD", "password").args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().expect("consign runs")
    }

    pub fn ok(&self, args: &[&str]) -> String {
        stdout_of(args, &self.run(args))
    }

    /// Runs a command that must end with this exit code, and gives its standard error.
    pub fn fails(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(code), "consign {}: {stderr}", args.join(" "));
        stderr
    }

    /// Pushes the bundle to these references, with nothing known of their hosts.
    pub fn push(&self, references: &[&str]) -> String {
        self.ok(&[&["push", "in", "--no-cache"], references].concat())
    }
}

pub const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: test\n";

/// A `ConfigMap` of this name.
pub fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: test\ndata:\n  key: value\n")
}

/// Commands and what came of them.
pub struct Transcript {
    name: &'static str,
    text: String,
    replaced: Vec<(String, String)>,
}

impl Transcript {
    /// A transcript that is kept as `tests/transcripts/NAME.txt`.
    pub fn new(name: &'static str) -> Self {
        Self { name, text: String::new(), replaced: Vec::new() }
    }

    /// From now on `[NAME]` stands for a text that is another each time: a host, a digest.
    pub fn replace(&mut self, text: &str, name: &str) {
        self.replaced.push((text.to_owned(), format!("[{name}]")));
    }

    /// A line about what follows.
    pub fn say(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        writeln!(self.text, "# {text}").expect("memory");
    }

    /// Runs a command in `folder` and writes down what came of it.
    pub fn run(&mut self, folder: &Folder, args: &[&str]) {
        let output = folder.run(args);
        self.note(folder, args, "", &output);
    }

    /// Runs a command with something on its standard input.
    pub fn run_with_input(&mut self, folder: &Folder, args: &[&str], input: &[u8]) {
        let output = folder.run_with_input(args, input);
        self.note(folder, args, " < input", &output);
    }

    pub fn note(&mut self, folder: &Folder, args: &[&str], more: &str, output: &Output) {
        let named = |text: String| self.replaced.iter().fold(text, |text, (what, name)| text.replace(what, name));
        let words: Vec<String> = args.iter().map(|word| named(quoted(word))).collect();
        let mut lines = vec![format!("$ consign {}{more}", words.join(" "))];
        for (mark, bytes) in [("", &output.stdout), ("| ", &output.stderr)] {
            for line in String::from_utf8_lossy(bytes).lines() {
                let line = named(line.replace(&folder.path().display().to_string(), "[DIR]"));
                lines.push(format!("{mark}{}", without_time(&line)).trim_end().to_owned());
            }
        }
        self.text += &(lines.join("\n") + "\n");
        match output.status.code() {
            Some(0) => {}
            Some(code) => writeln!(self.text, "[exit {code}]").expect("memory"),
            None => writeln!(self.text, "[{}]", output.status).expect("memory"),
        }
    }

    /// What was written down so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Compares with the file.
    pub fn check(self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(format!("{}.txt", self.name));
        if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            fs::write(&path, &self.text).expect("the transcript is written");
            return;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if let Some((number, (was, is))) = (1..).zip(pairs(&expected, &self.text)).find(|(_, (was, is))| was != is) {
            panic!(
                "{}:{number} differs; UPDATE_TRANSCRIPTS=1 writes it anew\n  was: {}\n  is:  {}\n\nall of it:\n{}",
                path.display(),
                was.unwrap_or("(nothing)"),
                is.unwrap_or("(nothing)"),
                self.text
            );
        }
    }
}

/// The lines of two texts side by side.
fn pairs<'a>(a: &'a str, b: &'a str) -> impl Iterator<Item = (Option<&'a str>, Option<&'a str>)> {
    let (mut a, mut b) = (a.lines(), b.lines());
    std::iter::from_fn(move || match (a.next(), b.next()) {
        (None, None) => None,
        pair => Some(pair),
    })
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

/// ` in 0.01 s` becomes ` in [TIME]`, at the end of a line or before a mark.
fn without_time(line: &str) -> String {
    let mut parts = line.split(" in ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(" in ");
        match part.split_once(" s") {
            Some((time, rest)) if time.parse::<f64>().is_ok() && (rest.is_empty() || rest.starts_with([':', ')'])) => {
                text.push_str("[TIME]");
                text.push_str(rest);
            }
            _ => text.push_str(part),
        }
    }
    text
}
