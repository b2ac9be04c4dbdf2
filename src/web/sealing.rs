//! Sealing: every record, and the string of a saved session, as the application's functions make it.
//!
//! A sealed record begins with a letter that no other record begins with; a sealed string with a word of its
//! own. Must never live here: how it is sealed; that is the application's, or `sealing.js`.

use wasm_bindgen::prelude::*;

use super::error::Fault;
use super::store::Failure;
use super::task::answer;
use crate::storage::{bytes_of, text_of};

/// What a sealed record begins with; others begin with the number of their format.
const SEALED: &str = "S";

/// What a sealed string begins with, as in `sealing.js`.
const MAGIC: &str = "mooring-sealed1:";

#[wasm_bindgen(module = "/src/web/sealing.js")]
extern "C" {
    /// A pair of functions.
    #[derive(Clone, Debug)]
    pub(super) type Sealer;
    #[wasm_bindgen(catch)]
    fn transform(
        sealer: &Sealer,
        call: &str,
        text: &str,
        name: &str,
        key: &str,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = sealSaved)]
    fn seal_saved(sealer: &Sealer, text: &str) -> Result<JsValue, JsValue>;
    /// Throws a [`Fault`].
    #[wasm_bindgen(catch, js_name = openSaved)]
    fn open_saved(sealer: Option<&Sealer>, text: &str) -> Result<JsValue, JsValue>;
}

impl Sealer {
    /// What its function `call` makes of `text`; both are bytes, as [`text_of`] makes them. `key`: where it lies, unless
    /// that may be anywhere.
    async fn make(&self, call: &str, text: &str, name: &str, key: &str) -> Result<String, Failure> {
        made(transform(self, call, text, name, key)).await
    }
}

/// The text that was made, at once or with a promise.
async fn made(given: Result<JsValue, JsValue>) -> Result<String, Failure> {
    match answer(given).await {
        Ok(text) => Ok(text.as_string().unwrap_or_default()),
        Err(error) => Err(Failure::thrown(&error)),
    }
}

/// What can be made of a stored value.
#[derive(Debug)]
pub(super) enum Opened {
    /// It lay in the clear. Bytes that cannot be read are for whoever reads records to find out.
    Plain(Vec<u8>),
    Sealed(Vec<u8>),
    /// It is sealed and does not open.
    Closed,
}

/// The value to store for the record `name` under `key`.
pub(super) async fn value_of(
    sealer: Option<&Sealer>,
    record: &[u8],
    name: &str,
    key: &str,
) -> Result<String, Failure> {
    let text = text_of(record);
    match sealer {
        None => Ok(text),
        Some(sealer) => Ok([SEALED, &sealer.make("seal", &text, name, key).await?].concat()),
    }
}

/// The record `name` of the value that lies under `key`.
pub(super) async fn record_of(
    sealer: Option<&Sealer>,
    value: &str,
    name: &str,
    key: &str,
) -> Opened {
    let Some(sealed) = value.strip_prefix(SEALED) else {
        return Opened::Plain(bytes_of(value).unwrap_or_default());
    };
    let Some(sealer) = sealer else {
        return Opened::Closed;
    };
    let opened = sealer.make("open", sealed, name, key).await.ok();
    opened.map_or(Opened::Closed, |text| {
        Opened::Sealed(bytes_of(&text).unwrap_or_default())
    })
}

/// The string of a saved session, sealed if there is something to seal it with.
pub(super) async fn seal_text(sealer: Option<&Sealer>, text: String) -> Result<String, Failure> {
    match sealer {
        None => Ok(text),
        Some(sealer) => made(seal_saved(sealer, &text)).await,
    }
}

/// The string of a saved session as it was before it was sealed.
pub(super) async fn open_text(sealer: Option<&Sealer>, text: String) -> Result<String, Fault> {
    if !text.trim_ascii_start().starts_with(MAGIC) {
        return Ok(text);
    }
    match answer(open_saved(sealer, &text)).await {
        Ok(text) => Ok(text.as_string().unwrap_or_default()),
        Err(fault) => Err(fault.unchecked_into()),
    }
}
