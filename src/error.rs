//! Everything that can go wrong, one enum per cause, so that nobody has to read a message to learn who is at fault.
//!
//! What lives beside the code that raises it is only re-exported here; this room never holds logic.

pub use crate::codec::{DecodeError, EncodeError, TopicError};
