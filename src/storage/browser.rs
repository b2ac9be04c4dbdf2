//! localStorage and sessionStorage.
//!
//! gloo-storage's `raw()` panics without a window (a worker) and where storage is denied (a sandboxed
//! frame, a browser's setting), so each call asks the window first. Its JSON helpers are not used: they
//! bring a JSON library along, and the values are strings already.

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use wasm_bindgen::{JsCast, JsValue};

use super::{Storage, StorageError, units};

/// One of the window's two stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Browser {
    /// localStorage: until the user clears it.
    Local,
    /// sessionStorage: as long as the tab.
    Session,
}

impl Browser {
    fn open(self) -> Result<web_sys::Storage, StorageError> {
        let window = web_sys::window().ok_or(StorageError::Denied)?;
        let probed = match self {
            Self::Local => window.local_storage(),
            Self::Session => window.session_storage(),
        };
        match (probed.map_err(failed)?, self) {
            (Some(_), Self::Local) => Ok(LocalStorage::raw()),
            (Some(_), Self::Session) => Ok(SessionStorage::raw()),
            (None, _) => Err(StorageError::Denied),
        }
    }
}

impl Storage for Browser {
    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.open()?.get_item(key).map_err(failed)
    }

    fn set(&self, key: &str, value: &str) -> Result<(), StorageError> {
        self.open()?
            .set_item(key, value)
            .map_err(|error| match is_quota_error(&error) {
                true => StorageError::Full {
                    needed: units(key) + units(value),
                },
                false => failed(error),
            })
    }

    fn remove(&self, key: &str) -> Result<(), StorageError> {
        self.open()?.remove_item(key).map_err(failed)
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let storage = self.open()?;
        let mut keys = Vec::new();
        for index in 0..storage.length().map_err(failed)? {
            if let Some(key) = storage.key(index).map_err(failed)?
                && key.starts_with(prefix)
            {
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

/// Only one error says that storage may not be used. Any other one may be over with the next call: whoever turned
/// away for good would leave behind what is true no longer.
fn failed(error: JsValue) -> StorageError {
    match error.unchecked_ref::<js_sys::Error>().name() == "SecurityError" {
        true => StorageError::Denied,
        false => StorageError::Failed,
    }
}

/// Engines disagree on the class of this error; all agree on its name but old Firefox.
pub fn is_quota_error(error: &JsValue) -> bool {
    let name = error.unchecked_ref::<js_sys::Error>().name();
    name == "QuotaExceededError" || name == "NS_ERROR_DOM_QUOTA_REACHED"
}
