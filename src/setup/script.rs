//! A plan as a script for `sh`, to be read before it is run, and run as often as one likes.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Action, Plan, Role};
use crate::oci::Reference;
use crate::sync::SyncKind;

/// The script; `reference` is what will be pushed, where it is known already.
pub fn script(plan: &Plan, reference: &Reference) -> String {
    let place = &plan.place;
    let mut text = format!(
        "#!/bin/sh\n\
         # Prepares {place} for `consign push`, and for whoever syncs from it.\n\
         # Needs gcloud, and a login (`gcloud auth login`) that may change the project `{}`.\n\
         # Running it again changes nothing. Grants take some minutes until they count everywhere.\n\
         set -eu\n\
         # Nobody is there to answer.\n\
         export CLOUDSDK_CORE_DISABLE_PROMPTS=1\n",
        place.project()
    );
    let mut before = "";
    for step in &plan.steps {
        let title = title(step);
        if title != before {
            let _ = write!(text, "\n# {title}\n");
            before = title;
        }
        let _ = write!(text, "# {}.\n{}", step.why(), lines(step));
    }
    text + &next(plan, reference)
}

/// What a part of the script is about; steps with the same stand together.
fn title(step: &Action) -> &'static str {
    match step {
        Action::EnableApi { .. } => "1. The API",
        Action::CreateRepository { .. } => "2. The repository",
        Action::Grant { role: Role::Writer, .. } => "3. Who may push",
        Action::Grant { .. } | Action::ActAs { .. } => "4. Who may pull",
        Action::ConfigureDocker { .. } => "5. This machine's login at the registry",
    }
}

/// The lines that carry out a step.
fn lines(step: &Action) -> String {
    let indent = if matches!(step, Action::CreateRepository { .. }) { "  " } else { "" };
    let command = folded(&step.command(), indent);
    match (step, step.check()) {
        // To create what is there already is an error.
        (Action::CreateRepository { .. }, Some(mut check)) => {
            check.retain(|word| !word.starts_with("--format"));
            format!("if ! {} >/dev/null 2>&1; then\n  {command}\nfi\n", folded(&check, ""))
        }
        // The whole policy, as it is now.
        (Action::Grant { .. } | Action::ActAs { .. }, _) => format!("{command} >/dev/null\n"),
        _ => format!("{command}\n"),
    }
}

/// A command on lines that can be read.
fn folded(words: &[String], indent: &str) -> String {
    const WIDTH: usize = 100;
    let (mut text, mut column) = (String::new(), indent.len());
    for word in words {
        let word = quoted(word);
        let length = word.chars().count() + 1;
        if word.trim_start_matches('\'').starts_with("--") && column + length > WIDTH {
            let _ = write!(text, " \\\n{indent}  {word}");
            column = indent.len() + 1 + length;
        } else {
            let space = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{space}{word}");
            column += length;
        }
    }
    text
}

/// What comes after it, as comments.
fn next(plan: &Plan, reference: &Reference) -> String {
    let image = image(plan, reference);
    let mut text = format!("\n# Next:\n#   consign push DIR {image}\n");
    for line in deploy_lines(plan, &image) {
        let _ = writeln!(text, "#   {line}");
    }
    text
}

/// What one would push to: as it was given, with what was left out.
fn image(plan: &Plan, reference: &Reference) -> String {
    let name = reference.name();
    let name = if name == plan.place.to_string() { format!("{name}/NAME") } else { name };
    reference.tag().map_or_else(|| format!("{name}:v1"), |tag| format!("{name}:{tag}"))
}

fn deploy_lines(plan: &Plan, image: &str) -> Vec<String> {
    let account = plan.service_account.as_ref();
    let auth = account.map_or_else(String::new, |account| {
        format!(" --auth gcpserviceaccount --gcp-service-account {}", account.email())
    });
    let syncs = plan.syncs.iter().map(|sync| {
        let (kind, namespace, name) = (sync.kind(), sync.namespace(), sync.name());
        if kind == SyncKind::RootSync {
            return format!("consign deploy rootsync {name} {image}{auth} | kubectl apply -f -");
        }
        format!("consign deploy reposync {namespace}/{name} {image}{auth} --with-rbac | kubectl apply -f -")
    });
    let flux = plan.flux.then(|| format!("consign deploy flux NAME {image} | kubectl apply -f -"));
    syncs.chain(flux).collect()
}

/// A command as one types it.
///
/// ```
/// let words = ["gcloud", "--member=user:me@example.com", "it's [x]"].map(str::to_owned);
/// assert_eq!(consign::setup::command_line(&words), r"gcloud --member=user:me@example.com 'it'\''s [x]'");
/// ```
pub fn command_line(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as `sh` takes it for what it is.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::everything;
    use super::*;
    use crate::process::Program;

    #[test]
    fn a_shell_reads_the_words_as_they_were() {
        let plan = Plan::new(everything()).unwrap();
        for step in &plan.steps {
            let words = step.command();
            let script = format!("gcloud() {{ printf '%s\\n' gcloud \"$@\"; }}; {}", folded(&words, ""));
            let output = Program::new("sh").args(["-c", &script]).run().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), words.join("\n") + "\n");
        }
    }

    #[test]
    fn the_script_is_one_that_a_shell_reads() {
        let plan = Plan::new(everything()).unwrap();
        let script = script(&plan, &"europe-west1-docker.pkg.dev/shop-prod/configs".parse().unwrap());
        let output = Program::new("sh").args(["-n"]).input(script.clone()).run().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{script}");
        let broken = Program::new("sh").args(["-n"]).input(script.replace("\nfi\n", "\n")).run().unwrap();
        assert!(!broken.status.success(), "the shell does read it");
    }
}
