//! Findings: what is wrong, or doubtful, about the content of a bundle.
//!
//! A finding belongs to a [`Rule`]. Each room that finds things owns the table of its rules; this room only says what a rule and a
//! finding are. How findings are written is `report`'s matter.

use std::ops::Range;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Told, and the work goes on.
    Warning,
    /// The bundle must not be delivered.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Who would refuse, or mishandle, what a rule finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refuser {
    /// This tool, because the bundle could not be made or would not be what it seems.
    Consign,
    /// `kubectl`, before anything reaches a cluster.
    Kubectl,
    /// The Kubernetes API server.
    ApiServer,
    /// The API server when objects are applied server-side, as Flux and Config Sync do.
    ServerSideApply,
    /// Config Sync.
    ConfigSync,
    /// Flux.
    Flux,
    /// Argo CD.
    ArgoCd,
}

impl Refuser {
    /// The name a person knows it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consign => "consign",
            Self::Kubectl => "kubectl",
            Self::ApiServer => "API server",
            Self::ServerSideApply => "server-side apply",
            Self::ConfigSync => "Config Sync",
            Self::Flux => "Flux",
            Self::ArgoCd => "Argo CD",
        }
    }
}

/// One thing that is checked.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// A stable name, `group/what`, such as `yaml/duplicate-key`.
    pub id: &'static str,
    /// One line: what the rule finds.
    pub title: &'static str,
    /// Who refuses it.
    pub refused_by: &'static [Refuser],
    /// How bad it is unless the user says otherwise.
    pub severity: Severity,
    /// Why it matters and how to mend it, for a reader who meets it for the first time.
    pub help: &'static str,
}

impl Rule {
    /// A rule: its id, how bad it is, who refuses it, what it finds, and help.
    pub const fn new(
        id: &'static str,
        severity: Severity,
        refused_by: &'static [Refuser],
        title: &'static str,
        help: &'static str,
    ) -> Self {
        Self { id, title, refused_by, severity, help }
    }
}

/// A place in a text. Lines and columns count from 1; a column is one Unicode character, a tab included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// From one position up to, not including, another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first character.
    pub start: Position,
    /// Just behind the last character.
    pub end: Position,
}

/// The most bytes of a source line that an excerpt holds.
pub const EXCERPT_BYTES: usize = 240;

/// The line of text a finding is about: short, so that findings stay small whatever the file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line without its end, or a window of at most [`EXCERPT_BYTES`] of it.
    pub text: String,
    /// The bytes of `text` that the finding points at.
    pub marked: Range<usize>,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name in the bundle, or its path below the source.
    pub path: Arc<str>,
    /// Where in the file; none where the finding is about the file as a whole.
    pub span: Option<Span>,
    /// The text there; none where it may be a secret.
    pub excerpt: Option<Excerpt>,
}

impl Place {
    /// The file as a whole.
    pub fn file(path: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), span: None, excerpt: None }
    }
}

/// One result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop; names what it is about.
    pub message: String,
    /// Where it is.
    pub place: Place,
    /// Further places it is about, each with a few words on why.
    pub further: Vec<(Place, String)>,
    /// What to do about this very finding, where that can be told.
    pub hint: Option<String>,
}

impl Finding {
    /// A finding of the rule's own severity.
    pub fn new(rule: &'static Rule, place: Place, message: impl Into<String>) -> Self {
        Self { rule, severity: rule.severity, message: message.into(), place, further: Vec::new(), hint: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a further place and a few words on what it has to do with this.
    #[must_use]
    pub fn also(mut self, place: Place, why: impl Into<String>) -> Self {
        self.further.push((place, why.into()));
        self
    }
}

/// The most findings that are kept with their text; those beyond are only counted.
pub const KEPT_FINDINGS: usize = 1000;

/// All findings of one run: counted all, kept up to [`KEPT_FINDINGS`] of each severity.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    errors: usize,
    warnings: usize,
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        let count = match finding.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= KEPT_FINDINGS {
            self.kept.push(finding);
        }
    }

    /// Takes over those of another run, each as `change` has it, or not at all; those that were only counted are counted.
    pub fn absorb(&mut self, other: Self, change: impl FnMut(Finding) -> Option<Finding>) {
        let kept = |severity| other.kept.iter().filter(|finding| finding.severity == severity).count();
        let (errors, warnings) = (other.errors - kept(Severity::Error), other.warnings - kept(Severity::Warning));
        self.extend(other.kept.into_iter().filter_map(change));
        self.errors += errors;
        self.warnings += warnings;
    }

    /// Those that were kept, by path and position.
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self.kept.iter().collect();
        all.sort_by(|a, b| {
            (&a.place.path, a.place.span, a.rule.id, &a.message).cmp(&(
                &b.place.path,
                b.place.span,
                b.rule.id,
                &b.message,
            ))
        });
        all
    }

    /// How many errors there were.
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// How many warnings there were.
    pub const fn warnings(&self) -> usize {
        self.warnings
    }

    /// Whether there is nothing to tell.
    pub const fn is_empty(&self) -> bool {
        self.errors == 0 && self.warnings == 0
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        for finding in findings {
            self.push(finding);
        }
    }
}
