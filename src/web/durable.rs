//! The durable session of a client: opened by the first call that needs it, then kept as the machine says.
//!
//! Opening takes turns of the event loop (the lock at least). Calls made meanwhile wait in their order, and
//! fail as it fails; the next one tries again. Must never live here: what a record says, and how a store is
//! asked.

use std::rc::{Rc, Weak};

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::error::{Code, Fault};
use super::events::EventName;
use super::journal::{Job, Journal};
use super::lock::{AbortController, Lock, Taken, Watch};
use super::options::SessionInUse;
use super::store::Store;
use super::values::Deferred;
use super::{task, timer};
use crate::error::SnapshotError;
use crate::session::journal::RecordName;
use crate::storage::browser::Browser;
use crate::storage::{StorageError, prefix};

/// A call that waits for the session to be open, and whether it needs it.
type Call = (Needs, Box<dyn FnOnce(&Driver, Result<(), Fault>)>);

/// What a call needs of a durable session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Needs {
    /// To come after the calls before it.
    Order,
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
    /// Being opened.
    Opening {
        /// What is to be done then.
        calls: Vec<Call>,
        /// Ends the wait for another client, while there is one.
        wait: Option<AbortController>,
    },
    /// Open, for as long as the client lives.
    Open(Rc<Journal>),
}

impl std::fmt::Debug for Durable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Durable")
    }
}

thread_local! {
    /// Tells the memory of this page from another's.
    static PAGE: u64 = timer::seed();
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

    /// Does `act` now, or when the session that is being opened is open. A durable session that is not open
    /// is opened first, if it is needed.
    pub(super) fn when_open(
        &self,
        needs: Needs,
        act: impl FnOnce(&Self, Result<(), Fault>) + 'static,
    ) {
        let opens = needs != Needs::Order && self.options.borrow().durable;
        let mut durable = self.durable.borrow_mut();
        match &mut *durable {
            Durable::Opening { calls, .. } => calls.push((needs, Box::new(act))),
            Durable::Closed if opens => {
                let waits = self.options.borrow().session_in_use == SessionInUse::Wait;
                let wait = waits.then(AbortController::new);
                *durable = Durable::Opening {
                    calls: vec![(needs, Box::new(act))],
                    wait: wait.clone(),
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

    /// A session that was discarded begins anew when it is needed again.
    fn provide(&self, needs: Needs) -> Result<(), Fault> {
        let mut machine = self.machine.borrow_mut();
        if needs == Needs::Session && self.journal().is_some() && !machine.is_durable() {
            let options = self.options.borrow();
            machine.recover(&[], &options.config.client_id, options.config.version)?;
        }
        Ok(())
    }

    /// Removes everything that is stored, and lets go of the session in memory.
    pub(super) fn discard_session(&self) -> Promise {
        if !self.options.borrow().durable {
            let me = self.me.upgrade();
            return task::promised(async move {
                if let Some(me) = me {
                    me.discard().await?;
                }
                Ok(JsValue::UNDEFINED)
            });
        }
        let deferred = Deferred::new();
        let promise = deferred.promise();
        self.when_open(Needs::Nothing, move |client, opened| {
            let discarded = opened.and_then(|()| Ok(client.machine.borrow_mut().discard()?));
            client.touch();
            match discarded {
                Ok(()) => client.enqueue(Job::Discard(deferred)),
                Err(fault) => deferred.reject(&fault.to_js()),
            }
        });
        promise
    }

    /// Gives up waiting for another client to let go of the session: all calls that wait fail so. False if
    /// there is no such wait.
    pub(super) fn end_wait(&self, fault: &Fault) -> bool {
        let waits = matches!(
            &*self.durable.borrow(),
            Durable::Opening { wait: Some(_), .. }
        );
        if waits {
            self.close_session(fault);
        }
        waits
    }

    /// Lets go of the session: the journal, and with it the lock; the calls that wait fail so.
    pub(super) fn close_session(&self, fault: &Fault) {
        self.opening.set(self.opening.get().wrapping_add(1));
        let durable = self.durable.take();
        if let Durable::Opening { calls, wait } = durable {
            if let Some(wait) = wait {
                wait.abort();
            }
            for (_, call) in calls {
                call(self, Err(fault.clone()));
            }
        }
    }

    fn begin_opening(&self, wait: Option<AbortController>, needs: Needs) {
        let Some(me) = self.me.upgrade() else {
            return;
        };
        let opening = self.opening.get();
        task::run(async move {
            let opened = me.open_session(opening, wait, needs).await;
            if me.opening.get() != opening {
                return;
            }
            let durable = match &opened {
                Ok((journal, _)) => Durable::Open(journal.clone()),
                Err(_) => Durable::Closed,
            };
            let before = me.durable.replace(durable);
            if let Ok((journal, bad)) = &opened {
                me.watch(journal);
                if !bad.is_empty() {
                    me.enqueue(Job::Quarantine(bad.clone()));
                }
            }
            if let Durable::Opening { calls, .. } = before {
                for (needs, call) in calls {
                    let opened = opened.as_ref().map(drop).map_err(Fault::clone);
                    call(&me, opened.and_then(|()| me.provide(needs)));
                }
            }
            me.touch();
        });
    }

    /// Takes the lock, reads the records, and has the machine take them up. Returns those it could not read.
    async fn open_session(
        &self,
        opening: u32,
        wait: Option<AbortController>,
        needs: Needs,
    ) -> Result<(Rc<Journal>, Vec<(String, SnapshotError)>), Fault> {
        let (name, journal) = self.place()?;
        let taken = Lock::take(&name, wait.as_ref()).await;
        if self.opening.get() != opening {
            return Err(given_up());
        }
        self.owned(taken, &journal)?;
        let taken_up = self.take_up(&journal, opening, needs).await;
        if let (Err(_), Some(lock)) = (&taken_up, journal.lock.get()) {
            lock.release().await;
        }
        Ok((journal, taken_up?))
    }

    /// Where the session lies, and the name of its lock.
    fn place(&self) -> Result<(String, Rc<Journal>), Fault> {
        let (key, mut store, sealer) = {
            let options = self.options.borrow();
            let key = options.durable_key()?;
            (key, options.storage.clone(), options.sealer.clone())
        };
        if store.is_denied() {
            self.tell_denied();
            store = Store::Memory;
        }
        let page;
        let place = match &store {
            Store::Browser(Browser::Local) => "local",
            Store::Browser(Browser::Session) => "session",
            Store::Memory => {
                page = PAGE.with(|page| format!("memory-{page}"));
                &page
            }
            Store::Custom(_) => "custom",
        };
        let name = ["mooring/", place, "/", &key].concat();
        Ok((name, Rc::new(Journal::new(store, prefix(&key), sealer))))
    }

    /// The session is ours, or it is not.
    fn owned(&self, taken: Taken, journal: &Journal) -> Result<(), Fault> {
        match taken {
            Taken::Lock(lock) => {
                let kept = journal.lock.set(lock);
                debug_assert!(kept.is_ok(), "a new journal has no lock");
            }
            Taken::No => {
                let key = self.options.borrow().durable_key()?;
                let message = format!(
                    "another tab or client of this origin holds the session \"{key}\": close it or free() it, or set sessionInUse to \"wait\""
                );
                return Err(Fault::new(Code::SessionInUse, message));
            }
            Taken::Unavailable => {
                let message = "there are no Web Locks here (they need https:// or localhost): nothing keeps a second tab from using the same session at the same time";
                let fault = Fault::new(Code::LocksUnavailable, message);
                if !self.unlocked.replace(true) {
                    self.notice(EventName::Error, fault.to_js());
                }
            }
        }
        if let Durable::Opening { wait, .. } = &mut *self.durable.borrow_mut() {
            wait.take();
        }
        Ok(())
    }

    /// Reads the records and has the machine take them up. Returns those it could not read.
    async fn take_up(
        &self,
        journal: &Journal,
        opening: u32,
        needs: Needs,
    ) -> Result<Vec<(String, SnapshotError)>, Fault> {
        if needs == Needs::Nothing {
            // Whatever it is, it need not be readable.
            return Ok(Vec::new());
        }
        let found = journal.read().await?;
        if self.opening.get() != opening {
            return Err(given_up());
        }
        let options = self.options.borrow();
        let (client_id, version) = (&options.config.client_id, options.config.version);
        let mut machine = self.machine.borrow_mut();
        let recovered = machine.recover(&found.records, client_id, version)?;
        if found.to_be_sealed {
            machine.rewrite();
        }
        Ok(recovered.bad)
    }

    /// Notices when another document removes or changes what is stored.
    fn watch(&self, journal: &Rc<Journal>) {
        let Some(area) = journal.area() else {
            return;
        };
        let me = self.me.clone();
        let watch = Watch::new(area, move |key| {
            if let Some(client) = me.upgrade()
                && let Some(journal) = client.journal()
                && !journal.is_intact_after(key.as_deref())
            {
                journal.count_again();
                client.machine.borrow_mut().rewrite();
                client.tell_cleared();
            }
        });
        journal.watch.replace(Some(watch));
    }

    /// Has the journal do something, after what it is doing.
    pub(super) fn enqueue(&self, job: Job) {
        let Some(journal) = self.journal() else {
            return;
        };
        if journal.add(job) {
            let me = self.me.clone();
            task::run(async move {
                while let Some(job) = journal.next() {
                    perform(&me, &journal, job).await;
                }
            });
        }
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
            self.notice(EventName::Error, Fault::from(StorageError::Denied).to_js());
        }
    }

    fn tell_cleared(&self) {
        let message = "somebody removed or changed the stored session; it is written again as this page has it";
        let fault = Fault::new(Code::StorageCleared, message);
        self.notice(EventName::Error, fault.to_js());
    }
}

/// Nobody hears of this: whoever gave up has told the calls that waited.
fn given_up() -> Fault {
    Fault::new(Code::Disconnected, "given up meanwhile")
}

async fn perform(client: &Weak<Driver>, journal: &Journal, job: Job) {
    match job {
        Job::Persist { batch, changes } => {
            let cleared = !journal.is_intact();
            if cleared {
                journal.count_again();
            }
            let failed = journal.apply(&changes).await;
            if let Some(client) = client.upgrade() {
                client.stored(journal, batch, &failed, cleared);
            }
        }
        Job::Quarantine(records) => {
            for (name, error) in records {
                let moved = journal.quarantine(&name).await;
                let Some(client) = client.upgrade() else {
                    return;
                };
                let key = journal.bad_key(&name);
                let message = format!(
                    "the stored record \"{name}\" cannot be read ({error}); it was moved to \"{key}\", all others were restored"
                );
                let fault = match moved {
                    Ok(()) => Fault::new(Code::RecordCorrupt, message),
                    Err(failure) => failure.into(),
                };
                client.notice(EventName::Error, fault.to_js());
            }
        }
        Job::Discard(deferred) => match journal.discard().await {
            Ok(()) => deferred.resolve(&JsValue::UNDEFINED),
            Err(failure) => deferred.reject(&Fault::from(failure).to_js()),
        },
    }
}
