//! MQTT 3.1.1 and 5 for web pages, whose session survives: messages in flight, packet identifiers and
//! half-finished handshakes outlive a dropped link and a reload.
//!
//! | room | holds | knows |
//! | --- | --- | --- |
//! | [`codec`] | the wire format, both versions | nothing of the others |
//! | [`session`] | what survives a connection | `codec` |
//! | [`connection`] | what dies with the socket | `codec`, and `session`'s words |
//! | [`client`] | the machine: input in, output out; no clock, no socket, no storage | the three above |
//! | [`storage`] | where saved sessions lie | nothing of the others |
//! | `web` | the exported class (WebAssembly only): the socket, the clock, promises and events | all |
//! | [`error`] | errors, one enum per cause | |
//! | `decimal` | numbers as text, for all | nothing |
//! | `sentences` | what errors and the log say, by number, for all | nothing |
//! | `text` | looking for a character in a text, for all | nothing |
//! | `sorted` | a small map and a small sort, for all | nothing |
//!
//! Directories encode lifetimes: an alias or a quota cannot leak into a saved session, because it lives in
//! another directory's type. `codec`, `session`, `connection` and `client` contain no unsafe code and no
//! panic; `web` cannot forbid unsafe code, for what wasm-bindgen generates is in it.

pub mod client;
#[forbid(unsafe_code)]
pub mod codec;
pub mod connection;
mod decimal;
pub mod error;
mod sentences;
pub mod session;
mod sorted;
pub mod storage;
mod text;
#[cfg(target_arch = "wasm32")]
pub mod web;
