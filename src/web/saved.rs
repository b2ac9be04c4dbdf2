//! Saving, restoring and discarding the session, with storage where `sessionKey` names a record.
//!
//! Written once for stores and sealing functions that answer at once and for those that answer with promises;
//! the methods that return a string or nothing take the first kind only.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use js_sys::{JsString, Promise};
use wasm_bindgen::prelude::*;

use super::class::freed;
use super::driver::Driver;
use super::error::Fault;
use super::events::EventName;
use super::sealing::{open_saved, seal_saved};
use super::store::{Failure, Store};
use super::task::{Answer, when};
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

type Outcome = Result<JsValue, Fault>;

/// Who is told in the end.
enum End {
    Promise(Deferred),
    /// A call that does not wait.
    Call(Weak<Cell<Option<Outcome>>>),
}

/// One of these on its way: what has to be known between its steps.
struct Course {
    driver: Rc<Driver>,
    is_saved: bool,
    place: Option<Place>,
    /// The string as it lies in its place, or is to.
    text: JsValue,
    end: End,
}

impl Driver {
    /// Does it now, or not at all.
    pub(super) fn save_at_once(self: Rc<Self>, saving: Saving) -> Outcome {
        let late = match saving {
            Saving::Save => sentence!(
                "what is set as \"storage\" or \"sealing\" answers with promises, and saveSession() cannot wait for them: use exportSession()"
            ),
            _ => sentence!(
                "what is set as \"storage\" or \"sealing\" answers with promises, and restoreSession() cannot wait for them: use importSession()"
            ),
        };
        let outcome = Rc::new(Cell::new(None));
        self.carry_out(saving, End::Call(Rc::downgrade(&outcome)));
        outcome.take().unwrap_or_else(|| Err(Fault::new(late)))
    }

    /// Does it however it is sealed and stored.
    pub(super) fn save_in_time(self: Rc<Self>, saving: Saving) -> Promise {
        let deferred = Deferred::new();
        let promise = deferred.promise();
        self.carry_out(saving, End::Promise(deferred));
        promise
    }

    /// The session as one string, once it is its turn.
    pub(super) fn export_session(&self, deferred: Deferred) -> Result<(), Fault> {
        let me = self.me.upgrade().ok_or_else(freed)?;
        deferred.resolve(&me.save_in_time(Saving::Save));
        Ok(())
    }

    fn carry_out(self: Rc<Self>, saving: Saving, end: End) {
        let (place, text) = match self.prepare(&saving) {
            Ok(prepared) => prepared,
            Err(fault) => return end.tell(Err(fault)),
        };
        let course = Course {
            driver: self,
            is_saved: matches!(saving, Saving::Save),
            place,
            text,
            end,
        };
        let goes = matches!(saving, Saving::Discard);
        let given = match (&course.place, goes) {
            (Some(Place { key, store, .. }), true) => store.ask(Call::Remove(key)),
            (Some(Place { key, store, .. }), false) => store.ask(Call::Get(key)),
            (None, _) => Ok(course.text.clone()),
        };
        match goes {
            true => course.then(given, Course::removed),
            false => course.then(given, Course::open),
        }
    }

    /// What can be refused, and has to be done before anything is waited for. Returns where the string lies, or the one
    /// that was given.
    fn prepare(&self, saving: &Saving) -> Result<(Option<Place>, JsValue), Fault> {
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
            (None, Saving::Restore(state)) if state.is_string() => state.clone(),
            (None, Saving::Restore(_)) => {
                return Err(Fault::new(sentence!(
                    "restoreSession() takes the string that saveSession() returned, \"\" for an empty session; without it, set a sessionKey"
                )));
            }
            _ => JsValue::UNDEFINED,
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

impl End {
    /// Nobody waits for it any more where it has to be waited for.
    fn is_awaited(&self) -> bool {
        !matches!(self, Self::Call(call) if call.strong_count() == 0)
    }

    fn tell(self, outcome: Outcome) {
        match (self, outcome) {
            (Self::Promise(deferred), Ok(value)) => deferred.resolve(&value),
            (Self::Promise(deferred), Err(fault)) => deferred.reject(&fault),
            (Self::Call(call), outcome) => {
                if let Some(call) = call.upgrade() {
                    call.set(Some(outcome));
                }
            }
        }
    }
}

/// The steps, in their order.
impl Course {
    /// Goes on with `next`, unless `given` comes to an error: a [`Fault`], or what a store or a sealing function threw.
    fn then(self, given: Answer, next: fn(Self, JsValue)) {
        when(given, move |answer| match answer {
            _ if !self.end.is_awaited() => {}
            // What there was to be saved is gone with it.
            _ if self.driver.is_freed() => self.end.tell(Err(freed())),
            Ok(value) => next(self, value),
            Err(error) if error.is_string() => {
                self.end.tell(Err(Failure::from(error).into()));
            }
            Err(fault) => self.end.tell(Err(fault.unchecked_into())),
        });
    }

    fn removed(self, _: JsValue) {
        self.driver.stored.set(0);
        self.end.tell(Ok(JsValue::UNDEFINED));
    }

    fn open(mut self, text: JsValue) {
        // What lies there and does not open is somebody else's.
        let opened = open_saved(self.driver.options.sealer().as_ref(), &text, self.is_saved);
        self.text = text;
        match self.is_saved {
            true => self.then(opened, Self::seal),
            false => self.then(opened, Self::put),
        }
    }

    fn put(self, text: JsValue) {
        let put = self.driver.put_in_place(text_of(&text));
        if put.is_ok() && self.place.is_some() {
            self.driver.stored.set(length(&self.text));
        }
        self.end.tell(put.map(|()| JsValue::UNDEFINED));
    }

    fn seal(mut self, existing: JsValue) {
        let existing = text_of(&existing);
        let (text, is_kept) = self.driver.saved_in_place_of(existing.as_deref());
        self.place = self.place.filter(|_| is_kept);
        let sealed = seal_saved(self.driver.options.sealer().as_ref(), &text);
        self.then(sealed, Self::keep);
    }

    fn keep(mut self, text: JsValue) {
        let given = match &self.place {
            Some(place) => {
                let text = text.as_string().unwrap_or_default();
                place.store.ask(Call::Set(&place.key, &text))
            }
            None => Ok(JsValue::UNDEFINED),
        };
        self.text = text;
        self.then(given, Self::kept);
    }

    fn kept(self, _: JsValue) {
        let length = length(&self.text);
        if self.place.is_some() {
            self.driver.stored.set(length);
        }
        let is_stored = self.place.is_some_and(|place| place.is_chosen);
        self.driver.notice(
            EventName::SessionSaved,
            named("length stored", &[count(length), Value::Flag(is_stored)]),
        );
        self.end.tell(Ok(self.text));
    }
}

/// How long `text` is, if it is one: all that is saved is ASCII.
fn length(text: &JsValue) -> usize {
    text.dyn_ref::<JsString>()
        .map_or(0, |text| text.length() as usize)
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
