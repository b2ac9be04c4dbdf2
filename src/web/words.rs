//! What the server says beside a reason code (MQTT 5): its Reason String, or what the code means; User Properties; where it
//! points.
//!
//! Must never live here: what follows from a code.

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::values::set;
use crate::codec::{Properties, Property, PropertySet, ReasonCode};

/// The server's words.
pub(super) struct Words<'a> {
    /// Its Reason String, or what the code means.
    pub(super) reason: &'a str,
    /// An array of pairs; undefined: there are none.
    pub(super) user_properties: JsValue,
    pub(super) server_reference: Option<&'a str>,
    /// Whether the server gave a Reason String.
    has_reason: bool,
}

impl<'a> Words<'a> {
    /// Those beside `reason` in a packet with these encoded properties. Acknowledgements of all kinds have the same ones.
    pub(super) fn of(reason: ReasonCode, place: PropertySet, encoded: &'a [u8]) -> Self {
        let properties = Properties::parse(place, encoded).unwrap_or_default();
        let given = properties.reason_string();
        let meaning = match (reason, place) {
            (ReasonCode::SUCCESS, PropertySet::SubAck) => "Granted QoS 0",
            (ReasonCode::SUCCESS, PropertySet::Disconnect) => "Normal disconnection",
            _ => reason.name(),
        };
        Self {
            reason: given.unwrap_or(meaning),
            user_properties: pairs(properties),
            server_reference: properties.iter().find_map(|property| match property {
                Property::ServerReference(list) => Some(list),
                _ => None,
            }),
            has_reason: given.is_some(),
        }
    }

    /// The reason, where it is not what `values.js` says of its own accord: most are.
    pub(super) fn unusual(&self, reason: ReasonCode) -> Option<&'a str> {
        (self.has_reason || reason != ReasonCode::SUCCESS).then_some(self.reason)
    }

    /// Adds them to a plain object.
    pub(super) fn onto(&self, object: &JsValue) {
        set(object, "reason", &self.reason.into());
        if !self.user_properties.is_undefined() {
            set(object, "userProperties", &self.user_properties);
        }
        if let Some(reference) = self.server_reference {
            set(object, "serverReference", &reference.into());
        }
    }
}

/// The User Properties among `properties`, in order; undefined: there are none.
pub(super) fn pairs(properties: Properties<'_>) -> JsValue {
    let mut pairs: Option<Array> = None;
    for property in properties.iter() {
        if let Property::UserProperty(name, value) = property {
            let pair = Array::of2(&name.into(), &value.into());
            pairs.get_or_insert_with(Array::new).push(&pair);
        }
    }
    pairs.into()
}
