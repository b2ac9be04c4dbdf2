//! The records of one durable session in their store: read once (`reading`), then changed as the machine says.
//!
//! Where nothing is sealed and the store is none of the application's, a batch is made here, at once; else in JavaScript
//! (`store.js`), one thing after the other, in the order of the changes. What lies there is counted, so that it can be told
//! without looking, and so that it is noticed when somebody else changed it. Must never live here: what a
//! record says, what follows when it cannot be kept, and which records lie together (`packs`).

mod reading;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::lock::{Lock, Watch};
use super::packs::{Packs, Together};
use super::sealing::Sealer;
use super::store::{Failure, Store, strings, text_at};
use super::task::when;
use super::values::Deferred;
use crate::error::SnapshotError;
use crate::session::journal::{Change, Pack, RecordName, unpack};
use crate::sorted::NamedMap;
use crate::storage::browser::Browser;
use crate::storage::{Call, StorageError, bytes_of, text_of, units};

pub(super) use reading::Found;

/// What the names of records begin with that could not be read.
const BAD: &str = "bad/";

/// The record that every batch is checked against.
const META: &str = "meta";

/// What `saveSession()` writes without `durable`.
pub(super) const SAVED: &str = "saved";

/// The records that could not be changed, and why.
pub(super) type Failed = Vec<(RecordName, StorageError)>;

/// In place of what [`Journal::weight`] says: only if nothing has failed, and if it does nobody cares.
const AFTERWARDS: u8 = 3;

/// Something to be done with the store, one after the other.
#[derive(Debug)]
pub(super) enum Job {
    /// Store a batch of the machine.
    Persist { batch: u64, changes: Vec<Change> },
    /// Put this record, which cannot be read, out of the way.
    Quarantine(String, SnapshotError),
    /// Remove everything, then resolve; the calls after it wait in this opening.
    Discard(Deferred, u32),
}

/// What somebody else did to the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Interference {
    /// Nothing that matters.
    None,
    /// Some are gone, or changed.
    Cleared,
    /// Somebody else writes them, too: there is no lock to keep them out.
    Shared,
}

/// The records of one durable session.
#[derive(Debug)]
pub(super) struct Journal {
    store: RefCell<Store>,
    prefix: String,
    sealer: Option<Sealer>,
    /// None where there are no locks.
    pub(super) lock: OnceCell<Lock>,
    pub(super) watch: RefCell<Option<Watch>>,
    /// Everything stored, by its name after the prefix: key and value together, in UTF-16 units.
    sizes: RefCell<NamedMap<usize>>,
    total: Cell<usize>,
    packs: RefCell<Packs>,
    /// Packs to be removed once all that can be read of them has been written elsewhere.
    stale: RefCell<Vec<String>>,
    /// A pack lacked records of its own when it was changed.
    torn: Cell<bool>,
    /// `meta` as it was read or written last.
    meta: RefCell<Option<String>>,
    jobs: RefCell<Vec<Job>>,
    /// A job is under way.
    busy: Cell<bool>,
    /// Somebody goes through the jobs.
    pub(super) working: Cell<bool>,
    /// The store that memory has taken the place of.
    home: Cell<Option<Browser>>,
    /// The store was denied, and memory has taken its place since [`Self::take_denied`].
    denied: Cell<bool>,
    /// In the application's words, why its store failed last.
    why: RefCell<String>,
}

impl Journal {
    pub(super) fn new(store: Store, prefix: String, sealer: Option<Sealer>) -> Self {
        Self {
            store: RefCell::new(store),
            prefix,
            sealer,
            lock: OnceCell::new(),
            watch: RefCell::default(),
            sizes: RefCell::default(),
            total: Cell::new(0),
            packs: RefCell::default(),
            stale: RefCell::default(),
            torn: Cell::new(false),
            meta: RefCell::default(),
            jobs: RefCell::default(),
            busy: Cell::new(false),
            working: Cell::new(false),
            home: Cell::default(),
            denied: Cell::new(false),
            why: RefCell::default(),
        }
    }

    /// How much is stored, in UTF-16 units.
    pub(super) fn size(&self) -> usize {
        self.total.get()
    }

    /// In the application's words, why its store failed last.
    pub(super) fn why(&self) -> String {
        self.why.borrow().clone()
    }

    /// Whether memory has taken the place of the store since this was asked last.
    pub(super) fn take_denied(&self) -> bool {
        self.denied.take()
    }

    /// Adds a job, to be done after the others.
    pub(super) fn add(&self, job: Job) {
        self.jobs.borrow_mut().push(job);
    }

    /// The next job, unless one is under way.
    pub(super) fn next(&self) -> Option<Job> {
        let mut jobs = self.jobs.borrow_mut();
        let job = (!self.busy.get() && !jobs.is_empty()).then(|| jobs.remove(0));
        self.busy.set(self.busy.get() || job.is_some());
        job
    }

    /// The job that was under way is done.
    pub(super) fn done(&self) {
        self.busy.set(false);
    }

    /// Makes the changes, in their order; returns those that could not be made. Where the store fails with a
    /// record that lies there already, or there is no `meta`, those behind are not made: only a first part of
    /// them is a session. Where there is merely no room, the rest may have some.
    fn apply(&self, changes: &[Change]) -> Failed {
        let mut failed = Vec::new();
        let is_whole = is_one_story(changes);
        let mut rest = changes;
        while let Some(first) = rest.first() {
            let (count, together) = self.packs.borrow().together(rest);
            let mut now = rest.get(..count).unwrap_or(rest);
            let done = match together {
                Together::In(pack) => self.change_pack(pack, now),
                Together::New(pack) if self.change_pack(pack, now).is_ok() => Ok(()),
                // One by one some may have room, and it is said how much each of them needs.
                _ => {
                    now = std::slice::from_ref(first);
                    self.make(first)
                }
            };
            let behind = rest.get(now.len()..).unwrap_or_default();
            if let Err(error) = done {
                let lies_there = matches!(together, Together::In(_));
                let weight = self.weight(first.name(), is_whole).max(lies_there.into());
                let ends = weight > u8::from(matches!(error, StorageError::Full { .. }));
                for change in if ends { rest } else { now } {
                    failed.push((change.name(), error));
                }
                if ends {
                    break;
                }
            }
            rest = behind;
        }
        if failed.is_empty() {
            for name in self.stale.take() {
                // One that stays is read again, and says nothing that is not said elsewhere.
                let _removed = self.put(&self.key(&name), None);
            }
        }
        failed
    }

    /// Whether records may lie in packs: those in the clear, in a store that answers at once. To the application's own
    /// functions each record is one.
    fn may_pack(&self) -> bool {
        self.sealer.is_none() && !matches!(&*self.store.borrow(), Store::Custom(_))
    }

    /// What ends with a change of this record that fails: 0 nothing; 1 all, unless there is no room; 2 all.
    fn weight(&self, name: RecordName, is_whole: bool) -> u8 {
        let is_there = self.sizes.borrow().get(&name.text()).is_some();
        match is_whole || name == RecordName::Meta {
            true => 2,
            false => is_there.into(),
        }
    }

    /// Does as [`Self::apply`], and says so then, however it is sealed and stored.
    pub(super) fn change(
        self: Rc<Self>,
        changes: Vec<Change>,
        then: impl FnOnce(Failed) + 'static,
    ) {
        match self.may_pack() {
            true => then(self.apply(&changes)),
            false => self.change_elsewhere(changes, Box::new(then)),
        }
    }

    fn change_elsewhere(self: Rc<Self>, changes: Vec<Change>, then: Box<dyn FnOnce(Failed)>) {
        let is_whole = is_one_story(&changes);
        let steps = Array::new();
        for change in &changes {
            let name = change.name();
            steps.push(&name.text().into());
            steps.push(&match change {
                Change::Put { record, .. } => Uint8Array::from(&**record).into(),
                Change::Remove { .. } => JsValue::UNDEFINED,
            });
            steps.push(&self.weight(name, is_whole).into());
        }
        for name in &*self.stale.borrow() {
            steps.push(&name.into());
            steps.push(&JsValue::UNDEFINED);
            steps.push(&AFTERWARDS.into());
        }
        let changed = self
            .store()
            .change(self.sealer.as_ref(), &self.prefix, steps);
        when(changed, move |changed| {
            let (outcomes, mut failure): (Array, _) = match changed {
                Ok(outcomes) => (outcomes.unchecked_into(), None),
                Err(thrown) => {
                    let failure = Failure::from(thrown);
                    if self.fall_back(failure.error).is_ok() {
                        return self.change_elsewhere(changes, then);
                    }
                    self.why.replace(failure.why);
                    (Array::new(), Some(failure.error))
                }
            };
            let mut failed = Vec::new();
            let mut at = 0;
            for change in &changes {
                let name = change.name();
                if at < outcomes.length() {
                    let thrown = outcomes.get(at + 1);
                    if thrown.is_undefined() {
                        let value = outcomes.get(at).as_string();
                        self.count(&name.text(), value.as_deref());
                        at += 2;
                        continue;
                    }
                    let now = Failure::from(thrown);
                    self.why.replace(now.why);
                    failure = Some(now.error);
                }
                at += 2;
                if let Some(error) = failure {
                    failed.push((name, error));
                }
            }
            if failed.is_empty() {
                for name in self.stale.take() {
                    self.count(&name, None);
                }
            }
            then(failed);
        });
    }

    /// Changes a record that lies alone, or will.
    fn make(&self, change: &Change) -> Result<(), StorageError> {
        let key = self.key(&change.name().text());
        let value = match change {
            Change::Put { record, .. } => Some(text_of(record)),
            Change::Remove { .. } => None,
        };
        self.put(&key, value.as_deref())?;
        self.packs.borrow_mut().note(change.name());
        Ok(())
    }

    /// Puts `value` under `key`, or nothing.
    fn put(&self, key: &str, value: Option<&str>) -> Result<(), StorageError> {
        let call = match value {
            Some(value) => Call::Set(key, value),
            None => Call::Remove(key),
        };
        while let Err(error) = self.store().ask_own(call) {
            self.fall_back(error)?;
        }
        self.count(self.name_at(key), value);
        Ok(())
    }

    /// Makes these changes of records that lie in one pack, or will: it is written anew, with all that is left.
    fn change_pack(&self, pack: u64, changes: &[Change]) -> Result<(), StorageError> {
        let key = self.key(&Packs::name(pack));
        let mut written = Pack::default();
        let (mut changed, mut left) = (0, 0);
        for change in changes {
            if let RecordName::Outgoing(seq) = change.name() {
                changed |= Packs::bit(pack, seq);
            }
        }
        let stays = self.packs.borrow().left(pack) & !changed;
        if stays != 0 {
            // Where it may not be read, or somebody has removed or changed it, all of it is about to be written anew.
            let found = self.store().ask_own(Call::Get(&key));
            let is_denied = matches!(found, Err(StorageError::Denied));
            let value = match is_denied {
                true => None,
                false => found?.as_string(),
            };
            let bytes = value.and_then(|value| bytes_of(&value)).unwrap_or_default();
            let _told_apart = unpack(&bytes, &mut |seq, record| {
                let bit = Packs::bit(pack, seq);
                if stays & bit != 0 {
                    written.push(seq, record);
                    left |= bit;
                }
            });
            self.torn
                .set(self.torn.get() || !is_denied && left != stays);
        }
        for change in changes {
            if let (Change::Put { record, .. }, RecordName::Outgoing(seq)) = (change, change.name())
            {
                written.push(seq, record);
                left |= Packs::bit(pack, seq);
            }
        }
        let value = (left != 0).then(|| text_of(written.bytes()));
        self.put(&key, value.as_deref())?;
        self.packs.borrow_mut().leave(pack, left);
        Ok(())
    }

    /// Copies a record that cannot be read out of the way, as it is, and only then removes it. Then says the key of the copy.
    pub(super) fn quarantine(
        self: Rc<Self>,
        name: String,
        then: impl FnOnce(&str, Result<String, Failure>) + 'static,
    ) {
        let copy = self.key(&[BAD, &name].concat());
        // A pack goes when what could be read of it is written elsewhere.
        let stays = Packs::parse(&name).is_some();
        let moved = self.store().put_aside(&self.key(&name), &copy, stays);
        when(moved, move |moved| {
            let moved = moved.and_then(|moved| {
                let moved: Array = moved.unchecked_into();
                let at = text_at(&moved, 0);
                if let Some(value) = moved.get(1).as_string() {
                    self.count(self.name_at(&at), Some(&value));
                }
                let trouble = moved.get(2);
                if !trouble.is_undefined() {
                    return Err(trouble);
                }
                if !stays {
                    self.count(&name, None);
                }
                Ok(at)
            });
            then(&name, moved.map_err(Failure::from));
        });
    }

    /// Removes everything.
    pub(super) fn discard(self: Rc<Self>, then: impl FnOnce(Result<(), Failure>) + 'static) {
        when(
            self.store().ask(Call::Clear(&self.prefix)),
            move |cleared| {
                if cleared.is_ok() {
                    self.forget();
                    self.packs.take();
                    self.stale.take();
                }
                then(cleared.map(drop).map_err(Failure::from));
            },
        );
    }

    /// What the store of a browser says, if it does: only those have other users.
    fn glance(&self, call: Call<'_>) -> Option<JsValue> {
        let store = self.store();
        match store {
            Store::Browser(_) => store.ask_own(call).ok(),
            _ => None,
        }
    }

    /// Whether what is checked before each batch is as we left it.
    pub(super) fn is_intact(&self) -> bool {
        let meta = self.glance(Call::Get(&self.key(META)));
        meta.is_none_or(|meta| meta.as_string() == *self.meta.borrow())
    }

    /// What it means that another document has changed `key`, or removed everything (`None`).
    pub(super) fn interference(&self, key: Option<&str>) -> Interference {
        let Some(key) = key else {
            return match self.has_all() {
                true => Interference::None,
                false => Interference::Cleared,
            };
        };
        let (Some(name), Some(value)) = (self.name_of(key), self.glance(Call::Get(key))) else {
            return Interference::None;
        };
        let size = value.as_string().map(|value| units(key) + units(&value));
        if size == self.sizes.borrow().get(name).copied() {
            return Interference::None;
        }
        match self.lock.get() {
            None if size.is_some() => Interference::Shared,
            _ => Interference::Cleared,
        }
    }

    /// Whether everything is still there, after a batch that may have waited: a browser's store does not, but
    /// what seals its records may. What lies together is looked at when it is changed.
    pub(super) fn is_intact_behind(&self) -> bool {
        !self.torn.take() && (self.sealer.is_none() || self.has_all())
    }

    /// Whether all records are there that ought to be.
    fn has_all(&self) -> bool {
        let Some(keys) = self.glance(Call::Keys(&self.prefix)) else {
            return true;
        };
        let sizes = self.sizes.borrow();
        let mut missing = sizes.iter().filter(|(name, _)| is_ours(name)).count();
        for key in strings(&keys) {
            if let Some(name) = self.name_of(&key)
                && sizes.get(name).is_some()
            {
                missing -= 1;
            }
        }
        missing == 0
    }

    /// Counts anew what is stored, after somebody else changed it.
    pub(super) fn count_again(&self) {
        self.forget();
        // What cannot be read is found out when it is written.
        let all = self.store().ask_own(Call::All(&self.prefix));
        for entry in strings(&all.unwrap_or_else(|_| Array::new().into())).chunks(2) {
            if let [key, value] = entry {
                self.count(self.name_at(key), Some(value));
            }
        }
    }

    /// The name of what lies under `key`, if the session needs it.
    fn name_of<'a>(&self, key: &'a str) -> Option<&'a str> {
        let name = key.strip_prefix(&*self.prefix);
        name.filter(|name| is_ours(name))
    }

    /// What follows the prefix in `key`.
    fn name_at<'a>(&self, key: &'a str) -> &'a str {
        key.get(self.prefix.len()..).unwrap_or_default()
    }

    fn store(&self) -> Store {
        self.store.borrow().clone()
    }

    /// The key of the record `name`.
    pub(super) fn key(&self, name: &str) -> String {
        [&*self.prefix, name].concat()
    }

    /// Memory takes the place of a store that may no longer be used; any other failure is none of its business.
    fn fall_back(&self, error: StorageError) -> Result<(), StorageError> {
        if error != StorageError::Denied {
            return Err(error);
        }
        // What an earlier client left in memory is not of this session.
        Store::Memory.ask_own(Call::Clear(&self.prefix))?;
        if let Store::Browser(browser) = self.store.replace(Store::Memory) {
            self.home.set(Some(browser));
        }
        self.denied.set(true);
        self.forget();
        self.packs.take();
        self.stale.take();
        Ok(())
    }

    /// After a batch: where the store that was denied may be used again, everything moves back there. What was left
    /// behind there is true no longer, and the next page would go on with it.
    pub(super) fn come_back(&self) -> Result<(), StorageError> {
        // Right after it was denied, not everything is in memory yet.
        let Some(browser) = self.home.get().filter(|_| !self.denied.get()) else {
            return Ok(());
        };
        let home = Store::Browser(browser);
        for entry in strings(&Store::Memory.ask_own(Call::All(&self.prefix))?).chunks(2) {
            if let [key, value] = entry {
                home.ask_own(Call::Set(key, value))?;
            }
        }
        for key in strings(&home.ask_own(Call::Keys(&self.prefix))?) {
            let stored = |name| self.sizes.borrow().get(name).is_some();
            if self.name_of(&key).is_some_and(|name| !stored(name)) {
                home.ask_own(Call::Remove(&key))?;
            }
        }
        Store::Memory.ask_own(Call::Clear(&self.prefix))?;
        self.home.take();
        self.store.replace(home);
        self.count_again();
        Ok(())
    }

    /// Under `name` now lies this value, or none.
    fn count(&self, name: &str, value: Option<&str>) {
        let size = value.map(|value| units(&self.prefix) + units(name) + units(value));
        let mut sizes = self.sizes.borrow_mut();
        let before = match size {
            Some(size) => sizes.insert(name, size),
            None => sizes.remove(name),
        };
        if name == META {
            self.meta.replace(value.map(Into::into));
        }
        let grown = self.total.get() + size.unwrap_or(0);
        self.total.set(grown - before.unwrap_or(0));
    }

    fn forget(&self) {
        self.sizes.take();
        self.total.set(0);
        self.meta.take();
    }

    /// The store of the window it lies in, if it does.
    pub(super) fn area(&self) -> Option<&'static str> {
        match &*self.store.borrow() {
            Store::Browser(Browser::Local) => Some("localStorage"),
            Store::Browser(Browser::Session) => Some("sessionStorage"),
            _ => None,
        }
    }
}

/// Whether the record `name` is one that the session needs.
fn is_ours(name: &str) -> bool {
    name != SAVED && !name.starts_with(BAD)
}

/// Whether these are made all or not at all: what a saved string said has to be stored in whole before it goes.
fn is_one_story(changes: &[Change]) -> bool {
    changes.last().map(Change::name) == Some(RecordName::Saved)
}
