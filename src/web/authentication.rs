//! Enhanced authentication (MQTT 5 §4.12): the application's steps, and what the machine is told of them.
//!
//! A step may answer with a promise. What it comes to counts for the connection it was asked on, and no other.
//! Must never live here: which packet a step's data travels in.

use js_sys::Object;
use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::error::Fault;
use super::given::Given;
use super::values::Deferred;
use super::words::words;
use super::{arguments, task, timer};
use crate::client::State;
use crate::codec::{Properties, PropertySet, ReasonCode};
use crate::sentences::{say, sentence};

/// What is done with the data a step has answered.
type Then = Box<dyn FnOnce(&Driver, Given)>;

/// What the server says with its data.
type Said = Option<JsValue>;

impl Driver {
    pub(super) fn authenticates(&self) -> bool {
        self.options.authenticates()
    }

    /// Has the application take a step, and then does `then`. One that fails ends the connection.
    pub(super) fn step_on(&self, stage: &'static str, data: &[u8], said: Said, then: Then) {
        let (me, attempt) = (self.me.clone(), self.attempt.get());
        let detail = said.unwrap_or_else(|| Object::new().into());
        let asked = self.options.step(stage, data, &detail);
        task::when(asked, move |answer| {
            let Some(client) = me.upgrade().filter(|me| me.attempt.get() == attempt) else {
                return;
            };
            match read(stage, answer) {
                Ok(proof) => then(&client, proof),
                Err(failure) => {
                    client.failure.replace(Some(failure));
                    let now = timer::now();
                    client.machine.borrow_mut().authentication_failed(now);
                }
            }
            client.resume();
        });
    }

    /// The server wants to know more.
    pub(super) fn challenge(&self, data: &[u8], properties: &[u8]) {
        let reason = ReasonCode::CONTINUE_AUTHENTICATION;
        self.step_on(
            "continue",
            data,
            Some(words(reason, PropertySet::Auth, properties)),
            Box::new(|client, proof| {
                let mut machine = client.machine.borrow_mut();
                machine.authenticate(
                    proof.bytes("data").as_deref(),
                    &proof.bytes("properties").unwrap_or_default(),
                    timer::now(),
                );
            }),
        );
    }

    /// The server is convinced, and says so in CONNACK. Whether it is the right one is the application's to say,
    /// before anything else is told of it.
    pub(super) fn verify(&self, connack: &[u8], then: Then) {
        let properties = Properties::parse(PropertySet::ConnAck, connack).unwrap_or_default();
        let data = properties.authentication_data();
        let said = words(ReasonCode::SUCCESS, PropertySet::ConnAck, connack);
        self.step_on("done", data.unwrap_or_default(), Some(said), then);
    }

    /// Authenticates anew on the connection there is.
    pub(super) fn reauthenticate(&self, deferred: Deferred) -> Result<(), Fault> {
        if !self.authenticates() {
            return Err(Fault::new(sentence!(
                "reauthenticate() is for connections made with the option authenticate"
            )));
        }
        if self.machine.borrow().state() != State::Connected {
            return Err(crate::error::UsageError::NotConnected.into());
        }
        if self.reauthentication.borrow().is_some() {
            return Err(Fault::new(sentence!(
                "reauthenticate() was called before and is not over yet: await it first"
            )));
        }
        self.reauthentication.replace(Some(deferred));
        self.step_on(
            "start",
            &[],
            None,
            Box::new(|client, proof| {
                let now = timer::now();
                let begun = client.machine.borrow_mut().reauthenticate(
                    proof.bytes("data").as_deref(),
                    &proof.bytes("properties").unwrap_or_default(),
                    now,
                );
                if let Err(error) = begun {
                    client.reauthenticated(Some(&Fault::from(error)));
                }
            }),
        );
        Ok(())
    }

    /// The server is convinced anew.
    pub(super) fn verify_again(&self, data: &[u8], properties: &[u8]) {
        let then = |client: &Self, _| client.reauthenticated(None);
        let said = words(ReasonCode::SUCCESS, PropertySet::Auth, properties);
        self.step_on("done", data, Some(said), Box::new(then));
    }

    /// `reauthenticate()`, if it was called, is over.
    pub(super) fn reauthenticated(&self, error: Option<&JsValue>) {
        if let Some(deferred) = self.reauthentication.take() {
            match error {
                Some(error) => deferred.reject(error),
                None => deferred.resolve(&JsValue::UNDEFINED),
            }
        }
    }
}

/// What a step answered, or why it has failed, with what it threw.
fn read(stage: &str, answer: Result<JsValue, JsValue>) -> Result<Given, (Fault, JsValue)> {
    let answer = answer.map_err(|thrown| {
        let fault = Fault::said(say!("authenticate.step(\"%text\") failed"; stage));
        (fault.quoting(&thrown), thrown)
    })?;
    arguments::proof(&answer).map_err(|error| {
        let failed = sentence!("authenticate.step(\"%text\") failed: %why");
        (Fault::from(error).within(failed, stage), JsValue::UNDEFINED)
    })
}
