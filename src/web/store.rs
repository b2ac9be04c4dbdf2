//! The stores a session may lie in, the application's own among them, behind one set of calls.
//!
//! Must never live here: what is stored, and what follows when it cannot be.

use js_sys::{Array, Error};
use wasm_bindgen::prelude::*;

use super::arguments::array_from;
use super::error::Fault;
use super::task::answer;
use crate::storage::browser::{Browser, is_quota_error};
use crate::storage::memory::Memory;
use crate::storage::{Storage, StorageError, units};

#[wasm_bindgen]
extern "C" {
    /// A store of the application; `SessionStorage` of the TypeScript declarations.
    #[derive(Clone, Debug)]
    pub(super) type CustomStore;
    #[wasm_bindgen(method, catch)]
    fn get(this: &CustomStore, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn set(this: &CustomStore, key: &str, value: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn remove(this: &CustomStore, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn keys(this: &CustomStore, prefix: &str) -> Result<JsValue, JsValue>;
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

    pub(super) fn of(why: &str) -> Self {
        let (error, why) = (StorageError::Failed, why.into());
        Self { error, why }
    }
}

impl Store {
    /// The store itself, where it is none of the application's.
    fn own(&self) -> Result<&dyn Storage, &CustomStore> {
        match self {
            Self::Browser(browser) => Ok(browser),
            Self::Memory => Ok(&Memory),
            Self::Custom(custom) => Err(custom),
        }
    }

    /// Whether this page may use it at all.
    pub(super) fn is_denied(&self) -> bool {
        let asked = self.own().map(|storage| storage.get("mooring"));
        matches!(asked, Ok(Err(StorageError::Denied)))
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<String>, Failure> {
        let custom = match self.own() {
            Ok(storage) => return Ok(storage.get(key)?),
            Err(custom) => custom,
        };
        let value = answer(custom.get(key))
            .await
            .map_err(|error| Failure::thrown(&error))?;
        if value.is_null() || value.is_undefined() {
            return Ok(None);
        }
        let text = value.as_string();
        text.map(Some)
            .ok_or_else(|| Failure::of("get() must give a string, null or undefined"))
    }

    pub(super) async fn set(&self, key: &str, value: &str) -> Result<(), Failure> {
        let custom = match self.own() {
            Ok(storage) => return Ok(storage.set(key, value)?),
            Err(custom) => custom,
        };
        match answer(custom.set(key, value)).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_object() && is_quota_error(&error) => {
                let needed = units(key) + units(value);
                Err(StorageError::Full { needed }.into())
            }
            Err(error) => Err(Failure::thrown(&error)),
        }
    }

    pub(super) async fn remove(&self, key: &str) -> Result<(), Failure> {
        let custom = match self.own() {
            Ok(storage) => return Ok(storage.remove(key)?),
            Err(custom) => custom,
        };
        let removed = answer(custom.remove(key)).await;
        removed.map(drop).map_err(|error| Failure::thrown(&error))
    }

    /// All keys that begin with `prefix`.
    pub(super) async fn keys(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let custom = match self.own() {
            Ok(storage) => return Ok(storage.keys(prefix)?),
            Err(custom) => custom,
        };
        let keys = answer(custom.keys(prefix)).await;
        let keys: Array = keys
            .and_then(|keys| array_from(&keys))
            .map_err(|error| Failure::thrown(&error))?;
        // A store that gives more than it was asked for does no harm.
        let keys = keys.iter().filter_map(|key| key.as_string());
        Ok(keys.filter(|key| key.starts_with(prefix)).collect())
    }
}
