//! Operations that are given up: by their caller's `AbortSignal`, or when their time is over.
//!
//! What the machine has accepted is the machine's to give up. Before that, and for `connect()`, it is done here and in
//! `cancelling.js`. Must never live here: what giving up means to a message; the machine knows what was sent.

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::error::Fault;
use super::given::Given;
use super::port::JsPort;
use super::timer;
use super::values::Deferred;
use crate::client::DisconnectOptions;
use crate::client::output::Cancel;
use crate::sentences::{Said, sentence};
use crate::session::outbound::Token;

#[wasm_bindgen(module = "/src/web/cancelling.js")]
extern "C" {
    fn watch(deferred: &Deferred, signal: &JsValue, what: &str, port: &JsPort) -> bool;
    fn expire(deferred: &Deferred, milliseconds: f64, what: &str);
    #[wasm_bindgen(js_name = isSettled)]
    fn is_settled(deferred: &Deferred) -> bool;
}

/// Stands for `connect()`; the machine's tokens begin behind it.
const CONNECTION: f64 = 0.0;

/// How long a caller waits.
#[derive(Clone, Default)]
pub(super) struct Patience {
    signal: Option<JsValue>,
    /// In milliseconds.
    timeout: Option<u64>,
}

impl Patience {
    /// As the options of a method have it.
    pub(super) fn of(given: &Given) -> Self {
        let (signal, timeout) = (given.value("signal"), given.number("timeout"));
        Self {
            signal: (!signal.is_undefined()).then_some(signal),
            timeout: (!timeout.is_nan()).then_some(timeout as u64),
        }
    }

    /// Undefined: there is none.
    pub(super) fn signal(&self) -> JsValue {
        self.signal.clone().into()
    }

    /// No longer than this, unless the caller said.
    pub(super) fn or_timeout(mut self, timeout: u64) -> Self {
        self.timeout.get_or_insert(timeout);
        self
    }
}

/// A caller who waits.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    what: &'static str,
    until: Option<u64>,
    is_watched: bool,
}

impl Driver {
    /// The caller of `what` begins to wait for `deferred`. `None`: the signal was aborted already, `deferred` is rejected,
    /// and there is nothing to do.
    pub(super) fn wait(
        &self,
        what: &'static str,
        deferred: &Deferred,
        patience: &Patience,
    ) -> Option<Waiting> {
        if let Some(signal) = &patience.signal
            && !watch(deferred, signal, what, &self.port)
        {
            return None;
        }
        Some(Waiting {
            what,
            until: patience
                .timeout
                .map(|timeout| timer::now().saturating_add(timeout)),
            is_watched: patience.signal.is_some(),
        })
    }

    /// As [`Self::wait`], for `connect()`; whether there is anything to do.
    pub(super) fn wait_for_connection(&self, deferred: &Deferred, patience: &Patience) -> bool {
        deferred.set_token(CONNECTION);
        self.wait("connect()", deferred, patience).is_some()
    }

    /// The machine has accepted the operation.
    pub(super) fn accept(&self, token: Token, deferred: &Deferred, waiting: &Waiting) {
        if waiting.is_watched || waiting.until.is_some() {
            deferred.set_token(token as f64);
        }
        if let Some(until) = waiting.until {
            self.machine.borrow_mut().set_deadline(token, until);
        }
        self.operations.add(token as f64, deferred);
    }

    /// The signal of an operation was aborted.
    pub(super) fn cancel(&self, token: f64) {
        if token == CONNECTION {
            self.stop();
        } else {
            let now = timer::now();
            self.machine.borrow_mut().cancel(token as Token, now);
        }
        self.touch();
    }

    /// As `disconnect()`.
    fn stop(&self) {
        let aborted = sentence!("the signal of connect() was aborted");
        self.end_opening(&Fault::new(aborted));
        let options = DisconnectOptions::default();
        let ended = self.machine.borrow_mut().disconnect(&options, timer::now());
        debug_assert!(ended.is_ok(), "nothing was asked for: {ended:?}");
    }

    /// The machine has given an operation up; of a message that was not sent it says so in another way.
    pub(super) fn tell_cancelled(&self, token: Token, why: Cancel, withdrawn: bool) {
        let Some(operation) = self.operations.take(token) else {
            return;
        };
        let topic = operation.topic();
        let what = match &topic {
            Some(_) => sentence!("the message to \"%text\""),
            None => sentence!("the request"),
        };
        let why = match why {
            Cancel::Timeout => {
                sentence!("%sentence was not done within its timeout: %sentence")
            }
            Cancel::Caller => sentence!("%sentence was aborted: %sentence"),
        };
        let but = match (topic.is_none(), withdrawn) {
            (true, true) => sentence!("it was not sent"),
            (true, false) => sentence!("the server may have done it all the same"),
            (false, _) => {
                sentence!(
                    "it may be on its way, and stays in the session: messageOut or messageLost will tell"
                )
            }
        };
        let text = topic.as_deref().unwrap_or_default();
        operation.reject(&Fault::said(Said {
            text,
            ..Said::new([why, what, but])
        }));
    }
}

impl Waiting {
    /// Whether the caller has stopped waiting, and was told.
    pub(super) fn is_over(&self, deferred: &Deferred) -> bool {
        (self.is_watched || self.until.is_some()) && is_settled(deferred)
    }

    /// The operation has been begun. Where it has to wait for the session to be opened, the machine knows nothing of it.
    pub(super) fn begun(&self, driver: &Driver, deferred: &Deferred) {
        if let Some(until) = self.until
            && driver.is_opening()
        {
            let left = until.saturating_sub(timer::now());
            expire(deferred, left as f64, self.what);
        }
    }
}
