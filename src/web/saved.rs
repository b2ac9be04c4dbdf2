//! Saving, restoring and discarding the session, with storage where `sessionKey` names a record.
//!
//! Written once for stores and sealing functions that answer at once and for those that answer with promises;
//! the methods that return a string or nothing take the first kind only.

use std::rc::Rc;

use js_sys::{JsString, Promise};
use wasm_bindgen::prelude::*;

use super::class::freed;
use super::driver::Driver;
use super::error::{Code, Fault};
use super::events::EventName;
use super::sealing::{open_text, seal_text};
use super::store::Store;
use super::task::{self, at_once};
use super::timer;
use super::values::{Deferred, Value, count, named};
use crate::codec::Version;
use crate::storage::{Call, saved_key};

#[wasm_bindgen(module = "/src/web/saved.js")]
extern "C" {
    /// Writes `text` into `place`, which has as many bytes as the text has characters. False: it is not all ASCII.
    #[wasm_bindgen(js_name = writeAscii)]
    fn write_ascii(text: &JsString, place: &mut [u8]) -> bool;
}

impl Driver {
    /// The session as a string, which is also put into storage if there is a `sessionKey`.
    pub(super) fn save_session(&self) -> Result<String, Fault> {
        at_once(self.save()).unwrap_or_else(|| Err(needs_promise("saveSession", "exportSession")))
    }

    /// Puts a saved session in place: the one in storage if there is a `sessionKey`, else `state`.
    pub(super) fn restore_session(&self, state: &JsValue) -> Result<(), Fault> {
        at_once(self.restore(state.clone()))
            .unwrap_or_else(|| Err(needs_promise("restoreSession", "importSession")))
    }

    /// The session as one string, however it is sealed and stored.
    pub(super) fn export_session(&self, deferred: Deferred) -> Result<(), Fault> {
        let me = self.me.upgrade().ok_or_else(freed)?;
        let saved = task::promised(async move { Ok(me.save().await?.into()) });
        deferred.resolve(&saved);
        Ok(())
    }

    /// Puts a saved session in place, however it is sealed and stored.
    pub(super) fn import_session(self: Rc<Self>, state: JsValue) -> Promise {
        task::promised(async move {
            self.restore(state).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    pub(super) async fn save(&self) -> Result<String, Fault> {
        let (sealer, durable) = (self.options.sealer(), self.options.durable());
        if durable && !self.machine.borrow().is_durable() {
            return Err(Fault::usage(
                "the durable session was not read yet: await connect() or pending() first, or exportSession()",
            ));
        }
        let (client_id, version) = self.identity();
        self.machine
            .borrow_mut()
            .name_session_early(&client_id, version);
        let place = self.record().filter(|_| !durable);
        let place = place.map(|key| (key, self.store()));
        let mut existing = None;
        if let Some((key, (store, _))) = &place
            && let Some(text) = store.ask(Call::Get(key)).await?.pop()
        {
            // A sealed one that does not open is somebody else's.
            existing = Some(open_text(sealer.as_ref(), text).await.unwrap_or_default());
        }
        let now = timer::now();
        let record = {
            let machine = self.machine.borrow();
            machine.save_in_place_of(existing.as_deref(), now)
        };
        let is_kept = record.is_some();
        let text = record.unwrap_or_else(|| self.machine.borrow().save(now));
        let text = seal_text(sealer.as_ref(), text).await?;
        let mut stored = false;
        if let Some((key, (store, is_chosen))) = place
            && is_kept
        {
            store.ask(Call::Set(&key, &text)).await?;
            stored = is_chosen;
            self.stored.set(text.len());
        }
        let length = text.len();
        self.notice(
            EventName::SessionSaved,
            named("length stored", &[count(length), Value::Flag(stored)]),
        );
        Ok(text)
    }

    pub(super) async fn restore(&self, state: JsValue) -> Result<(), Fault> {
        if self.options.durable() {
            return Err(Fault::usage(
                "a durable session is restored by itself: connect(), publish() and pending() do it",
            ));
        }
        let key = self.record();
        let text = match &key {
            Some(key) => self.store().0.ask(Call::Get(key)).await?.pop().ok_or_else(|| {
                let name = self.options.session_key();
                let name = name.unwrap_or_default();
                let message = format!(
                    "nothing is saved under the sessionKey \"{name}\": saveSession() first, or go on with a new session"
                );
                Fault::new(Code::SessionNotFound, message)
            })?,
            None => text_of(&state).ok_or_else(|| {
                Fault::usage("restoreSession() takes the string that saveSession() returned, \"\" for an empty session; without it, set a sessionKey")
            })?,
        };
        let length = text.len();
        let sealer = self.options.sealer();
        let text = open_text(sealer.as_ref(), text).await?;
        let (client_id, version) = self.identity();
        self.machine
            .borrow_mut()
            .restore(&text, &client_id, version, timer::now())?;
        self.options.keep_session();
        if key.is_some() {
            self.stored.set(length);
        }
        self.touch();
        Ok(())
    }

    /// Lets go of the session in memory; what is stored, too, where there is no journal.
    pub(super) async fn discard(&self) -> Result<(), Fault> {
        // First what can be refused: a record without its session would come back.
        self.machine.borrow_mut().discard()?;
        self.touch();
        if let Some(key) = self.record() {
            self.store().0.ask(Call::Remove(&key)).await?;
            self.stored.set(0);
        }
        Ok(())
    }

    /// Whose session this is, by the options.
    fn identity(&self) -> (String, Version) {
        (self.options.client_id(), self.options.version())
    }

    fn record(&self) -> Option<String> {
        self.options.session_key().as_deref().map(saved_key)
    }

    /// The store that was chosen, and whether it is that. Where that is denied, memory takes its place, and an
    /// `error` event says so, once.
    fn store(&self) -> (Store, bool) {
        let store = self.options.store();
        match store.is_denied() {
            true => {
                self.tell_denied();
                (Store::Memory, false)
            }
            false => (store, true),
        }
    }
}

/// `state`, if it is a string. A saved session may have megabytes, all ASCII, and the bindings copy strings character by
/// character: eight milliseconds of two megabytes, where this takes one.
fn text_of(state: &JsValue) -> Option<String> {
    let text: &JsString = state.dyn_ref()?;
    let mut bytes = vec![0; text.length() as usize];
    match write_ascii(text, &mut bytes) {
        true => String::from_utf8(bytes).ok(),
        false => state.as_string(),
    }
}

fn needs_promise(method: &str, other: &str) -> Fault {
    Fault::usage(format!(
        "what is set as \"storage\" or \"sealing\" answers with promises, and {method}() cannot wait for them: use {other}()"
    ))
}
