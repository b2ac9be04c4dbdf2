//! The promises an application holds, until the machine says what became of what they stand for.

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::error::Fault;
use super::values::{Deferred, Milestone};
use crate::session::outbound::Token;
use crate::sorted::SortedMap;

/// What a promise stands for.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) deferred: Deferred,
    /// The topic of a `publish`, as JavaScript's own string; undefined for the others.
    pub(super) topic: JsValue,
}

/// All pending promises of one client.
#[derive(Debug, Default)]
pub(super) struct Promises {
    operations: SortedMap<Token, Operation>,
    /// Those whose connection ended; why, will be said in a moment.
    orphans: Vec<Operation>,
    /// Each with the signal that may end it, or undefined; no two with the same.
    connect: Vec<(Deferred, JsValue)>,
    disconnect: Vec<Deferred>,
}

impl Promises {
    /// A promise for what the machine knows by `token`.
    pub(super) fn operation(&mut self, token: Token, operation: Operation) {
        self.operations.insert(token, operation);
    }

    /// The promise for the outcome of a message that an earlier page left; nobody has to look at it.
    pub(super) fn inherited(&mut self, token: Token, topic: &str) -> Promise {
        if let Some(operation) = self.operations.get(&token) {
            return operation.deferred.promise();
        }
        let deferred = Deferred::new();
        deferred.hush();
        let promise = deferred.promise();
        let topic = topic.into();
        self.operation(token, Operation { deferred, topic });
        promise
    }

    /// The message `token` has come so far.
    pub(super) fn progress(&self, token: Token, milestone: Milestone) {
        if let Some(operation) = self.operations.get(&token) {
            operation.deferred.progress(milestone as u8);
        }
    }

    /// The operation `token` has its outcome.
    pub(super) fn take(&mut self, token: Token) -> Option<Operation> {
        self.operations.remove(&token)
    }

    /// The operation's connection ended; it is rejected when it is known why.
    pub(super) fn orphan(&mut self, operation: Operation) {
        self.orphans.push(operation);
    }

    pub(super) fn take_orphans(&mut self) -> Vec<Operation> {
        std::mem::take(&mut self.orphans)
    }

    pub(super) fn connect(&mut self, deferred: Deferred, signal: JsValue) {
        self.connect.push((deferred, signal));
    }

    /// The promise of a `connect()` that waits already, and that this signal may end.
    pub(super) fn connecting(&self, signal: &JsValue) -> Option<Promise> {
        let same = self.connect.iter().find(|(_, other)| other == signal);
        same.map(|(deferred, _)| deferred.promise())
    }

    pub(super) fn take_connect(&mut self) -> Vec<Deferred> {
        let taken = std::mem::take(&mut self.connect);
        taken.into_iter().map(|(deferred, _)| deferred).collect()
    }

    pub(super) fn disconnect(&mut self, deferred: Deferred) {
        self.disconnect.push(deferred);
    }

    pub(super) fn take_disconnect(&mut self) -> Vec<Deferred> {
        std::mem::take(&mut self.disconnect)
    }

    /// The client is gone: rejects everything, but for those who asked for the end.
    pub(super) fn abandon(self, fault: &Fault) {
        let Self {
            mut operations,
            orphans,
            connect,
            disconnect,
        } = self;
        let operations = operations
            .take()
            .into_iter()
            .map(|(_, operation)| operation);
        let operations = operations.chain(orphans);
        for deferred in operations
            .map(|operation| operation.deferred)
            .chain(connect.into_iter().map(|(deferred, _)| deferred))
        {
            deferred.reject(&fault.to_js());
        }
        for deferred in disconnect {
            deferred.resolve(&JsValue::UNDEFINED);
        }
    }
}
