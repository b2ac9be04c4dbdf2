//! The boundary to JavaScript: the one exported class, `MqttClient`.
//!
//! | room | what it does |
//! | --- | --- |
//! | `class` | the class: what its methods ask of a client, once JavaScript has read what they were given |
//! | `properties` | what can be read of a client |
//! | `driver` | drives the machine: socket, clock, the loop that drains it |
//! | `asked` | what applications ask of a connection |
//! | `attempt` | one attempt to connect, up to the socket |
//! | `authentication` | the application's steps of enhanced authentication |
//! | `lifecycle` | what happens to the page meanwhile |
//! | `notify` | tells handlers and promises what the machine says |
//! | `saved` | `saveSession`, `restoreSession`, and both with promises |
//! | `durable` | the durable session: opening it, storing what the machine says, letting go of it |
//! | `journal`, `packs` | its records, and which of them lie together |
//! | `store`, `sealing`, `lock` | where they lie, sealed or not, and whose they are |
//! | `pending` | what an earlier page left, and the caller's word on what a lost session held |
//! | `cancelling` | operations whose callers wait no longer |
//! | `receiving` | bytes to the machine, and messages from it: the hot path |
//! | `iterating` | what the machine has to do with who reads messages beside the handlers (`readers.js`) |
//! | `logging` | what the event `log` tells beside the other events |
//! | `task` | work that waits for promises only where there are some |
//! | `options` | the options, as Rust looks at them |
//! | `given` | what applications passed in, as JavaScript has read it: named values |
//! | `arguments` | what Rust has JavaScript read |
//! | `values` | making what JavaScript gets |
//! | `words` | what the server says beside a reason code |
//! | `error` | every cause as one code and one sentence |
//! | `port` | what JavaScript has to say to a client |
//! | `events`, `promises`, `socket`, `timer` | handlers, pending promises, a WebSocket, a clock |
//!
//! What applications pass in is read in JavaScript: `checks.js` has the forms of values, `options.js` the table of options,
//! `asking.js` the arguments of methods, `properties.js` the properties of MQTT 5, `urls.js` addresses; `methods.js`,
//! `accessors.js` and `classic.js` define what the class has of methods and properties. Rust looks at what was read by name.
//!
//! The contract is `types.d.ts`, written by hand and shipped as it is. Must never live here: MQTT. Whatever
//! needs a specification to be right is the machine's, where it is tested on virtual time.

mod arguments;
mod asked;
mod attempt;
mod authentication;
mod cancelling;
mod class;
mod driver;
mod durable;
mod error;
mod events;
mod given;
mod iterating;
mod journal;
mod lifecycle;
mod lock;
mod logging;
mod notify;
mod options;
mod packs;
mod pending;
mod port;
mod promises;
mod properties;
mod receiving;
mod saved;
mod sealing;
mod socket;
mod store;
mod task;
mod timer;
mod values;
mod words;

use wasm_bindgen::prelude::*;

pub use class::MqttClient;

/// Two-level segregated fit: constant time, and a third of the code of what the standard library brings.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

// JavaScript that only other JavaScript imports. wasm-bindgen takes along what is named somewhere; nothing of this gets into the
// WebAssembly. It stands beside the allocator, which every module has: of a room that nobody calls the linker takes nothing,
// and where the compiler puts each room into a unit of its own, as it does for tests, these scripts would be left behind.
#[wasm_bindgen(module = "/src/web/accessors.js")]
extern "C" {
    #[allow(dead_code)]
    type Accessors;
}
#[wasm_bindgen(module = "/src/web/checks.js")]
extern "C" {
    #[allow(dead_code)]
    type Checks;
}
#[wasm_bindgen(module = "/src/web/classic.js")]
extern "C" {
    #[allow(dead_code)]
    type Classic;
}
#[wasm_bindgen(module = "/src/web/properties.js")]
extern "C" {
    #[allow(dead_code)]
    type Properties;
}
#[wasm_bindgen(module = "/src/web/readers.js")]
extern "C" {
    #[allow(dead_code)]
    type Readers;
}
#[wasm_bindgen(module = "/src/web/reading.js")]
extern "C" {
    #[allow(dead_code)]
    type Reading;
}
#[wasm_bindgen(module = "/src/web/sentences.js")]
extern "C" {
    #[allow(dead_code)]
    type Sentences;
}
#[wasm_bindgen(module = "/src/web/ticker.js")]
extern "C" {
    #[allow(dead_code)]
    type Ticker;
}
#[wasm_bindgen(module = "/src/web/urls.js")]
extern "C" {
    #[allow(dead_code)]
    type Urls;
}
