//! What JavaScript reads for Rust of what applications pass in (`asking.js`): each as named values, or the fault that is in it.
//!
//! Must never live here: a check; what comes from there passed one.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::cancelling::Patience;
use super::given::Given;
use crate::codec::QoS;

#[wasm_bindgen(module = "/src/web/asking.js")]
extern "C" {
    /// The arguments of `publish()`.
    #[wasm_bindgen(catch)]
    pub(super) fn publication(
        topic: &JsValue,
        payload: &JsValue,
        options: &JsValue,
    ) -> Result<Given, JsValue>;
    /// The options of a message's `ack()`.
    #[wasm_bindgen(catch)]
    pub(super) fn verdict(options: &JsValue) -> Result<Given, JsValue>;
    /// What a step of an authentication answers.
    #[wasm_bindgen(catch)]
    pub(super) fn proof(answer: &JsValue) -> Result<Given, JsValue>;
    /// What `prepareConnect` answers.
    #[wasm_bindgen(catch)]
    pub(super) fn prepared(answer: &JsValue) -> Result<Given, JsValue>;
}

// That of js-sys does not catch, and a proxy, a revoked one for instance, may throw: that would pass right through the
// caller, past its promise.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    pub(super) fn array_from(array: &JsValue) -> Result<Array, JsValue>;
}

/// The options of `publish`.
pub(super) struct PublishOptions {
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) key: Option<String>,
    pub(super) properties: Vec<u8>,
    pub(super) patience: Patience,
}

impl PublishOptions {
    pub(super) fn of(given: &Given) -> Self {
        Self {
            qos: given.qos("qos"),
            retain: given.flag("retain"),
            key: given.text("key"),
            properties: given.bytes("properties").unwrap_or_default(),
            patience: Patience::of(given),
        }
    }
}
