//! Values for JavaScript: those made by hand in `values.js` and `message.js`, and one shape for all others.
//!
//! Names and meanings are those of `types.d.ts`. Must never live here: reading what JavaScript passes in;
//! that is `arguments`.

use std::cell::Cell;

use js_sys::Promise;
use serde::{Serialize, Serializer};
use wasm_bindgen::prelude::*;

use super::words::{self, words};
use crate::client::output::Accepted;
use crate::codec::{PacketId, Properties, PropertyId, PropertySet, ReasonCode, Version};
use crate::connection::limits::ServerLimits;
use crate::session::message::Message;

#[wasm_bindgen(module = "/src/web/values.js")]
extern "C" {
    /// An object with these names, all in one string, and these values; without those that are undefined.
    #[wasm_bindgen(js_name = named)]
    fn js_named(names: &str, values: &JsValue) -> JsValue;
    /// `object`, with what `more` has.
    pub(super) fn assign(object: &JsValue, more: &JsValue) -> JsValue;

    /// A promise together with the means to settle it.
    #[derive(Clone, Debug)]
    pub(super) type Deferred;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Deferred;
    /// Of the message it stands for, if it stands for one.
    #[wasm_bindgen(method, getter)]
    pub(super) fn topic(this: &Deferred) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn promise(this: &Deferred) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn resolve(this: &Deferred, value: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn reject(this: &Deferred, error: &JsValue);
    /// Under which token the machine knows what it stands for.
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_token(this: &Deferred, token: f64);
    #[wasm_bindgen(js_name = publishResult)]
    pub(super) fn publish_result(
        topic: &str,
        qos: u8,
        packet_id: u16,
        reason_code: u8,
        words: &JsValue,
    ) -> JsValue;
    /// What became of filters: of `flat`, each with its reason code, and what that means, behind it. `granted`: with the
    /// QoS. `words`: what the server said beside it.
    #[wasm_bindgen(js_name = filterResults)]
    pub(super) fn filter_results(flat: &JsValue, granted: bool, words: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = messageAck)]
    pub(super) fn message_ack(
        packet_id: u16,
        direction: &str,
        reason_code: u8,
        words: &JsValue,
    ) -> JsValue;
    #[wasm_bindgen(js_name = messageOut)]
    pub(super) fn message_out(
        topic: &str,
        packet_id: u16,
        qos: u8,
        reason_code: u8,
        words: &JsValue,
        key: Option<&str>,
    ) -> JsValue;
}

/// A value that has a JavaScript form.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// Undefined; what is named so is left out.
    None,
    Flag(bool),
    Number(f64),
    Text(&'a str),
    /// A `Uint8Array`.
    Bytes(&'a [u8]),
    Js(&'a JsValue),
    Pair(&'a str, &'a str),
    List(&'a [Value<'a>]),
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::Js(value) => serde_wasm_bindgen::preserve::serialize(*value, serializer),
            Self::Pair(one, other) => serializer.collect_seq(&[Self::Text(one), Self::Text(other)]),
            Self::List(list) => serializer.collect_seq(*list),
        }
    }
}

/// A whole number that JavaScript can count to.
pub(super) fn number(number: impl Into<f64>) -> Value<'static> {
    Value::Number(number.into())
}

/// As [`number`], of what counts in memory.
pub(super) fn count(number: usize) -> Value<'static> {
    Value::Number(number as f64)
}

/// As [`number`], where there may be none.
pub(super) fn optional(number: Option<impl Into<f64>>) -> Value<'static> {
    number.map_or(Value::None, |number| Value::Number(number.into()))
}

/// As [`Value::Text`], where there may be none.
pub(super) fn text(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::None, Value::Text)
}

/// A plain JavaScript array.
pub(super) fn array(values: &[Value<'_>]) -> JsValue {
    // All there is in it has a JavaScript form.
    serde_wasm_bindgen::to_value(&Value::List(values)).unwrap_or_default()
}

/// A plain JavaScript object: `names`, separated by spaces, with these values.
pub(super) fn named(names: &str, values: &[Value<'_>]) -> JsValue {
    js_named(names, &array(values))
}

/// The `MessageProperties` of encoded ones.
pub(super) fn properties(encoded: &[u8]) -> JsValue {
    words::properties(PropertySet::Publish, encoded)
}

/// A message, wherever one is told of. Where `bytes` says how many it has, they are left out themselves.
pub(super) fn of_message(
    message: &Message,
    packet_id: Option<PacketId>,
    state: Option<&str>,
    bytes: Value<'_>,
    more: [Value<'_>; 2],
) -> JsValue {
    let [outcome, properties] = more;
    let payload = match bytes {
        Value::None => Value::Bytes(&message.payload),
        _ => Value::None,
    };
    named(
        "key topic qos retain packetId state bytes payload outcome properties",
        &[
            text(message.key.as_deref()),
            Value::Text(&message.topic),
            number(message.qos as u8),
            Value::Flag(message.retain),
            optional(packet_id.map(PacketId::get)),
            text(state),
            bytes,
            payload,
            outcome,
            properties,
        ],
    )
}

/// The `ServerLimits` that JavaScript sees.
pub(super) fn limits(limits: &ServerLimits) -> JsValue {
    named(
        "receiveMaximum maximumQos retainAvailable maximumPacketSize topicAliasMaximum \
         wildcardSubscriptionAvailable subscriptionIdentifierAvailable sharedSubscriptionAvailable \
         serverKeepAlive sessionExpiryInterval",
        &[
            number(limits.receive_maximum),
            number(limits.maximum_qos as u8),
            Value::Flag(limits.retain_available),
            optional(limits.maximum_packet_size),
            number(limits.topic_alias_maximum),
            Value::Flag(limits.wildcard_subscription_available),
            Value::Flag(limits.subscription_identifier_available),
            Value::Flag(limits.shared_subscription_available),
            optional(limits.server_keep_alive),
            optional(limits.session_expiry_interval),
        ],
    )
}

/// The `ConnectResult` of a CONNACK.
pub(super) fn connect_result(accepted: &Accepted) -> JsValue {
    let result = named(
        "protocolVersion sessionPresent reasonCode clientId assignedClientId keepAlive serverLimits responseInformation",
        &[
            Value::Text(version_name(accepted.version)),
            Value::Flag(accepted.session_present),
            number(ReasonCode::SUCCESS.0),
            Value::Text(&accepted.client_id),
            text(accepted.assigned_client_id.as_deref()),
            number(accepted.keep_alive),
            Value::Js(&limits(&accepted.limits)),
            text(response_information(accepted)),
        ],
    );
    let (place, properties) = (PropertySet::ConnAck, &accepted.properties);
    assign(&result, &words(ReasonCode::SUCCESS, place, properties))
}

/// A version as the option `protocolVersion` names it.
pub(super) fn version_name(version: Version) -> &'static str {
    match version {
        Version::V311 => "3.1.1",
        Version::V5 => "5",
    }
}

/// Response Information of a CONNACK (MQTT 5 §3.2.2.3.15).
fn response_information(accepted: &Accepted) -> Option<&str> {
    let parsed = Properties::parse(PropertySet::ConnAck, &accepted.properties).unwrap_or_default();
    parsed.text(PropertyId::RESPONSE_INFORMATION)
}

/// Counts since the client was made. Floating point, as JavaScript counts.
#[derive(Default, Debug)]
pub(super) struct Stats {
    pub(super) bytes_sent: Cell<f64>,
    pub(super) bytes_received: Cell<f64>,
    pub(super) messages_sent: Cell<f64>,
    pub(super) messages_received: Cell<f64>,
    pub(super) connections: Cell<f64>,
}

impl Stats {
    pub(super) fn add(count: &Cell<f64>, more: usize) {
        count.set(count.get() + more as f64);
    }
}
