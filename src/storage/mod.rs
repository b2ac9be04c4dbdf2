//! Where saved sessions lie: strings under string keys.
//!
//! | room | holds |
//! | --- | --- |
//! | [`memory`] | a store that lives as long as the page |
//! | `browser` | localStorage and sessionStorage (WebAssembly only) |
//!
//! Must never live here: what the strings say, and what to do when one cannot be kept. A store does what
//! it is asked, or says why it cannot and has changed nothing.

#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod memory;

pub use crate::error::StorageError;

/// A store of strings. Each call happens as a whole or not at all.
pub trait Storage {
    /// The value under `key`.
    fn get(&self, key: &str) -> Result<Option<String>, StorageError>;
    /// Puts `value` under `key`, in place of any earlier one.
    fn set(&self, key: &str, value: &str) -> Result<(), StorageError>;
    /// Removes `key`, if it is there.
    fn remove(&self, key: &str) -> Result<(), StorageError>;
    /// All keys that begin with `prefix`, in no particular order.
    fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError>;
}

/// The key of the record that `saveSession()` writes for the session named `session_key`.
pub fn saved_key(session_key: &str) -> String {
    ["mooring/", session_key, "/saved"].concat()
}
