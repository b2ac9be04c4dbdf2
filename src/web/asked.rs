//! What an application asks of a connection: to be made, to be ended, to authenticate anew, and for subscriptions.
//!
//! Each returns a promise, or the fault that `methods.js` rejects one with. Must never live here: reading the arguments;
//! `asking.js` has.

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::cancelling::Patience;
use super::driver::Driver;
use super::durable::Needs;
use super::error::Fault;
use super::given::Given;
use super::timer;
use super::values::Deferred;
use crate::client::{DisconnectOptions, Filter, State};
use crate::codec::{ReasonCode, SubscriptionOptions};
use crate::error::UsageError;
use crate::sentences::sentence;
use crate::session::outbound::Token;

/// Something is done in its turn, with what its caller waits for.
pub(super) type Act = dyn FnOnce(&Driver, Deferred) -> Result<(), Fault>;

/// What `subscribe()` or `unsubscribe()` asks for.
struct Request {
    /// Topic filters, each with U+0000 behind it, which none contains.
    filters: String,
    /// Of each filter the Subscription Options; `None`: the subscriptions are to end.
    options: Option<Vec<u8>>,
    properties: Vec<u8>,
}

impl Driver {
    /// Does `act` after the calls before it, and when what it needs is there; where that fails, `deferred` is
    /// rejected.
    pub(super) fn do_in_order(&self, needs: Needs, deferred: Deferred, act: Box<Act>) {
        self.when_open(needs, move |driver, opened| {
            let handle = deferred.clone();
            let done = opened.and_then(|()| act(driver, handle));
            driver.touch();
            if let Err(fault) = done {
                deferred.reject(&fault);
            }
        });
    }

    /// `connect()`.
    pub(super) fn ask_to_connect(&self, given: &Given) -> Promise {
        let patience = Patience::of(given);
        let signal = patience.signal();
        if let Some(promise) = self.join(&signal) {
            return promise;
        }
        let deferred = Deferred::new();
        let promise = deferred.promise();
        if self.wait_for_connection(&deferred, &patience) {
            let act = move |driver: &Self, deferred| {
                driver.open()?;
                driver.promises.borrow_mut().connect(deferred, signal);
                Ok(())
            };
            self.do_in_order(Needs::Connection, deferred, Box::new(act));
        }
        promise
    }

    /// `reauthenticate()`.
    pub(super) fn ask_to_reauthenticate(&self) -> Result<Promise, Fault> {
        let deferred = Deferred::new();
        let promise = deferred.promise();
        self.reauthenticate(deferred)?;
        self.touch();
        Ok(promise)
    }

    /// `disconnect()`.
    pub(super) fn ask_to_disconnect(&self, given: &Given) -> Result<Promise, Fault> {
        let options = DisconnectOptions {
            reason: given.optional("reasonCode").map(|it| ReasonCode(it as u8)),
            session_expiry_interval: given.optional("sessionExpiryInterval"),
            properties: given.bytes("properties").unwrap_or_default(),
        };
        if self.machine.borrow().state() == State::Disconnected {
            options.check(&self.options.connecting())?;
        }
        self.end_opening(&Fault::new(sentence!(
            "disconnect() was called before the durable session was open"
        )));
        let now = timer::now();
        self.machine.borrow_mut().disconnect(&options, now)?;
        let deferred = Deferred::new();
        let promise = deferred.promise();
        if self.machine.borrow().state() == State::Disconnected {
            deferred.resolve(&JsValue::UNDEFINED);
        } else {
            self.touch();
            self.promises.borrow_mut().disconnect(deferred);
        }
        Ok(promise)
    }

    /// `subscribe()` and `unsubscribe()`. They open no durable session: without a connection, or the wish for one, they
    /// are refused anyway.
    pub(super) fn ask_for(&self, what: &'static str, given: &Given) -> Result<Promise, Fault> {
        let request = Request {
            filters: given.text("filters").unwrap_or_default(),
            options: given.bytes("bits"),
            properties: given.bytes("properties").unwrap_or_default(),
        };
        let deferred = Deferred::new();
        let promise = deferred.promise();
        let patience = Patience::of(given).or_timeout(self.options.timeout());
        let Some(waiting) = self.wait(what, &deferred, &patience) else {
            return Ok(promise);
        };
        let act = move |driver: &Self, deferred: Deferred| {
            if waiting.is_over(&deferred) {
                return Ok(());
            }
            let token = driver.send(&request)?;
            driver.accept(token, &deferred, &waiting);
            Ok(())
        };
        if self.is_bound() {
            self.do_in_order(Needs::Session, deferred.clone(), Box::new(act));
            waiting.begun(self, &deferred);
        } else {
            act(self, deferred)?;
            self.touch();
        }
        Ok(promise)
    }

    fn send(&self, request: &Request) -> Result<Token, UsageError> {
        let Request {
            filters,
            options,
            properties,
        } = request;
        let (mut machine, now) = (self.machine.borrow_mut(), timer::now());
        let filters = filters.split_terminator('\0');
        match options {
            None => machine.unsubscribe(&filters.collect::<Vec<_>>(), properties, now),
            Some(options) => {
                let options = options.iter().copied().map(SubscriptionOptions::from_bits);
                let options = options.map(Option::unwrap_or_default);
                let filters: Vec<Filter<'_>> = filters.zip(options).collect();
                machine.subscribe(&filters, properties, now)
            }
        }
    }
}
