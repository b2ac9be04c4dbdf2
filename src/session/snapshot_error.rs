//! Why a saved session cannot be read, for the rooms that read one (`snapshot`, `envelope`, `record`).

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

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASession => {
                f.write_str("this is not a saved session: it does not begin with \"mooring\", a number and \":\"")
            }
            Self::NewerFormat { format, newest } => write!(
                f,
                "the session was saved in format {format} by a newer version of mqtt-mooring; this one reads up to {newest}: update the package"
            ),
            Self::BadCharacter => f.write_str(
                "the saved session has a character that does not belong: it was changed on its way",
            ),
            Self::Checksum => f.write_str(
                "the saved session is truncated or was changed on its way: its checksum is wrong",
            ),
            Self::Truncated { field } => {
                write!(f, "the saved session ends inside the field \"{field}\"")
            }
            Self::Invalid { field } => {
                write!(f, "the saved session has an invalid field \"{field}\"")
            }
        }
    }
}

impl std::error::Error for SnapshotError {}
