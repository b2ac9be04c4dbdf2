//! Where saved sessions lie: strings under string keys.
//!
//! | room | holds |
//! | --- | --- |
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

pub use crate::error::StorageError;

/// Something asked of a store of strings. Each is done as a whole or not at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call<'a> {
    /// The value under this key: one string, or none.
    Get(&'a str),
    /// Puts a value under a key, in place of any earlier one.
    Set(&'a str, &'a str),
    /// Removes this key, if it is there.
    Remove(&'a str),
    /// All keys that begin with this, in their order.
    Keys(&'a str),
    /// The same, each with its value behind it.
    All(&'a str),
    /// Removes all keys that begin with this.
    Clear(&'a str),
}

/// What all keys of the session named `session_key` begin with. `%` and `/` are escaped, so that no
/// session's keys lie among another's.
pub fn prefix(session_key: &str) -> String {
    let mut prefix = String::from("mooring/");
    for character in session_key.chars() {
        match character {
            '%' => prefix.push_str("%25"),
            '/' => prefix.push_str("%2F"),
            other => prefix.push(other),
        }
    }
    prefix.push('/');
    prefix
}

/// The key of the record that `saveSession()` writes for the session named `session_key`.
pub fn saved_key(session_key: &str) -> String {
    prefix(session_key) + "saved"
}

/// How much room `text` takes in a browser's store, in UTF-16 units.
pub fn units(text: &str) -> usize {
    // Each character has one first byte; with one from 0xF0 on begins what takes two units.
    let mut units = 0;
    for &byte in text.as_bytes() {
        units += usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    }
    units
}

/// A record's bytes as a string, one UTF-16 unit for each.
pub fn text_of(record: &[u8]) -> String {
    let mut text = String::with_capacity(record.len() * 2);
    for byte in record {
        text.push(char::from(*byte));
    }
    text
}

/// The bytes of a string that [`text_of`] made; `None` if it has a character that is no byte.
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        bytes.push(u8::try_from(character).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_session_s_keys_lie_among_another_s() {
        assert_eq!(prefix("orders"), "mooring/orders/");
        assert_eq!(prefix("a/o"), "mooring/a%2Fo/");
        assert_eq!(prefix("a%2Fo"), "mooring/a%252Fo/");
        assert_eq!(saved_key("a/b"), "mooring/a%2Fb/saved");
    }

    #[test]
    fn every_byte_becomes_one_unit_and_comes_back() {
        let record: Vec<u8> = (0..=255).collect();
        let text = text_of(&record);
        assert_eq!(units(&text), 256);
        assert_eq!(bytes_of(&text), Some(record));
        assert_eq!(bytes_of("\u{100}"), None);
    }

    #[test]
    fn room_is_counted_in_utf_16_units() {
        assert_eq!(units("aé€😀"), 5);
    }
}
