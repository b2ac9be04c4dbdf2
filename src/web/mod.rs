//! The boundary to JavaScript: the one exported class, `MqttClient`.
//!
//! | room | what it does |
//! | --- | --- |
//! | `mod` | the class: each method reads its arguments, asks the machine, returns |
//! | `driver` | drives the machine: socket, clock, the loop that drains it |
//! | `notify` | tells handlers and promises what the machine says |
//! | `saved` | `saveSession`, `restoreSession`, `discardSession` |
//! | `options` | the options, by name |
//! | `arguments` | reading what JavaScript passes in |
//! | `values` | making what JavaScript gets |
//! | `error` | every cause as one code and one sentence |
//! | `events`, `promises`, `socket`, `timer` | handlers, pending promises, a WebSocket, a clock |
//!
//! The contract is `types.d.ts`, written by hand and shipped as it is. Must never live here: MQTT. Whatever
//! needs a specification to be right is the machine's, where it is tested on virtual time.

mod arguments;
mod driver;
mod error;
mod events;
mod notify;
mod options;
mod promises;
mod saved;
mod socket;
mod timer;
mod values;

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use crate::client::{PublishRequest, State};
use crate::connection::limits::ServerLimits;
use crate::session::inbound::IncomingStage;
use crate::session::outbound::OutgoingStage;
use driver::Driver;
use error::Fault;
use events::EventName;
use options::Options;
use values::plain;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// An MQTT client whose session survives. Documented where its users look: in `types.d.ts`.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct MqttClient {
    driver: Rc<Driver>,
}

/// Defines a property for each option.
macro_rules! options {
    ($($name:ident, $get:ident, $set:ident;)*) => {
        #[wasm_bindgen]
        impl MqttClient {
            $(
                #[doc = concat!("The option `", stringify!($name), "`.")]
                #[wasm_bindgen(getter, js_name = $name, skip_typescript)]
                pub fn $get(&self) -> JsValue {
                    self.driver.options.borrow().get(stringify!($name))
                }

                #[doc = concat!("Sets the option `", stringify!($name), "`.")]
                #[wasm_bindgen(setter, js_name = $name, skip_typescript)]
                pub fn $set(&self, value: &JsValue) -> Result<(), JsValue> {
                    self.set_option(stringify!($name), value)
                }
            )*
        }
    };
}

options! {
    url, url, set_url;
    clientId, client_id, set_client_id;
    cleanSession, clean_session, set_clean_session;
    protocolVersion, protocol_version, set_protocol_version;
    username, username, set_username;
    keepAlive, keep_alive, set_keep_alive;
    will, will, set_will;
    sessionKey, session_key, set_session_key;
    storage, storage, set_storage;
    sessionExpiryInterval, session_expiry_interval, set_session_expiry_interval;
    receiveMaximum, receive_maximum, set_receive_maximum;
    inflightWindow, inflight_window, set_inflight_window;
    maximumPacketSize, maximum_packet_size, set_maximum_packet_size;
    topicAliasMaximum, topic_alias_maximum, set_topic_alias_maximum;
    userProperties, user_properties, set_user_properties;
    timeout, timeout, set_timeout;
    republishInterval, republish_interval, set_republish_interval;
    whenSessionLost, when_session_lost, set_when_session_lost;
    resumeWithoutState, resume_without_state, set_resume_without_state;
    websocketProtocol, websocket_protocol, set_websocket_protocol;
}

#[wasm_bindgen]
impl MqttClient {
    /// Makes a client.
    #[wasm_bindgen(constructor, skip_typescript)]
    pub fn new(options: &JsValue) -> Result<MqttClient, JsValue> {
        let options = Options::read(options)?;
        Ok(Self {
            driver: Driver::new(options),
        })
    }

    /// Sets the option `password`, which cannot be read.
    #[wasm_bindgen(setter, skip_typescript)]
    pub fn set_password(&self, value: &JsValue) -> Result<(), JsValue> {
        self.set_option("password", value)
    }

    /// Connects.
    #[wasm_bindgen(skip_typescript)]
    pub fn connect(&self) -> Promise {
        let driver = &self.driver;
        match driver.alive().and_then(|()| driver.open()) {
            Ok(()) => driver.promises.borrow_mut().connect(),
            Err(fault) => rejected(&fault),
        }
    }

    /// Disconnects in order.
    #[wasm_bindgen(skip_typescript)]
    pub fn disconnect(&self, options: &JsValue) -> Promise {
        let driver = &self.driver;
        let asked = arguments::disconnect_options(options).and_then(|options| {
            let mut machine = driver.machine.borrow_mut();
            machine.disconnect(&options, timer::now())?;
            Ok(machine.state())
        });
        match asked {
            Ok(State::Disconnected) => Promise::resolve(&JsValue::UNDEFINED),
            Ok(_) => {
                driver.touch();
                driver.promises.borrow_mut().disconnect()
            }
            Err(fault) => rejected(&fault),
        }
    }

    /// Publishes.
    #[wasm_bindgen(skip_typescript)]
    pub fn publish(&self, topic: &JsValue, payload: &JsValue, options: &JsValue) -> Promise {
        self.try_publish(topic, payload, options)
            .unwrap_or_else(|fault| rejected(&fault))
    }

    /// Subscribes.
    #[wasm_bindgen(skip_typescript)]
    pub fn subscribe(&self, filters: &JsValue, options: &JsValue) -> Promise {
        let request = || {
            self.driver.alive()?;
            let asked = arguments::subscriptions(filters, options)?;
            let listed: Vec<_> = asked.filters.iter().map(|(f, o)| (&**f, *o)).collect();
            for (filter, _) in &listed {
                check_filter(filter)?;
            }
            let mut machine = self.driver.machine.borrow_mut();
            Ok(machine.subscribe(&listed, &asked.properties, timer::now())?)
        };
        self.operation(request(), &JsValue::UNDEFINED)
    }

    /// Unsubscribes.
    #[wasm_bindgen(skip_typescript)]
    pub fn unsubscribe(&self, filters: &JsValue) -> Promise {
        let request = || {
            self.driver.alive()?;
            let filters = arguments::filter_list(filters)?;
            let listed: Vec<_> = filters.iter().map(|filter| &**filter).collect();
            for filter in &listed {
                check_filter(filter)?;
            }
            let mut machine = self.driver.machine.borrow_mut();
            Ok(machine.unsubscribe(&listed, &[], timer::now())?)
        };
        self.operation(request(), &JsValue::UNDEFINED)
    }

    /// The session as one string.
    #[wasm_bindgen(js_name = saveSession, skip_typescript)]
    pub fn save_session(&self) -> Result<String, JsValue> {
        Ok(self.driver.save_session()?)
    }

    /// Puts a saved session in place.
    #[wasm_bindgen(js_name = restoreSession, skip_typescript)]
    pub fn restore_session(&self, state: &JsValue) -> Result<(), JsValue> {
        Ok(self.driver.restore_session(state)?)
    }

    /// Removes the saved session and lets go of the one in memory.
    #[wasm_bindgen(js_name = discardSession, skip_typescript)]
    pub fn discard_session(&self) -> Result<(), JsValue> {
        Ok(self.driver.discard_session()?)
    }

    /// Adds a handler.
    #[wasm_bindgen(skip_typescript)]
    pub fn on(&self, event: &JsValue, handler: &JsValue) -> Result<Function, JsValue> {
        self.listen(event, handler, false)
    }

    /// Adds a handler for one time.
    #[wasm_bindgen(skip_typescript)]
    pub fn once(&self, event: &JsValue, handler: &JsValue) -> Result<Function, JsValue> {
        self.listen(event, handler, true)
    }

    /// Removes a handler.
    #[wasm_bindgen(skip_typescript)]
    pub fn off(&self, event: &JsValue, handler: &JsValue) -> Result<(), JsValue> {
        let event = event_name(event)?;
        self.driver.handlers.remove(event, handler);
        Ok(())
    }

    /// Whether the server has accepted the connection.
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn connected(&self) -> bool {
        self.driver.machine.borrow().state() == State::Connected
    }

    /// The state of the connection.
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn state(&self) -> JsValue {
        notify::state_name(self.driver.machine.borrow().state()).into()
    }

    /// The Session Present flag of the last CONNACK.
    #[wasm_bindgen(getter, js_name = sessionPresent, skip_typescript)]
    pub fn session_present(&self) -> bool {
        let accepted = self.driver.accepted.borrow();
        accepted
            .as_ref()
            .is_some_and(|accepted| accepted.session_present)
    }

    /// The client identifier the server made.
    #[wasm_bindgen(getter, js_name = assignedClientId, skip_typescript)]
    pub fn assigned_client_id(&self) -> Option<String> {
        let accepted = self.driver.accepted.borrow();
        accepted.as_ref()?.assigned_client_id.clone()
    }

    /// What the server allows.
    #[wasm_bindgen(getter, js_name = serverLimits, skip_typescript)]
    pub fn server_limits(&self) -> JsValue {
        let accepted = self.driver.accepted.borrow();
        let defaults = ServerLimits::default();
        let limits = accepted
            .as_ref()
            .map_or(&defaults, |accepted| &accepted.limits);
        plain(&values::Limits::from(limits))
    }

    /// Whether a publish would be sent at once.
    #[wasm_bindgen(getter, js_name = readyToSend, skip_typescript)]
    pub fn ready_to_send(&self) -> bool {
        self.driver.machine.borrow().ready_to_send()
    }

    /// Bytes accepted and not yet sent.
    #[wasm_bindgen(getter, js_name = bufferedAmount, skip_typescript)]
    pub fn buffered_amount(&self) -> f64 {
        let unsent = self.driver.machine.borrow().unsent_bytes();
        unsent as f64 + self.driver.socket_backlog()
    }

    /// Unfinished messages from the server.
    #[wasm_bindgen(getter, js_name = incomingMessages, skip_typescript)]
    pub fn incoming_messages(&self) -> JsValue {
        let machine = self.driver.machine.borrow();
        let mut held: Vec<_> = machine.incoming().collect();
        held.sort_unstable_by_key(|(_, incoming)| incoming.seq);
        let held = held
            .into_iter()
            .map(|(id, incoming)| values::IncomingMessage {
                state: match incoming.stage {
                    IncomingStage::SendingPubRec => "sending PUBREC",
                    IncomingStage::AwaitingPubRel => "awaiting PUBREL",
                },
                packet_id: id.get(),
                qos: 2,
                topic: Some(&*incoming.message.topic),
                bytes: incoming.message.payload.len(),
            });
        let unacknowledged = machine.unacknowledged().map(|id| values::IncomingMessage {
            state: "sending PUBACK",
            packet_id: id.get(),
            qos: 1,
            topic: None,
            bytes: 0,
        });
        plain(&held.chain(unacknowledged).collect::<Vec<_>>())
    }

    /// Unfinished messages to the server.
    #[wasm_bindgen(getter, js_name = outgoingMessages, skip_typescript)]
    pub fn outgoing_messages(&self) -> JsValue {
        let machine = self.driver.machine.borrow();
        let mut in_flight: Vec<_> = machine.in_flight().collect();
        in_flight.sort_unstable_by_key(|(_, outgoing)| outgoing.seq);
        let in_flight = in_flight.into_iter().map(|(id, outgoing)| {
            let state = match outgoing.stage {
                OutgoingStage::AwaitingPubAck => "awaiting PUBACK",
                OutgoingStage::AwaitingPubRec => "awaiting PUBREC",
                OutgoingStage::PubRecReceived => "PUBREC received",
                OutgoingStage::AwaitingPubComp => "awaiting PUBCOMP",
                OutgoingStage::Abandoned => "abandoned",
            };
            outgoing_message(state, Some(id.get()), &outgoing.message)
        });
        let queued = machine
            .outbox()
            .map(|queued| outgoing_message("queued", None, &queued.message));
        plain(&in_flight.chain(queued).collect::<Vec<_>>())
    }

    /// What the session takes up.
    #[wasm_bindgen(getter, js_name = storageUsage, skip_typescript)]
    pub fn storage_usage(&self) -> JsValue {
        let machine = self.driver.machine.borrow();
        plain(&values::StorageUsage {
            bytes: machine.session_bytes(),
            messages: machine.in_flight().len() + machine.outbox().len() + machine.incoming().len(),
            stored: self.driver.stored.get(),
        })
    }

    /// Counts since the client was made.
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn stats(&self) -> JsValue {
        plain(&self.driver.stats.get())
    }

    /// Closes without a word and lets go of everything. This stands in for the `free` that wasm-bindgen
    /// makes: that one throws when it is called from within another method, and leaves an object whose
    /// every method fails with a null pointer. What is left of this object goes with the garbage.
    #[wasm_bindgen(js_name = free, skip_typescript)]
    pub fn release(&self) {
        self.driver.free();
    }

    fn set_option(&self, name: &str, value: &JsValue) -> Result<(), JsValue> {
        self.driver.alive()?;
        if self.driver.machine.borrow().state() != State::Disconnected {
            let message = format!(
                "{name} cannot be set while there is a connection: await disconnect() first"
            );
            return Err(Fault::usage(message).into());
        }
        // Reading the value may run code of the application, so it happens on a copy.
        let mut changed = self.driver.options.borrow().clone();
        changed.set(name, value)?;
        self.driver.options.replace(changed);
        Ok(())
    }

    fn try_publish(
        &self,
        topic: &JsValue,
        payload: &JsValue,
        options: &JsValue,
    ) -> Result<Promise, Fault> {
        self.driver.alive()?;
        let name = arguments::text("topic", topic)?;
        let payload = arguments::bytes("payload", payload)?;
        let options = arguments::publish_options(options)?;
        let request = PublishRequest {
            topic: &name,
            payload: &payload,
            qos: options.qos,
            retain: options.retain,
            properties: &options.properties,
        };
        let accepted = self
            .driver
            .machine
            .borrow_mut()
            .publish(request, timer::now());
        let token = accepted.map_err(|error| Fault::from(error).about_topic(&name));
        Ok(self.operation(token, topic))
    }

    fn operation(&self, token: Result<u64, Fault>, topic: &JsValue) -> Promise {
        match token {
            Ok(token) => {
                self.driver.touch();
                let mut promises = self.driver.promises.borrow_mut();
                promises.operation(token, topic.clone())
            }
            Err(fault) => rejected(&fault),
        }
    }

    fn listen(&self, event: &JsValue, handler: &JsValue, once: bool) -> Result<Function, JsValue> {
        self.driver.alive()?;
        let event = event_name(event)?;
        if !handler.is_function() {
            return Err(arguments::ill_typed("handler", "a function").into());
        }
        Ok(self.driver.handlers.add(event, handler, once))
    }
}

fn outgoing_message<'a>(
    state: &'static str,
    packet_id: Option<u16>,
    message: &'a crate::session::message::Message,
) -> values::OutgoingMessage<'a> {
    values::OutgoingMessage {
        state,
        packet_id,
        topic: &message.topic,
        qos: message.qos as u8,
        retain: message.retain,
        bytes: message.payload.len(),
    }
}

fn check_filter(filter: &str) -> Result<(), Fault> {
    crate::codec::validate_filter(filter).map_err(|e| Fault::from(e).about_topic(filter))
}

fn event_name(event: &JsValue) -> Result<EventName, Fault> {
    let name = arguments::text("event", event)?;
    EventName::parse(&name).ok_or_else(|| Fault::usage(format!("there is no event \"{name}\"")))
}

fn rejected(fault: &Fault) -> Promise {
    Promise::reject(&fault.to_js())
}
