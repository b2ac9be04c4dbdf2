//! The stores a session may lie in, the application's own among them, behind one call.
//!
//! They are asked in JavaScript (`store.js`), a browser's too: it is opened here, each time. Must never live here: what is
//! stored, and what follows when it cannot be.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::error::Fault;
use super::sealing::Sealer;
use super::task::Answer;
use crate::decimal;
use crate::storage::browser::Browser;
use crate::storage::{Call, StorageError};

#[wasm_bindgen(module = "/src/web/store.js")]
extern "C" {
    /// A store of the application; `SessionStorage` of the TypeScript declarations.
    #[derive(Clone, Debug)]
    pub(super) type CustomStore;
    #[wasm_bindgen(catch, js_name = askStore)]
    fn ask_store(
        own: bool,
        place: &JsValue,
        call: u8,
        key: &str,
        value: &str,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = readStore)]
    fn read_store(
        own: bool,
        place: &JsValue,
        sealer: Option<&Sealer>,
        prefix: &str,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = changeStore)]
    fn change_store(
        own: bool,
        place: &JsValue,
        sealer: Option<&Sealer>,
        prefix: &str,
        steps: Array,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = putAside)]
    fn put_aside(
        own: bool,
        place: &JsValue,
        key: &str,
        copy: &str,
        stays: bool,
    ) -> Result<JsValue, JsValue>;
}

/// Where a session lies.
#[derive(Clone, Debug)]
pub(super) enum Store {
    /// A store of the window.
    Browser(Browser),
    /// The page's memory.
    Memory,
    /// The application's.
    Custom(CustomStore),
}

/// Why a store did not do what it was asked, with the application's own words if it is its store.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) error: StorageError,
    pub(super) why: String,
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        let why = String::new();
        Self { error, why }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::from(failure.error).because(&failure.why)
    }
}

/// As the JavaScript beside this says it: a letter, and what belongs to it.
impl From<JsValue> for Failure {
    fn from(thrown: JsValue) -> Self {
        let thrown = thrown.as_string().unwrap_or_default();
        let (kind, rest) = thrown.split_at_checked(1).unwrap_or_default();
        match kind {
            "D" => StorageError::Denied.into(),
            "Q" => {
                let needed = decimal::parse(rest).unwrap_or_default() as usize;
                StorageError::Full { needed }.into()
            }
            _ => {
                let (error, why) = (StorageError::Failed, rest.into());
                Self { error, why }
            }
        }
    }
}

impl Store {
    /// Whether it is none of the application's, and so answers at once.
    pub(super) fn is_own(&self) -> bool {
        !matches!(self, Self::Custom(_))
    }

    /// As `store.js` takes it.
    fn place(&self) -> Answer {
        match self {
            Self::Browser(browser) => match browser.open() {
                Ok(area) => Ok(area.into()),
                Err(StorageError::Denied) => Err("D".into()),
                Err(_) => Err("F".into()),
            },
            Self::Memory => Ok(JsValue::UNDEFINED),
            Self::Custom(custom) => Ok(custom.into()),
        }
    }

    /// Has it do something. Where it fails, that is for [`Failure`] to read.
    pub(super) fn ask(&self, call: Call<'_>) -> Answer {
        let (number, key, value) = match call {
            Call::Get(key) => (0, key, ""),
            Call::Set(key, value) => (1, key, value),
            Call::Remove(key) => (2, key, ""),
            Call::Keys(prefix) => (3, prefix, ""),
            Call::All(prefix) => (4, prefix, ""),
            Call::Clear(prefix) => (5, prefix, ""),
        };
        ask_store(self.is_own(), &self.place()?, number, key, value)
    }

    /// The same of a store that is none of the application's.
    pub(super) fn ask_own(&self, call: Call<'_>) -> Result<JsValue, StorageError> {
        self.ask(call).map_err(|thrown| Failure::from(thrown).error)
    }

    /// Reads everything under `prefix` in the order of the names, and opens what is sealed: of each its name, its value, and
    /// what that was opened to, as `store.js` has it.
    pub(super) fn read(&self, sealer: Option<&Sealer>, prefix: &str) -> Answer {
        read_store(self.is_own(), &self.place()?, sealer, prefix)
    }

    /// Makes changes in their order; of each that was tried, the value that was stored and why it was not.
    pub(super) fn change(&self, sealer: Option<&Sealer>, prefix: &str, steps: Array) -> Answer {
        change_store(self.is_own(), &self.place()?, sealer, prefix, steps)
    }

    /// Copies what lies under `key` out of the way, as it is, and only then removes it, unless it `stays`. The answer:
    /// where it lies now; the value, if it was copied; why it was not removed.
    pub(super) fn put_aside(&self, key: &str, copy: &str, stays: bool) -> Answer {
        put_aside(self.is_own(), &self.place()?, key, copy, stays)
    }

    /// Whether this page may use it at all.
    pub(super) fn is_denied(&self) -> bool {
        let denied = |error| error == StorageError::Denied;
        matches!(self, Self::Browser(_)) && self.ask_own(Call::Get("mooring")).is_err_and(denied)
    }
}

/// The strings of an answer that has several.
pub(super) fn strings(answer: &JsValue) -> Vec<String> {
    let answer: &Array = answer.unchecked_ref();
    let mut strings = Vec::new();
    for at in 0..answer.length() {
        strings.push(text_at(answer, at));
    }
    strings
}

/// The string at this place of an answer.
pub(super) fn text_at(answer: &Array, at: u32) -> String {
    answer.get(at).as_string().unwrap_or_default()
}
