//! The records of one durable session in their store: read once, then changed as the machine says.
//!
//! A store that answers at once is asked and done within one call; one that answers with promises is asked
//! one thing after the other, in the order of the changes. What lies there is counted, so that it can be told
//! without looking, and so that it is noticed when somebody else changed it. Must never live here: what a
//! record says, and what follows when it cannot be kept.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;

use super::error::{Code, Fault};
use super::lock::{Lock, Watch};
use super::sealing::{Opened, Sealer, open_text, record_of, value_of};
use super::store::{Failure, Store};
use super::values::Deferred;
use crate::error::SnapshotError;
use crate::session::journal::{Change, RecordName, is_whole};
use crate::sorted::NamedMap;
use crate::storage::browser::Browser;
use crate::storage::memory::Memory;
use crate::storage::{Storage, StorageError, units};

/// What the names of records begin with that could not be read.
const BAD: &str = "bad/";

/// The record that every batch is checked against.
const META: &str = "meta";

/// What `saveSession()` writes without `durable`.
pub(super) const SAVED: &str = "saved";

/// Something to be done with the store, one after the other.
#[derive(Debug)]
pub(super) enum Job {
    /// Store a batch of the machine.
    Persist { batch: u64, changes: Vec<Change> },
    /// Put these records, which cannot be read, out of the way.
    Quarantine(Vec<(String, SnapshotError)>),
    /// Remove everything, then resolve; the calls after it wait in this opening.
    Discard(Deferred, u32),
}

/// What was found in the store.
pub(super) struct Found {
    pub(super) records: Vec<(String, Vec<u8>)>,
    /// Records lie in the clear though they should not.
    pub(super) to_be_sealed: bool,
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
    /// `meta` as it was read or written last.
    meta: RefCell<Option<String>>,
    jobs: RefCell<VecDeque<Job>>,
    busy: Cell<bool>,
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
            meta: RefCell::default(),
            jobs: RefCell::default(),
            busy: Cell::new(false),
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

    /// Adds a job; false if one is running, which will come to it.
    pub(super) fn add(&self, job: Job) -> bool {
        self.jobs.borrow_mut().push_back(job);
        !self.busy.replace(true)
    }

    /// The next job.
    pub(super) fn next(&self) -> Option<Job> {
        let job = self.jobs.borrow_mut().pop_front();
        self.busy.set(job.is_some());
        job
    }

    /// Reads everything. Records that are sealed and do not open, or to something that is no record, are refused
    /// if none does, for then it is the key that is wrong; else they are damaged, as records can be.
    pub(super) async fn read(&self) -> Result<Found, Fault> {
        self.forget();
        let store = self.store();
        let mut found = Found {
            records: Vec::new(),
            to_be_sealed: false,
        };
        let (mut opened, mut closed) = (0, 0);
        let mut saved = None;
        for key in store.keys(&self.prefix).await? {
            let Some(value) = store.get(&key).await? else {
                continue;
            };
            let name = key.get(self.prefix.len()..).unwrap_or_default();
            self.count(name, Some(&value));
            if RecordName::parse(name).is_none() {
                continue;
            }
            if name == SAVED {
                saved = Some(open_text(self.sealer.as_ref(), value).await);
                continue;
            }
            if name == META {
                self.meta.replace(Some(value.clone()));
            }
            let record = match record_of(self.sealer.as_ref(), &value, name, &key).await {
                Opened::Plain(record) => {
                    found.to_be_sealed |= self.sealer.is_some();
                    record
                }
                Opened::Sealed(record) if is_whole(&record) => {
                    opened += 1;
                    record
                }
                Opened::Sealed(_) | Opened::Closed => {
                    closed += 1;
                    Vec::new()
                }
            };
            found.records.push((name.to_owned(), record));
        }
        if closed > 0 && opened == 0 {
            return Err(Fault::new(
                Code::SessionSealed,
                "the stored session is sealed and cannot be opened: set the option \"sealing\" that it was sealed with, or let go of it with discardSession(). Nothing of it was changed",
            ));
        }
        match saved {
            Some(Ok(text)) => found.records.push((SAVED.to_owned(), text.into_bytes())),
            // Where there are records, the string is an older story.
            Some(Err(fault)) if found.records.is_empty() => return Err(fault.or_discard()),
            _ => {}
        }
        Ok(found)
    }

    /// Makes the changes, in their order; returns those that could not be made. Where the store fails with a
    /// record that lies there already, or there is no `meta`, those behind are not made: only a first part of
    /// them is a session. Where there is merely no room, the rest may have some.
    pub(super) async fn apply(&self, changes: &[Change]) -> Vec<(RecordName, StorageError)> {
        let mut failed = Vec::new();
        // What a saved string said has to be stored in whole before it goes.
        let last = changes.last().map(Change::name);
        let is_whole = last == Some(RecordName::Saved);
        let mut changes = changes.iter();
        while let Some(change) = changes.next() {
            let name = change.name().to_string();
            let done = match change {
                Change::Put { record, .. } => {
                    match value_of(self.sealer.as_ref(), record, &name, &self.key(&name)).await {
                        Ok(value) => self.set(&name, value).await,
                        Err(failure) => Err(failure),
                    }
                }
                Change::Remove { .. } => self.remove(&name).await,
            };
            if let Err(failure) = done {
                self.why.replace(failure.why);
                failed.push((change.name(), failure.error));
                let failed_it = !matches!(failure.error, StorageError::Full { .. });
                if is_whole || name == META || failed_it && self.sizes.borrow().get(&name).is_some()
                {
                    let rest = changes.by_ref();
                    failed.extend(rest.map(|change| (change.name(), failure.error)));
                }
            }
        }
        failed
    }

    /// Copies a record that cannot be read out of the way, as it is, and only then removes it. Returns the key of
    /// the copy.
    pub(super) async fn quarantine(&self, name: &str) -> Result<String, Failure> {
        let (store, key) = (self.store(), self.key(name));
        let Some(value) = store.get(&key).await? else {
            return Ok(key);
        };
        let mut bad = [BAD, name].concat();
        let mut copies = 0;
        // An earlier one of the same name stays; unless it is this one, which could not be removed then.
        while self.sizes.borrow().get(&bad).is_some() && self.value(&bad).await? != value {
            copies += 1;
            bad = format!("{BAD}{name}.{copies}");
        }
        let copy = self.key(&bad);
        store.set(&copy, &value).await?;
        self.count(&bad, Some(&value));
        store.remove(&key).await?;
        self.count(name, None);
        if name == META {
            self.meta.take();
        }
        Ok(copy)
    }

    /// Removes everything.
    pub(super) async fn discard(&self) -> Result<(), Failure> {
        let store = self.store();
        for key in store.keys(&self.prefix).await? {
            store.remove(&key).await?;
        }
        self.forget();
        Ok(())
    }

    /// Whether what is checked before each batch is as we left it. Only a browser's stores have other users.
    pub(super) fn is_intact(&self) -> bool {
        let Store::Browser(browser) = &*self.store.borrow() else {
            return true;
        };
        let meta = browser.get(&self.key(META));
        // What cannot be read is found out when it is written.
        meta.map_or(true, |meta| meta == *self.meta.borrow())
    }

    /// Whether `key`, which another document has changed (`None`: it removed everything), is as we left it.
    pub(super) fn is_intact_after(&self, key: Option<&str>) -> bool {
        let Some(key) = key else {
            return self.has_all();
        };
        let (Some(name), Store::Browser(browser)) =
            (key.strip_prefix(&*self.prefix), &*self.store.borrow())
        else {
            return true;
        };
        let size = |value: Option<String>| value.map(|value| units(key) + units(&value));
        let ours = self.sizes.borrow().get(name).copied();
        !is_ours(name) || browser.get(key).map_or(true, |value| size(value) == ours)
    }

    /// Whether somebody else writes here, to whom this change of `key` by another document is due: there is no lock
    /// to keep them out.
    pub(super) fn is_shared(&self, key: Option<&str>) -> bool {
        let written = |key| match &*self.store.borrow() {
            Store::Browser(browser) => matches!(browser.get(key), Ok(Some(_))),
            _ => false,
        };
        self.lock.get().is_none() && key.is_some_and(written)
    }

    /// Whether everything is still there, after a batch that may have waited: a browser's store does not, but
    /// what seals its records may.
    pub(super) fn is_intact_behind(&self) -> bool {
        self.sealer.is_none() || self.has_all()
    }

    /// Whether all records are there that ought to be.
    fn has_all(&self) -> bool {
        let Store::Browser(browser) = &*self.store.borrow() else {
            return true;
        };
        let Ok(keys) = browser.keys(&self.prefix) else {
            return true;
        };
        let sizes = self.sizes.borrow();
        let names = keys.iter().filter_map(|key| key.get(self.prefix.len()..));
        let there = names.filter(|name| is_ours(name) && sizes.get(name).is_some());
        there.count() == sizes.iter().filter(|(name, _)| is_ours(name)).count()
    }

    /// Counts anew what is stored, after somebody else changed it.
    pub(super) fn count_again(&self) {
        self.forget();
        let Store::Browser(browser) = &*self.store.borrow() else {
            return;
        };
        for key in browser.keys(&self.prefix).unwrap_or_default() {
            if let (Some(name), Ok(value)) = (key.get(self.prefix.len()..), browser.get(&key)) {
                self.count(name, value.as_deref());
                if name == META {
                    self.meta.replace(value);
                }
            }
        }
    }

    fn store(&self) -> Store {
        self.store.borrow().clone()
    }

    async fn value(&self, name: &str) -> Result<String, Failure> {
        let value = self.store().get(&self.key(name)).await?;
        Ok(value.unwrap_or_default())
    }

    /// The key of the record `name`.
    pub(super) fn key(&self, name: &str) -> String {
        [&*self.prefix, name].concat()
    }

    async fn set(&self, name: &str, value: String) -> Result<(), Failure> {
        let key = self.key(name);
        if let Err(failure) = self.store().set(&key, &value).await {
            self.fall_back(failure)?;
            self.store().set(&key, &value).await?;
        }
        self.count(name, Some(&value));
        if name == META {
            self.meta.replace(Some(value));
        }
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), Failure> {
        let key = self.key(name);
        if let Err(failure) = self.store().remove(&key).await {
            self.fall_back(failure)?;
        }
        self.count(name, None);
        if name == META {
            self.meta.take();
        }
        Ok(())
    }

    /// Memory takes the place of a store that may no longer be used; any other failure is none of its business.
    fn fall_back(&self, failure: Failure) -> Result<(), Failure> {
        if failure.error != StorageError::Denied {
            return Err(failure);
        }
        // What an earlier client left in memory is not of this session.
        for key in Memory.keys(&self.prefix)? {
            Memory.remove(&key)?;
        }
        if let Store::Browser(browser) = self.store.replace(Store::Memory) {
            self.home.set(Some(browser));
        }
        self.denied.set(true);
        self.forget();
        Ok(())
    }

    /// After a batch: where the store that was denied may be used again, everything moves back there. What was left
    /// behind there is true no longer, and the next page would go on with it.
    pub(super) fn come_back(&self) -> Result<(), StorageError> {
        // Right after it was denied, not everything is in memory yet.
        let Some(home) = self.home.get().filter(|_| !self.denied.get()) else {
            return Ok(());
        };
        let keys = Memory.keys(&self.prefix)?;
        for key in &keys {
            home.set(key, &Memory.get(key)?.unwrap_or_default())?;
        }
        for key in home.keys(&self.prefix)? {
            let is_record = key.get(self.prefix.len()..).is_some_and(is_ours);
            if is_record && Memory.get(&key)?.is_none() {
                home.remove(&key)?;
            }
        }
        for key in &keys {
            Memory.remove(key)?;
        }
        self.home.take();
        self.store.replace(Store::Browser(home));
        self.count_again();
        Ok(())
    }

    /// `name` now has this value, or none.
    fn count(&self, name: &str, value: Option<&str>) {
        let mut sizes = self.sizes.borrow_mut();
        let (before, after) = match value {
            Some(value) => {
                let size = units(&self.prefix) + units(name) + units(value);
                (sizes.insert(name, size), size)
            }
            None => (sizes.remove(name), 0),
        };
        self.total
            .set(self.total.get() + after - before.unwrap_or(0));
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
