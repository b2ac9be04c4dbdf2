//! Enhanced authentication (MQTT 5 §4.12): the application's steps, and what the machine is told of them.
//!
//! A step may answer with a promise. What it comes to counts for the connection it was asked on, and no other.
//! Must never live here: which packet a step's data travels in.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::error::Fault;
use super::given::Given;
use super::timer;
use super::words::words;
use crate::client::State;
use crate::codec::{Properties, PropertySet, ReasonCode};
use crate::sentences::sentence;

/// Which step is taken, and what for; numbered as in `options.js`.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Stage {
    /// It begins, for CONNECT.
    Connect = 0,
    /// It begins anew.
    Again = 1,
    /// The server wants to know more.
    Continue = 2,
    /// The server is convinced, and said so in CONNACK.
    Connected = 3,
    /// The server is convinced anew.
    Done = 4,
}

impl Driver {
    pub(super) fn authenticates(&self) -> bool {
        self.options.authenticates()
    }

    /// Has the application take a step. One that fails ends the connection. `said`: by the server, beside its data; `more`:
    /// what is to be known again when the step is done.
    pub(super) fn step_on(&self, stage: Stage, data: &[u8], said: &JsValue, more: &Given) {
        let attempt = self.attempt.get();
        self.options
            .step(stage, data, said, more, &self.port, attempt);
    }

    /// What a step has answered: a [`Given`], or a [`Fault`] if it `failed`.
    pub(super) fn stepped(&self, stage: u8, said: JsValue, failed: bool) {
        let now = timer::now();
        if failed {
            self.failure.replace(Some(said.unchecked_into()));
            return self.machine.borrow_mut().authentication_failed(now);
        }
        let proof: Given = said.unchecked_into();
        if stage == Stage::Connect as u8 {
            return self.go(&proof);
        }
        if stage == Stage::Connected as u8 {
            return self.emit_connected();
        }
        if stage == Stage::Done as u8 {
            return self.operations.reauthenticated(&JsValue::UNDEFINED);
        }
        let data = proof.bytes("data");
        let properties = proof.bytes("properties").unwrap_or_default();
        let mut machine = self.machine.borrow_mut();
        if stage == Stage::Continue as u8 {
            return machine.authenticate(data.as_deref(), &properties, now);
        }
        let begun = machine.reauthenticate(data.as_deref(), &properties, now);
        drop(machine);
        if let Err(error) = begun {
            self.operations.reauthenticated(&Fault::from(error));
        }
    }

    /// The server wants to know more.
    pub(super) fn challenge(&self, data: &[u8], properties: &[u8]) {
        let reason = ReasonCode::CONTINUE_AUTHENTICATION;
        let said = words(reason, PropertySet::Auth, properties);
        self.step_on(Stage::Continue, data, &said, self.options.given());
    }

    /// The server is convinced, and says so in CONNACK. Whether it is the right one is the application's to say,
    /// before anything else is told of it.
    pub(super) fn verify(&self, connack: &[u8]) {
        let properties = Properties::parse(PropertySet::ConnAck, connack).unwrap_or_default();
        let data = properties.authentication_data().unwrap_or_default();
        let said = words(ReasonCode::SUCCESS, PropertySet::ConnAck, connack);
        self.step_on(Stage::Connected, data, &said, self.options.given());
    }

    /// Authenticates anew on the connection there is.
    pub(super) fn reauthenticate(&self) -> Result<Promise, Fault> {
        if !self.authenticates() {
            return Err(Fault::new(sentence!(
                "reauthenticate() is for connections made with the option authenticate"
            )));
        }
        if self.machine.borrow().state() != State::Connected {
            return Err(crate::error::UsageError::NotConnected.into());
        }
        let promise = self.operations.reauthenticate().ok_or_else(|| {
            Fault::new(sentence!(
                "reauthenticate() was called before and is not over yet: await it first"
            ))
        })?;
        self.step_on(Stage::Again, &[], &JsValue::UNDEFINED, self.options.given());
        Ok(promise)
    }

    /// The server is convinced anew.
    pub(super) fn verify_again(&self, data: &[u8], properties: &[u8]) {
        let said = words(ReasonCode::SUCCESS, PropertySet::Auth, properties);
        self.step_on(Stage::Done, data, &said, self.options.given());
    }
}
