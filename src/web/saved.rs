//! Saving, restoring and discarding the session, with storage where `sessionKey` names a record.

use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::error::{Code, Fault};
use super::events::EventName;
use super::options::Place;
use super::timer;
use super::values::{SessionSaved, plain};
use crate::codec::Version;
use crate::storage::browser::Browser;
use crate::storage::memory::Memory;
use crate::storage::{Storage, StorageError, saved_key};

impl Driver {
    /// The session as a string, which is also put into storage if there is a `sessionKey`.
    pub(super) fn save_session(&self) -> Result<String, Fault> {
        let now = timer::now();
        let (client_id, version) = self.identity();
        self.machine
            .borrow_mut()
            .name_session_early(&client_id, version);
        let text = self.machine.borrow().save(now);
        let mut stored = false;
        if let Some(key) = self.record() {
            let existing = self.with_storage(|storage| storage.get(&key))?.value;
            let record = {
                let machine = self.machine.borrow();
                machine.save_in_place_of(existing.as_deref(), now)
            };
            if let Some(record) = record {
                let done = self.with_storage(|storage| storage.set(&key, &record))?;
                stored = done.is_kept;
                self.stored.set(record.len());
            }
        }
        let length = text.len();
        self.notice(
            EventName::SessionSaved,
            plain(&SessionSaved { length, stored }),
        );
        Ok(text)
    }

    /// Puts a saved session in place: the one in storage if there is a `sessionKey`, else `state`.
    pub(super) fn restore_session(&self, state: &JsValue) -> Result<(), Fault> {
        let text = match self.record() {
            Some(key) => {
                let found = self.with_storage(|storage| storage.get(&key))?;
                found.value.ok_or_else(|| {
                    let name = self.options.borrow().session_key.clone();
                    let name = name.unwrap_or_default();
                    let message = format!(
                        "nothing is saved under the sessionKey \"{name}\": saveSession() first, or go on with a new session"
                    );
                    Fault::new(Code::SessionNotFound, message)
                })?
            }
            None => state.as_string().ok_or_else(|| {
                Fault::usage("restoreSession() takes the string that saveSession() returned, \"\" for an empty session; without it, set a sessionKey")
            })?,
        };
        let (client_id, version) = self.identity();
        self.machine
            .borrow_mut()
            .restore(&text, &client_id, version, timer::now())?;
        self.options.borrow_mut().config.clean_session = false;
        if self.record().is_some() {
            self.stored.set(text.len());
        }
        self.touch();
        Ok(())
    }

    /// Removes the record and lets go of the session in memory.
    pub(super) fn discard_session(&self) -> Result<(), Fault> {
        // First what can be refused: a record without its session would come back.
        self.machine.borrow_mut().discard()?;
        self.touch();
        if let Some(key) = self.record() {
            self.with_storage(|storage| storage.remove(&key))?;
            self.stored.set(0);
        }
        Ok(())
    }

    /// Whose session this is, by the options.
    fn identity(&self) -> (String, Version) {
        let options = self.options.borrow();
        (options.config.client_id.clone(), options.config.version)
    }

    fn record(&self) -> Option<String> {
        let options = self.options.borrow();
        options.session_key.as_deref().map(saved_key)
    }

    /// Does something with the storage that was chosen. Where that is denied, memory takes its place,
    /// and an `error` event says so, once.
    fn with_storage<T>(
        &self,
        act: impl Fn(&dyn Storage) -> Result<T, StorageError>,
    ) -> Result<Done<T>, Fault> {
        let place = self.options.borrow().storage;
        let chosen = match place {
            Place::Local => act(&Browser::Local),
            Place::Session => act(&Browser::Session),
            Place::Memory => act(&Memory),
        };
        match chosen {
            Ok(value) => Ok(Done {
                value,
                is_kept: true,
            }),
            Err(StorageError::Denied) => {
                if !self.denied.replace(true) {
                    let fault = Fault::from(StorageError::Denied);
                    self.notice(EventName::Error, fault.to_js());
                }
                let value = act(&Memory)?;
                Ok(Done {
                    value,
                    is_kept: false,
                })
            }
            Err(full) => Err(full.into()),
        }
    }
}

/// What came of an act of storage.
struct Done<T> {
    value: T,
    /// Whether it was the storage that was asked for.
    is_kept: bool,
}
