//! The stores a session may lie in, the application's own among them, behind one call.
//!
//! Must never live here: what is stored, and what follows when it cannot be.

use js_sys::Error;
use wasm_bindgen::prelude::*;

use super::error::Fault;
use super::task::{answer, at_once};
use crate::storage::browser::{Browser, reason, strings};
use crate::storage::{Call, StorageError};

#[wasm_bindgen(module = "/src/web/store.js")]
extern "C" {
    /// A store of the application; `SessionStorage` of the TypeScript declarations.
    #[derive(Clone, Debug)]
    pub(super) type CustomStore;
    #[wasm_bindgen(catch, js_name = askStore)]
    fn ask_store(
        store: Option<&CustomStore>,
        call: &str,
        key: &str,
        value: &str,
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

impl Failure {
    /// What a function of the application threw.
    pub(super) fn thrown(error: &JsValue) -> Self {
        let why = match error.dyn_ref::<Error>() {
            Some(error) => error.message().into(),
            None => error.as_string().unwrap_or_default(),
        };
        let error = StorageError::Failed;
        Self { error, why }
    }
}

impl Store {
    /// Has it do something; the strings are its answer, and come at once but from a store of the application.
    pub(super) async fn ask(&self, call: Call<'_>) -> Result<Vec<String>, Failure> {
        let custom = match self {
            Self::Browser(browser) => return Ok(browser.ask(call)?),
            Self::Memory => None,
            Self::Custom(custom) => Some(custom),
        };
        let (name, key, value) = match call {
            Call::Get(key) => ("get", key, ""),
            Call::Set(key, value) => ("set", key, value),
            Call::Remove(key) => ("remove", key, ""),
            Call::Keys(prefix) => ("keys", prefix, ""),
            Call::All(prefix) => ("all", prefix, ""),
            Call::Clear(prefix) => ("clear", prefix, ""),
        };
        match answer(ask_store(custom, name, key, value)).await {
            Ok(answer) => Ok(strings(answer.unchecked_ref(), "")),
            Err(error) => match error.is_object().then(|| reason(&error, call)) {
                Some(full @ StorageError::Full { .. }) => Err(full.into()),
                _ => Err(Failure::thrown(&error)),
            },
        }
    }

    /// The same of a store that is none of the application's.
    pub(super) fn ask_own(&self, call: Call<'_>) -> Result<Vec<String>, Failure> {
        at_once(self.ask(call)).unwrap_or_else(|| Err(StorageError::Failed.into()))
    }

    /// Whether this page may use it at all.
    pub(super) fn is_denied(&self) -> bool {
        let denied = |failure: Failure| failure.error == StorageError::Denied;
        matches!(self, Self::Browser(_)) && self.ask_own(Call::Get("mooring")).is_err_and(denied)
    }
}
