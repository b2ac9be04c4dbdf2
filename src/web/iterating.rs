//! What the machine has to do with those who take messages beside the handlers: iterators, and requests that wait for
//! their answers. All of them are JavaScript (`readers.js`).
//!
//! While there are any, QoS 2 messages are acknowledged when they are done with them, so that a reader who cannot keep up
//! holds the server back. Must never live here: who they are, and who gets what (`receiving.js`).

use std::cell::Cell;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use super::class::{MqttClient, add_methods};
use super::driver::Driver;
use super::error::Fault;
use super::events::EventName;
use super::options::Acknowledging;
use super::receiving::decode_properties;
use super::timer;
use crate::client::output::Ticket;
use crate::codec::{PacketId, Version, matches, validate_filter};

#[wasm_bindgen(module = "/src/web/requesting.js")]
extern "C" {
    #[wasm_bindgen(js_name = addRequests)]
    fn add_requests(prototype: &JsValue);
}

#[wasm_bindgen(module = "/src/web/extending.js")]
extern "C" {
    fn extend(prototype: &JsValue);
}

thread_local! {
    static EXTENDED: Cell<bool> = const { Cell::new(false) };
}

/// Adds what is written in JavaScript to the class, before there is a client: when the module is loaded, or, where whoever
/// loads it starts nothing, as tests do, with the first one.
#[wasm_bindgen(start)]
pub(super) fn extend_once() {
    if !EXTENDED.replace(true) {
        let none = JsValue::from(MqttClient::none());
        let prototype = Reflect::get_prototype_of(&none).unwrap_or_default();
        add_methods(&prototype);
        decode_properties();
        add_requests(&prototype);
        extend(&prototype);
    }
}

#[wasm_bindgen]
impl MqttClient {
    /// Whether a message to `topic` is one that `filter` asks for. For `extending.js`, which takes it off the class.
    pub fn matches(filter: &str, topic: &str) -> bool {
        matches(filter, topic)
    }
}

impl Driver {
    /// What is asked for by `readers.js`, by its number in `methods.js`.
    pub(super) fn ask_for_readers(&self, what: u8, given: &JsValue) -> Result<JsValue, Fault> {
        match what {
            13 => return Ok((*self.inbox).clone()),
            14 => {
                if let Some(filter) = given.as_string() {
                    validate_filter(&filter).map_err(|e| Fault::from(e).about_topic(&filter))?;
                }
                self.set_read(true);
                self.hand_over_again();
            }
            15 => self.set_read(false),
            16 => self.notice(EventName::Error, given.clone()),
            17 => return Ok((self.version() == Version::V5).into()),
            18 => {
                let filter = given.as_string();
                let machine = self.machine.borrow();
                let mut held = machine.subscriptions();
                return Ok(held.any(|held| Some(held) == filter.as_deref()).into());
            }
            19 => return Ok(self.machine.borrow().client_id().into()),
            _ => self.hand_over_again(),
        }
        Ok(JsValue::UNDEFINED)
    }

    fn set_read(&self, is_read: bool) {
        self.is_read.set(is_read);
        self.machine.borrow_mut().set_back_pressure(is_read);
    }

    /// Messages came that nobody took: whoever takes messages now gets them.
    fn hand_over_again(&self) {
        if self.untaken.take() {
            self.machine.borrow_mut().hand_over_again(timer::now());
            self.touch();
        }
    }

    /// The message with this packet identifier is acknowledged, whoever of those who got it has seen to that.
    pub(super) fn readers_acknowledged(&self, packet_id: PacketId) {
        if self.options.acknowledging() != Acknowledging::Automatic {
            self.inbox.acknowledged(packet_id.get());
        }
    }

    /// Nobody took the message with this ticket.
    pub(super) fn not_taken(&self, ticket: Ticket) {
        self.machine.borrow_mut().not_taken(ticket);
        self.untaken.set(true);
    }
}
