//! The properties of the class: the options, and what can be read of the state.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::class::MqttClient;
use super::error::Fault;
use super::notify::state_name;
use super::store::Store;
use super::values::{self, Stats, Value, count, named, number, of_message, optional};
use crate::client::State;
use crate::codec::PacketId;
use crate::connection::limits::ServerLimits;
use crate::session::inbound::IncomingStage;
use crate::session::message::Message;
use crate::session::outbound::OutgoingStage;
use crate::sorted::by_number;

/// How much a browser's store takes for one origin, in UTF-16 units: 5 MiB in all of them.
const BROWSER_LIMIT: u32 = 5 * 1024 * 1024;

/// The options that say where a durable session is, and whose.
const OF_THE_JOURNAL: &[&str] = &[
    "durable",
    "sessionKey",
    "storage",
    "sealing",
    "sessionInUse",
];

/// The option that changes nothing that goes on, and can be set while it does.
const ANY_TIME: &str = "logLevel";

/// Defines a property for each option.
macro_rules! options {
    ($($name:ident, $get:ident, $set:ident;)*) => {
        #[wasm_bindgen]
        impl MqttClient {
            $(
                #[doc = concat!("The option `", stringify!($name), "`.")]
                #[wasm_bindgen(getter, js_name = $name, skip_typescript)]
                pub fn $get(&self) -> Result<JsValue, JsValue> {
                    Ok(self.driver()?.options.borrow().get(stringify!($name)))
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
    protocolFallback, protocol_fallback, set_protocol_fallback;
    username, username, set_username;
    keepAlive, keep_alive, set_keep_alive;
    will, will, set_will;
    sessionKey, session_key, set_session_key;
    storage, storage, set_storage;
    durable, durable, set_durable;
    sessionInUse, session_in_use, set_session_in_use;
    sealing, sealing, set_sealing;
    manualAck, manual_ack, set_manual_ack;
    sessionExpiryInterval, session_expiry_interval, set_session_expiry_interval;
    receiveMaximum, receive_maximum, set_receive_maximum;
    inflightWindow, inflight_window, set_inflight_window;
    maximumPacketSize, maximum_packet_size, set_maximum_packet_size;
    topicAliasMaximum, topic_alias_maximum, set_topic_alias_maximum;
    automaticTopicAliases, automatic_topic_aliases, set_automatic_topic_aliases;
    userProperties, user_properties, set_user_properties;
    requestResponseInformation, request_response_information, set_request_response_information;
    requestProblemInformation, request_problem_information, set_request_problem_information;
    timeout, timeout, set_timeout;
    republishInterval, republish_interval, set_republish_interval;
    whenSessionLost, when_session_lost, set_when_session_lost;
    resumeWithoutState, resume_without_state, set_resume_without_state;
    websocketProtocol, websocket_protocol, set_websocket_protocol;
    reconnect, reconnect, set_reconnect;
    resubscribe, resubscribe, set_resubscribe;
    followServerReference, follow_server_reference, set_follow_server_reference;
    prepareConnect, prepare_connect, set_prepare_connect;
    authenticate, authenticate, set_authenticate;
    sendHighWaterMark, send_high_water_mark, set_send_high_water_mark;
    outbox, outbox, set_outbox;
    checkPayloadFormat, check_payload_format, set_check_payload_format;
    logLevel, log_level, set_log_level;
}

#[wasm_bindgen]
impl MqttClient {
    /// Sets the option `password`, which cannot be read.
    #[wasm_bindgen(setter, js_name = password, skip_typescript)]
    pub fn set_password(&self, value: &JsValue) -> Result<(), JsValue> {
        self.set_option("password", value)
    }

    /// Whether the server has accepted the connection.
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn connected(&self) -> Result<bool, JsValue> {
        let driver = self.driver()?;
        Ok(driver.machine.borrow().state() == State::Connected)
    }

    /// The state of the connection.
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn state(&self) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
        Ok(state_name(driver.machine.borrow().state()).into())
    }

    /// The Session Present flag of the last CONNACK.
    #[wasm_bindgen(getter, js_name = sessionPresent, skip_typescript)]
    pub fn session_present(&self) -> Result<bool, JsValue> {
        let driver = self.driver()?;
        let accepted = driver.accepted.borrow();
        Ok(accepted
            .as_ref()
            .is_some_and(|accepted| accepted.session_present))
    }

    /// The client identifier the server made.
    #[wasm_bindgen(getter, js_name = assignedClientId, skip_typescript)]
    pub fn assigned_client_id(&self) -> Result<Option<String>, JsValue> {
        let driver = self.driver()?;
        let accepted = driver.accepted.borrow();
        Ok(accepted
            .as_ref()
            .and_then(|accepted| accepted.assigned_client_id.clone()))
    }

    /// What the server allows.
    #[wasm_bindgen(getter, js_name = serverLimits, skip_typescript)]
    pub fn server_limits(&self) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
        let accepted = driver.accepted.borrow();
        let defaults = ServerLimits::default();
        let limits = accepted
            .as_ref()
            .map_or(&defaults, |accepted| &accepted.limits);
        Ok(values::limits(limits))
    }

    /// Whether a publish would be sent at once.
    #[wasm_bindgen(getter, js_name = readyToSend, skip_typescript)]
    pub fn ready_to_send(&self) -> Result<bool, JsValue> {
        let driver = self.driver()?;
        Ok(driver.machine.borrow().ready_to_send())
    }

    /// Bytes accepted and not yet sent.
    #[wasm_bindgen(getter, js_name = bufferedAmount, skip_typescript)]
    pub fn buffered_amount(&self) -> Result<f64, JsValue> {
        let driver = self.driver()?;
        let unsent = driver.machine.borrow().unsent_bytes();
        Ok(unsent as f64 + driver.socket_backlog())
    }

    /// Unfinished messages from the server.
    #[wasm_bindgen(getter, js_name = incomingMessages, skip_typescript)]
    pub fn incoming_messages(&self) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
        let machine = driver.machine.borrow();
        let held: Vec<_> = machine.incoming().collect();
        let held = in_order(&held, |incoming| incoming.seq);
        let told = |state, id: PacketId, qos: u8, topic, bytes| {
            let values = [
                Value::Text(state),
                number(id.get()),
                number(qos),
                topic,
                count(bytes),
            ];
            named("state packetId qos topic bytes", &values)
        };
        let list = Array::new();
        for (id, incoming) in held {
            let state = match incoming.stage {
                IncomingStage::SendingPubRec => "sending PUBREC",
                IncomingStage::AwaitingPubRel => "awaiting PUBREL",
                IncomingStage::SendingPubComp => "sending PUBCOMP",
            };
            let message = &incoming.message;
            let topic = Value::Text(&message.topic);
            list.push(&told(state, id, 2, topic, message.payload.len()));
        }
        for id in machine.unacknowledged() {
            list.push(&told("sending PUBACK", id, 1, Value::None, 0));
        }
        Ok(list.into())
    }

    /// Unfinished messages to the server.
    #[wasm_bindgen(getter, js_name = outgoingMessages, skip_typescript)]
    pub fn outgoing_messages(&self) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
        let machine = driver.machine.borrow();
        let in_flight: Vec<_> = machine.in_flight().collect();
        let in_flight = in_order(&in_flight, |outgoing| outgoing.seq);
        let list = Array::new();
        let add = |state, id, message: &Message| {
            let bytes = count(message.payload.len());
            let none = [Value::None, Value::None];
            list.push(&of_message(message, id, Some(state), bytes, none));
        };
        for (id, outgoing) in in_flight {
            add(stage_name(outgoing.stage), Some(id), &outgoing.message);
        }
        for queued in machine.outbox() {
            add("queued", None, &queued.message);
        }
        Ok(list.into())
    }

    /// What the session takes up.
    #[wasm_bindgen(getter, js_name = storageUsage, skip_typescript)]
    pub fn storage_usage(&self) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
        let machine = driver.machine.borrow();
        let messages =
            machine.in_flight().len() + machine.outbox().len() + machine.incoming().len();
        let stored = driver.journal().map_or(driver.stored.get(), |it| it.size());
        let limit = match driver.options.borrow().storage {
            Store::Browser(_) if !driver.denied.get() => Some(BROWSER_LIMIT),
            _ => None,
        };
        let bytes = machine.session_bytes();
        Ok(named(
            "bytes messages stored limit",
            &[
                count(bytes),
                count(messages),
                count(stored),
                optional(limit),
            ],
        ))
    }

    /// Counts since the client was made.
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn stats(&self) -> Result<JsValue, JsValue> {
        let driver = self.driver()?;
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
        Ok(named(
            "bytesSent bytesReceived messagesSent messagesReceived connections",
            &counts.map(Value::Number),
        ))
    }

    fn set_option(&self, name: &str, value: &JsValue) -> Result<(), JsValue> {
        let driver = self.driver()?;
        if name != ANY_TIME && driver.machine.borrow().state() != State::Disconnected {
            let message = format!(
                "{name} cannot be set while there is a connection, or one is wanted: await disconnect() first"
            );
            return Err(Fault::usage(message).into());
        }
        if driver.is_bound() && OF_THE_JOURNAL.contains(&name) {
            let message = format!(
                "{name} cannot be set once the durable session is opened: make a new client"
            );
            return Err(Fault::usage(message).into());
        }
        // Reading the value may run code of the application, so it happens on a copy.
        let mut changed = driver.options.borrow().clone();
        changed.set(name, value)?;
        driver.options.replace(changed);
        driver.apply_options();
        Ok(())
    }
}

/// `by_id`, which the machine lists by packet identifier, in the order of its numbers.
fn in_order<'a, T>(
    by_id: &'a [(PacketId, &'a T)],
    number: impl Fn(&T) -> u64,
) -> impl Iterator<Item = (PacketId, &'a T)> {
    let order = by_number(by_id.iter().map(|(id, item)| (number(item), *id)));
    order.into_iter().filter_map(|id| {
        let place = by_id.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        by_id.get(place).copied()
    })
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
