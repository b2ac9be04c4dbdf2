//! The bodies of the fuzz targets, and what they need of the tests, for libFuzzer.
//!
//! The same files are modules of `tests/fuzz.rs`, which runs the same bodies on stable Rust.

pub mod bodies;
#[path = "../tests/durable_support/mod.rs"]
mod durable_support;
#[path = "../tests/support/mod.rs"]
mod support;

#[global_allocator]
static ALLOCATOR: bodies::memory::Counting = bodies::memory::Counting;
