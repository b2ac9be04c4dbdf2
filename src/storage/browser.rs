//! localStorage and sessionStorage.
//!
//! gloo-storage's `raw()` panics without a window (a worker) and where storage is denied (a sandboxed
//! frame, a browser's setting), so the window is asked first, each time. Its JSON helpers are not used: they
//! bring a JSON library along, and the values are strings already.

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use js_sys::Error;
use wasm_bindgen::prelude::*;

use super::StorageError;

/// One of the window's two stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Browser {
    /// localStorage: until the user clears it.
    Local,
    /// sessionStorage: as long as the tab.
    Session,
}

impl Browser {
    /// The store itself, if it may be used now.
    pub fn open(self) -> Result<web_sys::Storage, StorageError> {
        let window = web_sys::window().ok_or(StorageError::Denied)?;
        let probed = match self {
            Self::Local => window.local_storage(),
            Self::Session => window.session_storage(),
        };
        match (probed, self) {
            (Ok(Some(_)), Self::Local) => Ok(LocalStorage::raw()),
            (Ok(Some(_)), Self::Session) => Ok(SessionStorage::raw()),
            (Ok(None), _) => Err(StorageError::Denied),
            (Err(error), _) => match error.unchecked_into::<Error>().name() == "SecurityError" {
                true => Err(StorageError::Denied),
                // It may be over with the next call.
                false => Err(StorageError::Failed),
            },
        }
    }
}
