//! Sealing: the string of a saved session, as the application's functions make it. Records are sealed where they are stored
//! (`store.js`). Must never live here: how it is sealed; that is the application's, or `sealing.js`.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/sealing.js")]
extern "C" {
    /// A pair of functions.
    #[derive(Clone, Debug)]
    pub(super) type Sealer;
    /// The string of a saved session, sealed if there is something to seal it with.
    #[wasm_bindgen(catch, js_name = sealSaved)]
    pub(super) fn seal_saved(sealer: Option<&Sealer>, text: &str) -> Result<JsValue, JsValue>;
    /// The string of a saved session as it was before it was sealed; a `Fault`, or an empty one if so `any` will do.
    #[wasm_bindgen(catch, js_name = openSaved)]
    pub(super) fn open_saved(
        sealer: Option<&Sealer>,
        text: &JsValue,
        any: bool,
    ) -> Result<JsValue, JsValue>;
}
