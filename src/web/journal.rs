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
use super::task::at_once;
use super::values::Deferred;
use crate::error::SnapshotError;
use crate::session::journal::{Change, RecordName, is_whole};
use crate::sorted::NamedMap;
use crate::storage::browser::Browser;
use crate::storage::{Call, StorageError};

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

    /// Everything under the prefix by its name, counted.
    async fn entries(&self) -> Result<Vec<(String, String)>, Failure> {
        self.forget();
        let all = Call::All(&self.prefix);
        let mut all = self.store().ask(all).await?.into_iter();
        let mut entries = Vec::new();
        while let (Some(key), Some(value)) = (all.next(), all.next()) {
            self.count(&key, Some(&value));
            let name = key.get(self.prefix.len()..).unwrap_or_default();
            entries.push((name.to_owned(), value));
        }
        Ok(entries)
    }

    /// Reads everything. Records that are sealed and do not open, or to something that is no record, are refused
    /// if none does, for then it is the key that is wrong; else they are damaged, as records can be.
    pub(super) async fn read(&self) -> Result<Found, Fault> {
        let sealer = self.sealer.as_ref();
        let mut found = Found {
            records: Vec::new(),
            to_be_sealed: false,
        };
        let (mut opened, mut closed) = (false, false);
        let mut saved = None;
        for (name, value) in self.entries().await? {
            if name == SAVED {
                saved = Some(value);
                continue;
            }
            if RecordName::parse(&name).is_none() {
                continue;
            }
            let record = match record_of(sealer, &value, &name, &self.key(&name)).await {
                Opened::Plain(record) => {
                    found.to_be_sealed |= sealer.is_some();
                    record
                }
                Opened::Sealed(record) if is_whole(&record) => {
                    opened = true;
                    record
                }
                Opened::Sealed(_) | Opened::Closed => {
                    closed = true;
                    Vec::new()
                }
            };
            found.records.push((name, record));
        }
        if closed && !opened {
            return Err(Fault::new(
                Code::SessionSealed,
                "the stored session is sealed and cannot be opened: set the option \"sealing\" that it was sealed with, or let go of it with discardSession(). Nothing of it was changed",
            ));
        }
        if let Some(value) = saved {
            match open_text(sealer, value).await {
                Ok(text) => found.records.push((SAVED.to_owned(), text.into_bytes())),
                // Where there are records, the string is an older story.
                Err(fault) if found.records.is_empty() => return Err(fault.or_discard()),
                Err(_) => {}
            }
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
            let name = change.name();
            if let Err(failure) = self.make(change).await {
                self.why.replace(failure.why);
                failed.push((name, failure.error));
                let failed_it = !matches!(failure.error, StorageError::Full { .. });
                let is_there = self.sizes.borrow().get(&name.to_string()).is_some();
                if is_whole || name == RecordName::Meta || failed_it && is_there {
                    let rest = changes.by_ref();
                    failed.extend(rest.map(|change| (change.name(), failure.error)));
                }
            }
        }
        failed
    }

    async fn make(&self, change: &Change) -> Result<(), Failure> {
        let name = change.name().to_string();
        let key = self.key(&name);
        let value = match change {
            Change::Put { record, .. } => {
                Some(value_of(self.sealer.as_ref(), record, &name, &key).await?)
            }
            Change::Remove { .. } => None,
        };
        let call = match &value {
            Some(value) => Call::Set(&key, value),
            None => Call::Remove(&key),
        };
        while let Err(failure) = self.store().ask(call).await {
            self.fall_back(failure)?;
        }
        self.count(&key, value.as_deref());
        Ok(())
    }

    /// Copies a record that cannot be read out of the way, as it is, and only then removes it. Returns the key of
    /// the copy.
    pub(super) async fn quarantine(&self, name: &str) -> Result<String, Failure> {
        let (store, key) = (self.store(), self.key(name));
        let mut copy = self.key(&[BAD, name].concat());
        let Some(value) = store.ask(Call::Get(&key)).await?.pop() else {
            return Ok(key);
        };
        let mut copies = 0;
        // An earlier one of the same name stays; unless it is this one, which could not be removed then.
        loop {
            match store.ask(Call::Get(&copy)).await?.pop() {
                None => {
                    store.ask(Call::Set(&copy, &value)).await?;
                    self.count(&copy, Some(&value));
                    break;
                }
                Some(earlier) if earlier == value => break,
                Some(_) => {
                    copies += 1;
                    copy = self.key(&format!("{BAD}{name}.{copies}"));
                }
            }
        }
        store.ask(Call::Remove(&key)).await?;
        self.count(&key, None);
        Ok(copy)
    }

    /// Removes everything.
    pub(super) async fn discard(&self) -> Result<(), Failure> {
        self.store().ask(Call::Clear(&self.prefix)).await?;
        self.forget();
        Ok(())
    }

    /// What the store of a browser says, if it does: only those have other users.
    fn glance(&self, call: Call<'_>) -> Option<Vec<String>> {
        let store = self.store();
        match store {
            Store::Browser(_) => store.ask_own(call).ok(),
            _ => None,
        }
    }

    /// Whether what is checked before each batch is as we left it.
    pub(super) fn is_intact(&self) -> bool {
        let meta = self.glance(Call::Get(&self.key(META)));
        meta.is_none_or(|mut meta| meta.pop() == *self.meta.borrow())
    }

    /// What it means that another document has changed `key`, or removed everything (`None`).
    pub(super) fn interference(&self, key: Option<&str>) -> Interference {
        let Some(key) = key else {
            return match self.has_all() {
                true => Interference::None,
                false => Interference::Cleared,
            };
        };
        let (Some(name), Some(mut value)) = (self.name_of(key), self.glance(Call::Get(key))) else {
            return Interference::None;
        };
        let size = value.pop().map(|value| Call::Set(key, &value).needs());
        if size == self.sizes.borrow().get(name).copied() {
            return Interference::None;
        }
        match self.lock.get() {
            None if size.is_some() => Interference::Shared,
            _ => Interference::Cleared,
        }
    }

    /// Whether everything is still there, after a batch that may have waited: a browser's store does not, but
    /// what seals its records may.
    pub(super) fn is_intact_behind(&self) -> bool {
        self.sealer.is_none() || self.has_all()
    }

    /// Whether all records are there that ought to be.
    fn has_all(&self) -> bool {
        let Some(keys) = self.glance(Call::Keys(&self.prefix)) else {
            return true;
        };
        let sizes = self.sizes.borrow();
        let names = keys.iter().filter_map(|key| self.name_of(key));
        let there = names.filter(|name| sizes.get(name).is_some());
        there.count() == sizes.iter().filter(|(name, _)| is_ours(name)).count()
    }

    /// Counts anew what is stored, after somebody else changed it.
    pub(super) fn count_again(&self) {
        // What cannot be read is found out when it is written.
        let _entries = at_once(self.entries());
    }

    /// The name of what lies under `key`, if the session needs it.
    fn name_of<'a>(&self, key: &'a str) -> Option<&'a str> {
        let name = key.strip_prefix(&*self.prefix);
        name.filter(|name| is_ours(name))
    }

    fn store(&self) -> Store {
        self.store.borrow().clone()
    }

    /// The key of the record `name`.
    pub(super) fn key(&self, name: &str) -> String {
        [&*self.prefix, name].concat()
    }

    /// Memory takes the place of a store that may no longer be used; any other failure is none of its business.
    fn fall_back(&self, failure: Failure) -> Result<(), Failure> {
        if failure.error != StorageError::Denied {
            return Err(failure);
        }
        // What an earlier client left in memory is not of this session.
        Store::Memory.ask_own(Call::Clear(&self.prefix))?;
        if let Store::Browser(browser) = self.store.replace(Store::Memory) {
            self.home.set(Some(browser));
        }
        self.denied.set(true);
        self.forget();
        Ok(())
    }

    /// After a batch: where the store that was denied may be used again, everything moves back there. What was left
    /// behind there is true no longer, and the next page would go on with it.
    pub(super) fn come_back(&self) -> Result<(), Failure> {
        // Right after it was denied, not everything is in memory yet.
        let Some(browser) = self.home.get().filter(|_| !self.denied.get()) else {
            return Ok(());
        };
        let home = Store::Browser(browser);
        for entry in Store::Memory.ask_own(Call::All(&self.prefix))?.chunks(2) {
            if let [key, value] = entry {
                home.ask_own(Call::Set(key, value))?;
            }
        }
        for key in home.ask_own(Call::Keys(&self.prefix))? {
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

    /// Under `key` now lies this value, or none.
    fn count(&self, key: &str, value: Option<&str>) {
        let name = key.get(self.prefix.len()..).unwrap_or_default();
        let size = value.map(|value| Call::Set(key, value).needs());
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
