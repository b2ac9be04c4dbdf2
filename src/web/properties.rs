//! What can be read of a client: its state, and its options for those who show and change them (`accessors.js`).

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::class::MqttClient;
use super::driver::Driver;
use super::notify::state_name;
use super::store::Store;
use super::values::{self, Stats, Value, count, named, number, of_message, optional};
use crate::client::Client;
use crate::codec::{PacketId, validate_filter, validate_name};
use crate::connection::limits::ServerLimits;
use crate::session::inbound::IncomingStage;
use crate::session::message::Message;
use crate::session::outbound::OutgoingStage;

/// How much a browser's store takes for one origin, in UTF-16 units: 5 MiB in all of them.
const BROWSER_LIMIT: u32 = 5 * 1024 * 1024;

#[wasm_bindgen]
impl MqttClient {
    /// What can be read, for `accessors.js`, by its number there.
    #[wasm_bindgen(skip_typescript)]
    pub fn look(&self, what: u8) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
        Ok(match what {
            0 => state_name(driver.machine.borrow().state()).into(),
            1 => {
                let accepted = driver.accepted.borrow();
                let accepted = accepted.as_ref();
                accepted.is_some_and(|it| it.session_present).into()
            }
            2 => {
                let accepted = driver.accepted.borrow();
                let accepted = accepted.as_ref();
                accepted.and_then(|it| it.assigned_client_id.clone()).into()
            }
            3 => {
                let accepted = driver.accepted.borrow();
                let defaults = ServerLimits::default();
                let limits = accepted.as_ref().map_or(&defaults, |it| &it.limits);
                values::limits(limits)
            }
            4 => driver.machine.borrow().ready_to_send().into(),
            5 => {
                let unsent = driver.machine.borrow().unsent_bytes();
                (unsent as f64 + driver.socket_backlog()).into()
            }
            6 => incoming_messages(&driver.machine.borrow()),
            7 => outgoing_messages(&driver.machine.borrow()),
            8 => storage_usage(&driver),
            9 => stats(&driver),
            10 => driver.options.table(),
            _ => driver.is_bound().into(),
        })
    }

    /// An option was set.
    #[wasm_bindgen(js_name = applyOptions, skip_typescript)]
    pub fn apply_options(&self) {
        if let Ok(driver) = self.driver() {
            driver.apply_options();
        }
    }

    /// What is wrong with a topic name, or a topic filter: a sentence; 0: nothing.
    #[wasm_bindgen(js_name = wrongTopic, skip_typescript)]
    pub fn wrong_topic(topic: &str, is_filter: bool) -> u32 {
        let checked = match is_filter {
            true => validate_filter(topic),
            false => validate_name(topic),
        };
        checked.err().map_or(0, |error| error.sentence())
    }
}

/// Stands where messages have no number: behind those that have one, in their order here.
const LAST: f64 = f64::INFINITY;

/// Unfinished messages from the server, each behind its number.
fn incoming_messages(machine: &Client) -> JsValue {
    let list = Array::new();
    let add = |seq: f64, state, id: PacketId, qos: u8, topic, bytes| {
        let values = [
            Value::Text(state),
            number(id.get()),
            number(qos),
            topic,
            count(bytes),
        ];
        list.push(&seq.into());
        list.push(&named("state packetId qos topic bytes", &values));
    };
    for (id, incoming) in machine.incoming() {
        let state = match incoming.stage {
            IncomingStage::SendingPubRec => "sending PUBREC",
            IncomingStage::AwaitingPubRel => "awaiting PUBREL",
            IncomingStage::SendingPubComp => "sending PUBCOMP",
        };
        let message = &incoming.message;
        let topic = Value::Text(&message.topic);
        let bytes = message.payload.len();
        add(incoming.seq as f64, state, id, 2, topic, bytes);
    }
    for id in machine.unacknowledged() {
        add(LAST, "sending PUBACK", id, 1, Value::None, 0);
    }
    list.into()
}

/// Unfinished messages to the server, each behind its number.
fn outgoing_messages(machine: &Client) -> JsValue {
    let list = Array::new();
    let add = |seq: f64, state, id, message: &Message| {
        let bytes = count(message.payload.len());
        let none = [Value::None, Value::None];
        list.push(&seq.into());
        list.push(&of_message(message, id, Some(state), bytes, none));
    };
    for (id, outgoing) in machine.in_flight() {
        let state = stage_name(outgoing.stage);
        add(outgoing.seq as f64, state, Some(id), &outgoing.message);
    }
    for queued in machine.outbox() {
        add(LAST, "queued", None, &queued.message);
    }
    list.into()
}

/// What the session takes up.
fn storage_usage(driver: &Driver) -> JsValue {
    let machine = driver.machine.borrow();
    let messages = machine.in_flight().len() + machine.outbox().len() + machine.incoming().len();
    let stored = driver.journal().map_or(driver.stored.get(), |it| it.size());
    let limit = match driver.options.store() {
        Store::Browser(_) if !driver.denied.get() => Some(BROWSER_LIMIT),
        _ => None,
    };
    let bytes = machine.session_bytes();
    named(
        "bytes messages stored limit",
        &[
            count(bytes),
            count(messages),
            count(stored),
            optional(limit),
        ],
    )
}

/// Counts since the client was made.
fn stats(driver: &Driver) -> JsValue {
    let Stats {
        bytes_sent,
        bytes_received,
        messages_sent,
        messages_received,
        connections,
    } = driver.stats.get();
    let counts = [
        bytes_sent,
        bytes_received,
        messages_sent,
        messages_received,
        connections,
    ];
    named(
        "bytesSent bytesReceived messagesSent messagesReceived connections",
        &counts.map(Value::Number),
    )
}

/// `OutgoingState` of a message in flight.
pub(super) fn stage_name(stage: OutgoingStage) -> &'static str {
    match stage {
        OutgoingStage::AwaitingPubAck => "awaiting PUBACK",
        OutgoingStage::AwaitingPubRec => "awaiting PUBREC",
        OutgoingStage::PubRecReceived => "PUBREC received",
        OutgoingStage::AwaitingPubComp => "awaiting PUBCOMP",
        OutgoingStage::Abandoned => "abandoned",
    }
}
