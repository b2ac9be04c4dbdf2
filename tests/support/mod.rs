//! Both peers in memory, on virtual time.
//!
//! | room | what it is |
//! | --- | --- |
//! | `wire` | bytes to single packets and back |
//! | `broker` | what the server keeps of each client: a session after the specification |
//! | `server` | a server that answers packets, with knobs for its limits and its misdeeds |
//! | `exchange` | a client and a server that prove to each other who they are |
//! | `fates` | a client whose attempts to connect come to what a test says |
//! | `pair` | a client and a server, the wire between them, and where it is cut |
//! | `ledger` | what the client said: deliveries, events, one outcome for each token |
//! | `make` | short ways to say what a test needs |
//!
//! The server is written from the specification and knows nothing of the client's code; it shares
//! only the codec with it.

// Every test file takes what it needs; what one leaves out is another's.
#![allow(dead_code, unused_imports)]

mod broker;
mod exchange;
mod fates;
mod ledger;
mod make;
mod pair;
mod server;
mod wire;

pub(crate) use broker::{Onward, ToClient};
pub(crate) use exchange::{Exchange, METHOD, auth, auth_by, connack};
pub(crate) use fates::{Fate, Fates, policy};
pub(crate) use ledger::{Delivered, Ledger, Told};
pub(crate) use make::*;
pub(crate) use pair::{Cut, Dial, Handler, Pair};
pub(crate) use server::{Knobs, SeenConnect, SeenWill, Server};
pub(crate) use wire::{Pieces, decode, encode, name};
