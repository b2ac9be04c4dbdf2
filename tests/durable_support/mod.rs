//! A page that can be killed, the storage it leaves behind, and the server it comes back to.
//!
//! | room | what it is |
//! | --- | --- |
//! | `disk` | where records lie: slow, full, broken, corrupted as a test asks |
//! | `view` | what a session holds, read from a client or from storage, comparable |
//! | `rules` | what every packet that leaves is held against, above all write before send |
//! | `book` | what was accepted, handed over and told, over all pages, and what must come of it |
//! | `filters` | which subscriptions an application has reason to believe in |
//! | `calls` | what the application, the server's other clients and fate do to a page |
//! | `world` | all of these with a server, moved one small step at a time; it dies where it is told to |
//! | `performing` | what a page does with each output, and its storage with each batch |
//! | `plan` | random histories |
//! | `bench` | a page whose server, storage and clock are the test, byte for byte |
//! | `script` | scenarios, and how one goes on after a crash |
//!
//! The books are kept by what an application sees; storage is read only as a successor would read it.

// Every test file takes what it needs; what one leaves out is another's.
#![allow(dead_code, unused_imports)]

mod bench;
mod book;
mod calls;
mod disk;
mod filters;
mod performing;
mod plan;
mod rules;
mod script;
mod view;
mod world;

pub(crate) use bench::{Bench, FULL, arrives, released, repeated};
pub(crate) use book::{Book, Fate, Handed, Sent};
pub(crate) use disk::{Disk, crc32};
pub(crate) use filters::Filters;
pub(crate) use plan::{Op, Plan, any_plan, run};
pub(crate) use rules::Rules;
pub(crate) use script::{Act, PLAIN, Scenario, case, check, settle, take_over};
pub(crate) use view::{Flight, View};
pub(crate) use world::{Crashed, Move, STORY, Step, Store, Wire, World};
