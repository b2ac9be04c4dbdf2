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
    /// What is wrong with a topic name, or a topic filter: a sentence; 0: nothing.
    #[wasm_bindgen(js_name = wrongTopic)]
    pub fn wrong_topic(topic: &str, is_filter: bool) -> u32 {
        let checked = match is_filter {
            true => validate_filter(topic),
            false => validate_name(topic),
        };
        checked.err().map_or(0, |error| error.sentence())
    }
}

impl Driver {
    /// What can be read, for `accessors.js`, by its number there.
    pub(super) fn look(&self, what: u8) -> JsValue {
        // Of the WebSocket others may know, too.
        let backlog = self.socket_backlog();
        let machine = self.machine.borrow();
        match what {
            0 => state_name(machine.state()).into(),
            // As they are before a server has said anything.
            1 => values::limits(&ServerLimits::default()),
            2 => machine.ready_to_send().into(),
            3 => (machine.unsent_bytes() as f64 + backlog).into(),
            4 => incoming_messages(&machine),
            5 => outgoing_messages(&machine),
            6 => storage_usage(self),
            _ => stats(&self.stats),
        }
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
fn stats(stats: &Stats) -> JsValue {
    let Stats {
        bytes_sent,
        bytes_received,
        messages_sent,
        messages_received,
        connections,
    } = stats;
    let counts = [
        bytes_sent,
        bytes_received,
        messages_sent,
        messages_received,
        connections,
    ];
    named(
        "bytesSent bytesReceived messagesSent messagesReceived connections",
        &counts.map(|count| Value::Number(count.get())),
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
