//! The promises an application holds, until the machine says what became of what they stand for.
//!
//! They lie in `promises.js`, by the machine's tokens. What messages come to is collected here, as it is read there, and told in one
//! call: at the end of a loop of the driver's, and before anything else is told. Must never live here: what is to be told.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::values::Deferred;
use crate::codec::{PacketId, QoS};
use crate::session::outbound::Token;

#[wasm_bindgen(module = "/src/web/promises.js")]
extern "C" {
    /// All that the application of one client waits for; its operations by their tokens.
    #[derive(Debug)]
    pub(super) type Operations;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Operations;
    #[wasm_bindgen(method)]
    pub(super) fn add(this: &Operations, token: f64, operation: &Deferred);
    /// The promise for the outcome of a message that an earlier page left; nobody has to look at it.
    #[wasm_bindgen(method)]
    pub(super) fn inherited(this: &Operations, token: f64, topic: &str) -> Promise;
    #[wasm_bindgen(method, js_name = take)]
    fn js_take(this: &Operations, token: f64) -> Option<Deferred>;
    /// The operation's connection ended; it is rejected when it is known why.
    #[wasm_bindgen(method)]
    pub(super) fn orphan(this: &Operations, operation: &Deferred);
    #[wasm_bindgen(method)]
    fn settle(this: &Operations, told: &[f64]);

    /// A `connect()` waits, until this signal ends it.
    #[wasm_bindgen(method)]
    pub(super) fn connect(this: &Operations, deferred: &Deferred, signal: &JsValue);
    /// The promise of a `connect()` that waits already, and that this signal may end.
    #[wasm_bindgen(method)]
    pub(super) fn connecting(this: &Operations, signal: &JsValue) -> Option<Promise>;
    /// What `connect()` resolves with.
    #[wasm_bindgen(method, getter)]
    pub(super) fn result(this: &Operations) -> JsValue;
    /// The server has accepted the connection, and `connect()` is to resolve with this.
    #[wasm_bindgen(method)]
    pub(super) fn accept(this: &Operations, result: &JsValue);
    /// The session is in force.
    #[wasm_bindgen(method)]
    pub(super) fn connected(this: &Operations);
    /// What `disconnect()` returns. `is_over`: there is no connection any more.
    #[wasm_bindgen(method)]
    pub(super) fn disconnect(this: &Operations, is_over: bool) -> Promise;
    /// What `reauthenticate()` returns; `None` while another one is under way.
    #[wasm_bindgen(method)]
    pub(super) fn reauthenticate(this: &Operations) -> Option<Promise>;
    /// `reauthenticate()`, if it was called, is over. Undefined: nothing went wrong.
    #[wasm_bindgen(method)]
    pub(super) fn reauthenticated(this: &Operations, error: &JsValue);
    /// The connection, or the attempt, is over. `is_final`: there will be no other one.
    #[wasm_bindgen(method)]
    pub(super) fn disconnected(this: &Operations, error: &JsValue, is_final: bool);
    /// The client is gone.
    #[wasm_bindgen(method)]
    pub(super) fn abandon(this: &Operations, error: &JsValue);
}

/// How far a message has come; numbered as in `promises.js`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Milestone {
    Stored = 0,
    Sent = 1,
    Done = 2,
}

impl Operations {
    /// The operation `token` has its outcome.
    pub(super) fn take(&self, token: Token) -> Option<Deferred> {
        self.js_take(token as f64)
    }
}

impl Driver {
    /// The message `token` has come so far: to be told.
    pub(super) fn progress(&self, token: Token, level: Milestone) {
        self.note(token, level as u32);
    }

    /// The message `token` is done, and the server said nothing but that: to be told.
    pub(super) fn done(&self, token: Token, qos: QoS, id: Option<PacketId>) {
        let id = id.map_or(0, |id| u32::from(id.get()));
        self.note(token, Milestone::Done as u32 | (qos as u32) << 2 | id << 4);
    }

    fn note(&self, token: Token, code: u32) {
        let mut told = self.told.borrow_mut();
        told.push(token as f64);
        told.push(f64::from(code));
    }

    /// Settles what the machine has told of messages, in its order.
    pub(super) fn settle_told(&self) {
        let mut told = self.told.take();
        if told.is_empty() {
            return;
        }
        self.operations.settle(&told);
        told.clear();
        self.told.replace(told);
    }
}
