//! The kinds of failure.
//!
//! A failure stops the command. What is wrong with the bundle's content is not a failure but a [`Finding`](crate::finding::Finding);
//! only when findings stop a command do they become an [`Error`] of kind [`Kind::Input`].
//!
//! An error says what was tried, on what, why it failed and, as a hint, what to do next.

use std::error::Error as StdError;
use std::fmt;

/// What sort of failure it is. It decides the process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The bundle or the input has errors.
    Input,
    /// The command line asks for something that makes no sense.
    Usage,
    /// Not authenticated, or not allowed.
    Denied,
    /// What was asked for is not there.
    NotFound,
    /// The network or a registry failed after retries, or time ran out.
    Network,
    /// Refused to overwrite something that exists.
    Refused,
    /// Bytes that came back do not have the digest they should have.
    Integrity,
    /// Local input or output failed, or a program that is needed is missing.
    Local,
}

impl Kind {
    /// The exit code of a process that ends with this kind of failure.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Input => 1,
            Self::Usage => 2,
            Self::Denied => 3,
            Self::NotFound => 4,
            Self::Network => 5,
            Self::Refused => 6,
            Self::Integrity => 7,
            Self::Local => 8,
        }
    }
}

/// A failure: its kind, what was tried on what, why it failed, and what to do next.
///
/// ```
/// use consign::error::{Error, Kind};
///
/// let cause = std::io::Error::other("No space left on device");
/// let error = Error::new(Kind::Local, "cannot write the layer to `/tmp`")
///     .because(cause)
///     .hint("free some space, or set TMPDIR to a disk that has room");
/// assert_eq!(error.kind().exit_code(), 8);
/// assert_eq!(error.to_string(), "cannot write the layer to `/tmp`: No space left on device");
/// ```
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    tried: Vec<String>,
    hint: Option<String>,
}

impl Error {
    /// A failure of `kind`; `message` says what was tried and on what.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: None, tried: Vec::new(), hint: None }
    }

    /// Adds why it failed.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds what was tried before, in order, and why each gave nothing.
    #[must_use]
    pub fn tried(mut self, tried: impl IntoIterator<Item = String>) -> Self {
        self.tried = tried.into_iter().collect();
        self
    }

    /// Adds what to do next: a sentence, or a command to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What sort of failure it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What was tried before, in order, and why each gave nothing.
    pub fn what_was_tried(&self) -> &[String] {
        &self.tried
    }

    /// What was tried now, on what and why it failed, on one line.
    pub fn headline(&self) -> String {
        let mut line = self.message.clone();
        let mut cause: Option<&dyn StdError> = match &self.cause {
            Some(cause) => Some(cause.as_ref()),
            None => None,
        };
        while let Some(error) = cause {
            line = format!("{line}: {error}");
            // Ours already writes its own causes.
            cause = if error.is::<Self>() { None } else { error.source() };
        }
        line
    }

    /// What to do next, where something can be advised.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// The message, every cause below it and all that was tried, on one line.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        if !self.tried.is_empty() {
            write!(f, "; tried, in this order: {}", self.tried.join("; "))?;
        }
        Ok(())
    }
}

impl StdError for Error {}
