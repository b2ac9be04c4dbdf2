//! MQTT 5 properties as JavaScript sees them; and what the server says beside a reason code: its Reason String, or what the
//! code means; User Properties; where it points.
//!
//! Must never live here: what follows from a code.

use wasm_bindgen::prelude::*;

use super::values::{Value, array, number};
use crate::codec::{Properties, Property, PropertySet, ReasonCode};
use crate::sentences::sentence;

#[wasm_bindgen(module = "/src/web/values.js")]
extern "C" {
    /// An object of these names, each with its value behind it.
    #[wasm_bindgen(js_name = paired)]
    fn js_paired(names_and_values: &JsValue) -> JsValue;
}

/// What a packet with this reason says beside it, in these encoded properties.
pub(super) fn words(reason: ReasonCode, place: PropertySet, encoded: &[u8]) -> JsValue {
    paired(Some(meaning(reason, place)), place, encoded)
}

/// What a reason code means in a packet of this kind: a sentence.
pub(super) fn meaning(reason: ReasonCode, place: PropertySet) -> u32 {
    match (reason, place) {
        (ReasonCode::SUCCESS, PropertySet::SubAck) => sentence!("Granted QoS 0"),
        (ReasonCode::SUCCESS, PropertySet::Disconnect) => sentence!("Normal disconnection"),
        _ => reason.sentence(),
    }
}

/// As [`words`]; undefined where all there is to say is "Success", which `values.js` says of its own accord: most often.
pub(super) fn unusual_words(reason: ReasonCode, place: PropertySet, encoded: &[u8]) -> JsValue {
    if reason == ReasonCode::SUCCESS && encoded.is_empty() {
        return JsValue::UNDEFINED;
    }
    words(reason, place, encoded)
}

/// Those of the encoded `properties` that JavaScript gets to see, by their names in `types.d.ts`.
pub(super) fn properties(place: PropertySet, encoded: &[u8]) -> JsValue {
    paired(None, place, encoded)
}

/// `reason`: stands where there is no Reason String.
fn paired(reason: Option<u32>, place: PropertySet, encoded: &[u8]) -> JsValue {
    let parsed = Properties::parse(place, encoded).unwrap_or_default();
    let mut pairs = Vec::new();
    if let Some(reason) = reason {
        pairs.push(Value::Text("reason"));
        pairs.push(number(reason));
    }
    for property in parsed.iter() {
        let (name, value) = match property {
            Property::PayloadFormatIndicator(1) => ("payloadFormat", Value::Text("utf-8")),
            Property::PayloadFormatIndicator(_) => ("payloadFormat", Value::Text("bytes")),
            Property::MessageExpiryInterval(seconds) => ("messageExpiryInterval", number(seconds)),
            Property::ContentType(text) => ("contentType", Value::Text(text)),
            Property::ResponseTopic(topic) => ("responseTopic", Value::Text(topic)),
            Property::CorrelationData(data) => ("correlationData", Value::Bytes(data)),
            Property::SubscriptionIdentifier(id) => ("subscriptionIdentifiers", number(id)),
            Property::ReasonString(text) => ("reason", Value::Text(text)),
            Property::ServerReference(list) => ("serverReference", Value::Text(list)),
            Property::UserProperty(name, value) => ("userProperties", Value::Pair(name, value)),
            _ => continue,
        };
        pairs.push(Value::Text(name));
        pairs.push(value);
    }
    js_paired(&array(&pairs))
}
