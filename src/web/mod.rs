//! The boundary to JavaScript: the one exported class, `MqttClient`.
//!
//! | room | what it does |
//! | --- | --- |
//! | `class` | the class: each method reads its arguments, asks the machine, returns |
//! | `properties` | its properties: the options, and what can be read |
//! | `driver` | drives the machine: socket, clock, the loop that drains it |
//! | `notify` | tells handlers and promises what the machine says |
//! | `saved` | `saveSession`, `restoreSession`, `discardSession` |
//! | `options` | the options, by name |
//! | `arguments` | reading what JavaScript passes in |
//! | `values` | making what JavaScript gets |
//! | `error` | every cause as one code and one sentence |
//! | `events`, `promises`, `socket`, `timer` | handlers, pending promises, a WebSocket, a clock |
//!
//! The contract is `types.d.ts`, written by hand and shipped as it is. Must never live here: MQTT. Whatever
//! needs a specification to be right is the machine's, where it is tested on virtual time.

mod arguments;
mod class;
mod driver;
mod error;
mod events;
mod notify;
mod options;
mod promises;
mod properties;
mod saved;
mod socket;
mod timer;
mod values;

use wasm_bindgen::prelude::*;

pub use class::MqttClient;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");
