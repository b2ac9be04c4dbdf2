//! What is fuzzed: one body for each target, from bytes to a panic where something is wrong.
//!
//! | target | what must hold |
//! | --- | --- |
//! | `frames` | however a stream is cut, the same packets come out of it, and the same error |
//! | `packets` | what is decoded is encoded, decoded and encoded to the same |
//! | `session_string` | a saved session is refused or restored to what saves to the same; the machine goes on with it |
//! | `records` | storage is read, what cannot be read is put aside, and what is written then is read as it is held |
//! | `machine` | any calls, bytes, times, answers of storage and closes: one outcome each, write before send |
//! | `model` | a history of a durable session, whose broker and books are those of `tests/durable_support` |
//!
//! In all: no panic, and memory bounded by the input. libFuzzer runs them (`fuzz_targets`), and `tests/fuzz.rs` on stable
//! Rust. Must never live here: where the bytes come from.

// `tests/fuzz.rs` and `lib.rs` have these modules, each in a crate of its own.
#![allow(unreachable_pub, missing_docs)]

pub mod bytes;
pub mod frames;
pub mod machine;
pub mod memory;
pub mod model;
pub mod packets;
pub mod records;
pub mod seal;
pub mod session_string;
