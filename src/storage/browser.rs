//! localStorage and sessionStorage.
//!
//! gloo-storage's `raw()` panics without a window (a worker) and where storage is denied (a sandboxed
//! frame, a browser's setting), so each call asks the window first. Its JSON helpers are not used: they
//! bring a JSON library along, and the values are strings already.

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::{Call, StorageError};

#[wasm_bindgen]
extern "C" {
    /// All keys, in one call instead of one for each.
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn names(area: &web_sys::Storage) -> Result<Array, JsValue>;
}

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
        match (probed.map_err(|error| reason(&error, Call::Get("")))?, self) {
            (Some(_), Self::Local) => Ok(LocalStorage::raw()),
            (Some(_), Self::Session) => Ok(SessionStorage::raw()),
            (None, _) => Err(StorageError::Denied),
        }
    }

    /// Does what it is asked; the strings are the answer.
    pub fn ask(self, call: Call<'_>) -> Result<Vec<String>, StorageError> {
        let area = self.open()?;
        let answered = match call {
            Call::Get(key) => area.get_item(key).map(Vec::from_iter),
            Call::Set(key, value) => area.set_item(key, value).map(|()| Vec::new()),
            Call::Remove(key) => area.remove_item(key).map(|()| Vec::new()),
            Call::Keys(prefix) => keys(&area, prefix),
            Call::All(prefix) => all(&area, prefix),
            Call::Clear(prefix) => clear(&area, prefix),
        };
        answered.map_err(|error| reason(&error, call))
    }
}

fn keys(area: &web_sys::Storage, prefix: &str) -> Result<Vec<String>, JsValue> {
    Ok(strings(&names(area)?, prefix))
}

fn all(area: &web_sys::Storage, prefix: &str) -> Result<Vec<String>, JsValue> {
    let mut all = Vec::new();
    for key in keys(area, prefix)? {
        if let Some(value) = area.get_item(&key)? {
            all.extend([key, value]);
        }
    }
    Ok(all)
}

fn clear(area: &web_sys::Storage, prefix: &str) -> Result<Vec<String>, JsValue> {
    for key in keys(area, prefix)? {
        area.remove_item(&key)?;
    }
    Ok(Vec::new())
}

/// Why a store threw `error`. Only one error says that it may not be used. Any other one may be over with the next call:
/// whoever turned away for good would leave behind what is true no longer. Engines disagree on the class of the one that
/// says that there is no room; all agree on its name but old Firefox.
pub fn reason(error: &JsValue, call: Call<'_>) -> StorageError {
    let name = String::from(error.unchecked_ref::<js_sys::Error>().name());
    match (&*name, call) {
        ("SecurityError", _) => StorageError::Denied,
        ("QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED", Call::Set(..)) => {
            let needed = call.needs();
            StorageError::Full { needed }
        }
        _ => StorageError::Failed,
    }
}

/// The strings in `array` that begin with `prefix`.
pub fn strings(array: &Array, prefix: &str) -> Vec<String> {
    let mut strings = Vec::new();
    for it in array.iter() {
        strings.extend(it.as_string().filter(|it| it.starts_with(prefix)));
    }
    strings
}
