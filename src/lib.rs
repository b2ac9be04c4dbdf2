//! MQTT 3.1.1 and 5 for web pages, whose session survives.
#![forbid(unsafe_code)]

pub mod client;
pub mod codec;
pub mod connection;
pub mod error;
pub mod session;
