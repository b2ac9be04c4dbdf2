//! What JavaScript reads for Rust of what applications pass in (`asking.js`): each as named values, or the fault that is in it.
//!
//! Must never live here: a check; what comes from there passed one.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::given::Given;

#[wasm_bindgen(module = "/src/web/asking.js")]
extern "C" {
    /// The options of a message's `ack()`.
    #[wasm_bindgen(catch)]
    pub(super) fn verdict(options: &JsValue) -> Result<Given, JsValue>;
}

// That of js-sys does not catch, and a proxy, a revoked one for instance, may throw: that would pass right through the
// caller, past its promise.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    pub(super) fn array_from(array: &JsValue) -> Result<Array, JsValue>;
}
