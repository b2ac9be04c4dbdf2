//! The promises an application holds, until the machine says what became of what they stand for.
//!
//! They lie in `promises.js`, by the machine's tokens. What messages come to is collected here and told there in one
//! call: at the end of a loop of the driver's, and before anything else is told. Must never live here: what is to be told.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::error::Fault;
use super::values::Deferred;
use crate::codec::{PacketId, QoS};
use crate::session::outbound::Token;

#[wasm_bindgen(module = "/src/web/promises.js")]
extern "C" {
    /// The `Publication` of `publish()`. `unstored`: 0 it will be stored; 1 not without `durable`; 2 not at QoS 0.
    pub(super) fn publishing(topic: &str, unstored: u8) -> Deferred;

    #[derive(Clone, Debug)]
    type Operations;
    #[wasm_bindgen(constructor)]
    fn new() -> Operations;
    #[wasm_bindgen(method)]
    fn add(this: &Operations, token: f64, operation: &Deferred);
    #[wasm_bindgen(method)]
    fn get(this: &Operations, token: f64) -> Option<Deferred>;
    #[wasm_bindgen(method)]
    fn take(this: &Operations, token: f64) -> Option<Deferred>;
    #[wasm_bindgen(method)]
    fn orphan(this: &Operations, operation: &Deferred);
    #[wasm_bindgen(method, js_name = rejectOrphans)]
    fn reject_orphans(this: &Operations, error: &JsValue);
    #[wasm_bindgen(method, js_name = rejectAll)]
    fn reject_all(this: &Operations, error: &JsValue);
    #[wasm_bindgen(method)]
    fn settle(this: &Operations, told: &[f64]);
}

/// How far a message has come; numbered as in `promises.js`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Milestone {
    Stored = 0,
    Sent = 1,
    Done = 2,
}

/// All pending promises of one client.
#[derive(Debug)]
pub(super) struct Promises {
    operations: Operations,
    /// What is to be told of messages, as `promises.js` reads it.
    told: Vec<f64>,
    /// Each with the signal that may end it, or undefined; no two with the same.
    connect: Vec<(Deferred, JsValue)>,
    disconnect: Vec<Deferred>,
}

impl Default for Promises {
    fn default() -> Self {
        Self {
            operations: Operations::new(),
            told: Vec::new(),
            connect: Vec::new(),
            disconnect: Vec::new(),
        }
    }
}

impl Promises {
    /// All operations, for `promises.js`.
    pub(super) fn table(&self) -> JsValue {
        self.operations.clone().into()
    }

    /// A promise for what the machine knows by `token`.
    pub(super) fn operation(&self, token: Token, deferred: &Deferred) {
        self.operations.add(token as f64, deferred);
    }

    /// The promise for the outcome of a message that an earlier page left; nobody has to look at it.
    pub(super) fn inherited(&self, token: Token, topic: &str) -> Promise {
        if let Some(deferred) = self.operations.get(token as f64) {
            return deferred.promise();
        }
        let deferred = Deferred::about(topic);
        deferred.hush();
        self.operation(token, &deferred);
        deferred.promise()
    }

    /// The message `token` has come so far: to be told.
    pub(super) fn progress(&mut self, token: Token, level: Milestone) {
        self.told.extend([token as f64, f64::from(level as u8)]);
    }

    /// The message `token` is done, and the server said nothing but that: to be told.
    pub(super) fn done(&mut self, token: Token, qos: QoS, id: Option<PacketId>) {
        let id = id.map_or(0, |id| u32::from(id.get()));
        let code = Milestone::Done as u32 | (qos as u32) << 2 | id << 4;
        self.told.extend([token as f64, f64::from(code)]);
    }

    /// The operation `token` has its outcome.
    pub(super) fn take(&self, token: Token) -> Option<Deferred> {
        self.operations.take(token as f64)
    }

    /// The operation's connection ended; it is rejected when it is known why.
    pub(super) fn orphan(&self, operation: &Deferred) {
        self.operations.orphan(operation);
    }

    /// Why the connection of the orphans ended.
    pub(super) fn reject_orphans(&self, error: &JsValue) {
        self.operations.reject_orphans(error);
    }

    pub(super) fn connect(&mut self, deferred: Deferred, signal: JsValue) {
        self.connect.push((deferred, signal));
    }

    /// The promise of a `connect()` that waits already, and that this signal may end.
    pub(super) fn connecting(&self, signal: &JsValue) -> Option<Promise> {
        let same = self.connect.iter().find(|(_, other)| other == signal);
        same.map(|(deferred, _)| deferred.promise())
    }

    pub(super) fn take_connect(&mut self) -> Vec<(Deferred, JsValue)> {
        std::mem::take(&mut self.connect)
    }

    pub(super) fn disconnect(&mut self, deferred: Deferred) {
        self.disconnect.push(deferred);
    }

    pub(super) fn take_disconnect(&mut self) -> Vec<Deferred> {
        std::mem::take(&mut self.disconnect)
    }

    /// The client is gone: rejects everything, but for those who asked for the end.
    pub(super) fn abandon(self, fault: &Fault) {
        self.operations.reject_all(fault);
        for (deferred, _) in self.connect {
            deferred.reject(fault);
        }
        for deferred in self.disconnect {
            deferred.resolve(&JsValue::UNDEFINED);
        }
    }
}

impl Driver {
    /// Settles what the machine has told of messages, in its order.
    pub(super) fn settle_told(&self) {
        let (table, mut told) = {
            let mut promises = self.promises.borrow_mut();
            if promises.told.is_empty() {
                return;
            }
            (
                promises.operations.clone(),
                std::mem::take(&mut promises.told),
            )
        };
        table.settle(&told);
        told.clear();
        self.promises.borrow_mut().told = told;
    }
}
