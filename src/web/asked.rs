//! What an application asks of a connection: to be made, to be ended, to authenticate anew, and for subscriptions.
//!
//! Each returns a promise, or the fault that `methods.js` rejects one with. Must never live here: reading the arguments;
//! `asking.js` has.

use js_sys::Promise;
use wasm_bindgen::JsCast;

use super::cancelling::Patience;
use super::driver::Driver;
use super::durable::Needs;
use super::error::Fault;
use super::given::Given;
use super::timer;
use super::values::Deferred;
use crate::client::{DisconnectOptions, Filter, PublishRequest, State};
use crate::codec::{ReasonCode, SubscriptionOptions};
use crate::error::UsageError;
use crate::sentences::sentence;
use crate::session::outbound::Token;
use crate::text;

/// Something is done in its turn, with what its caller waits for.
pub(super) type Act = dyn FnOnce(&Driver, Deferred) -> Result<(), Fault>;

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
                driver.operations.connect(&deferred, &signal);
                Ok(())
            };
            self.do_in_order(Needs::Connection, deferred, Box::new(act));
        }
        promise
    }

    /// `reauthenticate()`.
    pub(super) fn ask_to_reauthenticate(&self) -> Result<Promise, Fault> {
        let promise = self.reauthenticate()?;
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
        let is_over = self.machine.borrow().state() == State::Disconnected;
        if !is_over {
            self.touch();
        }
        Ok(self.operations.disconnect(is_over))
    }

    /// `publish()`. What settles its promise is among what is `given`.
    pub(super) fn publish(&self, given: &Given) {
        let deferred: Deferred = given.value("publishing").unchecked_into();
        let patience = Patience::of(given);
        let Some(waiting) = self.wait("publish()", &deferred, &patience) else {
            return;
        };
        let publication = given.clone();
        let act = move |driver: &Self, deferred: Deferred| {
            if waiting.is_over(&deferred) {
                return Ok(());
            }
            let given = publication;
            let topic = given.text("topic").unwrap_or_default();
            let key = given.text("key");
            let request = PublishRequest {
                topic: &topic,
                payload: &given.bytes("payload").unwrap_or_default(),
                qos: given.qos("qos"),
                retain: given.flag("retain"),
                properties: &given.bytes("properties").unwrap_or_default(),
                key: key.as_deref(),
            };
            let token = driver.machine.borrow_mut().publish(request, timer::now());
            let token = token.map_err(|error| Fault::from(error).about_topic(&topic))?;
            driver.accept(token, &deferred, &waiting);
            Ok(())
        };
        self.do_in_order(Needs::Session, deferred.clone(), Box::new(act));
        waiting.begun(self, &deferred);
    }

    /// `subscribe()` and `unsubscribe()`. They open no durable session: without a connection, or the wish for one, they
    /// are refused anyway.
    pub(super) fn ask_for(&self, what: &'static str, given: &Given) -> Result<Promise, Fault> {
        let deferred = Deferred::new();
        let promise = deferred.promise();
        let patience = Patience::of(given).or_timeout(self.options.timeout());
        let Some(waiting) = self.wait(what, &deferred, &patience) else {
            return Ok(promise);
        };
        let given = given.clone();
        let act = move |driver: &Self, deferred: Deferred| {
            if waiting.is_over(&deferred) {
                return Ok(());
            }
            let token = driver.send(&given)?;
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

    fn send(&self, given: &Given) -> Result<Token, UsageError> {
        // Each with U+0000 behind it, which none contains.
        let filters = given.text("filters").unwrap_or_default();
        let filters = text::ended(&filters, 0);
        let properties = given.bytes("properties").unwrap_or_default();
        // Of each filter the Subscription Options; without them the subscriptions are to end.
        let options = given.bytes("bits");
        let (mut machine, now) = (self.machine.borrow_mut(), timer::now());
        let Some(options) = options else {
            let mut all = Vec::new();
            for filter in filters {
                all.push(filter);
            }
            return machine.unsubscribe(&all, &properties, now);
        };
        let mut all: Vec<Filter<'_>> = Vec::new();
        for filter in filters {
            let bits = options.get(all.len()).copied().unwrap_or_default();
            let options = SubscriptionOptions::from_bits(bits).unwrap_or_default();
            all.push((filter, options));
        }
        machine.subscribe(&all, &properties, now)
    }
}
