//! Who takes messages beside the handlers: iterators, and requests that wait for their answers. Both are JavaScript;
//! here it is known who they are, and who gets what.
//!
//! While there are any, QoS 2 messages are acknowledged from here, so that a reader who cannot keep up holds the server
//! back. Must never live here: how much a reader keeps (`reading.js`), and which answer is whose (`requesting.js`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use super::class::{MqttClient, add_methods};
use super::driver::Driver;
use super::error::Fault;
use super::events::EventName;
use super::options::Acknowledging;
use super::receiving::{Received, decode_properties};
use super::timer;
use super::values::response_information;
use crate::client::output::{Delivery, Ticket};
use crate::codec::{PacketId, Version, matches, validate_filter, validate_name};

#[wasm_bindgen(module = "/src/web/reading.js")]
extern "C" {
    /// One who takes messages.
    #[derive(Clone, Debug)]
    #[wasm_bindgen(js_name = Messages)]
    pub(super) type Reader;
    #[wasm_bindgen(method, js_class = Messages)]
    fn acknowledged(this: &Reader, packet_id: u16);
    #[wasm_bindgen(method, js_class = Messages)]
    fn reconnected(this: &Reader, session_present: bool);
    #[wasm_bindgen(method, js_class = Messages)]
    fn freed(this: &Reader);
}

#[wasm_bindgen(module = "/src/web/requesting.js")]
extern "C" {
    #[wasm_bindgen(js_name = addRequests)]
    fn add_requests(prototype: &JsValue);
}

#[wasm_bindgen(module = "/src/web/extending.js")]
extern "C" {
    fn extend(prototype: &JsValue);
}

/// A filter, if not everything is asked for, and who asks.
type Listed = (Option<Box<str>>, Reader);

/// All readers of one client.
#[derive(Debug, Default)]
pub(super) struct Readers {
    /// Replaced, never changed, so that a message on its way keeps its own.
    all: RefCell<Rc<[Listed]>>,
    /// Where answers come to. What comes there is not the application's to acknowledge, too late or twice as it may be:
    /// behind a single message that nobody acknowledges, all others would wait `[MQTT-4.6.0-2]`.
    answers: RefCell<Vec<Box<str>>>,
}

impl Readers {
    fn all(&self) -> Rc<[Listed]> {
        self.all.borrow().clone()
    }

    fn is_empty(&self) -> bool {
        self.all.borrow().is_empty()
    }

    /// There is no client any more.
    pub(super) fn free(&self) {
        let all = self.all.take();
        all.iter().for_each(|(_, reader)| reader.freed());
    }
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

/// For `extending.js`, which takes these off the class.
#[wasm_bindgen]
impl MqttClient {
    /// From now on `reader` gets what matches `filter`. `answers`: which is a topic that answers come to.
    #[wasm_bindgen(skip_typescript)]
    pub fn attach(
        &self,
        filter: Option<String>,
        reader: &JsValue,
        answers: bool,
    ) -> Result<(), JsValue> {
        let driver = self.driver()?;
        if answers && driver.version() == Version::V311 {
            let message = "request() needs MQTT 5: 3.1.1 has no response topics";
            return Err(Fault::usage(message).into());
        }
        if let Some(filter) = &filter {
            validate_filter(filter).map_err(|e| Fault::from(e).about_topic(filter))?;
        }
        let filter: Option<Box<str>> = filter.map(Into::into);
        if let (Some(topic), true) = (&filter, answers) {
            let mut known = driver.readers.answers.borrow_mut();
            if !known.contains(topic) {
                known.push(topic.clone());
            }
        }
        let listed = (filter, reader.clone().unchecked_into());
        let readers = driver.readers.all();
        driver.set_readers(readers.iter().cloned().chain([listed]).collect());
        driver.hand_over_again();
        Ok(())
    }

    /// `reader` gets nothing any more.
    #[wasm_bindgen(skip_typescript)]
    pub fn detach(&self, reader: &JsValue) {
        if let Ok(driver) = self.driver() {
            let readers = driver.readers.all();
            let others = readers.iter().filter(|(_, other)| **other != *reader);
            driver.set_readers(others.cloned().collect());
        }
    }

    /// Tells the handlers of `error`.
    #[wasm_bindgen(skip_typescript)]
    pub fn report(&self, error: JsValue) {
        if let Ok(driver) = self.driver() {
            driver.notice(EventName::Error, error);
        }
    }

    /// Whether the session holds a subscription to `filter`.
    #[wasm_bindgen(js_name = isSubscribed, skip_typescript)]
    pub fn is_subscribed(&self, filter: &str) -> Result<bool, JsValue> {
        let driver = self.driver()?;
        let machine = driver.machine.borrow();
        Ok(machine.subscriptions().any(|held| held == filter))
    }

    /// Where answers go unless the caller says otherwise: named by the client identifier in use, below the Response
    /// Information of the server, if it gave any that is a topic (MQTT 5 §4.10.1). Empty while no identifier is known.
    #[wasm_bindgen(js_name = answersTo, skip_typescript)]
    pub fn answers_to(&self) -> Result<String, JsValue> {
        let driver = self.driver()?;
        let mut id = driver.options.client_id();
        if id.is_empty() {
            id = driver.machine.borrow().client_id().into();
        }
        if id.is_empty() {
            return Ok(id);
        }
        let accepted = driver.accepted.borrow();
        let base = accepted.as_ref().and_then(response_information);
        let base = base.filter(|base| validate_name(base).is_ok());
        let base = base.unwrap_or_default();
        let between = match base.is_empty() || base.ends_with('/') {
            true => "response/",
            false => "/response/",
        };
        Ok([base, between, &id].concat())
    }
}

impl Driver {
    fn set_readers(&self, readers: Rc<[Listed]>) {
        let holds_back = !readers.is_empty();
        self.readers.all.replace(readers);
        self.machine.borrow_mut().set_back_pressure(holds_back);
    }

    /// Messages came that nobody took: whoever takes messages now gets them.
    pub(super) fn hand_over_again(&self) {
        if self.untaken.take() {
            self.machine.borrow_mut().hand_over_again(timer::now());
            self.touch();
        }
    }

    /// The message with this packet identifier is acknowledged, whoever of those who got it has seen to that.
    pub(super) fn readers_acknowledged(&self, packet_id: PacketId) {
        if self.options.acknowledging() == Acknowledging::Automatic {
            return;
        }
        for (_, reader) in &*self.readers.all() {
            reader.acknowledged(packet_id.get());
        }
    }

    /// There is a new connection.
    pub(super) fn readers_reconnected(&self, session_present: bool) {
        for (_, reader) in &*self.readers.all() {
            reader.reconnected(session_present);
        }
    }

    /// Whether it came to where answers come to.
    pub(super) fn is_answer(&self, delivery: &Delivery, received: Received<'_>) -> bool {
        let topic = delivery.topic.bytes(received.chunk);
        let known = self.readers.answers.borrow();
        known.iter().any(|known| known.as_bytes() == topic)
    }

    /// Tells the inbox who gets this message beside the handlers; whether there are any readers at all.
    pub(super) fn select_readers(&self, delivery: &Delivery, received: Received<'_>) -> bool {
        if self.readers.is_empty() {
            return false;
        }
        let topic = std::str::from_utf8(delivery.topic.bytes(received.chunk)).unwrap_or_default();
        for (filter, reader) in &*self.readers.all() {
            if filter.as_ref().is_none_or(|filter| matches(filter, topic)) {
                self.inbox.select(reader);
            }
        }
        true
    }

    /// Nobody took the message with this ticket.
    pub(super) fn not_taken(&self, ticket: Ticket) {
        self.machine.borrow_mut().not_taken(ticket);
        self.untaken.set(true);
    }
}
