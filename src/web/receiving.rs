//! The hot path of receiving, this side of it: bytes to the machine, and each message it delivers to JavaScript, in one call
//! and as nothing but numbers. The other side, and why it is so, is `receiving.js`.
//!
//! Must never live here: who reads messages beside the handlers (`iterating`).

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::error::Fault;
use super::events::{EventName, Handlers};
use super::port::{JsPort, Port};
use super::values::{self, Stats};
use super::{arguments, timer};
use crate::client::Verdict;
use crate::client::output::{Delivery, Span, Ticket};
use crate::codec::{PacketId, ReasonCode};

/// A receive buffer that grew above this is given back, in bytes.
const KEEP_BUFFER: usize = 1024 * 1024;

#[wasm_bindgen(module = "/src/web/receiving.js")]
extern "C" {
    #[derive(Debug)]
    pub(super) type Inbox;
    #[wasm_bindgen(constructor)]
    fn new(handlers: &JsValue, message_in: u32, memory: &JsValue, port: &JsPort) -> Inbox;
    #[wasm_bindgen(method)]
    fn open(this: &Inbox, frame: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn acknowledged(this: &Inbox, packet_id: u16);
    #[wasm_bindgen(method)]
    pub(super) fn reconnected(this: &Inbox, session_present: bool);
    #[wasm_bindgen(method)]
    pub(super) fn freed(this: &Inbox);
    #[wasm_bindgen(method)]
    fn deliver(
        this: &Inbox,
        topic: usize,
        topic_length: usize,
        payload: usize,
        payload_length: usize,
        place: i32,
        properties: usize,
        properties_length: usize,
        flags: u32,
        packet_id: u16,
        connection: u32,
        number: f64,
    ) -> u32;
}

#[wasm_bindgen(module = "/src/web/message.js")]
extern "C" {
    #[wasm_bindgen(js_name = decodeBy)]
    fn decode_by(decode: &JsValue);
}

// What `deliver` returns; as in `receiving.js`.
const HANDLED: u32 = 1;
const UNTAKEN: u32 = 2;

// The flags of a message, beside its QoS; as in `receiving.js`.
const RETAIN: u32 = 4;
const DUP: u32 = 8;
const WHEN: u32 = 4;
const OWED: u32 = 64;

/// What the machine was given, and when.
#[derive(Clone, Copy)]
pub(super) struct Received<'a> {
    pub(super) chunk: &'a [u8],
    pub(super) now: u64,
}

impl Received<'static> {
    /// Nothing, now.
    pub(super) fn nothing() -> Self {
        let now = timer::now();
        Self { chunk: &[], now }
    }
}

impl Inbox {
    /// Where messages for these handlers come in; `port` is told when one is acknowledged.
    pub(super) fn of(handlers: &Handlers, port: &Port) -> Self {
        let message_in = EventName::MessageIn as u32;
        Self::new(&handlers.to_js(), message_in, &wasm_bindgen::memory(), port)
    }
}

/// Tells JavaScript, before there is a client, what decodes the properties of messages.
pub(super) fn decode_properties() {
    let decode = |encoded: Vec<u8>| values::properties(&encoded);
    decode_by(&Closure::<dyn Fn(Vec<u8>) -> JsValue>::new(decode).into_js_value());
}

impl Driver {
    /// A binary message came. The platform delivers one at a time and never while a handler runs, so
    /// the loop is not running now.
    pub(super) fn on_bytes(&self, buffer: &ArrayBuffer, now: u64) {
        let view = Uint8Array::new(buffer);
        let length = view.length() as usize;
        Stats::add(&self.stats.bytes_received, length);
        let mut bytes = self.buffer.take();
        if bytes.len() < length {
            bytes = vec![0; length];
        }
        if let Some(chunk) = bytes.get_mut(..length) {
            view.copy_to(chunk);
            let tracing = self.logs_packets();
            {
                let mut machine = self.machine.borrow_mut();
                machine.set_tracing(tracing);
                machine.handle_bytes(chunk, now);
            }
            self.inbox.open(buffer);
            self.drain(Received { chunk, now });
            self.inbox.open(&JsValue::UNDEFINED);
        }
        if bytes.capacity() <= KEEP_BUFFER {
            self.buffer.replace(bytes);
        }
    }

    /// A message came: to handlers and readers with it, and then the acknowledgement, as far as it is owed by then.
    pub(super) fn deliver(&self, delivery: &Delivery, received: Received<'_>) {
        Stats::add(&self.stats.messages_received, 1);
        let Received { chunk, now } = received;
        let acknowledging = self.options.acknowledging();
        let part = |span: &Span| {
            let bytes = span.bytes(chunk);
            (bytes.as_ptr() as usize, bytes.len())
        };
        let mut flags = delivery.qos as u32 | (acknowledging as u32) << WHEN;
        if delivery.retain {
            flags |= RETAIN;
        }
        if delivery.duplicate {
            flags |= DUP;
        }
        if delivery.ticket.is_some() {
            flags |= OWED;
        }
        let (topic, topic_length) = part(&delivery.topic);
        let (payload, payload_length) = part(&delivery.payload);
        let (properties, properties_length) = part(&delivery.properties);
        let outcome = self.inbox.deliver(
            topic,
            topic_length,
            payload,
            payload_length,
            match delivery.payload {
                Span::Chunk { start, .. } => start as i32,
                Span::Owned(_) => -1,
            },
            properties,
            properties_length,
            flags,
            delivery.packet_id.map_or(0, Into::into),
            delivery.ticket.map_or(0, |ticket| ticket.connection),
            delivery.ticket.map_or(0.0, number_of),
        );
        match (outcome, delivery.ticket) {
            (HANDLED, Some(ticket)) => self.machine.borrow_mut().handled(ticket, now),
            (UNTAKEN, Some(ticket)) => self.not_taken(ticket),
            _ => {}
        }
    }

    /// A message is acknowledged, with this `verdict`; or, where there is none, nobody took it.
    pub(super) fn acknowledge(
        &self,
        connection: f64,
        id: u16,
        number: f64,
        verdict: Option<&JsValue>,
    ) -> Result<(), JsValue> {
        let Some(id) = PacketId::new(id) else {
            return Ok(());
        };
        let ticket = Ticket {
            connection: connection as u32,
            id,
            seq: (number >= 0.0).then_some(number as u64),
            number: (-1.0 - number) as u32,
        };
        if let Some(verdict) = verdict {
            let given = arguments::verdict(verdict)?;
            let reason = given.optional("reasonCode").unwrap_or_default();
            let verdict = Verdict {
                reason: ReasonCode(reason as u8),
                properties: given.bytes("properties").unwrap_or_default(),
            };
            let mut machine = self.machine.borrow_mut();
            let checked = machine.check_verdict(ticket, &verdict);
            checked.map_err(Fault::from)?;
            machine.acknowledge(ticket, verdict, timer::now());
        } else {
            self.not_taken(ticket);
        }
        self.touch();
        Ok(())
    }
}

/// The number of a message in the session, as JavaScript carries it; below 0, counted from -1: the one on the connection.
fn number_of(ticket: Ticket) -> f64 {
    ticket
        .seq
        .map_or(-1.0 - f64::from(ticket.number), |seq| seq as f64)
}
