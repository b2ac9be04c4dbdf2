//! The durable session of a client: opened by the first call that needs it, then kept as the machine says.
//!
//! Opening takes turns of the event loop (the lock at least). Calls made meanwhile wait in their order, and
//! fail as it fails; the next one tries again. Must never live here: what a record says, and how a store is
//! asked.

use std::rc::{Rc, Weak};

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::error::{Fault, of_record};
use super::events::EventName;
use super::journal::{Found, Interference, Job, Journal, SAVED};
use super::lock::{self, AbortController, Taken, Watch};
use super::saved::Saving;
use super::store::Store;
use super::values::Deferred;
use super::{task, timer};
use crate::error::{RestoreError, SnapshotError};
use crate::sentences::{say, sentence};
use crate::session::journal::RecordName;
use crate::storage::browser::Browser;
use crate::storage::{StorageError, prefix};

/// The records that could not be read, and why.
type Bad = Vec<(String, SnapshotError)>;

/// What is done when the session is open, or cannot be opened.
type Act = Box<dyn FnOnce(&Driver, Result<(), Fault>)>;

/// What a call needs of a durable session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Needs {
    /// The session, to connect with it.
    Connection,
    /// The session.
    Session,
    /// That nothing is left of it.
    Nothing,
}

/// How far the durable session is.
#[derive(Default)]
pub(super) enum Durable {
    /// Not opened, or not durable.
    #[default]
    Closed,
    /// Being opened, or emptied.
    Opening {
        /// What is to be done then, and what it needs.
        calls: Vec<(Needs, Act)>,
        /// Ends the wait for another client, while there is one.
        wait: Option<AbortController>,
        /// The journal that is being read.
        reading: Option<Rc<Journal>>,
    },
    /// Open, for as long as the client lives.
    Open(Rc<Journal>),
}

impl std::fmt::Debug for Durable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Durable")
    }
}

impl Driver {
    /// The journal, once it is open.
    pub(super) fn journal(&self) -> Option<Rc<Journal>> {
        match &*self.durable.borrow() {
            Durable::Open(journal) => Some(journal.clone()),
            _ => None,
        }
    }

    /// Whether it is settled where the durable session is.
    pub(super) fn is_bound(&self) -> bool {
        !matches!(&*self.durable.borrow(), Durable::Closed)
    }

    /// Whether calls wait for the session to be opened.
    pub(super) fn is_opening(&self) -> bool {
        matches!(&*self.durable.borrow(), Durable::Opening { .. })
    }

    /// Does `act` now, or when the session that is being opened is open. A durable session that is not open
    /// is opened first, if it is needed.
    pub(super) fn when_open(
        &self,
        needs: Needs,
        act: impl FnOnce(&Self, Result<(), Fault>) + 'static,
    ) {
        self.call(needs, Box::new(act));
    }

    fn call(&self, needs: Needs, act: Act) {
        let mut durable = self.durable.borrow_mut();
        match &mut *durable {
            Durable::Opening { calls, .. } => calls.push((needs, act)),
            Durable::Closed if self.options.durable() => {
                let waits = self.options.waits_for_session();
                let wait = waits.then(AbortController::new);
                *durable = Durable::Opening {
                    calls: vec![(needs, act)],
                    wait: wait.clone(),
                    reading: None,
                };
                drop(durable);
                self.begin_opening(wait, needs);
            }
            _ => {
                drop(durable);
                act(self, self.provide(needs));
            }
        }
    }

    /// Whether the session is stored; `None`: not everything that may be asked of it can be done at once.
    pub(super) fn is_open_for_all(&self) -> Option<bool> {
        let durable = self.options.durable();
        let is_open = match &*self.durable.borrow() {
            Durable::Opening { .. } => false,
            Durable::Closed => !durable,
            Durable::Open(_) => self.machine.borrow().is_durable(),
        };
        is_open.then_some(durable)
    }

    /// A session that was discarded begins anew when it is needed again.
    fn provide(&self, needs: Needs) -> Result<(), Fault> {
        let mut machine = self.machine.borrow_mut();
        if needs != Needs::Nothing && self.journal().is_some() && !machine.is_durable() {
            machine.recover(&[], &self.options.client_id(), self.options.version())?;
        }
        Ok(())
    }

    /// Removes everything that is stored, and lets go of the session in memory.
    pub(super) fn discard_session(self: Rc<Self>) -> Promise {
        if !self.options.durable() {
            return self.save_in_time(Saving::Discard);
        }
        let deferred = Deferred::new();
        let promise = deferred.promise();
        self.when_open(Needs::Nothing, move |client, opened| {
            let discarded = opened.and_then(|()| Ok(client.machine.borrow_mut().discard()?));
            client.touch();
            match discarded {
                Ok(()) => client.empty(deferred),
                Err(fault) => deferred.reject(&fault),
            }
        });
        promise
    }

    /// Removes what is stored. What is called meanwhile waits: should that fail, the journal is one that nobody has
    /// read.
    fn empty(&self, deferred: Deferred) {
        let Some(journal) = self.journal() else {
            return deferred.reject(&given_up());
        };
        self.answer_in_time();
        self.durable.replace(Durable::Opening {
            calls: Vec::new(),
            wait: None,
            reading: None,
        });
        self.give(&journal, Job::Discard(deferred, self.opening.get()));
    }

    /// The session is not to be connected with: calls for that fail so. All calls do that wait for another
    /// client to let go of the session; others go on.
    pub(super) fn end_opening(&self, fault: &Fault) {
        let mut ended = Vec::new();
        let mut is_wanted = true;
        if let Durable::Opening { calls, wait, .. } = &mut *self.durable.borrow_mut() {
            for call in std::mem::take(calls) {
                match call.0 {
                    Needs::Connection => ended.push(call.1),
                    _ => calls.push(call),
                }
            }
            // Without any calls it is being emptied, or nobody needs it any more.
            is_wanted = wait.is_none() && (!calls.is_empty() || ended.is_empty());
        }
        for call in ended {
            call(self, Err(fault.clone()));
        }
        if !is_wanted {
            self.close_session(fault);
        }
    }

    /// Lets go of the session: the journal, and with it the lock once nothing is being written; the calls that
    /// wait fail so.
    pub(super) fn close_session(&self, fault: &Fault) {
        self.opening.set(self.opening.get().wrapping_add(1));
        self.answer_by.take();
        let durable = self.durable.take();
        if let Durable::Opening {
            calls,
            wait,
            reading,
        } = durable
        {
            if let Some(wait) = wait {
                wait.abort();
            }
            // Whoever is reading may wait for ever, and keeps the journal.
            if let Some(lock) = reading.as_ref().and_then(|journal| journal.lock.get()) {
                let _until_released = lock.let_go();
            }
            for (_, call) in calls {
                call(self, Err(fault.clone()));
            }
        }
    }

    /// From here on the store is waited for no longer than `timeout`.
    fn answer_in_time(&self) {
        let by = timer::now().saturating_add(self.options.timeout());
        self.answer_by.set(Some(by));
        self.touch();
    }

    /// The clock has moved: perhaps a store has not answered in time.
    pub(super) fn check_opening(&self, now: u64) {
        if self.answer_by.get().is_some_and(|by| by <= now) {
            let late =
                sentence!("the storage of the durable session did not answer within the timeout");
            self.close_session(&Fault::new(late));
        }
    }

    /// It is settled what becomes of the session that was being opened: the calls that waited go on, or fail.
    fn settle(&self, opening: u32, durable: Durable, fault: Option<&Fault>) {
        self.answer_by.take();
        if let Durable::Opening { calls, .. } = self.durable.replace(durable) {
            for (needs, call) in calls {
                match fault {
                    Some(fault) => call(self, Err(fault.clone())),
                    None if self.opening.get() == opening => self.call(needs, call),
                    None => call(self, Err(given_up())),
                }
            }
        }
        self.touch();
    }

    /// Takes the lock, reads the records, and has the machine take them up.
    fn begin_opening(&self, wait: Option<AbortController>, needs: Needs) {
        let Some(me) = self.me.upgrade() else {
            return;
        };
        let opening = self.opening.get();
        let (name, journal) = match self.place() {
            Ok(place) => place,
            Err(fault) => return self.settle(opening, Durable::Closed, Some(&fault)),
        };
        task::when(Ok(lock::ask(&name, wait.as_ref())), move |taken| {
            let taken = Taken::from(taken);
            if me.opening.get() == opening {
                match me.owned(taken, &journal) {
                    Err(fault) => me.settle(opening, Durable::Closed, Some(&fault)),
                    // Whatever lies there, it need not be readable.
                    Ok(()) if needs == Needs::Nothing => me.opened(opening, journal, Bad::new()),
                    Ok(()) => me.read(opening, journal),
                }
            }
        });
    }

    fn read(self: Rc<Self>, opening: u32, journal: Rc<Journal>) {
        journal.clone().read(move |found| {
            let taken_up = match self.opening.get() == opening {
                true => found.and_then(|found| self.take_up(found)),
                false => Err(given_up()),
            };
            let fault = match taken_up {
                Ok(bad) => return self.opened(opening, journal, bad),
                Err(fault) => fault,
            };
            let lock = journal.lock.get();
            let released = lock.map_or(JsValue::UNDEFINED, |lock| lock.let_go().into());
            task::when(Ok(released), move |released| {
                debug_assert!(released.is_ok(), "a lock that was held: {released:?}");
                if self.opening.get() == opening {
                    self.settle(opening, Durable::Closed, Some(&fault));
                }
            });
        });
    }

    /// It is open. Some records could not be read.
    fn opened(&self, opening: u32, journal: Rc<Journal>, bad: Bad) {
        self.watch(&journal);
        for (name, error) in bad {
            self.give(&journal, Job::Quarantine(name, error));
        }
        self.settle(opening, Durable::Open(journal), None);
    }

    /// Where the session lies, and the name of its lock.
    fn place(&self) -> Result<(String, Rc<Journal>), Fault> {
        let key = self.options.durable_key()?;
        let (store, _) = self.store();
        let place = match &store {
            Store::Browser(Browser::Local) => "local",
            Store::Browser(Browser::Session) => "session",
            Store::Memory => "memory",
            Store::Custom(_) => "custom",
        };
        let name = ["mooring/", place, "/", &key].concat();
        let journal = Journal::new(store, prefix(&key), self.options.sealer());
        Ok((name, Rc::new(journal)))
    }

    /// The store that was chosen, and whether it is that. Where that is denied, memory takes its place, and an
    /// `error` event says so, once.
    pub(super) fn store(&self) -> (Store, bool) {
        let store = self.options.store();
        match store.is_denied() {
            true => {
                self.tell_denied();
                (Store::Memory, false)
            }
            false => (store, true),
        }
    }

    /// The session is ours, or it is not.
    fn owned(&self, taken: Taken, journal: &Rc<Journal>) -> Result<(), Fault> {
        match taken {
            Taken::Lock(lock) => {
                let kept = journal.lock.set(lock);
                debug_assert!(kept.is_ok(), "a new journal has no lock");
            }
            Taken::No => {
                let key = self.options.durable_key()?;
                return Err(Fault::said(say!(
                    "another tab or client of this origin holds the session \"%text\": close it or free() it, or set sessionInUse to \"wait\"";
                    &key
                )));
            }
            Taken::Unavailable => {
                let unlocked = sentence!(
                    "there are no Web Locks here (a page needs https:// or localhost): nothing keeps a second tab or client from using the same session at the same time"
                );
                let fault = Fault::new(unlocked);
                if !self.unlocked.replace(true) {
                    self.notice(EventName::Error, fault.into());
                }
            }
        }
        if let Durable::Opening { wait, reading, .. } = &mut *self.durable.borrow_mut() {
            wait.take();
            reading.replace(journal.clone());
        }
        self.answer_in_time();
        Ok(())
    }

    /// Has the machine take up what was found. Returns what it could not read.
    fn take_up(&self, mut found: Found) -> Result<Bad, Fault> {
        let (client_id, version) = (self.options.client_id(), self.options.version());
        let mut machine = self.machine.borrow_mut();
        let recovered = machine.recover(&found.records, &client_id, version);
        let recovered = recovered.map_err(|error| {
            let by_hand = matches!(&*found.records, [(name, _)] if name == SAVED);
            let is_foreign = matches!(
                error,
                RestoreError::OtherClient { .. } | RestoreError::OtherVersion { .. }
            );
            let fault = Fault::from(error);
            match (by_hand, is_foreign) {
                (true, _) => fault.or_discard(),
                (false, true) => fault.and(
                    sentence!(", or let go of the session with discardSession()"),
                    "",
                ),
                (false, false) => fault,
            }
        })?;
        if found.to_be_rewritten {
            machine.rewrite();
        }
        let mut bad = recovered.bad;
        bad.append(&mut found.bad);
        Ok(bad)
    }

    /// Notices when another document removes or changes what is stored.
    fn watch(&self, journal: &Rc<Journal>) {
        let Some(area) = journal.area() else {
            return;
        };
        let me = self.me.clone();
        let watch = Watch::new(area, move |key| {
            if let Some(client) = me.upgrade() {
                client.look_after(key.as_deref());
            }
        });
        journal.watch.replace(Some(watch));
    }

    fn look_after(&self, key: Option<&str>) {
        let Some(journal) = self.journal() else {
            return;
        };
        match journal.interference(key) {
            Interference::None => {}
            // Writing it again would have the other one do so, and so on for ever.
            Interference::Shared => self.tell_shared(),
            Interference::Cleared => {
                journal.count_again();
                self.machine.borrow_mut().rewrite();
                self.tell_cleared();
            }
        }
    }

    /// Has the journal do something, after what it is doing.
    pub(super) fn enqueue(&self, job: Job) {
        if let Some(journal) = self.journal() {
            self.give(&journal, job);
        }
    }

    fn give(&self, journal: &Rc<Journal>, job: Job) {
        journal.add(job);
        work(&self.me, journal);
    }

    /// A batch is stored, but for what `failed`.
    fn stored(
        &self,
        journal: &Journal,
        batch: u64,
        failed: &[(RecordName, StorageError)],
        cleared: bool,
    ) {
        let denied = journal.take_denied();
        {
            let mut machine = self.machine.borrow_mut();
            if cleared || denied {
                // Before the batch counts as stored: nothing is sent until all of it is.
                machine.rewrite();
            }
            machine.not_persisted(batch, failed, timer::now());
        }
        if denied {
            self.tell_denied();
        }
        if cleared {
            self.tell_cleared();
        }
        self.resume();
    }

    pub(super) fn tell_denied(&self) {
        if !self.denied.replace(true) {
            self.notice(EventName::Error, Fault::from(StorageError::Denied).into());
        }
    }

    fn tell_shared(&self) {
        if !self.shared.replace(true) {
            let shared = sentence!(
                "another tab or client of this origin writes the same session, and there are no Web Locks here to keep it out: close one of the two"
            );
            self.notice(EventName::Error, Fault::new(shared).into());
        }
    }

    fn tell_cleared(&self) {
        let cleared = sentence!(
            "somebody removed or changed the stored session; it is written again as this page has it"
        );
        self.notice(EventName::Error, Fault::new(cleared).into());
    }
}

/// Nobody hears of this: whoever gave up has told the calls that waited.
fn given_up() -> Fault {
    Fault::new(sentence!("given up meanwhile"))
}

/// Does the jobs of the journal, as far as they need not wait.
fn work(client: &Weak<Driver>, journal: &Rc<Journal>) {
    if journal.working.replace(true) {
        return;
    }
    while let Some(job) = journal.next() {
        perform(client.clone(), journal.clone(), job);
    }
    journal.working.set(false);
}

fn perform(client: Weak<Driver>, journal: Rc<Journal>, job: Job) {
    match job {
        Job::Persist { batch, changes } => {
            let mut cleared = !journal.is_intact();
            if cleared {
                journal.count_again();
            }
            journal.clone().change(changes, move |failed| {
                if !journal.is_intact_behind() {
                    cleared = true;
                    journal.count_again();
                }
                // If that fails, memory goes on, and the next batch tries again.
                let _still_denied = journal.come_back();
                if let Some(client) = client.upgrade() {
                    client.stored(&journal, batch, &failed, cleared);
                }
                done(&client, &journal);
            });
        }
        Job::Quarantine(name, error) => {
            journal.clone().quarantine(name, move |name, moved| {
                if let Some(client) = client.upgrade() {
                    let fault = match moved {
                        Ok(key) => of_record(name, &error, &key, None),
                        Err(failure) => of_record(name, &error, &journal.key(name), Some(&failure)),
                    };
                    client.notice(EventName::Error, fault.into());
                }
                done(&client, &journal);
            });
        }
        Job::Discard(deferred, opening) => {
            journal.clone().discard(move |discarded| {
                // What is left has to be read.
                let mut durable = Durable::Closed;
                match discarded {
                    Ok(()) => {
                        deferred.resolve(&JsValue::UNDEFINED);
                        durable = Durable::Open(journal.clone());
                    }
                    Err(failure) => deferred.reject(&Fault::from(failure)),
                }
                if let Some(client) = client.upgrade().filter(|it| it.opening.get() == opening) {
                    client.settle(opening, durable, None);
                }
                done(&client, &journal);
            });
        }
    }
}

fn done(client: &Weak<Driver>, journal: &Rc<Journal>) {
    journal.done();
    work(client, journal);
}
