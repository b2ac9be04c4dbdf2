//! Why a saved session cannot be read, for the rooms that read one (`snapshot`, `envelope`, `record`).

use crate::sentences::{Said, say};
use std::fmt;

/// Why a string is not a session that can be restored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SnapshotError {
    /// It does not begin as a saved session does.
    NotASession,
    /// It was written by a newer version of this package.
    NewerFormat {
        /// The format it says it has.
        format: u32,
        /// The newest format that can be read.
        newest: u32,
    },
    /// It has a character that no saved session has.
    BadCharacter,
    /// Characters are missing or were changed.
    Checksum,
    /// It ends inside a field.
    Truncated {
        /// The field that was being read.
        field: &'static str,
    },
    /// A field has a value that no session has.
    Invalid {
        /// The field.
        field: &'static str,
    },
}

impl SnapshotError {
    pub(crate) fn said(&self) -> Said<'static> {
        match *self {
            Self::NotASession => say!(
                "this is not a saved session: it does not begin with \"mooring\", a number and \":\""
            ),
            Self::NewerFormat { format, newest } => say!(
                "the session was saved in format %number by a newer version of mqtt-mooring; this one reads up to %number: update the package",
                format,
                newest
            ),
            Self::BadCharacter => say!(
                "the saved session has a character that does not belong: it was changed on its way"
            ),
            Self::Checksum => say!(
                "the saved session is truncated or was changed on its way: its checksum is wrong"
            ),
            Self::Truncated { field } => {
                say!("the saved session ends inside the field \"%text\""; field)
            }
            Self::Invalid { field } => {
                say!("the saved session has an invalid field \"%text\""; field)
            }
        }
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said().fmt(f)
    }
}

impl std::error::Error for SnapshotError {}
