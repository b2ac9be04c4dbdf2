//! What an application has given: read and checked in JavaScript, looked at from here by name.
//!
//! Must never live here: a check, or a default; `options.js` and `asking.js` know them.

use wasm_bindgen::prelude::*;

use crate::codec::QoS;

#[wasm_bindgen(module = "/src/web/given.js")]
extern "C" {
    /// Named values. A path is a name, or names with dots between them.
    #[derive(Clone, Debug)]
    pub(super) type Given;
    /// Undefined where there is nothing.
    #[wasm_bindgen(method)]
    pub(super) fn value(this: &Given, path: &str) -> JsValue;
    #[wasm_bindgen(method, js_name = value)]
    pub(super) fn text(this: &Given, path: &str) -> Option<String>;
    #[wasm_bindgen(method, js_name = value)]
    pub(super) fn bytes(this: &Given, path: &str) -> Option<Vec<u8>>;
    /// NaN where there is nothing.
    #[wasm_bindgen(method)]
    pub(super) fn number(this: &Given, path: &str) -> f64;
    /// Whether `text` is what lies there.
    #[wasm_bindgen(method)]
    pub(super) fn is(this: &Given, path: &str, text: &str) -> bool;
}

impl Given {
    pub(super) fn flag(&self, path: &str) -> bool {
        self.number(path) == 1.0
    }

    /// `None` where there is nothing, or no end.
    pub(super) fn optional(&self, path: &str) -> Option<u32> {
        let number = self.number(path);
        number.is_finite().then_some(number as u32)
    }

    pub(super) fn optional16(&self, path: &str) -> Option<u16> {
        self.optional(path).map(|number| number as u16)
    }

    pub(super) fn qos(&self, path: &str) -> QoS {
        QoS::from_bits(self.number(path) as u8).unwrap_or_default()
    }
}
