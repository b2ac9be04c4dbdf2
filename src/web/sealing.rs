//! Sealing: every record, and the string of a saved session, as the application's functions make it.
//!
//! A sealed record begins with a letter that no other record begins with; a sealed string with a word of its
//! own. Must never live here: how it is sealed; that is the application's, or `sealing.js`.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::error::{Code, Fault};
use super::store::Failure;
use super::task::answer;
use crate::storage::{bytes_of, text_of};

/// What a sealed record begins with; others begin with the number of their format.
const SEALED: char = 'S';

/// What a sealed string begins with.
const MAGIC: &str = "mooring-sealed1:";

/// The name a string is sealed under.
const SAVED: &str = "saved";

#[wasm_bindgen(module = "/src/web/sealing.js")]
extern "C" {
    /// A pair of functions.
    #[derive(Clone, Debug)]
    pub(super) type Sealer;
    #[wasm_bindgen(method, catch)]
    fn seal(this: &Sealer, bytes: &Uint8Array, name: &str, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Sealer, bytes: &Uint8Array, name: &str, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = toBase64Url)]
    fn to_base64_url(latin1: &str) -> String;
    #[wasm_bindgen(catch, js_name = fromBase64Url)]
    fn from_base64_url(text: &str) -> Result<String, JsValue>;
}

impl Sealer {
    /// `key`: where it is to lie, unless that may be anywhere.
    async fn sealed(&self, bytes: &[u8], name: &str, key: &str) -> Result<Vec<u8>, Failure> {
        let given = self.seal(&Uint8Array::from(bytes), name, key);
        bytes_given(answer(given).await)
    }

    async fn opened(&self, bytes: &[u8], name: &str, key: &str) -> Result<Vec<u8>, Failure> {
        let given = self.open(&Uint8Array::from(bytes), name, key);
        bytes_given(answer(given).await)
    }
}

fn bytes_given(given: Result<JsValue, JsValue>) -> Result<Vec<u8>, Failure> {
    let given = given.map_err(|error| Failure::thrown(&error))?;
    match given.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => Err(Failure::of("seal() and open() must give a Uint8Array")),
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
    match sealer {
        None => Ok(text_of(record)),
        Some(sealer) => {
            let mut value = String::from(SEALED);
            value.push_str(&text_of(&sealer.sealed(record, name, key).await?));
            Ok(value)
        }
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
    let opened = match (sealer, bytes_of(sealed)) {
        (Some(sealer), Some(bytes)) => sealer.opened(&bytes, name, key).await.ok(),
        _ => None,
    };
    opened.map_or(Opened::Closed, Opened::Sealed)
}

/// The string of a saved session, sealed if there is something to seal it with.
pub(super) async fn seal_text(sealer: Option<&Sealer>, text: String) -> Result<String, Fault> {
    match sealer {
        None => Ok(text),
        Some(sealer) => {
            let sealed = sealer.sealed(text.as_bytes(), SAVED, SAVED).await?;
            Ok(MAGIC.to_owned() + &to_base64_url(&text_of(&sealed)))
        }
    }
}

/// The string of a saved session as it was before it was sealed.
pub(super) async fn open_text(sealer: Option<&Sealer>, text: String) -> Result<String, Fault> {
    let Some(encoded) = text.trim_ascii().strip_prefix(MAGIC) else {
        return Ok(text);
    };
    let sealer = sealer.ok_or_else(|| {
        Fault::new(
            Code::SessionSealed,
            "the saved session is sealed: set the option \"sealing\" that it was sealed with",
        )
    })?;
    let broken = |_| {
        Fault::new(
            Code::SessionCorrupt,
            "the sealed session was changed on its way",
        )
    };
    let sealed = from_base64_url(encoded).map_err(broken)?;
    let sealed = bytes_of(&sealed).unwrap_or_default();
    let opened = sealer.opened(&sealed, SAVED, SAVED).await;
    let opened = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    opened.ok_or_else(|| {
        Fault::new(
            Code::SessionSealed,
            "the saved session cannot be opened with what is set as \"sealing\": it was sealed with something else, or changed on its way",
        )
    })
}
