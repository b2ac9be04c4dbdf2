//! Saving, restoring and discarding the session, with storage where `sessionKey` names a record.
//!
//! Written once for stores and sealing functions that answer at once and for those that answer with promises;
//! the methods that return a string or nothing take the first kind only.

use std::rc::Rc;

use js_sys::{JsString, Promise};
use wasm_bindgen::prelude::*;

use super::class::freed;
use super::driver::Driver;
use super::error::Fault;
use super::events::EventName;
use super::sealing::{open_text, seal_text};
use super::store::Store;
use super::task::{self, at_once};
use super::timer;
use super::values::{Deferred, Value, count, named};
use crate::codec::Version;
use crate::sentences::{say, sentence};
use crate::storage::{Call, saved_key};

#[wasm_bindgen(module = "/src/web/saved.js")]
extern "C" {
    /// Writes `text` into `place`, which has as many bytes as the text has characters. False: it is not all ASCII.
    #[wasm_bindgen(js_name = writeAscii)]
    fn write_ascii(text: &JsString, place: &mut [u8]) -> bool;
}

/// What is to become of the session.
pub(super) enum Saving {
    /// A string, which is also put into storage if there is a `sessionKey`.
    Save,
    /// What the string in storage says if there is a `sessionKey`, else this one.
    Restore(JsValue),
    /// Nothing, and of what is stored neither. Only where there is no journal.
    Discard,
}

/// Where the string lies.
struct Place {
    key: String,
    store: Store,
    /// It is not memory in place of the store that was chosen.
    is_chosen: bool,
}

impl Driver {
    /// Does it now, or not at all.
    pub(super) fn save_at_once(&self, saving: Saving) -> Result<JsValue, Fault> {
        let late = match saving {
            Saving::Save => sentence!(
                "what is set as \"storage\" or \"sealing\" answers with promises, and saveSession() cannot wait for them: use exportSession()"
            ),
            _ => sentence!(
                "what is set as \"storage\" or \"sealing\" answers with promises, and restoreSession() cannot wait for them: use importSession()"
            ),
        };
        at_once(self.carry_out(saving)).unwrap_or_else(|| Err(Fault::new(late)))
    }

    /// Does it however it is sealed and stored.
    pub(super) fn save_in_time(self: Rc<Self>, saving: Saving) -> Promise {
        task::promised(async move { self.carry_out(saving).await })
    }

    /// The session as one string, once it is its turn.
    pub(super) fn export_session(&self, deferred: Deferred) -> Result<(), Fault> {
        let me = self.me.upgrade().ok_or_else(freed)?;
        deferred.resolve(&me.save_in_time(Saving::Save));
        Ok(())
    }

    /// Reads what lies there, and puts there what the session has become.
    async fn carry_out(&self, saving: Saving) -> Result<JsValue, Fault> {
        let (place, mut text) = self.prepare(&saving)?;
        let is_restored = matches!(saving, Saving::Restore(_));
        let is_saved = matches!(saving, Saving::Save);
        if let Some(Place { key, store, .. }) = &place
            && (is_saved || is_restored)
        {
            text = store.ask(Call::Get(key)).await?.pop();
        }
        let length = text.as_ref().map_or(0, String::len);
        let sealer = self.options.sealer();
        if let Some(sealed) = text.take() {
            text = Some(match open_text(sealer.as_ref(), sealed).await {
                // It is somebody else's.
                Err(_) if is_saved => String::new(),
                opened => opened?,
            });
        }
        if is_restored {
            self.put_in_place(text)?;
            if place.is_some() {
                self.stored.set(length);
            }
            return Ok(JsValue::UNDEFINED);
        }
        let mut is_kept = true;
        let mut made = String::new();
        if is_saved {
            (made, is_kept) = self.saved_in_place_of(text.as_deref());
            made = seal_text(sealer.as_ref(), made).await?;
        }
        let mut is_stored = false;
        if let Some(place) = place.filter(|_| is_kept) {
            let call = match is_saved {
                true => Call::Set(&place.key, &made),
                false => Call::Remove(&place.key),
            };
            place.store.ask(call).await?;
            is_stored = place.is_chosen;
            self.stored.set(made.len());
        }
        if !is_saved {
            return Ok(JsValue::UNDEFINED);
        }
        self.notice(
            EventName::SessionSaved,
            named(
                "length stored",
                &[count(made.len()), Value::Flag(is_stored)],
            ),
        );
        Ok(made.into())
    }

    /// What can be refused, and has to be done before anything is waited for. Returns where the string lies, or the one
    /// that was given.
    fn prepare(&self, saving: &Saving) -> Result<(Option<Place>, Option<String>), Fault> {
        let durable = self.options.durable();
        match saving {
            Saving::Save if durable && !self.machine.borrow().is_durable() => {
                return Err(Fault::new(sentence!(
                    "the durable session was not read yet: await connect() or pending() first, or exportSession()"
                )));
            }
            Saving::Save => {
                let (client_id, version) = self.identity();
                let mut machine = self.machine.borrow_mut();
                machine.name_session_early(&client_id, version);
            }
            Saving::Restore(_) if durable => {
                return Err(Fault::new(sentence!(
                    "a durable session is restored by itself: connect(), publish() and pending() do it"
                )));
            }
            Saving::Restore(_) => {}
            Saving::Discard => {
                // A record without its session would come back.
                self.machine.borrow_mut().discard()?;
                self.touch();
            }
        }
        let key = self.options.session_key().filter(|_| !durable);
        let text = match (&key, saving) {
            (None, Saving::Restore(state)) => Some(text_of(state).ok_or_else(|| {
                Fault::new(sentence!("restoreSession() takes the string that saveSession() returned, \"\" for an empty session; without it, set a sessionKey"))
            })?),
            _ => None,
        };
        let place = key.map(|key| {
            let (store, is_chosen) = self.store();
            Place {
                key: saved_key(&key),
                store,
                is_chosen,
            }
        });
        Ok((place, text))
    }

    /// The string of the session, and whether it may take the place of what lies there.
    fn saved_in_place_of(&self, existing: Option<&str>) -> (String, bool) {
        let (machine, now) = (self.machine.borrow(), timer::now());
        match machine.save_in_place_of(existing, now) {
            Some(text) => (text, true),
            None => (machine.save(now), false),
        }
    }

    fn put_in_place(&self, text: Option<String>) -> Result<(), Fault> {
        let text = text.ok_or_else(|| {
            let name = self.options.session_key().unwrap_or_default();
            Fault::said(say!(
                "nothing is saved under the sessionKey \"%text\": saveSession() first, or go on with a new session";
                &name
            ))
        })?;
        let (client_id, version) = self.identity();
        let mut machine = self.machine.borrow_mut();
        machine.restore(&text, &client_id, version, timer::now())?;
        drop(machine);
        self.options.keep_session();
        self.touch();
        Ok(())
    }

    /// Whose session this is, by the options.
    fn identity(&self) -> (String, Version) {
        (self.options.client_id(), self.options.version())
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
