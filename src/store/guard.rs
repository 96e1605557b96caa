//! What a tag names, and what must hold of that for it to be written.

use crate::error::{Error, Kind};
use crate::oci::Digest;

/// What a look at a name showed. A hint: whoever writes must be able to live with its being wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// It names this manifest.
    Names(Digest),
    /// It names nothing.
    Absent,
    /// The registry would not say.
    Unknown,
}

/// What must hold of a tag for it to be written. Looked at right before; the protocol leaves a moment in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// A tag that names something else stays as it is: [`Kind::Refused`].
    pub no_clobber: bool,
    /// A tag moves only from this digest: [`Kind::Refused`].
    pub expect: Option<Digest>,
}

impl Guard {
    /// Whether it lets everything pass.
    pub const fn is_open(&self) -> bool {
        !self.no_clobber && self.expect.is_none()
    }

    /// Whether a tag, shown as `name`, may be written, given what it names now.
    pub(in crate::store) fn check(&self, name: &str, hint: &Hint, ours: Digest) -> Result<(), Error> {
        let refuse = |message: String| Err(Error::new(Kind::Refused, message));
        match hint {
            _ if self.is_open() => Ok(()),
            Hint::Names(digest) if *digest == ours => Ok(()),
            Hint::Unknown => refuse(format!("the registry does not say what `{name}` names, so it is left alone")),
            Hint::Names(digest) if self.no_clobber => {
                refuse(format!("`{name}` exists and names {digest}; it is left alone (--no-clobber)"))
                    .map_err(|error| error.hint("push under another tag"))
            }
            Hint::Names(digest) if self.expect != Some(*digest) => {
                let expected = self.expect.map(|expected| expected.to_string()).unwrap_or_default();
                refuse(format!("`{name}` names {digest}, not {expected}; it is left alone (--expect-digest)"))
            }
            Hint::Absent if self.expect.is_some() && !self.no_clobber => {
                refuse(format!("`{name}` does not exist; it was to be moved from another digest (--expect-digest)"))
            }
            Hint::Absent | Hint::Names(_) => Ok(()),
        }
    }
}
