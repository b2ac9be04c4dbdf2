//! Values for JavaScript: those made by hand in `values.js` and `message.js`, and the shapes of the others.
//!
//! Names and meanings are those of `types.d.ts`. Must never live here: reading what JavaScript passes in;
//! that is `arguments`.

use js_sys::{Promise, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::words::{Words, pairs};
use crate::client::output::Accepted;
use crate::codec::{Properties, Property, PropertySet, ReasonCode, Version};
use crate::connection::limits::ServerLimits;

#[wasm_bindgen(module = "/src/web/values.js")]
extern "C" {
    #[wasm_bindgen(js_name = mqttError)]
    pub(super) fn mqtt_error(code: &str, message: &str) -> JsValue;

    /// A promise together with the means to settle it.
    #[derive(Clone, Debug)]
    pub(super) type Deferred;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Deferred;
    #[wasm_bindgen(method, getter)]
    pub(super) fn promise(this: &Deferred) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn resolve(this: &Deferred, value: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn reject(this: &Deferred, error: &JsValue);
    /// Under which token the machine knows what it stands for.
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_token(this: &Deferred, token: f64);
    /// Nobody has to look at the promise.
    #[wasm_bindgen(method)]
    pub(super) fn hush(this: &Deferred);
    /// What it stands for has come so far.
    #[wasm_bindgen(method)]
    pub(super) fn progress(this: &Deferred, milestone: u8);
    /// The `Publication` of `publish()`. `stored`: 0 it will be; 1 not without `durable`; 2 not at QoS 0.
    pub(super) fn publishing(stored: u8) -> Deferred;

    #[wasm_bindgen(js_name = publishResult)]
    pub(super) fn publish_result(
        topic: &JsValue,
        qos: u8,
        packet_id: Option<u16>,
        reason_code: u8,
        reason: Option<&str>,
        user_properties: &JsValue,
    ) -> JsValue;
    #[wasm_bindgen(js_name = messageAck)]
    pub(super) fn message_ack(
        packet_id: u16,
        direction: &str,
        reason_code: u8,
        reason: Option<&str>,
        user_properties: &JsValue,
    ) -> JsValue;
    #[wasm_bindgen(js_name = messageOut)]
    pub(super) fn message_out(
        topic: &str,
        packet_id: u16,
        qos: u8,
        reason_code: u8,
        reason: Option<&str>,
        user_properties: &JsValue,
        key: Option<&str>,
    ) -> JsValue;
}

/// How far a message has come before its outcome; numbered as in `values.js`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Milestone {
    Stored = 0,
    Sent = 1,
}

#[wasm_bindgen(module = "/src/web/message.js")]
extern "C" {
    /// A `Message`. `flags`: QoS, RETAIN (4), DUP (8); `packet_id` 0: none. `acknowledge` is called with
    /// `connection`, the packet identifier and `number`; undefined: there is nothing to acknowledge.
    pub(super) fn message(
        topic: &str,
        payload: &Uint8Array,
        flags: u8,
        packet_id: u16,
        properties: Option<Uint8Array>,
        decode: &JsValue,
        acknowledge: &JsValue,
        connection: u32,
        number: f64,
    ) -> JsValue;
}

/// `value` as a plain JavaScript value.
pub(super) fn plain<T: Serialize + ?Sized>(value: &T) -> JsValue {
    // The shapes below are made of numbers, strings and lists, all of which have a JavaScript form.
    serde_wasm_bindgen::to_value(value).unwrap_or_default()
}

thread_local! {
    /// `message.js` calls this when someone asks for a message's properties.
    static DECODE: Closure<dyn Fn(Vec<u8>) -> JsValue> = Closure::new(|encoded: Vec<u8>| properties(&encoded));
}

/// What decodes the properties of a message, as a JavaScript function; one for all messages.
pub(super) fn property_decoder() -> JsValue {
    DECODE.with(|decode| decode.as_ref().clone())
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct MessageProperties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message_expiry_interval: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_topic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subscription_identifiers: Vec<u32>,
}

/// The `MessageProperties` of encoded ones.
pub(super) fn properties(encoded: &[u8]) -> JsValue {
    let parsed = Properties::parse(PropertySet::Publish, encoded).unwrap_or_default();
    let mut shape = MessageProperties::default();
    let mut correlation_data = None;
    for property in parsed.iter() {
        match property {
            Property::MessageExpiryInterval(seconds) => {
                shape.message_expiry_interval = Some(seconds);
            }
            Property::ResponseTopic(topic) => shape.response_topic = Some(topic),
            Property::ContentType(text) => shape.content_type = Some(text),
            Property::PayloadFormatIndicator(format) => {
                shape.payload_format = Some(if format == 1 { "utf-8" } else { "bytes" });
            }
            Property::SubscriptionIdentifier(id) => shape.subscription_identifiers.push(id),
            Property::CorrelationData(data) => correlation_data = Some(Uint8Array::from(data)),
            _ => {}
        }
    }
    let object = plain(&shape);
    let pairs = pairs(parsed);
    if !pairs.is_undefined() {
        set(&object, "userProperties", &pairs);
    }
    if let Some(data) = correlation_data {
        set(&object, "correlationData", &data);
    }
    object
}

/// Sets a property of a plain object, which cannot fail.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let done = js_sys::Reflect::set(object, &name.into(), value);
    debug_assert!(done.is_ok(), "a plain object: {done:?}");
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Limits {
    receive_maximum: u16,
    #[serde(rename = "maximumQos")]
    maximum_qos: u8,
    retain_available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_packet_size: Option<u32>,
    topic_alias_maximum: u16,
    wildcard_subscription_available: bool,
    subscription_identifier_available: bool,
    shared_subscription_available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_keep_alive: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_expiry_interval: Option<u32>,
}

impl From<&ServerLimits> for Limits {
    fn from(limits: &ServerLimits) -> Self {
        Self {
            receive_maximum: limits.receive_maximum,
            maximum_qos: limits.maximum_qos as u8,
            retain_available: limits.retain_available,
            maximum_packet_size: limits.maximum_packet_size,
            topic_alias_maximum: limits.topic_alias_maximum,
            wildcard_subscription_available: limits.wildcard_subscription_available,
            subscription_identifier_available: limits.subscription_identifier_available,
            shared_subscription_available: limits.shared_subscription_available,
            server_keep_alive: limits.server_keep_alive,
            session_expiry_interval: limits.session_expiry_interval,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectResult<'a> {
    protocol_version: &'static str,
    session_present: bool,
    reason_code: u8,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_client_id: Option<&'a str>,
    keep_alive: u16,
    server_limits: Limits,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_information: Option<&'a str>,
}

/// The `ConnectResult` of a CONNACK.
pub(super) fn connect_result(accepted: &Accepted) -> JsValue {
    let result = plain(&ConnectResult {
        protocol_version: version_name(accepted.version),
        session_present: accepted.session_present,
        reason_code: 0,
        client_id: &accepted.client_id,
        assigned_client_id: accepted.assigned_client_id.as_deref(),
        keep_alive: accepted.keep_alive,
        server_limits: (&accepted.limits).into(),
        response_information: response_information(accepted),
    });
    let (place, properties) = (PropertySet::ConnAck, &accepted.properties);
    Words::of(ReasonCode::SUCCESS, place, properties).onto(&result);
    result
}

/// A version as the option `protocolVersion` names it.
pub(super) fn version_name(version: Version) -> &'static str {
    match version {
        Version::V311 => "3.1.1",
        Version::V5 => "5",
    }
}

/// Response Information of a CONNACK (MQTT 5 §3.2.2.3.15).
pub(super) fn response_information(accepted: &Accepted) -> Option<&str> {
    let parsed = Properties::parse(PropertySet::ConnAck, &accepted.properties).unwrap_or_default();
    parsed.iter().find_map(|property| match property {
        Property::ResponseInformation(text) => Some(text),
        _ => None,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutgoingMessage<'a> {
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) packet_id: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<&'a str>,
    pub(super) topic: &'a str,
    pub(super) qos: u8,
    pub(super) retain: bool,
    pub(super) bytes: usize,
}

/// What `pending()` tells of a message, beside its payload and its outcome.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PendingMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<&'a str>,
    pub(super) topic: &'a str,
    pub(super) qos: u8,
    pub(super) retain: bool,
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) packet_id: Option<u16>,
}

/// What `whenSessionLost` is asked about, beside its payload and its properties.
#[derive(Serialize)]
pub(super) struct LostCandidate<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<&'a str>,
    pub(super) topic: &'a str,
    pub(super) qos: u8,
    pub(super) retain: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IncomingMessage<'a> {
    pub(super) state: &'static str,
    pub(super) packet_id: u16,
    pub(super) qos: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) topic: Option<&'a str>,
    pub(super) bytes: usize,
}

/// Counts since the client was made. Floating point, as JavaScript counts.
#[derive(Serialize, Clone, Copy, Default, Debug)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    pub(super) bytes_sent: f64,
    pub(super) bytes_received: f64,
    pub(super) messages_sent: f64,
    pub(super) messages_received: f64,
    pub(super) connections: f64,
}

#[derive(Serialize)]
pub(super) struct StorageUsage {
    pub(super) bytes: usize,
    pub(super) messages: usize,
    pub(super) stored: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FilterResult<'a> {
    pub(super) filter: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) qos: Option<u8>,
    pub(super) reason_code: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ended<'a> {
    pub(super) code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason_code: Option<u8>,
    pub(super) reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) close_code: Option<u16>,
    pub(super) will_reconnect: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) in_ms: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionStatus<'a> {
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) in_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct SessionSaved {
    pub(super) length: usize,
    pub(super) stored: bool,
}

#[derive(Serialize)]
pub(super) struct SessionRestored {
    pub(super) outgoing: usize,
    pub(super) incoming: usize,
}

#[derive(Serialize)]
pub(super) struct SessionLost<'a> {
    pub(super) filters: Vec<&'a str>,
    pub(super) resubscribing: bool,
}

#[derive(Serialize)]
pub(super) struct MessageLost<'a> {
    pub(super) direction: &'static str,
    pub(super) certainty: &'static str,
    pub(super) code: &'static str,
    pub(super) reason: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LostMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<&'a str>,
    pub(super) topic: &'a str,
    pub(super) qos: u8,
    pub(super) retain: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) packet_id: Option<u16>,
}
